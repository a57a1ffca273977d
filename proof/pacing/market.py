"""The market that campaigns spend in: what each hour would take of their money, and what it is worth."""

import math
from dataclasses import dataclass, field
from random import Random
from typing import Final

from proof.pacing.data import DAY_HOURS, Data, Week
from proof.pacing.histories import WEEKDAYS, Noise, day_of, stray
from proof.pacing.profiles import MICROS, PROFILES, Profile

SHORT_OF_DEMAND: Final = 5  # one campaign of so many finds less demand than its budget would buy
SHORT: Final = (0.6, 0.9)
PLENTY: Final = (2.0, 0.4, 1.3, 5.0)  # the middle, the logarithm's deviation, the least and the most
BUDGET: Final = (150.0, 0.8, 30.0, 2_000.0)
WORTH_WAVE: Final = 0.3  # how much a click's worth goes up and down over the day
CLICK_PRICE: Final = 0.8
CLICK_RATE: Final = 0.02
CONVERSION_RATE: Final = 0.05
RESTATED: Final = 0.01


@dataclass(frozen=True)
class Campaign:
    """One campaign: what it may cost a day, and how often demand would take that."""

    name: str
    week: Week
    budget_micros: int
    demand: float
    best_hour: float


@dataclass(frozen=True)
class Day:
    """What a day has in store for a campaign, whoever controls it."""

    weekday: int
    demand_micros: tuple[float, ...]
    expected_micros: tuple[float, ...]
    """What the platform expects of the day."""
    worth: tuple[float, ...]
    """Conversions for a micro, by hour."""
    clicks: tuple[float, ...]
    """Clicks for a micro, by hour."""
    paced_to: float
    """What the platform takes for a day's budget, of the budget."""
    restated: tuple[float, ...]
    """What becomes of each hour's spend in the end."""


@dataclass
class Account:
    """The campaigns of a client on one platform."""

    profile: Profile
    campaigns: tuple[Campaign, ...]
    price_noise: tuple[float, ...]
    noise: Noise = field(default_factory=Noise)
    _days: dict[tuple[str, int], Day] = field(default_factory=dict)

    def day(self, campaign: Campaign, number: int) -> Day:
        """Return a day of a campaign; the same one whoever asks."""
        key = (campaign.name, number)
        if key not in self._days:
            self._days[key] = _day(self, campaign, number)
        return self._days[key]

    def late(self, number: int) -> float:
        """Return how much later than usual the platform tells on a day."""
        return stray(Random(f"late {self.profile.name} {number}"), self.noise.hourly)  # noqa: S311 - to be repeatable


def accounts(data: Data, campaigns_each: int) -> list[Account]:
    """Return an account on each platform, the regions dealt out to them in turns."""
    weeks = list(data.weeks.values())
    return [
        Account(
            profile,
            tuple(
                _campaign(f"{profile.name}-{place}", weeks[(place * len(PROFILES) + number) % len(weeks)])
                for place in range(campaigns_each)
            ),
            data.price_noise,
        )
        for number, profile in enumerate(PROFILES)
    ]


def _campaign(name: str, week: Week) -> Campaign:
    dice = Random(f"campaign {name}")  # noqa: S311 - to be repeatable
    middle, deviation, least, most = BUDGET
    budget = min(most, max(least, middle * math.exp(dice.gauss(0, deviation))))
    if int(name.rsplit("-", 1)[1]) % SHORT_OF_DEMAND == SHORT_OF_DEMAND - 1:
        demand = dice.uniform(*SHORT)
    else:
        middle, deviation, least, most = PLENTY
        demand = min(most, max(least, middle * math.exp(dice.gauss(0, deviation))))
    return Campaign(name, week, round(budget) * MICROS, demand, dice.uniform(0, DAY_HOURS))


def _day(account: Account, campaign: Campaign, number: int) -> Day:
    dice = Random(f"day {campaign.name} {number}")  # noqa: S311 - to be repeatable
    weekday, noise = number % WEEKDAYS, account.noise
    level = campaign.budget_micros * campaign.demand * WEEKDAYS
    expected = tuple(share * level for share in day_of(campaign.week, weekday))
    at = dice.randrange(len(account.price_noise))
    prices = [account.price_noise[(at + hour) % len(account.price_noise)] for hour in range(DAY_HOURS)]
    today = stray(dice, noise.daily)
    clicks = tuple(1 / (CLICK_PRICE * MICROS * price) for price in prices)
    return Day(
        weekday,
        tuple(
            hour * today * price * stray(dice, noise.hourly)
            for hour, price in zip(expected, prices, strict=True)
        ),
        expected,
        tuple(
            click * CONVERSION_RATE * worth_of(hour, campaign.best_hour) for hour, click in enumerate(clicks)
        ),
        clicks,
        min(account.profile.most, stray(dice, account.profile.stray)),
        tuple(1 + dice.gauss(0, RESTATED) for _ in range(DAY_HOURS)),
    )


def worth_of(hour: int, best_hour: float) -> float:
    """Return what an hour's click is worth, of a mean one."""
    return 1 + WORTH_WAVE * math.cos((hour - best_hour) * 2 * math.pi / DAY_HOURS)
