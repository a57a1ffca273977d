"""What tests of the poller share: a time moved by hand, a platform in memory, and a log that is a list."""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeVar

from connectors.errors import NotFound
from connectors.local_days import local_day_of
from connectors.poller.account import AccountPoller, Ground
from connectors.poller.lanes import Lane
from connectors.poller.schedule import Cadence
from connectors.poller.steady import SteadyClock
from connectors.poller.watch import Watch
from connectors.ports import Account, Campaign, DaySpend, HourSpend, LocalDay, Platform
from events import codec
from infra.health import Health

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Sequence

    from connectors.poller.pages import Record
    from events.types import Fact

F = TypeVar("F", bound="Fact")

MINUTE_MS, HOUR_MS = 60_000, 3_600_000
ZONE = "Europe/Berlin"
DAY = local_day_of(ZONE, "2026-11-20")
NOON_MS = DAY.start_ms + 12 * HOUR_MS
LAG_MS = 10 * MINUTE_MS
CADENCE = Cadence(
    spend_ms=5 * MINUTE_MS,
    spend_ms_min=MINUTE_MS,
    campaigns_ms=15 * MINUTE_MS,
    restated_ms=HOUR_MS,
    restated_days=3,
    lag_ms=LAG_MS,
)


class Hands:
    """A time and a monotonic clock, moved together by hand, or apart where a clock jumps."""

    def __init__(self, at_ms: int = NOON_MS) -> None:
        self.at_ms = at_ms
        self.steady_ms = 1_000_000

    def now_ms(self) -> int:
        """Return which time it is."""
        return self.at_ms

    def our_seconds(self, duration_ms: int) -> float:
        """Return how long a stretch of this time lasts in ours: as long."""
        return duration_ms / 1000

    def go(self, by_ms: int) -> None:
        """Let time pass."""
        self.at_ms += by_ms
        self.steady_ms += by_ms

    async def sleep(self, duration_ms: int) -> None:
        """Let a stretch of this time pass at once."""
        self.go(max(0, duration_ms))

    def jump(self, by_ms: int) -> None:
        """Set the clock to another time."""
        self.at_ms += by_ms


class Shop:
    """A platform in memory, under the port's contract; `during` happens inside every call."""

    name = "shop"
    lag_ms = LAG_MS
    writes_max = 20

    def __init__(self) -> None:
        self.accounts = {"1": Account("1", "One", "EUR", ZONE)}
        self.campaigns: dict[str, list[Campaign]] = {"1": [campaign("a"), campaign("b")]}
        self.hours: dict[tuple[str, str], list[HourSpend]] = {}
        self.calls: list[str] = []
        self.failing: dict[str, Exception] = {}
        self.during: Callable[[], object] = lambda: None
        self.gate: Callable[[str], Awaitable[object]] | None = None

    async def validate(self, account: str) -> Account:
        """Return an account."""
        await self._called("validate", account)
        if account not in self.accounts:
            raise NotFound(self.name, f"there is no account {account}")
        return self.accounts[account]

    async def list_campaigns(self, account: str, only: Sequence[str] | None = None) -> list[Campaign]:
        """Return the campaigns."""
        await self._called("list", account)
        found = self.campaigns.get(account, [])
        return [one for one in found if only is None or one.campaign in only]

    async def read_hours(self, account: Account, day: LocalDay) -> list[HourSpend]:
        """Return a day's hours."""
        await self._called(f"hours {day.day}", account.account)
        return [*self.hours.get((account.account, day.day), [])]

    async def read_days(self, account: Account, first: str, last: str) -> list[DaySpend]:
        """Return the totals of days."""
        await self._called(f"days {first} {last}", account.account)
        totals: dict[tuple[str, str], int] = {}
        for (owner, day), rows in self.hours.items():
            if owner == account.account and first <= day <= last:
                for row in rows:
                    key = row.campaign, day
                    totals[key] = totals.get(key, 0) + row.spend_micros
        return [DaySpend(name, day, micros) for (name, day), micros in totals.items()]

    async def pause(self, account: str, campaigns: Sequence[str]) -> None:
        """Nothing is written here."""
        raise AssertionError((account, campaigns))

    async def resume(self, account: str, campaigns: Sequence[str]) -> None:
        """Nothing is written here."""
        raise AssertionError((account, campaigns))

    async def set_budget(self, account: str, campaign: str, daily_budget_micros: int) -> None:
        """Nothing is written here."""
        raise AssertionError((account, campaign, daily_budget_micros))

    async def close(self) -> None:
        """Nothing is open."""

    async def _called(self, what: str, account: str) -> None:
        self.calls.append(what)
        self.during()
        if self.gate is not None:
            await self.gate(account)
        if error := self.failing.get(what.split(maxsplit=1)[0]):
            raise error


class Log:
    """What was published, in order."""

    def __init__(self) -> None:
        self.events: list[codec.Event] = []

    async def publish(self, records: Sequence[Record]) -> None:
        """Take records."""
        self.events += [codec.decode(record.headers, record.value) for record in records]

    def of(self, kind: type[F]) -> list[F]:
        """Return the facts of a type."""
        return [event.data for event in self.events if isinstance(event.data, kind)]

    def take(self) -> list[codec.Event]:
        """Return what came since the last time."""
        taken, self.events = self.events, []
        return taken


class Desk:
    """One account's poller with its surroundings, driven read by read."""

    def __init__(
        self,
        subject: str = "client/shop/1",
        *,
        platform: Platform | None = None,
        time: Hands | None = None,
    ) -> None:
        self.time, self.shop, self.log = time or Hands(), Shop(), Log()
        self.health = Health("poller")
        self.clock = SteadyClock(self.time, lambda: self.time.steady_ms)
        self.lane = Lane(self.clock)
        watch = Watch(self.health, 1)
        ground = Ground(platform or self.shop, self.lane, self.clock, CADENCE, self.log.publish, watch)
        self.account = AccountPoller(subject, ground)

    async def next(self) -> list[codec.Event]:
        """Let the time come of what is due, read it, and return what was published."""
        self.time.go(max(0, self.account.due_ms - self.time.at_ms))
        await self.account.read_next()
        return self.log.take()

    async def until(self, at_ms: int) -> list[codec.Event]:
        """Read all that is due before a moment."""
        said: list[codec.Event] = []
        while self.account.due_ms < at_ms:
            said += await self.next()
        self.time.go(at_ms - self.time.at_ms)
        return said

    async def begin(self) -> list[codec.Event]:
        """Read everything once."""
        return await self.until(self.time.at_ms + 100)  # stamps of one moment differ by a millisecond


def campaign(name: str, budget: int | None = 100_000_000, *, label: str = "") -> Campaign:
    """Return a running campaign."""
    return Campaign(name, label or name.upper(), "enabled", budget, "")


def facts(said: Sequence[codec.Event], kind: type[F]) -> list[F]:
    """Return the facts of a type."""
    return [event.data for event in said if isinstance(event.data, kind)]
