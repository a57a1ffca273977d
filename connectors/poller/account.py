"""One account: does what its schedule says, for ever, and tells what came of it."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Final, NamedTuple

from connectors.errors import PlatformError, RateLimited
from connectors.local_days import local_day
from connectors.poller import nearness, pages, trouble
from connectors.poller.lanes import sleep_until
from connectors.poller.reads import Reader
from connectors.poller.schedule import Schedule
from connectors.poller.steady import ClockJumped

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Sequence

    from connectors.poller.lanes import Lane
    from connectors.poller.nearness import Spent
    from connectors.poller.pages import Record
    from connectors.poller.schedule import Cadence, Kind
    from connectors.poller.steady import SteadyClock
    from connectors.poller.watch import Watch
    from connectors.ports import Account, LocalDay, Platform

RATE_LIMIT_OF_ACCOUNT: Final = "account"


class Ground(NamedTuple):
    """What an account's reads stand on."""

    platform: Platform
    lane: Lane
    clock: SteadyClock
    cadence: Cadence
    publish: Callable[[Sequence[Record]], Awaitable[None]]
    watch: Watch


class AccountPoller:
    """Reads one account; whatever its platform answers, no other account waits for it."""

    def __init__(self, subject: str, ground: Ground) -> None:
        self.subject, self._ground, self._clock = subject, ground, ground.clock
        self.is_reading = self._is_leaving = False
        self._reader = Reader(subject, ground.platform, ground.clock, ground.publish)
        self._schedule = Schedule(subject, ground.cadence, ground.clock.raw_ms())
        self._spent: Spent | None = None
        # Past days that have moved, with their totals; one is read at a time, behind what is urgent.
        self._moved: dict[LocalDay, dict[str, int]] = {}
        self._attempts: dict[Kind, int] = {}

    def leave(self) -> None:
        """Make `run` return when the read under way is through."""
        self._is_leaving = True

    async def run(self) -> None:
        """Read what is due, until told to leave."""
        while not self._is_leaving:
            await sleep_until(self._clock, self.due_ms)
            async with self._ground.lane.turn():
                self.is_reading = True
                await self.read_next()
                self.is_reading = False

    @property
    def due_ms(self) -> int:
        """Return when the next read is due."""
        return self._schedule.next().at_ms

    async def read_next(self) -> None:
        """Read what is due first, now; what goes wrong is published, and planned again."""
        kind = self._schedule.next().kind
        begun = time.monotonic()
        try:
            self._turn_day()
            as_of_ms = await self._read(kind)
        except PlatformError as error:
            await self._failed(kind, error)
        except ClockJumped as jumped:
            await self._failed(kind, trouble.OurClockError(self._ground.platform.name, jumped))
        else:
            self._attempts.pop(kind, None)
            seconds = time.monotonic() - begun
            self._ground.watch.good(
                self.subject, kind, rows=self._reader.rows, as_of_ms=as_of_ms, seconds=seconds
            )

    def _turn_day(self) -> None:
        """Begin the day that it is at the account, if it has not begun."""
        if not self._reader.is_known:
            return
        zone, now_ms = self._reader.account.time_zone, self._clock.now_ms()
        today = local_day(zone, now_ms)
        if today == self._schedule.today:
            return
        yesterday = local_day(zone, today.start_ms - 1)
        self._schedule.enter(today, yesterday, now_ms)
        self._reader.memory.keep({day.day for day in (today, yesterday, *self._past(today))})

    async def _read(self, kind: Kind) -> int:
        if kind == "campaigns":
            return await self._read_campaigns()
        if kind == "today":
            return await self._read_today()
        if kind == "yesterday":
            return await self._read_yesterday()
        return await self._read_past()

    async def _read_campaigns(self) -> int:
        known = self._reader.account if self._reader.is_known else None
        account = await self._reader.validate()
        self._tell_changes(known, account)
        # From here on spend can be read, even if the list cannot.
        self._turn_day()
        as_of_ms = await self._reader.list_campaigns()
        self._schedule.done("campaigns", as_of_ms)
        return as_of_ms

    async def _read_today(self) -> int:
        as_of_ms, day, rows = await self._reader.read_today()
        before, self._spent = self._spent, nearness.spent(day.day, as_of_ms, rows)
        near_permille = nearness.near_permille(
            self._reader.campaigns.values(), self._spent, before, self._ground.cadence.spend_ms
        )
        self._schedule.done("today", as_of_ms, near_permille)
        return as_of_ms

    async def _read_yesterday(self) -> int:
        as_of_ms = (await self._reader.read_day(self._yesterday())).as_of_ms
        self._schedule.done("yesterday", as_of_ms)
        return as_of_ms

    async def _read_past(self) -> int:
        past = self._past(self._today())
        self._moved = {day: by_day for day, by_day in self._moved.items() if day in past}
        if self._moved:
            return await self._read_one_moved()
        as_of_ms = self._clock.now_ms()
        if past:
            as_of_ms, self._moved = await self._reader.read_moved(past)
        self._plan_past(as_of_ms)
        return as_of_ms

    async def _read_one_moved(self) -> int:
        # Put last first, so that a day that cannot be read does not stand before the others.
        day, by_day = next(iter(self._moved.items()))
        del self._moved[day]
        self._moved[day] = by_day
        as_of_ms = (await self._reader.read_day(day, by_day)).as_of_ms
        del self._moved[day]
        self._plan_past(as_of_ms)
        return as_of_ms

    def _plan_past(self, as_of_ms: int) -> None:
        if self._moved:
            self._schedule.again("past", as_of_ms)
        else:
            self._schedule.done("past", as_of_ms)

    def _today(self) -> LocalDay:
        if self._schedule.today is None:
            raise RuntimeError(f"{self.subject}: a day is to be read before the account is known")
        return self._schedule.today

    def _yesterday(self) -> LocalDay:
        return local_day(self._reader.account.time_zone, self._today().start_ms - 1)

    def _past(self, today: LocalDay) -> list[LocalDay]:
        """Return the days that may still be restated, oldest first; not yesterday while it is read anyway."""
        days: list[LocalDay] = []
        before_ms = today.start_ms
        for _ in range(self._ground.cadence.restated_days):
            days.append(local_day(self._reader.account.time_zone, before_ms - 1))
            before_ms = days[-1].start_ms
        if days and not self._schedule.settled(self._clock.raw_ms()):
            del days[0]
        return days[::-1]

    async def _failed(self, kind: Kind, error: PlatformError) -> None:
        attempt = self._attempts[kind] = self._attempts.get(kind, 0) + 1
        now_ms, about = self._clock.raw_ms(), self._reader.about
        retry_at_ms = trouble.retry_at_ms(error, attempt, now_ms, self._clock)
        if isinstance(error, RateLimited) and error.scope != RATE_LIMIT_OF_ACCOUNT:
            self._ground.lane.hold(retry_at_ms)
        self._schedule.again(kind, retry_at_ms)
        record = pages.failed(
            about._replace(as_of_ms=now_ms),
            error.reason,
            error.detail,
            retry_at_ms=retry_at_ms,
            last_good_ms=self._reader.last_good_ms.get(about.kind),
        )
        self._ground.watch.failed(self.subject, kind, error, attempt=attempt, retry_ms=retry_at_ms - now_ms)
        await self._ground.publish([record])

    def _tell_changes(self, before: Account | None, now: Account) -> None:
        if before is None:
            return
        for what in ("currency", "time_zone"):
            was, is_now = getattr(before, what), getattr(now, what)
            if was != is_now:
                self._ground.watch.changed(self.subject, what, was, is_now)
