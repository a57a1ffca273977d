"""A platform as its customers see it: it paces in its own way, tells late what was spent, and restates it."""

from dataclasses import dataclass, field
from typing import Final, Literal

from proof.pacing.data import DAY_HOURS
from proof.pacing.market import CLICK_RATE, Account, Campaign, Day

SLOTS_AN_HOUR: Final = 12
SLOTS_A_DAY: Final = DAY_HOURS * SLOTS_AN_HOUR
SLOTS_A_QUARTER: Final = 3
QUARTERS_A_DAY: Final = SLOTS_A_DAY // SLOTS_A_QUARTER
QUARTERS_AN_HOUR: Final = SLOTS_AN_HOUR // SLOTS_A_QUARTER
WEEK_DAYS: Final = 7
GOLDEN: Final = 0.618
LATE_MOST: Final = 1.6  # a day on which a platform is later still has less of it told

Kind = Literal["pause", "resume", "set-budget"]
Row = tuple[int, int, int, int, int]
"""An hour, its micros, impressions, clicks and conversions."""


@dataclass(frozen=True)
class Action:
    """What a controller wants of a campaign."""

    campaign: int
    kind: Kind
    from_micros: int = 0
    """The budget that it was decided from; zero where it holds whatever that is."""
    to_micros: int = 0
    order: int = 0
    reason: str = ""


@dataclass(frozen=True)
class Result:
    """What became of an action, and what was found; nothing was refused where it is in force."""

    action: Action
    is_running: bool
    budget_micros: int
    refused: Literal["", "foreign-edit", "invalid-request", "gave-up"] = ""


@dataclass(frozen=True)
class Hours:
    """What the platform tells of one campaign's hours of a day, those that have changed."""

    campaign: int
    day: int
    hours: tuple[Row, ...]


@dataclass
class Standing:
    """One campaign on its platform."""

    campaign: Campaign
    budget_micros: int
    is_running: bool = True
    spent_micros: float = 0.0
    edits: dict[int, int] = field(default_factory=dict)
    quarters: dict[int, list[float]] = field(default_factory=dict)
    told: dict[int, list[int]] = field(default_factory=dict)
    period_spent: float = 0.0
    period_budgets: list[int] = field(default_factory=list)


class Platform:
    """One account's campaigns, slot by slot."""

    def __init__(self, account: Account) -> None:
        self.account, self.profile = account, account.profile
        self.standings = [Standing(one, one.budget_micros) for one in account.campaigns]
        self.days: list[Day] = []
        self._left: list[list[float]] = []
        self._reported: dict[int, list[float]] = {}
        whole = self.profile.whole_after_hours * LATE_MOST
        self._window = int(max(whole, self.profile.restated_at_hours) + 2) * QUARTERS_AN_HOUR

    def begin(self, day: int) -> None:
        """Let a day begin."""
        self.days = [self.account.day(one.campaign, day) for one in self.standings]
        self._left = [_rest(one.expected_micros) for one in self.days]
        stretch = self.account.late(day)
        self._reported[day] = [
            self.profile.reported((age + 0.5) / QUARTERS_AN_HOUR / stretch) for age in range(self._window)
        ]
        for one in self.standings:
            one.period_spent += one.spent_micros
            if day % WEEK_DAYS == 0 and self.profile.is_weekly:
                one.period_spent, one.period_budgets = 0.0, []
            one.period_budgets.append(one.budget_micros)
            one.spent_micros = 0.0
            one.edits.clear()
            one.quarters[day], one.told[day] = [0.0] * QUARTERS_A_DAY, [0] * DAY_HOURS
            one.quarters.pop(day - 3, None)
            one.told.pop(day - 3, None)

    def spend(self, day: int, slot: int) -> list[float]:
        """Let a slot pass; return what each campaign has spent in it."""
        hour, into = divmod(slot, SLOTS_AN_HOUR)
        spent = []
        for place, one in enumerate(self.standings):
            micros = self._spends(place, one, hour, into) if one.is_running else 0.0
            one.spent_micros += micros
            one.quarters[day][slot // SLOTS_A_QUARTER] += micros
            spent.append(micros)
        return spent

    def _spends(self, place: int, one: Standing, hour: int, into: int) -> float:
        today, profile = self.days[place], self.profile
        demand = today.demand_micros[hour] / SLOTS_AN_HOUR
        most = one.budget_micros * profile.most - one.spent_micros
        mean_budget = sum(one.period_budgets) / len(one.period_budgets)
        most = min(most, profile.cap_days * mean_budget - one.period_spent - one.spent_micros)
        if most <= 0:
            return 0.0
        target = one.budget_micros * today.paced_to - one.spent_micros
        if target <= 0:
            return 0.0
        if profile.paces == "no":
            wanted = demand
        elif profile.paces == "even":
            wanted = profile.ahead * target / (SLOTS_A_DAY - hour * SLOTS_AN_HOUR - into)
        else:
            expected = today.expected_micros[hour]
            left = self._left[place][hour] - expected * into / SLOTS_AN_HOUR
            wanted = demand * target / left if left > 0 else demand
        return min(wanted, demand, most, target)

    def read(self, day: int, slot: int) -> list[Hours]:
        """Return what has changed of what is told since the last read, of yesterday and today.

        A real read tells every hour again, and so that it is still so; the newest stands for all of them.
        """
        until = slot // SLOTS_A_QUARTER
        changed = []
        for told_day in (day - 1, day):
            if told_day in self._reported:
                at = until + QUARTERS_A_DAY * (day - told_day)
                for place in range(len(self.standings)):
                    hours = self._changed(place, told_day, at)
                    if not hours and told_day == day:
                        hours = self._again(place, day)
                    if hours:
                        changed.append(Hours(place, told_day, tuple(hours)))
        return changed

    def _changed(self, place: int, day: int, until: int) -> list[Row]:
        one, reported = self.standings[place], self._reported[day]
        quarters, told, truth = one.quarters[day], one.told[day], self.account.day(one.campaign, day)
        found = []
        first = max(0, (until - self._window) // QUARTERS_AN_HOUR)
        for hour in range(first, min(DAY_HOURS, -(-until // QUARTERS_AN_HOUR))):
            start = hour * QUARTERS_AN_HOUR
            so_far = 0.0
            for quarter in range(start, min(start + QUARTERS_AN_HOUR, until)):
                age = until - quarter - 1
                so_far += quarters[quarter] * (reported[age] if age < len(reported) else 1.0)
            if until - start > self.profile.restated_at_hours * QUARTERS_AN_HOUR:
                so_far *= truth.restated[hour]
            micros = int(so_far)
            if micros != told[hour]:
                told[hour] = micros
                found.append(_row(truth, hour, micros))
        return found

    def _again(self, place: int, day: int) -> list[Row]:
        one = self.standings[place]
        hours = [hour for hour, micros in enumerate(one.told[day]) if micros]
        truth = self.account.day(one.campaign, day)
        return [_row(truth, hour, one.told[day][hour]) for hour in hours[-1:]]

    def act(self, action: Action, slot: int) -> Result:
        """Carry out an action, or say why not."""
        one, hour = self.standings[action.campaign], slot // SLOTS_AN_HOUR
        refused = self._refused(one, action, hour)
        if not refused:
            if action.kind == "set-budget":
                one.edits[hour] = one.edits.get(hour, 0) + 1
                one.budget_micros = action.to_micros
                one.period_budgets[-1] = max(one.period_budgets[-1], action.to_micros)
            else:
                one.is_running = action.kind == "resume"
        return Result(action, one.is_running, one.budget_micros, refused)

    def _refused(
        self, one: Standing, action: Action, hour: int
    ) -> Literal["", "foreign-edit", "invalid-request", "gave-up"]:
        if action.from_micros and action.from_micros != one.budget_micros:
            return "foreign-edit"
        if action.kind == "set-budget":
            if action.to_micros < self.profile.minimum_micros:
                return "invalid-request"
            if one.edits.get(hour, 0) >= self.profile.edits_an_hour_max:
                return "gave-up"
        return ""


def _rest(hours: tuple[float, ...]) -> list[float]:
    """Return what is left of a day at each hour's start."""
    left, rest = 0.0, []
    for hour in reversed(hours):
        left += hour
        rest.append(left)
    return rest[::-1]


def _row(truth: Day, hour: int, micros: int) -> Row:
    clicks = int(micros * truth.clicks[hour] + hour % 2 / 2)
    # Where an hour has less than one, some hours have one.
    conversions = int(micros * truth.worth[hour] + hour * GOLDEN % 1)
    return hour, micros, round(clicks / CLICK_RATE), clicks, conversions
