"""Campaigns of an account that learns, day by day, through the real learning and planning."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from domain.forecast.evidence import evidence
from domain.forecast.history import learn
from domain.forecast.model import Ahead, Evidence, PastDay
from domain.forecast.rows import CurveRow, ForecastRow, HistoryRow
from domain.pacing.planning import Ask, Plan, make
from events.types import PolicySet, Strategy
from proof.pacing.data import DAY_HOURS, Data
from proof.pacing.histories import WEEKDAYS, Drawn, Noise, draw
from proof.pacing.market import CLICK_PRICE, CLICK_RATE, CONVERSION_RATE, worth_of
from proof.pacing.profiles import MICROS

CLOCK: Final = tuple(range(DAY_HOURS))
HOUR_MS: Final = 3_600_000
HOURS_MS: Final = (HOUR_MS,) * DAY_HOURS
FREE: Final = 2**DAY_HOURS - 1
WEEK_MICROS: Final = 7_000_000_000  # what a week of the region's traffic costs
OTHERS_DAYS: Final = 28
POLICY: Final = PolicySet(policy_version=1)
UNPROTECTED: Final = PolicySet(policy_version=1, plan_frontload_hours=0, plan_hour_max_permille=1000)


@dataclass
class Learner:
    """One campaign of an account, and what is known of both."""

    curve: CurveRow | None = None
    history: HistoryRow | None = None
    best_hour: float | None = None
    """Around it people buy more of what they click; nothing is known of results without it."""
    days: int = 0

    def learn(self, day: Drawn, forecast: ForecastRow | None = None) -> None:
        """Take in one more day, and how it had been forecast."""
        hours = tuple(round(hour * WEEK_MICROS) for hour in day.hours)
        results = () if self.best_hour is None else results_of(hours, self.best_hour)
        past = PastDay(day.weekday, CLOCK, hours, FREE, results)
        self.history, self.curve = learn(self.history, self.curve, past, self.days, forecast)
        self.days += 1

    def evidence(self, weekday: int, forecast: ForecastRow | None = None) -> Evidence:
        """Return what is known of a day that is ahead."""
        return evidence(self.history, self.curve, forecast, Ahead(weekday, CLOCK), 0)

    def weights(self) -> list[int]:
        """Return what each weekday is expected to cost, as far as anything is known of it."""
        own = [sum(self.evidence(weekday).expected_micros or ()) for weekday in range(WEEKDAYS)]
        if all(own):
            return own
        return list(self.curve.weekdays) if self.curve is not None else [1] * WEEKDAYS


def results_of(hours: Sequence[int], best_hour: float) -> tuple[tuple[int, int, int], ...]:
    """Return impressions, clicks and conversions of hours whose clicks are worth more around one of them."""
    clicks = [int(micros / MICROS / CLICK_PRICE) for micros in hours]
    worth = [worth_of(hour, best_hour) for hour in CLOCK]
    return tuple(
        (round(click / CLICK_RATE), click, round(click * CONVERSION_RATE * more))
        for click, more in zip(clicks, worth, strict=True)
    )


def account_of_others(data: Data, region: str, noise: Noise) -> CurveRow | None:
    """Return what an account has learned from campaigns in all regions but one, over four weeks."""
    others = [
        (Learner(), draw(week, f"other {name}", OTHERS_DAYS, WEEKDAYS - 1, noise))
        for name, week in data.weeks.items()
        if name != region
    ]
    curve: CurveRow | None = None
    for number in range(OTHERS_DAYS):
        for learner, days in others:
            learner.curve = curve
            learner.learn(days[number])
            curve = learner.curve
    return curve


def planned_week(
    known: Sequence[Evidence], weights: Sequence[int], strategy: Strategy, policy: PolicySet
) -> list[float]:
    """Return the share of a week's budget that each of its hours is planned to get, Monday first."""
    whole = sum(weights)
    week: list[float] = []
    for day, (one, weight) in enumerate(zip(known, weights, strict=True)):
        target = WEEK_MICROS * weight // whole
        week += [hour / WEEK_MICROS for hour in plan(one, day, target, strategy, policy).hours_micros]
    return week


def plan(known: Evidence, weekday: int, target: int, strategy: Strategy, policy: PolicySet) -> Plan:
    """Return the plan of a day."""
    return make(Ask(target, Ahead(weekday, CLOCK), HOURS_MS, strategy, None, policy, known, 0))


def rmse(ideal: Sequence[float], planned: Sequence[float]) -> float:
    """Return how far a plan is from traffic, of an even hour's budget."""
    squares = sum((one - other) ** 2 for one, other in zip(ideal, planned, strict=True))
    return float((squares / len(ideal)) ** 0.5 * len(ideal))
