"""Seed 004's budget pacer: its methods in process, each answered by the decider that the server runs."""

from __future__ import annotations

from contextlib import contextmanager
from datetime import timedelta
from itertools import count
from threading import RLock
from typing import TYPE_CHECKING, Final

from domain.allocation.model import Rules
from events.limits import REASON_CHARS_MAX
from events.types import SpendRequested, StopLifted, StopOrdered
from events.types.guard import HOLD_MS_MAX
from headgate.pacer import authorising, history, insight, moving, plans, words
from headgate.pacer.alerts import Alerts, told
from headgate.pacer.amounts import Unusable, to_amount, to_micros
from headgate.pacer.book import NOTHING, Book, check_name, subject_of
from headgate.pacer.calendar import MS, Calendar, real_time, to_ms
from headgate.pacer.shapes import PacingStrategy
from headgate.pacer.thresholds import Thresholds

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Iterable, Iterator
    from datetime import date
    from decimal import Decimal

    from domain.allocation.model import Move
    from events.types import Fact
    from headgate.pacer.calendar import Clock
    from headgate.pacer.shapes import (
        ChannelType,
        HourlyAllocation,
        HourPrediction,
        PacingAlert,
        Performance,
        SpendTransaction,
    )

BY: Final = "BudgetPacer"
NO_HOLD: Final = timedelta(0)


class BudgetPacer(Thresholds):
    """Lays budgets over hours, watches their pace, authorises spends, and stops what runs away.

    Everything is kept in this object, in memory. Its thresholds are attributes; amounts are Decimals, and
    exact. It may be used from several threads.
    """

    def __init__(
        self,
        *,
        clock: Clock = real_time,
        time_zone: str = "UTC",
        currency: str = "USD",
        rules: Rules | None = None,
    ) -> None:
        super().__init__()
        self.rules = rules or Rules()
        self._calendar = Calendar(clock, time_zone)
        self._book = Book(self._calendar, self, currency, self._hear)
        self._plans, self._alerts, self._values = plans.Plans(), Alerts(), insight.Values()
        self._stops: dict[tuple[str, str], list[str]] = {}
        self._numbers = count(1)
        self._lock = RLock()

    def allocate_hourly_budget(
        self,
        campaign_id: str,
        channel: ChannelType,
        daily_budget: Decimal,
        strategy: PacingStrategy = PacingStrategy.ADAPTIVE_HYBRID,
        *,
        floor: Decimal | None = None,
        ceiling: Decimal | None = None,
    ) -> list[HourlyAllocation]:
        """Set what a campaign's day may cost on a channel, and return how it lies over today's hours.

        It holds for the days that follow, until it is set anew. A reallocation leaves the day at least its
        `floor` and at most its `ceiling`.
        """
        terms = {
            "budget": "day",
            "amount_micros": to_micros(daily_budget, "daily budget"),
            "strategy": PacingStrategy(strategy).value,
            "floor_micros": None if floor is None else to_micros(floor, "floor"),
            "ceiling_micros": None if ceiling is None else to_micros(ceiling, "ceiling"),
        }
        with self._turn():
            self._book.open(campaign_id, channel)
            self._book.set_terms(campaign_id, channel, **terms)
            return self._allocations(campaign_id, channel)

    def hourly_allocations(self, campaign_id: str, channel: ChannelType) -> list[HourlyAllocation]:
        """Return how today's budget lies over its hours, as it is planned by now."""
        with self._turn():
            self._open_known(campaign_id, channel)
            return self._allocations(campaign_id, channel)

    def check_pace(self, campaign_id: str, channel: ChannelType) -> tuple[float, PacingAlert | None]:
        """Return what was spent of what was planned until now, and the most serious alert that stands."""
        with self._turn():
            self._open_known(campaign_id, channel)
            self._book.observe(campaign_id, channel, self._calendar.now_ms())
            subject, row = subject_of(channel), self._book.row(campaign_id, channel)
            ratio, alert = (
                plans.pace_ratio(row, self._book.plan(campaign_id, channel)),
                self._alerts.worst(subject, campaign_id),
            )
            if alert is None:
                return ratio, None
            standing = told(subject, campaign_id, alert)
            standing.current_spend, standing.pace_ratio = to_amount(row.spent_micros), ratio
            return ratio, standing

    def can_spend(
        self,
        campaign_id: str,
        channel: ChannelType,
        amount: Decimal,
        *,
        hold: timedelta = NO_HOLD,
        transaction_id: str | None = None,
    ) -> tuple[bool, str]:
        """Say whether an amount may be spent now, and why.

        With `hold` the amount stays reserved for so long, or until a spend of the same `transaction_id` is
        recorded; so two who ask at once are not both promised the last of a budget.
        """
        hold_ms = hold // MS
        if hold_ms and transaction_id is None:
            raise Unusable("A hold was asked for without a transaction_id.", "Give the spend's own id.")
        if not 0 <= hold_ms <= HOLD_MS_MAX:
            raise Unusable(f"The hold is {hold}.", "Hold for a day at most.")
        micros = to_micros(amount, "amount")
        with self._turn():
            if not self._book.is_known(campaign_id, channel):
                return False, words.ANSWERS["unknown-campaign"]
            self._book.open(campaign_id, channel)
            self._book.observe(campaign_id, channel, self._calendar.now_ms())
            asked = f"ask.{next(self._numbers)}" if transaction_id is None else check_name(transaction_id)
            request = SpendRequested(asked, campaign_id, micros, self._book.currency, hold_ms)
            return authorising.authorise(self._book, channel, request)

    def record_spend(self, transaction: SpendTransaction) -> bool:
        """Count what was spent, in the hour of its timestamp; say whether it counted.

        A transaction id that was recorded before, on the same day, changes nothing and returns ``False``.
        """
        spent = history.added(NOTHING, transaction)
        value = None if transaction.value is None else to_micros(transaction.value, "value")
        campaign, channel = transaction.campaign_id, transaction.channel
        with self._turn():
            self._book.open(campaign, channel)
            at_ms = self._book.check_moment(to_ms(transaction.timestamp))
            with self._book.engine.all_or_nothing():
                known = transaction.transaction_id
                if known is not None and not self._book.count_once(campaign, channel, known, at_ms):
                    return False
                self._book.observe(campaign, channel, at_ms, spent)
            if value is not None:
                self._values.add(campaign, channel, self._calendar.day_at(at_ms).day, value)
            return True

    def load_history(self, transactions: Iterable[SpendTransaction]) -> int:
        """Learn from days before today, and return how many were learned.

        Each campaign's days are learned once and in their order, so give all that there is, at once.
        """
        with self._turn():
            return history.load(self._book, self._values, transactions)

    async def reallocate_unused(self, campaign_id: str) -> dict[ChannelType, Decimal]:
        """Move unused budget to the channels that do more with it; return by how much each one's changed.

        The amounts add up to zero. `proposed_moves` tells beforehand which moves, and why.
        """
        with self._turn():
            entries, moves = self._moves(campaign_id)
            return moving.make(self._book, campaign_id, entries, moves)

    def proposed_moves(self, campaign_id: str) -> tuple[Move, ...]:
        """Return the moves that `reallocate_unused` would make now, each with its reason; nothing changes."""
        with self._turn():
            return self._moves(campaign_id)[1]

    async def emergency_stop(self, campaign_id: str, reason: str, channel: ChannelType | None = None) -> bool:
        """Stop a campaign's spending, on one channel or all, until `lift_stop`; say whether it is stopped."""
        with self._turn():
            channels = self._channels(campaign_id, channel)
            for one in channels:
                self._book.open(campaign_id, one)
                stop_id = f"stop.{next(self._numbers)}"
                now_ms, why = self._calendar.now_ms(), reason[:REASON_CHARS_MAX]
                subject = subject_of(one)
                self._book.engine.tell(
                    subject, StopOrdered(stop_id, "campaign", campaign_id, now_ms, why, BY)
                )
                self._stops.setdefault((subject, campaign_id), []).append(stop_id)
            return bool(channels)

    async def lift_stop(self, campaign_id: str, reason: str = "", channel: ChannelType | None = None) -> bool:
        """End the emergency stops of a campaign; say whether there were any."""
        with self._turn():
            is_lifted = False
            for one in self._channels(campaign_id, channel):
                self._book.open(campaign_id, one)
                subject, now_ms = subject_of(one), self._calendar.now_ms()
                for stop_id in self._stops.pop((subject, campaign_id), ()):
                    lifted = StopLifted(stop_id, now_ms, reason[:REASON_CHARS_MAX], BY)
                    self._book.engine.tell(subject, lifted)
                    is_lifted = True
            return is_lifted

    def on_alert(
        self, handler: Callable[[PacingAlert], Awaitable[None] | None]
    ) -> Callable[[PacingAlert], Awaitable[None] | None]:
        """Let a function, or a coroutine function, hear each alert once when it is raised.

        A coroutine runs as a task of the running loop; where none runs, it is run to its end at once.
        """
        self._alerts.add(handler)
        return handler

    async def alerts_delivered(self) -> None:
        """Wait until the coroutines that alerts have started are done; what they raise comes out here."""
        await self._alerts.delivered()

    def performance(self, campaign_id: str, channel: ChannelType | None = None, days: int = 7) -> Performance:
        """Return what a campaign's money brought on a channel, or on all, in the last days and today."""
        if not 1 <= days <= insight.DAYS_KEPT:
            raise Unusable(f"{days} days were asked for.", f"Ask for 1 to {insight.DAYS_KEPT}.")
        with self._turn():
            wanted = insight.days_until(self._book.today().day, days)
            channels = self._channels(campaign_id, channel)
            brought = [insight.totals(self._book, campaign_id, one, wanted) for one in channels]
            values = [self._values.of_days(campaign_id, one, wanted) for one in channels]
            known = [value for value in values if value is not None]
            return insight.performance(brought, sum(known) if known else None)

    def predictions(
        self, campaign_id: str, channel: ChannelType, day: date | None = None
    ) -> list[HourPrediction]:
        """Return what each hour of a day, today's by default, is expected to cost and to bring."""
        with self._turn():
            self._open_known(campaign_id, channel)
            wanted = self._book.today().day if day is None else day.isoformat()
            return insight.predictions(self._book, campaign_id, channel, wanted)

    def _moves(self, campaign_id: str) -> tuple[list[moving.Entry], tuple[Move, ...]]:
        channels = self._book.channels(campaign_id)
        for channel in channels:
            self._book.open(campaign_id, channel)
            self._book.observe(campaign_id, channel, self._calendar.now_ms())
        entries = moving.entries(self._book, self._values, campaign_id)
        return entries, moving.reallocate(entries, self.rules)

    def _allocations(self, campaign_id: str, channel: ChannelType) -> list[HourlyAllocation]:
        today = self._book.today()
        planned = self._plans.of_day(subject_of(channel), campaign_id, today.day)
        return plans.allocations(self._calendar, today, planned)

    def _channels(self, campaign_id: str, channel: ChannelType | None) -> list[ChannelType]:
        return [one for one in self._book.channels(campaign_id) if channel in {None, one}]

    def _open_known(self, campaign_id: str, channel: ChannelType) -> None:
        if not self._book.is_known(campaign_id, channel):
            raise Unusable(
                f"{campaign_id} is not known on {channel}.", "Call allocate_hourly_budget for it first."
            )
        self._book.open(campaign_id, channel)

    def _hear(self, subject: str, fact: Fact) -> None:
        self._plans.hear(subject, fact)
        self._alerts.hear(subject, fact)

    @contextmanager
    def _turn(self) -> Iterator[None]:
        """Let one caller in at a time, and tell of new alerts when the rows are as they will stay."""
        with self._lock:
            yield
        self._alerts.deliver()
