"""The campaigns of a simulated client: each spends through its days, and is metered now and then."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from events.types import CampaignMetered, PotLinked
from proof.treasury.days import DAY_MS, HOUR_MS, day_of, next_day, start_of
from proof.treasury.plan import DOLLAR

if TYPE_CHECKING:
    import random

PLATFORMS = ("google_ads", "meta", "amazon_dsp", "tiktok")
CHECK_MINUTES = 60
BUDGETS = (20 * DOLLAR, 80 * DOLLAR, 300 * DOLLAR)


@dataclass
class Campaign:
    """One campaign, paid from a pot."""

    pot: str
    name: str
    platform: str
    currency: str
    budget_micros: int
    day: str
    spent_micros: int = 0
    is_accelerated: bool = False

    @classmethod
    def of(cls, dice: random.Random, pot: str, name: str, now_ms: int) -> Campaign:
        """Choose one."""
        return cls(
            pot,
            name,
            dice.choice(PLATFORMS),
            dice.choice(("USD", "USD", "EUR")),
            dice.choice(BUDGETS),
            day_of(now_ms),
            is_accelerated=dice.random() < 0.3,  # noqa: PLR2004 - three of ten
        )

    @property
    def account(self) -> str:
        """The account that it runs in."""
        return f"{self.platform}-1"

    def linked(self, at_ms: int) -> PotLinked:
        """Say which pot it is paid from."""
        return PotLinked(
            pot=self.pot,
            platform=self.platform,
            account=self.account,
            campaign=self.name,
            link_version=1,
            is_linked=True,
            check_minutes=CHECK_MINUTES,
            at_ms=at_ms,
        )

    def until(self, dice: random.Random, now_ms: int) -> list[CampaignMetered]:
        """Spend until now, and say what was spent: of each day that is over, and of today."""
        said = []
        while self.day < day_of(now_ms):
            said.append(self._metered(start_of(self.day) + DAY_MS, dice, is_closed=True))
            self.day, self.spent_micros = next_day(self.day), 0
        self.spent_micros += dice.randrange(0, self.budget_micros // 6)
        if dice.random() < 0.05:  # noqa: PLR2004 - runs away now and then
            self.spent_micros += self.budget_micros
        said.append(self._metered(now_ms, dice, is_closed=False))
        return said

    def _metered(self, at_ms: int, dice: random.Random, *, is_closed: bool) -> CampaignMetered:
        expected = 0 if is_closed else self.budget_micros // 24
        return CampaignMetered(
            pot=self.pot,
            platform=self.platform,
            account=self.account,
            campaign=self.name,
            currency=self.currency,
            day=self.day,
            day_start_ms=start_of(self.day),
            day_end_ms=start_of(self.day) + DAY_MS,
            at_ms=at_ms,
            budget_micros=self.budget_micros,
            spent_micros=self.spent_micros,
            likely_micros=self.spent_micros + (0 if is_closed else dice.randrange(0, expected + 1)),
            expected_micros=expected,
            band_micros=0 if is_closed else dice.randrange(0, expected + 1),
            is_accelerated=self.is_accelerated,
            is_running=True,
            is_closed=is_closed,
        )


def leap_ms(dice: random.Random) -> int:
    """Choose how much time passes at once: minutes, hours, or until another day."""
    return dice.choice((10 * HOUR_MS // 60, HOUR_MS, 3 * HOUR_MS, 15 * HOUR_MS, DAY_MS))
