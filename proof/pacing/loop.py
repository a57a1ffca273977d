"""The closed loop: platforms spend slot by slot, a controller reads what they tell and acts on it."""

from collections.abc import Sequence
from dataclasses import dataclass
from statistics import pstdev
from typing import Final, Protocol

from proof.pacing.data import DAY_HOURS
from proof.pacing.market import Account, Day
from proof.pacing.platform import (
    SLOTS_A_DAY,
    SLOTS_A_QUARTER,
    SLOTS_AN_HOUR,
    Action,
    Hours,
    Platform,
    Result,
    Standing,
)

DELAY_SLOTS: Final = 1  # from the read that an action follows from until it is in force: five minutes
QUICK: Final = 0.9


class Controller(Protocol):
    """Whoever holds campaigns to their budgets; slots are counted from the day's start."""

    def tick(self, day: int, slot: int) -> list[Action]:
        """Hear that it is a new slot."""
        ...

    def poll(self, day: int, slot: int, told: Sequence[Hours], listed: Sequence[Standing]) -> list[Action]:
        """Hear what the platform tells."""
        ...

    def hear(self, day: int, slot: int, results: Sequence[Result]) -> list[Action]:
        """Hear what became of actions."""
        ...


@dataclass(frozen=True)
class CampaignDay:
    """How one day of a campaign came out."""

    campaign: str
    platform: str
    day: int
    budget: float
    spent: float
    demand: float
    is_quick: bool
    budget_edits: int
    switches: int
    control: float
    """The deviation of what it was let, of its budget."""
    worth: float
    best: float
    """What the budget would have brought in hindsight."""

    @property
    def is_short(self) -> bool:
        """Whether demand was less than the budget."""
        return self.demand < self.budget

    @property
    def delivery_error(self) -> float:
        """Return how far spend is from the budget, or from what demand allowed, of it."""
        wanted = min(self.budget, self.demand)
        return abs(self.spent - wanted) / wanted

    @property
    def overspend(self) -> float:
        """Return the spend beyond the budget, of it."""
        return max(self.spent - self.budget, 0.0) / self.budget

    @property
    def regret(self) -> float:
        """Return what hindsight would have brought more, of it; what was overspent counts for nothing."""
        return 1 - self.worth * min(1.0, self.budget / max(self.spent, 1.0)) / self.best


@dataclass
class Trace:
    """What is noted of a campaign while its day runs."""

    hours: list[float]
    lets: list[float]
    at_noon: float = 0.0
    budget_edits: int = 0
    switches: int = 0


def run(account: Account, controller: Controller, days: int) -> list[CampaignDay]:
    """Let days pass under a controller; return how each campaign's days came out."""
    platform, outcomes, due = Platform(account), [], list[tuple[int, Action]]()
    for day in range(days):
        platform.begin(day)
        traces = [Trace([0.0] * DAY_HOURS, []) for _ in account.campaigns]
        for slot in range(SLOTS_A_DAY):
            due = _slot(platform, controller, (day, slot), due, traces)
        outcomes += [
            _outcome(platform, day, place, trace, platform.days[place]) for place, trace in enumerate(traces)
        ]
    return outcomes


def _slot(
    platform: Platform,
    controller: Controller,
    at: tuple[int, int],
    due: list[tuple[int, Action]],
    traces: list[Trace],
) -> list[tuple[int, Action]]:
    day, slot = at
    now = day * SLOTS_A_DAY + slot
    actions = controller.tick(day, slot)
    ready = [action for when, action in due if when <= now]
    results = [platform.act(action, slot) for action in ready]
    for result in results:
        _note(result, traces[result.action.campaign])
    actions += controller.hear(day, slot, results) if results else []
    if slot % SLOTS_A_QUARTER == 0:
        actions += controller.poll(day, slot, platform.read(day, slot), platform.standings)
    for trace, one, micros in zip(traces, platform.standings, platform.spend(day, slot), strict=True):
        trace.hours[slot // SLOTS_AN_HOUR] += micros
        trace.lets.append(one.budget_micros / one.campaign.budget_micros if one.is_running else 0.0)
        if slot < SLOTS_A_DAY // 2:
            trace.at_noon += micros
    left = [(when, action) for when, action in due if when > now]
    return [*left, *((now + DELAY_SLOTS, action) for action in actions)]


def _note(result: Result, trace: Trace) -> None:
    if result.refused:
        return
    if result.action.kind == "set-budget":
        trace.budget_edits += 1
    else:
        trace.switches += 1


def _outcome(platform: Platform, day: int, place: int, trace: Trace, truth: Day) -> CampaignDay:
    campaign = platform.standings[place].campaign
    spent = [hour * factor for hour, factor in zip(trace.hours, truth.restated, strict=True)]
    return CampaignDay(
        campaign.name,
        platform.profile.name,
        day,
        campaign.budget_micros,
        sum(spent),
        sum(truth.demand_micros),
        trace.at_noon > QUICK * campaign.budget_micros,
        trace.budget_edits,
        trace.switches,
        pstdev(trace.lets),
        sum(micros * worth for micros, worth in zip(spent, truth.worth, strict=True)),
        best(truth, campaign.budget_micros),
    )


def best(day: Day, budget: float) -> float:
    """Return what a budget brings whose every micro goes to the best hours that demand leaves."""
    left, brought = budget, 0.0
    for worth, demand in sorted(zip(day.worth, day.demand_micros, strict=True), reverse=True):
        bought = min(left, demand)
        left -= bought
        brought += bought * worth
    return brought
