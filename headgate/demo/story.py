"""Tells what the log says in sentences that fit on a line: what a media buyer would want to hear."""

from __future__ import annotations

from collections import Counter, defaultdict, deque
from datetime import UTC, date, datetime
from functools import singledispatchmethod
from statistics import median_low
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

from domain.alerts import words
from events.types import (
    AlertCleared,
    AlertRaised,
    BreakerMoved,
    BreakerState,
    EditObserved,
    Fact,
    PaceDeviated,
    PauseCampaign,
    PlanSet,
    PollCompleted,
    PollFailed,
    ResumeCampaign,
    SetBudget,
    SpendRestated,
)
from headgate import labels
from headgate.demo import money_words, rules
from headgate.demo.orders import Orders
from headgate.demo.purse import Purse
from headgate.demo.seen import Seen
from headgate.demo.view import Line, clock
from headgate.meters import seconds, short
from infra.health import monotonic_ms

if TYPE_CHECKING:
    from collections.abc import Callable

    from headgate.demo.follow import Told
    from headgate.demo.orders import Order
    from headgate.demo.view import Tone

LINES_KEPT = 60
# A line that says more of the same thing replaces the one before it, if that is at most so far up.
SAME_WITHIN = 4
# Facts of one page come together; a pause of this length is between two of them.
QUIET_MS = 500
PASSING = "transient"
# What these tell is about clients and their pots.
MONEY_TOPICS = frozenset({"client-facts", "client-decisions"})
BREAKERS: dict[BreakerState, tuple[str, str, Tone]] = {
    "open": ("opens", "have opened", "bad"),
    "half_open": ("lets it try", "let their campaigns try", "plain"),
    "closed": ("closes", "have closed", "good"),
}
RESUMED = {
    "breaker-probe": "on trial",
    "stop-lifted": "the stop is lifted",
    "plan-allows": "its plan has room again",
    "open-hours": "its hours are open",
}
SUPERSEDED = {
    "already-so": "it was so already",
    "foreign-edit": "a person has changed it",
    "newer-command": "a newer command came",
    "expired": "its time was over",
    "removed": "the campaign is gone",
}


def weekday(day: str) -> str:
    """Say a day as people call it."""
    return f"{date.fromisoformat(day):%A}"


def _many(count: int, what: str) -> str:
    return f"{count} {what}{'' if count == 1 else 's'}"


class Story:
    """Folds the log and tells of it; `lines` are the newest ones."""

    def __init__(self, now_ms: Callable[[], int], show: Callable[[Line], None]) -> None:
        self.seen, self.orders, self.purse = Seen(), Orders(), Purse()
        self.lines: deque[Line] = deque(maxlen=LINES_KEPT)
        self.observations = 0
        self.parked: list[str] = []
        self.edits: set[tuple[str, str]] = set()
        """Subject and campaign of each edit of a person that the guard has noticed."""
        self.failures: Counter[tuple[str, str]] = Counter()
        """How often an account could not be read, by reason."""
        self.restated: Counter[tuple[str, str]] = Counter()
        """By how much each day of an account was restated, in micros."""
        self.alerts = 0
        """How many were raised."""
        self.loud: set[str] = set()
        """The ids of what the receiver of alerts is to be told."""
        self.breakers: dict[tuple[str, str], list[str]] = defaultdict(list)
        """How each campaign's breaker has moved."""
        self.complete_ms: dict[tuple[str, str], int] = {}
        """By subject and day: until when its spend is known to be whole."""
        self.ends: dict[tuple[str, int], int] = {}
        """By topic and partition: the offset behind the last record."""
        self._unread: set[str] = set()
        self._restating: dict[tuple[str, str], int] = {}
        self._planned: dict[str, dict[str, int]] = defaultdict(dict)
        self._resumed: Counter[str] = Counter()
        self._in_turn: Counter[str] = Counter()
        self.watched: set[tuple[str, str]] = set()
        """Campaigns that something is done to; of the others only the first of a kind is told by name."""
        self._now_ms, self._show = now_ms, show

    def take(self, told: Told) -> None:
        """Take a record of the log."""
        self.ends[told.topic, told.partition] = told.offset + 1
        if told.parked is not None:
            self.parked.append(f"{told.parked.topic} {told.parked.partition}/{told.parked.offset}")
            self.tell(f"Parked {self.parked[-1]}: {told.parked.reason}", "bad")
        if told.event is None:
            return
        subject, data = told.event.envelope.subject, told.event.data
        if told.topic in MONEY_TOPICS:
            self.purse.take(subject, data)
            if (said := money_words.say(data, self.purse)) is not None:
                self.tell(*said)
            return
        self.observations += len(getattr(data, "observations", ()))
        known = self.seen.accounts.get(subject)
        self._tell_of(data, subject, "" if known is None else known.trouble)
        if isinstance(data, AlertRaised | AlertCleared | BreakerMoved) and rules.is_loud(data):
            self.loud.add(told.event.envelope.id)
        self.seen.take(subject, data)
        place = {"partition": told.partition, "offset": told.offset, "wall_ms": told.wall_ms}
        order = self.orders.take(told.event, **place)
        if order is not None and order.outcome is not None and told.wall_ms == order.done_ms:
            self._tell_of_order(order)

    def label(self, subject: str) -> str:
        """Return how an account is called."""
        known = [(one.subject, one.time_zone) for one in self.seen.accounts.values() if one.time_zone]
        return labels.labels(known).get(subject, subject)

    def name(self, subject: str, campaign: str) -> str:
        """Return how a campaign is called."""
        return self.seen.account(subject).campaign(campaign).name

    def tell(self, text: str, tone: Tone = "plain", group: str = "") -> None:
        """Tell something that happened; what it says more of is replaced."""
        line = Line(self._now_ms(), tone, text, group)
        for back in range(1, min(SAME_WITHIN, len(self.lines)) + 1):
            if group and self.lines[-back].group == group:
                self.lines[-back] = line
                break
        else:
            self.lines.append(line)
        self._show(line)

    def settle(self) -> None:
        """Tell of what came in many facts, once no more of them come."""
        over_ms = monotonic_ms() - QUIET_MS
        for where in [where for where, newest_ms in self._restating.items() if newest_ms < over_ms]:
            del self._restating[where]
            subject, day = where
            change, currency = self.restated[where], self.seen.account(subject).currency
            if change < 0:
                self.tell(
                    f"{self.label(subject)} restates {weekday(day)}: {short(change)} {currency}", "good"
                )
            else:
                self.tell(f"{self.label(subject)}, late for {weekday(day)}: +{short(change)} {currency}")

    def _tell_in_turn(
        self, group: str, where: tuple[str, str], one: str, many: str, tone: Tone = "plain"
    ) -> None:
        """Tell of a campaign, or count it where others were told of for the same."""
        if where in self.watched:
            self.tell(one, tone)
            return
        self._in_turn[group] += 1
        count = self._in_turn[group]
        self.tell(one if count == 1 else f"{count} {many}", tone, group)

    # ---- facts
    @singledispatchmethod
    def _tell_of(self, fact: Fact, subject: str, trouble: str) -> None:
        """Pass over what is no news."""

    @_tell_of.register
    def _(self, fact: PollFailed, subject: str, trouble: str) -> None:
        self.failures[subject, fact.reason] += 1
        # What passes by itself at the next try is no news.
        if subject not in self._unread and (fact.reason != PASSING or trouble == PASSING):
            self._unread.add(subject)
            again = clock(fact.retry_at_ms)
            self.tell(f"{self.label(subject)} cannot be read: {fact.reason}; again at {again}", "bad")

    @_tell_of.register
    def _(self, fact: PollCompleted, subject: str, trouble: str) -> None:  # noqa: ARG002 - all of one shape
        if fact.kind == "spend" and fact.day is not None:
            where = (subject, fact.day)
            self.complete_ms[where] = max(fact.complete_until_ms, self.complete_ms.get(where, 0))
        if subject in self._unread:
            self._unread.discard(subject)
            self.tell(f"{self.label(subject)} is read again; what was missed is there", "good")

    @_tell_of.register
    def _(self, fact: SpendRestated, subject: str, trouble: str) -> None:  # noqa: ARG002 - all of one shape
        # What is heard for the first time of a past day takes nothing back.
        if fact.from_micros:
            self.restated[subject, fact.day] += fact.to_micros - fact.from_micros
            self._restating[subject, fact.day] = monotonic_ms()

    @_tell_of.register
    def _(self, fact: EditObserved, subject: str, trouble: str) -> None:  # noqa: ARG002 - all of one shape
        self.edits.add((subject, fact.campaign))
        theirs = self._wish(subject, fact)
        until = self._local(subject, fact.keeps_off_until_ms)
        self.tell(
            f"{self.name(subject, fact.campaign)}: a person {theirs}; we keep off until {until}", "good"
        )

    def _wish(self, subject: str, fact: EditObserved) -> str:
        if fact.what == "budget":
            currency = self.seen.account(subject).currency
            wish = (
                "no daily budget" if fact.theirs_micros is None else f"{short(fact.theirs_micros)} {currency}"
            )
            return f"gives it {wish}"
        return "runs it" if fact.theirs == "enabled" else f"has it {fact.theirs}"

    @_tell_of.register
    def _(self, fact: PaceDeviated, subject: str, trouble: str) -> None:  # noqa: ARG002 - all of one shape
        if fact.band == "critical":
            pace = f"{fact.ratio_permille // 1_000}.{fact.ratio_permille % 1_000 // 100}x"
            self._tell_in_turn(
                f"fast {subject} {fact.day}",
                (subject, fact.campaign),
                f"{self.name(subject, fact.campaign)} spends {pace} its plan ({self.label(subject)})",
                f"campaigns of {self.label(subject)} were far ahead of their plan, the last {pace}",
            )

    @_tell_of.register
    def _(self, fact: AlertRaised, subject: str, trouble: str) -> None:  # noqa: ARG002 - all of one shape
        self.alerts += 1

    @_tell_of.register
    def _(self, fact: BreakerMoved, subject: str, trouble: str) -> None:  # noqa: ARG002 - all of one shape
        self.breakers[subject, fact.campaign].append(fact.state)
        name = self.name(subject, fact.campaign)
        why = words.say(fact, subject).sentence.rpartition(", since ")[2].removesuffix(".")
        said, many, tone = BREAKERS[fact.state]
        self._tell_in_turn(
            f"breaker {subject} {fact.state} {self.seen.account(subject).day}",
            (subject, fact.campaign),
            f"{name}: its breaker {said}, as {why}",
            f"breakers {many} in {self.label(subject)}, the last {name}'s",
            tone,
        )

    @_tell_of.register
    def _(self, fact: PlanSet, subject: str, trouble: str) -> None:  # noqa: ARG002 - all of one shape
        sure = [plan for plan in fact.plans if plan.confidence_permille is not None]
        if not sure or len(sure) < len(fact.plans):
            return
        group = f"planned {subject} {fact.day}"
        known = self._planned[group]
        known.update({plan.campaign: plan.confidence_permille or 0 for plan in sure})
        days, middle = max(plan.history_days for plan in sure), median_low(known.values())
        self.tell(
            f"{self.label(subject)}: {_many(len(known), 'campaign')} planned from"
            f" {_many(days, 'day')} of history, {middle // 10} % sure",
            "good",
            group,
        )

    # ---- commands
    def _tell_of_order(self, order: Order) -> None:
        name = self.name(order.subject, order.campaign)
        if order.outcome == "applied" and isinstance(order.command, PauseCampaign):
            self._tell_of_pause(order, order.command, name)
        elif order.outcome == "applied" and isinstance(order.command, SetBudget):
            self._tell_of_budget(order, order.command, name)
        elif order.outcome == "applied":
            self._tell_of_resume(order, name)
        elif order.outcome == "superseded":
            self.tell(f"{order.action} of {name} left undone: {SUPERSEDED[order.reason]}")
        else:
            self.tell(f"{order.action} of {name} failed: {order.reason}", "bad")

    def _tell_of_pause(self, order: Order, pause: PauseCampaign, name: str) -> None:
        of = "" if pause.budget_micros is None else f" of {short(pause.budget_micros)}"
        spent = f"{short(pause.spent_micros)}{of} {pause.currency}"
        took = seconds((order.done_ms or 0) - (order.page_ms or order.decided_ms))
        if pause.stop_id:
            self.tell(f"{name} stands still {took} after the order", "good")
            return
        self._tell_in_turn(
            f"paused {order.subject} {pause.day}",
            (order.subject, order.campaign),
            f"{name} has cost {spent}: paused {took} later",
            f"campaigns of {self.label(order.subject)} were paused, the last {took} after its page",
            "good",
        )

    def _tell_of_budget(self, order: Order, command: SetBudget, name: str) -> None:
        account = self.seen.account(order.subject)
        step = f"{short(command.from_micros)} to {short(command.to_micros)} {command.currency}"
        why = "as its terms say" if command.reason == "terms" else "towards its plan"
        self._tell_in_turn(
            f"budgets {order.subject} {account.day}",
            (order.subject, order.campaign),
            f"{name}: its budget is stepped from {step}, {why}",
            f"budgets of {self.label(order.subject)} are stepped towards their plans, the last from {step}",
        )

    def _tell_of_resume(self, order: Order, name: str) -> None:
        account = self.seen.account(order.subject)
        if isinstance(order.command, ResumeCampaign) and order.command.reason != "new-day":
            reason = order.command.reason
            # A breaker's trial was told when it moved.
            if reason != "breaker-probe" or (order.subject, order.campaign) in self.watched:
                self.tell(f"{name} runs again: {RESUMED.get(reason, reason)}", "good")
            return
        group = f"resumed {order.subject} {account.day}"
        self._resumed[group] += 1
        many = self._resumed[group]
        told = name if many == 1 else f"{many} campaigns"
        runs = "runs" if many == 1 else "run"
        self.tell(f"A new day for {self.label(order.subject)}: {told} {runs} again", "good", group)

    def _local(self, subject: str, at_ms: int) -> str:
        zone = self.seen.account(subject).time_zone
        place: Any = ZoneInfo(zone) if zone else UTC
        return f"{datetime.fromtimestamp(at_ms // 1_000, place):%H:%M} {labels.city(zone)}"
