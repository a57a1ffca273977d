"""The reads of one account: each asks, looks at the answer, and publishes it whole or not at all."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Final, NamedTuple, TypeVar

from msgspec.structs import replace

from connectors.errors import Transient
from connectors.local_days import local_day
from connectors.poller import pages
from connectors.poller.memory import Memory
from connectors.poller.pages import Read

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Mapping, Sequence

    from connectors.poller.pages import Record
    from connectors.poller.steady import Stamp, SteadyClock
    from connectors.ports import Account, Campaign, HourSpend, LocalDay, Platform
    from events.types import PollKind

T = TypeVar("T")

# In our own time: every page of the largest account, each with the connector's own limits.
ASK_SECONDS_MAX: Final = 600.0
# A list that was long and is empty is believed when it says so again and again.
EMPTY_BELIEVED_AFTER: Final = 3


class Hours(NamedTuple):
    """What a read by hours brought."""

    as_of_ms: int
    day: LocalDay
    rows: Sequence[HourSpend]


class Reader:
    """Reads of one account, one after the other."""

    def __init__(
        self,
        subject: str,
        platform: Platform,
        clock: SteadyClock,
        publish: Callable[[Sequence[Record]], Awaitable[None]],
    ) -> None:
        self.subject = subject
        self.about = Read(subject, "campaigns", None, 0)
        """The read that is going on, or was last."""
        self.last_good_ms: dict[PollKind, int] = {}
        self.rows = 0
        """How much the last read has published."""
        self.campaigns: dict[str, Campaign] = {}
        self.memory = Memory()
        self._account: Account | None = None
        self._id = subject.split("/")[2]
        self._platform, self._clock, self._publish = platform, clock, publish
        self._empty_lists = 0

    @property
    def account(self) -> Account:
        """Return the account as it was last seen; nothing else can be read before."""
        if self._account is None:
            raise RuntimeError(f"{self.subject} was never validated")
        return self._account

    @property
    def is_known(self) -> bool:
        """Return whether the account's currency and time zone are known."""
        return self._account is not None

    async def validate(self) -> Account:
        """Look at the account itself; a zone that is not known here makes it unreadable."""
        self.about = Read(self.subject, "campaigns", None, self._clock.raw_ms())
        stamp = self._begin("campaigns")
        account = await self._ask(self._platform.validate(self._id))
        self._clock.confirm(stamp)
        local_day(account.time_zone, stamp.as_of_ms)
        self._account = account
        return account

    async def list_campaigns(self) -> int:
        """Read the campaigns, publish them, and return what moment they are of."""
        account, stamp = self.account, self._begin("campaigns")
        found = await self._ask(self._platform.list_campaigns(self._id))
        self._clock.confirm(stamp)
        self._refuse_sudden_emptiness(found)
        here = {campaign.campaign: campaign for campaign in found}
        if len(here) < len(found):
            raise Transient(self._platform.name, "a campaign was listed twice, so another may be missing")
        # Platforms list what was removed as well, so what is missing has left for another account.
        gone = [
            replace(campaign, status="removed")
            for name, campaign in self.campaigns.items()
            if name not in here
        ]
        whole = [*found, *gone]
        await self._publish_whole(pages.campaigns(self.about, account, whole), len(whole))
        self.campaigns = {campaign.campaign: campaign for campaign in whole}
        return stamp.as_of_ms

    async def read_today(self) -> Hours:
        """Read the day that it is there when asked."""
        stamp = self._begin("spend")
        return await self._hours(stamp, local_day(self.account.time_zone, stamp.as_of_ms), None)

    async def read_day(self, day: LocalDay, by_day: Mapping[str, int] | None = None) -> Hours:
        """Read a day by hours; `by_day` are its totals as the platform gave them before."""
        return await self._hours(self._begin("spend", day.day), day, by_day)

    async def read_moved(self, days: Sequence[LocalDay]) -> tuple[int, dict[LocalDay, dict[str, int]]]:
        """Read the totals of past days, and return those days whose hours have to be read for it."""
        stamp = self._begin("spend")
        first, last = days[0].day, days[-1].day
        rows = await self._ask(self._platform.read_days(self.account, first, last))
        self._clock.confirm(stamp)
        by_day: dict[str, dict[str, int]] = {day.day: {} for day in days}
        for row in rows:
            if row.day not in by_day or row.campaign in by_day[row.day]:
                raise Transient(
                    self._platform.name, f"asked for {first} to {last}, it told of {row.day} twice"
                )
            by_day[row.day][row.campaign] = row.spend_micros
        self.rows = 0
        return stamp.as_of_ms, {
            day: by_day[day.day]
            for day in days
            if self.memory.is_stale(day.day, stamp.as_of_ms, by_day[day.day])
        }

    async def _hours(self, stamp: Stamp, day: LocalDay, by_day: Mapping[str, int] | None) -> Hours:
        account = self.account
        self.about = self.about._replace(day=day.day)
        answer = await self._ask(self._platform.read_hours(account, day))
        self._clock.confirm(stamp)
        if len({(row.campaign, row.hour) for row in answer}) < len(answer):
            raise Transient(self._platform.name, "an hour was told twice, so another may be missing")
        rows = self.memory.with_zeros(day.day, answer)
        await self._publish_whole(pages.spend(self.about, account, day, rows), len(rows))
        self.memory.remember(day.day, stamp.as_of_ms, rows, by_day)
        return Hours(stamp.as_of_ms, day, rows)

    def _begin(self, kind: PollKind, day: str | None = None) -> Stamp:
        # Set before the stamp too, so that its failure is told of the right read.
        self.about = Read(self.subject, kind, day, self._clock.raw_ms())
        stamp = self._clock.stamp(self.subject)
        self.about = self.about._replace(as_of_ms=stamp.as_of_ms)
        return stamp

    async def _ask(self, answer: Awaitable[T]) -> T:
        try:
            async with asyncio.timeout(ASK_SECONDS_MAX):
                return await answer
        except TimeoutError as error:
            raise Transient(self._platform.name, f"no whole answer within {ASK_SECONDS_MAX:.0f} s") from error

    async def _publish_whole(self, records: Sequence[Record], rows: int) -> None:
        # All of them were made before the first one leaves, so nothing can go wrong in the middle.
        read = self.about
        done = pages.completed(read, pages=len(records), rows=rows, lag_ms=self._platform.lag_ms)
        await self._publish([*records, done])
        self.last_good_ms[read.kind], self.rows = read.as_of_ms, rows

    def _refuse_sudden_emptiness(self, found: Sequence[Campaign]) -> None:
        if found or not self.campaigns:
            self._empty_lists = 0
            return
        self._empty_lists += 1
        if self._empty_lists < EMPTY_BELIEVED_AFTER:
            raise Transient(
                self._platform.name,
                f"account {self._id} lists no campaigns, and had {len(self.campaigns)}; "
                f"believed at the {EMPTY_BELIEVED_AFTER}rd time",
            )
