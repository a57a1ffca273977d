"""One destination's deliveries, over a log in memory that outlives every notifier."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import pytest

from connectors.notifier import notices
from connectors.notifier.delivery import Delivery
from connectors.notifier.destination import Answer, Later, Refused, Taken
from connectors.notifier.options import NotifierOptions
from connectors.notifier.watch import Watch
from events.dead_letters import replayed_marker
from infra.health import Health
from infra.retry import Backoff
from infra.world_time import WorldTime
from tests.notifier_kit import hook, raised, record

if TYPE_CHECKING:
    from collections.abc import Callable

    from connectors.notifier.notices import Notice

OPTIONS = NotifierOptions({}, "0", retry=Backoff(delay_ms=4, delay_ms_max=8), wait_ms=2)
SOON = Later("HTTP 503")


class Died(BaseException):
    """The process ended here."""


@dataclass
class Message:
    """A record as the client hands it out."""

    at: int
    written: tuple[list[tuple[str, bytes]], bytes]

    def topic(self) -> str:
        """Return the only topic."""
        return "account-decisions"

    def partition(self) -> int:
        """Return the only partition."""
        return 0

    def offset(self) -> int:
        """Return the place."""
        return self.at

    def headers(self) -> list[tuple[str, bytes]]:
        """Return the headers."""
        return self.written[0]

    def value(self) -> bytes:
        """Return the body."""
        return self.written[1]


@dataclass
class Log:
    """A partition, what its group has committed, and the letters that were parked."""

    messages: list[Message] = field(default_factory=list)
    committed: int = 0
    parked: list[tuple[int, str, str]] = field(default_factory=list)
    refused_by: dict[tuple[int, int], str] = field(default_factory=dict)

    def add(self, *facts: Any, marker: tuple[int, int] | None = None) -> None:  # noqa: ANN401 - any fact
        """Write facts at the end."""
        for fact in facts:
            at = len(self.messages)
            headers, body = record(fact, at)
            more = [(name, value) for name, value in replayed_marker(*marker)] if marker else []
            self.messages.append(Message(at, ([*headers, *more], body)))

    def park(self, message: Message, _destination: str, reason: str, detail: str) -> None:
        """Keep a letter."""
        self.parked.append((message.at, reason, detail))

    def is_of(self, destination: str, place: tuple[int, int]) -> bool:
        """Say whose letter it was."""
        return self.refused_by[place] == destination


class MemoryInbox:
    """A place in that log, as `Inbox` keeps one in Kafka's."""

    def __init__(self, log: Log, loses_at_rest: int | None = None) -> None:
        self.log, self.ownership, self.is_assigned = log, 0, False
        self._position = self._told = 0
        self._loses_at_rest = loses_at_rest
        self.rests = 0

    def open(self) -> None:
        """Begin where the group stands."""
        self._position = self._told = self.log.committed
        self.is_assigned = True

    def fetch(self) -> list[Message]:
        """Return what is there."""
        found = self.log.messages[self._position :]
        self._position = len(self.log.messages)
        return found

    def rest(self) -> None:
        """Stay a member; at the given rest the partition is lost, and given back."""
        self.rests += 1
        if self.rests == self._loses_at_rest:
            self.ownership += 1
            self.open()

    def go_on(self) -> None:
        """Read again."""

    def told(self, message: Message) -> None:
        """Note what needs no more."""
        self._told = message.offset() + 1

    def commit(self) -> None:
        """Make it durable."""
        self.log.committed = max(self.log.committed, self._told)

    def lag(self) -> int:
        """Say how much is left."""
        return len(self.log.messages) - self._told

    def close(self) -> None:
        """End."""


@dataclass
class Stand:
    """A destination that answers as it is told, and keeps what it was offered."""

    answers: list[Answer | type[BaseException]] = field(default_factory=list)
    offered: list[str] = field(default_factory=list)
    has: list[str] = field(default_factory=list)
    name: str = "ops"
    where: str = "example.org"
    on_offer: Callable[[], None] = lambda: None

    async def deliver(self, notice: Notice) -> Answer:
        """Answer."""
        self.offered.append(notice.message_id)
        self.on_offer()
        answer = self.answers.pop(0) if self.answers else Taken("HTTP 204")
        if isinstance(answer, type):
            self.has.append(notice.message_id)  # it had it, and nobody lived to hear so
            raise answer
        if isinstance(answer, Taken):
            self.has.append(notice.message_id)
        return answer

    async def close(self) -> None:
        """Keep nothing open."""


def deliver(log: Log, stand: Stand, inbox: MemoryInbox | None = None, **wishes: Any) -> Health:  # noqa: ANN401 - any setting
    """Run a notifier for one destination until it is through with the log."""
    health = Health("notifier")
    place: Any = inbox or MemoryInbox(log)
    letters: Any = log

    async def life() -> None:
        work = Delivery(
            stand,
            hook(**wishes),
            place,
            letters=letters,
            options=OPTIONS,
            watch=Watch(stand, health, WorldTime()),
        )
        running = asyncio.create_task(work.run(lambda: None))
        async with asyncio.timeout(30):
            while place.lag() and not running.done():  # noqa: ASYNC110 - the log in memory tells nobody
                await asyncio.sleep(0.001)
        work.end()
        await running

    asyncio.run(life())
    return health


def of(*numbers: int) -> list[str]:
    """Return the messages of some places."""
    return [f"account-facts_3_{number}_0" for number in numbers]


def test_notices_come_in_their_order_and_the_place_is_kept() -> None:
    """Each once, where nothing goes wrong."""
    log, stand = Log(), Stand()
    log.add(raised(), raised(), raised())
    deliver(log, stand)
    assert stand.has == of(0, 1, 2)
    assert log.committed == 3


def test_a_destination_that_is_away_is_told_in_the_end_and_nothing_overtakes() -> None:
    """The same notice again and again, under one id, and only then the next."""
    log, stand = Log(), Stand([SOON] * 7)
    log.add(raised(), raised())
    deliver(log, stand)
    assert stand.offered == of(*[0] * 8, 1)
    assert stand.has == of(0, 1)


def test_while_it_is_away_its_health_says_since_when_and_why() -> None:
    """And no longer when it is back."""
    log, stand = Log(), Stand([SOON])
    log.add(raised())
    seen: list[str] = []
    health = Health("notifier")
    watch = Watch(stand, health, WorldTime())
    reading = log.messages[0]
    notice = notices.read(reading.headers(), reading.value())
    assert notice is not None
    watch.waits(notice, "HTTP 503", 1, 1_000)
    seen += health.readiness().reasons
    assert health.liveness().ok
    watch.taken(notice, "HTTP 204", 2)
    assert "example.org is away since" in seen[0]
    assert "HTTP 503" in seen[0]
    assert health.readiness().ok


def test_what_is_refused_for_good_is_parked_whole_and_those_behind_it_go_on() -> None:
    """Nothing is dropped, and one bad notice holds up no other."""
    log, stand = Log(), Stand([Refused("HTTP 410: gone")])
    log.add(raised(), raised())
    deliver(log, stand)
    assert log.parked == [(0, "refused-by-destination", "HTTP 410: gone")]
    assert stand.has == of(1)
    assert log.committed == 2


def test_who_dies_between_the_answer_and_the_commit_is_followed_by_one_who_tells_it_again() -> None:
    """At least once, with the same id, by which the receiver drops the second."""
    log, stand = Log(), Stand([Taken("HTTP 204"), Died])
    log.add(raised(), raised(), raised())
    with pytest.raises(Died):
        deliver(log, stand)
    assert log.committed == 1
    deliver(log, stand)
    assert stand.has == of(0, 1, 1, 2)


def test_without_a_commit_after_each_answer_more_would_be_told_twice() -> None:
    """The safeguard's worth: what was taken before the one that a death hit is never told again."""
    log, stand = Log(), Stand([Taken("HTTP 204")] * 5 + [Died])
    log.add(*[raised()] * 6)
    with pytest.raises(Died):
        deliver(log, stand)
    deliver(log, stand)
    assert stand.has == of(0, 1, 2, 3, 4, 5, 5)


def test_what_is_no_longer_ours_is_left_to_its_owner() -> None:
    """The partition goes while a destination is away, and comes back: read from what is committed."""
    log, stand = Log(), Stand([SOON] * 3)
    log.add(raised(), raised())
    inbox = MemoryInbox(log, loses_at_rest=2)
    deliver(log, stand, inbox)
    assert stand.has == of(0, 1)
    assert inbox.ownership == 1


def test_a_notifier_ends_while_a_destination_is_away_and_loses_nothing() -> None:
    """What could not be told is told by the next."""
    log, stand = Log(), Stand([SOON] * 1_000)
    log.add(raised())

    async def life() -> None:
        place: Any = MemoryInbox(log)
        letters: Any = log
        watch = Watch(stand, Health("notifier"), WorldTime())
        work = Delivery(stand, hook(), place, letters=letters, options=OPTIONS, watch=watch)
        stand.on_offer = lambda: len(stand.offered) == 3 and work.end()
        await asyncio.wait_for(work.run(lambda: None), 30)

    asyncio.run(life())
    assert log.committed == 0
    stand.answers, stand.on_offer = [], lambda: None
    deliver(log, stand)
    assert stand.has == of(0)


def test_who_does_not_want_it_is_not_asked() -> None:
    """By its settings; the place in the log goes on all the same."""
    log, stand = Log(), Stand()
    log.add(raised(severity="info"), raised(), raised(severity="info"))
    deliver(log, stand, min_severity="warning")
    assert stand.has == of(1)
    assert log.committed == 3


def test_what_nobody_can_read_is_parked_and_passed() -> None:
    """A broken record is for a person to look at, and holds up no alert."""
    log, stand = Log(), Stand()
    log.add(raised(), raised())
    log.messages[0].written = (log.messages[0].headers(), b"{")
    deliver(log, stand)
    assert log.parked[0][:2] == (0, "not-json")
    assert stand.has == of(1)


def test_a_letter_that_is_put_back_comes_to_the_one_that_refused_it_alone() -> None:
    """The others have had it."""
    log, ops, boss = Log(refused_by={(0, 7): "ops"}), Stand(), Stand(name="boss")
    log.add(raised(), marker=(0, 7))
    deliver(log, boss)
    log.committed = 0
    deliver(log, ops)
    assert (boss.has, ops.has) == ([], of(0))
