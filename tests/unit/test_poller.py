import asyncio
from collections.abc import Callable, Sequence

import pytest

from connectors.errors import NotConfigured, RateLimited
from connectors.poller import poller as module
from connectors.poller.pages import Record
from connectors.poller.poller import Poller, share_of
from connectors.ports import Account
from connectors.unconfigured import Unconfigured
from events.types import PollCompleted, PollFailed, SpendObserved
from headgate.roles.poller import Share, parse_share
from infra.errors import FixInput, WaitAndRetry
from infra.health import Health
from infra.settings.model import PollerSettings
from infra.world_time import WorldTime
from tests.poller_kit import ZONE, Log, Shop

PATIENCE_SECONDS = 30


class Room:
    """A poller of some accounts in this process, and whoever waits for what it publishes."""

    def __init__(self, *accounts: str, shop: Shop | None = None) -> None:
        self.shop, self.log, self.health = shop or Shop(), Log(), Health("poller")
        for subject in accounts:
            name = subject.split("/")[2]
            self.shop.accounts[name] = Account(name, name, "EUR", ZONE)
        self._news = asyncio.Event()
        self.poller = Poller(
            accounts,
            PollerSettings(),
            platforms={"shop": self.shop, "other": Unconfigured("other", "no token")},
            time=WorldTime(),
            publish=self.publish,
            health=self.health,
        )

    async def publish(self, records: Sequence[Record]) -> None:
        """Take records."""
        await self.log.publish(records)
        self._news.set()

    async def until(self, condition: Callable[[], bool]) -> None:
        """Wait until what was published is so."""
        async with asyncio.timeout(PATIENCE_SECONDS):
            while not condition():
                self._news.clear()
                await self._news.wait()

    def heard_of(self, kind: type, name: str) -> bool:
        """Return whether a fact of a type came for an account."""
        return any(
            isinstance(event.data, kind) and event.envelope.subject.endswith(f"/{name}")
            for event in self.log.events
        )


def test_an_account_that_never_answers_holds_up_no_other() -> None:
    """Each has its own task, and its own pauses."""

    async def run() -> None:
        room = Room("c/shop/1", "c/shop/2", "c/other/3")

        async def gate(account: str) -> None:
            if account == "1":
                await asyncio.Event().wait()

        room.shop.gate = gate
        running = asyncio.create_task(room.poller.run())
        await room.until(lambda: room.heard_of(PollCompleted, "2") and room.heard_of(PollFailed, "3"))
        assert not room.heard_of(PollCompleted, "1")
        running.cancel()
        await asyncio.gather(running, return_exceptions=True)

    asyncio.run(run())


def test_a_platform_without_credentials_is_said_and_the_others_are_read() -> None:
    """Nothing of it counts as zero."""

    async def run() -> None:
        room = Room("c/other/3", "c/shop/1")
        running = asyncio.create_task(room.poller.run())
        await room.until(lambda: room.heard_of(PollCompleted, "1") and room.heard_of(PollFailed, "3"))
        (failed,) = room.log.of(PollFailed)
        assert (failed.reason, failed.detail) == (NotConfigured.reason, "no token")
        assert "1 of 2 accounts cannot be read: c/other/3" in room.health.readiness().reasons[0]
        room.poller.stop()
        await running

    asyncio.run(run())


def test_a_rate_limit_of_one_account_makes_the_platforms_others_wait() -> None:
    """They share its credential, so their calls would only be refused too."""

    async def run() -> None:
        room = Room("c/shop/1", "c/shop/2")
        time = WorldTime()
        room.shop.failing["validate"] = RateLimited(
            "shop", "too many", retry_at_ms=time.now_ms() + 3_600_000, scope="day"
        )
        second_asks, first_failed = asyncio.Event(), asyncio.Event()

        async def gate(account: str) -> None:
            if account == "1":
                await second_asks.wait()
            else:
                second_asks.set()
                await first_failed.wait()

        room.shop.gate = gate
        running = asyncio.create_task(room.poller.run())
        await room.until(lambda: room.heard_of(PollFailed, "1"))
        room.shop.failing.clear()
        first_failed.set()
        # The second one was asking already; after that it waits too.
        await room.until(lambda: room.heard_of(PollCompleted, "2"))
        assert not room.heard_of(SpendObserved, "2")
        assert [call for call in room.shop.calls if call.startswith("hours")] == []
        room.poller.stop()
        await running

    asyncio.run(run())


def test_a_read_under_way_may_come_to_its_end() -> None:
    """It is published whole."""

    async def run() -> None:
        room = Room("c/shop/1")
        asked, answer = asyncio.Event(), asyncio.Event()

        async def gate(_account: str) -> None:
            asked.set()
            await answer.wait()

        room.shop.gate = gate
        running = asyncio.create_task(room.poller.run())
        await asked.wait()
        room.poller.stop()
        answer.set()
        await running
        assert isinstance(room.log.events[-1].data, PollCompleted)

    asyncio.run(run())


def test_a_read_that_does_not_end_is_abandoned_and_nothing_of_it_published(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Its successor reads it again."""
    monkeypatch.setattr(module, "DRAIN_SECONDS", 0.01)

    async def run() -> None:
        room = Room("c/shop/1")
        asked = asyncio.Event()

        async def gate(_account: str) -> None:
            asked.set()
            await asyncio.Event().wait()

        room.shop.gate = gate
        running = asyncio.create_task(room.poller.run())
        await asked.wait()
        room.poller.stop()
        await running
        assert room.log.events == []

    asyncio.run(run())


def test_without_accounts_it_says_so_and_stays() -> None:
    """Whoever looks at its health knows what to do."""

    async def run() -> None:
        room = Room()
        running = asyncio.create_task(room.poller.run())
        await asyncio.sleep(0)
        assert room.health.readiness().reasons == (
            "accounts: not configured: there are no ad accounts to watch",
        )
        assert room.health.liveness().ok
        assert not running.done()
        room.poller.stop()
        await running

    asyncio.run(run())


def test_what_kafka_does_not_take_ends_the_process() -> None:
    """Its error says what to do, and the supervisor starts another."""

    class Away(WaitAndRetry):
        pass

    async def run() -> None:
        room = Room("c/shop/1")

        async def refuse(_records: Sequence[Record]) -> None:
            raise Away("Kafka is away.", "Wait.")

        poller = Poller(
            ["c/shop/1"],
            PollerSettings(),
            platforms={"shop": room.shop},
            time=WorldTime(),
            publish=refuse,
            health=room.health,
        )
        with pytest.raises(Away):
            await poller.run()

    asyncio.run(run())


def test_a_share_is_a_part_of_a_whole() -> None:
    """Counted from zero; anything else is told how to say it."""
    assert parse_share("0/1") == Share(0, 1)
    assert parse_share("2/3") == Share(2, 3)
    for wrong in ("", "1", "1/1", "3/2", "-1/2", "0/0", "a/b", "0/999", "1/2/3", " 0/1", "0/1\n"):
        with pytest.raises(FixInput, match="counted from 0"):
            parse_share(wrong)


def test_an_account_that_is_listed_twice_is_read_once() -> None:
    """Two tasks of one account would spoil each other's order."""
    assert share_of(["c/shop/1", "c/shop/2", "c/shop/1"], 0, 1) == ["c/shop/1", "c/shop/2"]
