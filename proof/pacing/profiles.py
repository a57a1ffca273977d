"""How each platform paces to a daily budget, what it allows itself, and how late it tells what was spent.

Figures are from the platforms' pages as far as they say any; what is our assumption is marked so.
"""

from dataclasses import dataclass, field
from typing import Final, Literal

QUARTER_HOURS: Final = 0.25
MONTH_CAP: Final = 30.4
MICROS: Final = 1_000_000

# Each the share of an hour's spend that is not reported yet, at its age in hours; in between straight lines.
Unreported = tuple[tuple[float, float], ...]

TEN_MINUTES: Final[Unreported] = ((0.0, 1.0), (1 / 6, 0.5), (1 / 3, 0.0))
# So that of a day's even spend 90 % is there at midnight, 97 % two hours later, 99 % after three.
META: Final[Unreported] = (
    (0.0, 1.0),
    (1.0, 0.9),
    (2.0, 0.65),
    (2.5, 0.5),
    (3.0, 0.25),
    (4.0, 0.015),
    (18.0, 0.0),
)
THREE_HOURS: Final[Unreported] = ((0.0, 1.0), (0.5, 0.9), (1.0, 0.6), (2.0, 0.25), (3.0, 0.0))
HOURS: Final[Unreported] = ((0.0, 1.0), (1.0, 0.6), (2.0, 0.2), (4.0, 0.0))


@dataclass(frozen=True)
class Profile:
    """One platform."""

    name: str
    unreported: Unreported
    most: float
    """What a day may cost, of its budget."""
    stray: float
    """The deviation of the logarithm of what a day is paced to, of its budget (our assumption)."""
    paces: Literal["traffic", "even", "no"] = "traffic"
    ahead: float = 1.0
    minimum_micros: int = MICROS
    edits_an_hour_max: int = 4
    cap_days: float = MONTH_CAP
    """So many daily budgets are all that a month may cost, or a week where `is_weekly`."""
    is_weekly: bool = False
    restated_at_hours: float = 12.0
    lag_hours: float = field(default=0.0)
    """What a connector says of the lag: up to when figures are whole."""

    def reported(self, age_hours: float) -> float:
        """Return which share of what was spent so long ago has been reported."""
        before_age, before = self.unreported[0]
        for age, share in self.unreported[1:]:
            if age_hours < age:
                part = (age_hours - before_age) / (age - before_age)
                return 1 - before - (share - before) * part
            before_age, before = age, share
        return 1.0

    @property
    def whole_after_hours(self) -> float:
        """Return the age at which all is reported."""
        return self.unreported[-1][0]


PROFILES: Final = (
    Profile("google", THREE_HOURS, most=2.0, stray=0.2, lag_hours=3),
    Profile("meta", META, most=1.75, stray=0.2, lag_hours=3, cap_days=7, is_weekly=True),
    Profile("microsoft", THREE_HOURS, most=2.0, stray=0.25, lag_hours=3),
    Profile("tiktok", TEN_MINUTES, most=1.2, stray=0.08, lag_hours=QUARTER_HOURS, minimum_micros=20 * MICROS),
    Profile("amazon", HOURS, most=1.25, stray=0.15, paces="no", lag_hours=3),
    Profile("dv360", HOURS, most=1.0, stray=0.0, paces="even", ahead=1.2, lag_hours=3),
)
