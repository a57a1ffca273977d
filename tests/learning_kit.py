"""Campaigns that live through days, for tests of what is learned of them."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from random import Random

from domain.forecast.evidence import evidence
from domain.forecast.history import learn
from domain.forecast.model import Ahead, Evidence, PastDay
from domain.forecast.rows import CurveRow, ForecastRow, HistoryRow

CLOCK = tuple(range(24))
SPRING = (0, 1, *range(3, 24))
AUTUMN = (0, 1, 2, 2, *range(3, 24))
OPEN = 2**24 - 1
DOLLAR = 1_000_000

# Nights are quiet, evenings busy; at weekends people rise late.
WORKDAY = (2, 1, 1, 1, 1, 3, 6, 9, 10, 9, 8, 9, 11, 10, 9, 9, 10, 12, 14, 16, 17, 14, 9, 5)
WEEKEND = (6, 4, 2, 1, 1, 1, 2, 3, 6, 9, 12, 13, 13, 12, 11, 11, 11, 12, 13, 15, 16, 15, 12, 9)

Hours = Callable[[int, int], int]


def usual(weekday: int, hour: int) -> int:
    """Return what an hour costs in most campaigns."""
    return (WEEKEND if weekday > 4 else WORKDAY)[hour] * DOLLAR


def flat(_weekday: int, _hour: int) -> int:
    """Return what an hour costs in a campaign that takes no heed of the time."""
    return 9 * DOLLAR


def past(
    weekday: int, hours: Sequence[int], open_hours: int = OPEN, clock: tuple[int, ...] = CLOCK
) -> PastDay:
    """Return a day that is over."""
    return PastDay(weekday, clock, tuple(hours), open_hours)


def shares(known: Evidence) -> dict[str, int]:
    """Return how far each source is trusted."""
    return {shape.source: shape.share_permille for shape in known.shapes}


def weights(known: Evidence, source: str) -> tuple[int, ...]:
    """Return the shape of a source."""
    return next(shape.weights_ppm for shape in known.shapes if shape.source == source)


@dataclass
class Campaign:
    """A campaign that spends as a function says, within noise of its own."""

    hours: Hours = usual
    noise_percent: int = 15
    seed: int = 1
    history: HistoryRow | None = None
    random: Random = field(init=False)

    def __post_init__(self) -> None:
        self.random = Random(self.seed)  # noqa: S311 - noise of a test

    def day(self, weekday: int) -> tuple[int, ...]:
        """Return what a day costs, hour by hour."""
        return tuple(self.noisy(self.hours(weekday, hour)) for hour in CLOCK)

    def noisy(self, micros: int) -> int:
        """Return an amount with noise on it."""
        return round(micros * self.random.lognormvariate(0, self.noise_percent / 100))


@dataclass
class Account:
    """What several campaigns are learned into."""

    curve: CurveRow | None = None
    number: int = 0

    def live(self, campaigns: Sequence[Campaign], days: int) -> None:
        """Let campaigns spend for some days, of which the first is a Monday unless others were before."""
        for _ in range(days):
            for campaign in campaigns:
                day = past(self.number % 7, campaign.day(self.number % 7))
                campaign.history, self.curve = learn(campaign.history, self.curve, day, self.number)
            self.number += 1

    def known(self, campaign: Campaign, forecast: ForecastRow | None = None, at_ms: int = 0) -> Evidence:
        """Return what is known of a campaign's next day."""
        ahead = Ahead(self.number % 7, CLOCK)
        return evidence(campaign.history, self.curve, forecast, ahead, at_ms)
