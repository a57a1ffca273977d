"""The named baselines: no control, the rules of seed 004 alone, a PID on budgets, and Mystique's target."""

from abc import ABC, abstractmethod
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Final

from proof.pacing.data import DAY_HOURS
from proof.pacing.market import Account
from proof.pacing.platform import SLOTS_A_DAY, SLOTS_AN_HOUR, Action, Hours, Result, Standing

FLOOR, CEILING = 0.2, 2.0  # of the budget, for all that edit it
DEAD: Final = 0.02
CENT: Final = 10_000


@dataclass
class Seen:
    """What a controller knows of a campaign."""

    budget: int
    hours: dict[int, list[int]] = field(default_factory=dict)
    runs: bool = True
    listed: int = 0
    error: float = 0.0
    errors: float = 0.0
    signal: float = 1.0
    before: float = 0.0

    def spent(self, day: int) -> int:
        """Return what has been told of a day."""
        return sum(self.hours.get(day, ()))


class Uncontrolled:
    """No control: the platform's own pacing is all there is."""

    def __init__(self, account: Account) -> None:
        self.seen = [Seen(one.budget_micros) for one in account.campaigns]

    def tick(self, day: int, slot: int) -> list[Action]:
        """Let it pass."""
        del day, slot
        return []

    def hear(self, day: int, slot: int, results: Sequence[Result]) -> list[Action]:
        """Take it as it is: the next list shows it."""
        del day, slot, results
        return []

    def poll(self, day: int, slot: int, told: Sequence[Hours], listed: Sequence[Standing]) -> list[Action]:
        """Keep what is told, and decide about each campaign."""
        for one in told:
            hours = self.seen[one.campaign].hours.setdefault(one.day, [0] * DAY_HOURS)
            for hour, micros, *_ in one.hours:
                hours[hour] = micros
        actions: list[Action] = []
        for place, (seen, standing) in enumerate(zip(self.seen, listed, strict=True)):
            seen.runs, seen.listed = standing.is_running, standing.budget_micros
            actions += self.decide(place, seen, day, slot)
        return actions

    def decide(self, place: int, seen: Seen, day: int, slot: int) -> list[Action]:
        """Do nothing about a campaign."""
        del place, seen, day, slot
        return []


def switch(place: int, seen: Seen, *, runs: bool) -> list[Action]:
    """Return the action that makes a campaign run or stand, if it does not."""
    if runs == seen.runs:
        return []
    return [Action(place, "resume" if runs else "pause")]


class Rules(Uncontrolled):
    """Seed 004's rules: an even plan, its first hours held back, and pauses where a limit is passed."""

    STOP, CRITICAL, WARNING = 0.9, 2.0, 1.5
    FRONTLOAD_HOURS, FRONTLOAD, HOUR_MOST = 4, 0.5, 0.15

    def decide(self, place: int, seen: Seen, day: int, slot: int) -> list[Action]:
        """Pause beyond a limit until the hour, the pace or the day is another one."""
        hour = slot // SLOTS_AN_HOUR
        spent, in_hour = seen.spent(day), seen.hours.get(day, [0] * DAY_HOURS)[hour]
        normal = self.FRONTLOAD / DAY_HOURS if hour < self.FRONTLOAD_HOURS else self.HOUR_MOST
        pace = spent / seen.budget / (slot / SLOTS_A_DAY) if slot >= SLOTS_AN_HOUR else 1.0
        # What was critical runs again when it is no longer even a warning.
        limit = self.CRITICAL if seen.runs else self.WARNING
        stops = spent > self.STOP * seen.budget or in_hour > normal * seen.budget or pace > limit
        return switch(place, seen, runs=not stops)


class Budgets(Uncontrolled, ABC):
    """What controllers of the platform's budget share: a step an hour, a stop at the whole budget."""

    def decide(self, place: int, seen: Seen, day: int, slot: int) -> list[Action]:
        """Stop what has spent its budget; step the others' once an hour."""
        actions = switch(place, seen, runs=seen.spent(day) < seen.budget)
        if slot % SLOTS_AN_HOUR:
            return actions
        factor = min(CEILING, max(FLOOR, self.factor(seen, day, slot)))
        wanted = round(factor * seen.budget / CENT) * CENT
        if abs(wanted - seen.listed) > DEAD * seen.listed:
            actions.append(Action(place, "set-budget", seen.listed, wanted))
        return actions

    @abstractmethod
    def factor(self, seen: Seen, day: int, slot: int) -> float:
        """Return the budget to set, of the campaign's own."""


class Pid(Budgets):
    """A PID that holds what has been told to an even plan."""

    KP, KI, KD = 2.0, 0.1, 0.5

    def factor(self, seen: Seen, day: int, slot: int) -> float:
        """Return one, and what the errors add."""
        if slot == 0:
            seen.error = seen.errors = 0.0
        error = slot / SLOTS_A_DAY - seen.spent(day) / seen.budget
        seen.errors += error
        change, seen.error = error - seen.error, error
        return 1 + self.KP * error + self.KI * seen.errors + self.KD * change


class Mystique(Budgets):
    """Mystique: a signal that tracks the slope of a target curve; here the curve is a straight line."""

    BY_ERROR, BY_SLOPE, DAYS = 0.5, 0.5, 14

    def factor(self, seen: Seen, day: int, slot: int) -> float:
        """Move the signal against the error, and against its slope over the last hour."""
        if slot == 0:
            seen.signal, seen.before = 1.0, 0.0
            return seen.signal
        target = self.target(seen, day)
        hour = slot // SLOTS_AN_HOUR
        spent = seen.spent(day) / seen.budget
        error = sum(target[:hour]) - spent
        slope = (target[hour - 1] - (spent - seen.before)) / max(target[hour - 1], 1 / DAY_HOURS / 2)
        seen.before = spent
        seen.signal *= 1 + self.BY_ERROR * error + self.BY_SLOPE * max(-1.0, min(1.0, slope)) / 2
        seen.signal = min(CEILING, max(FLOOR, seen.signal))
        return seen.signal

    def target(self, seen: Seen, day: int) -> list[float]:
        """Return which part of the budget each hour is to take."""
        del seen, day
        return [1 / DAY_HOURS] * DAY_HOURS


class MystiqueLearnt(Mystique):
    """Mystique with the target that it learns from what past days spent by hour."""

    def target(self, seen: Seen, day: int) -> list[float]:
        """Return the mean shape of past days."""
        past = [
            seen.hours[one] for one in range(max(0, day - self.DAYS), day) if sum(seen.hours.get(one, ()))
        ]
        if not past:
            return super().target(seen, day)
        sums = [sum(hours) for hours in zip(*past, strict=True)]
        whole = sum(sums)
        return [one / whole for one in sums]


BASELINES: Final[dict[str, type[Uncontrolled]]] = {
    "no control": Uncontrolled,
    "seed 004's rules": Rules,
    "PID": Pid,
    "Mystique, linear": Mystique,
    "Mystique, learnt": MystiqueLearnt,
}
