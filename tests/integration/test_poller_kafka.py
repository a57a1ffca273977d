import asyncio
import os
import signal
import socket
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager

import pytest
from confluent_kafka import Message
from confluent_kafka.admin import AdminClient, NewTopic  # type: ignore[attr-defined] # not in its own types

from connectors.poller import publisher as publisher_module
from connectors.poller.pages import Read, Record, completed
from connectors.poller.poller import Poller
from connectors.poller.publisher import NotPublished, Publisher
from connectors.registry import open_platforms
from events import codec
from events.types import CampaignsObserved, PollCompleted, PollFailed, SpendObserved
from headgate.context import RoleContext
from headgate.roles import poller as role_module
from infra.errors import FixSetup, WaitAndRetry
from infra.health import Health
from infra.settings import Settings
from infra.settings.model import KafkaSettings, PollerSettings, TikTokSettings
from infra.world_time import WorldTime, wall_ms
from simulator.faults import Fault
from simulator.pointing import values
from simulator.server import Simulator
from simulator.world import make
from simulator.world.making import accounts
from streams import reading
from tests.simulator_kit import CALM, GENEROUS, NOON_MS

PARTITIONS = 4
PATIENCE_SECONDS = 60
# An hour passes in half a second.
SPEED = 7_200
HOURS = "report/integrated/get/"
TROUBLE = (
    Fault(kind="code", code=40100, endpoint=HOURS, count=1),
    Fault(kind="html", endpoint=HOURS, count=2),
    Fault(kind="half-page", endpoint=HOURS, count=3, permille=300),
    Fault(kind="half-json", endpoint=HOURS, count=3, permille=300),
    Fault(kind="wrong-total", endpoint="campaign/get/", count=2),
    Fault(kind="reset", count=4, permille=200),
    Fault(kind="code", code=50000, count=4, permille=200),
)


def create(bootstrap: str, topic: str) -> dict[str, str | int]:
    """Create a topic and return how to reach it."""
    conf: dict[str, str | int] = {"bootstrap.servers": bootstrap}
    admin = AdminClient(conf)
    for future in admin.create_topics([NewTopic(topic, PARTITIONS, 1)]).values():
        future.result(PATIENCE_SECONDS)
    return conf


def record(number: int) -> Record:
    """Give a small record of an account."""
    return completed(Read("c/tiktok/1", "spend", "2026-11-20", 10_000 + number), pages=0, rows=0, lag_ms=0)


class Stage:
    """A simulator, Kafka, and a poller between them; what was published is heard of as it happens."""

    def __init__(self, simulator: Simulator, publisher: Publisher, time: WorldTime) -> None:
        self.simulator, self._publisher = simulator, publisher
        self.said: list[codec.Event] = []
        self._news = asyncio.Event()
        pointed = values(Settings(), simulator.url)
        there = accounts(simulator.world.terms)
        settings = Settings(
            accounts=tuple(account.subject for account in there),
            tiktok=TikTokSettings(
                base_url=str(pointed["tiktok.base_url"]),
                access_token=pointed["tiktok.access_token"],  # type: ignore[arg-type] # pydantic takes the text
                requests_per_second=1_000,
                requests_per_minute=60_000,
                lag_ms=simulator.world.terms.lag_ms,
            ),
        )
        self.platforms = open_platforms(settings, time)
        self.poller = Poller(
            settings.accounts,
            PollerSettings(campaigns_ms=1_800_000, spend_ms=600_000, restated_ms=1_800_000),
            platforms=self.platforms,
            time=time,
            publish=self._publish,
            health=Health("poller"),
        )

    async def _publish(self, records: Sequence[Record]) -> None:
        await self._publisher.publish(records)
        self.said += [codec.decode(one.headers, one.value) for one in records]
        self._news.set()

    async def until(self, condition: Callable[[], bool]) -> None:
        """Wait for something to be published."""
        async with asyncio.timeout(PATIENCE_SECONDS):
            while not condition():
                self._news.clear()
                await self._news.wait()

    def whole_reads(self, since: int) -> set[tuple[str, str | None]]:
        """Return which accounts and days were read whole since an event."""
        return {
            (event.envelope.subject, event.data.day)
            for event in self.said[since:]
            if isinstance(event.data, PollCompleted)
        }


@asynccontextmanager
async def staged(conf: dict[str, str | int], topic: str) -> AsyncIterator[Stage]:
    """Let a poller read a simulated world into a topic, for as long as the context lasts."""
    time = WorldTime(SPEED, wall_ms(), NOON_MS)
    publisher = Publisher(conf, topic)
    await asyncio.to_thread(publisher.open)
    async with Simulator(make(CALM), time, quota=GENEROUS) as simulator:
        stage = Stage(simulator, publisher, time)
        running = asyncio.create_task(stage.poller.run())
        try:
            yield stage
        finally:
            stage.poller.stop()
            await running
            await asyncio.to_thread(publisher.close)
            for platform in stage.platforms.values():
                await platform.close()


def fold(messages: Sequence[Message]) -> dict[tuple[str, str, str, int], int]:
    """Return the newest total of each cell."""
    newest: dict[tuple[str, str, str, int], tuple[int, int]] = {}
    for message in messages:
        event = codec.decode(message.headers(), message.value())
        if not isinstance(event.data, SpendObserved):
            continue
        account = event.envelope.subject.split("/")[2]
        for one in event.data.observations:
            key = account, event.data.day, one.campaign, one.hour
            newest[key] = max(newest.get(key, (0, 0)), (event.data.as_of_ms, one.spend_micros))
    return {key: micros for key, (_, micros) in newest.items()}


def check_order(messages: Sequence[Message]) -> None:
    """Assert that each whole read stands behind its own pages, all in its account's one partition."""
    where: dict[str, int] = {}
    pages: dict[str, int] = {}
    ids: set[str] = set()
    newest_ms: dict[str, int] = {}
    for message in messages:
        event = codec.decode(message.headers(), message.value())
        envelope, fact = event.envelope, event.data
        assert where.setdefault(envelope.subject, message.partition() or 0) == message.partition()
        assert envelope.id not in ids
        ids.add(envelope.id)
        read = envelope.correlation_id or ""
        if isinstance(fact, CampaignsObserved | SpendObserved):
            pages[read] = pages.get(read, 0) + 1
        elif isinstance(fact, PollCompleted):
            assert pages.get(read, 0) == fact.pages
            assert newest_ms.get(envelope.subject, 0) < fact.as_of_ms
            newest_ms[envelope.subject] = fact.as_of_ms


def test_what_is_on_the_topic_is_what_the_platform_said_through_all_trouble(
    kafka: str, topic_name: str
) -> None:
    """HTML, halves, resets, limits, a restatement: the newest pages are its newest answers, to the micro."""
    conf = create(kafka, topic_name)

    async def run() -> None:
        async with staged(conf, topic_name) as stage:
            everyone = {account.subject for account in accounts(stage.simulator.world.terms)}
            await stage.until(lambda: {subject for subject, _ in stage.whole_reads(0)} == everyone)
            numbers = [stage.simulator.faults.add(fault) for fault in TROUBLE]
            happened = stage.simulator.faults.happened
            await stage.until(
                lambda: all(
                    happened[number] == fault.count for number, fault in zip(numbers, TROUBLE, strict=True)
                )
            )
            running = stage.simulator.running
            restated = next(iter(stage.simulator.world.accounts.values()))
            running.restate(restated.account, "", ("2026-11-19",), 970)
            running.freeze()
            since = len(stage.said)
            await stage.until(lambda: (restated.subject, "2026-11-19") in stage.whole_reads(since))
            since = len(stage.said)
            await stage.until(
                lambda: {subject for subject, day in stage.whole_reads(since) if day} == everyone
            )

        answered = {
            (cell.account, cell.day, cell.campaign, cell.hour or 0): cell.spend_micros
            for cell, _ in stage.simulator.answered.cells(hourly=True)
        }
        messages = list(await asyncio.to_thread(lambda: list(reading.read(conf, topic_name))))
        counted = fold(messages)
        assert counted == answered
        assert sum(counted.values()) > 0
        check_order(messages)
        assert len(messages) == len(stage.said)
        reasons = {event.data.reason for event in stage.said if isinstance(event.data, PollFailed)}
        assert reasons == {"transient", "rate-limited"}

    asyncio.run(run())


def test_records_of_an_account_come_in_their_order_and_only_acknowledged_ones_count(
    kafka: str, topic_name: str
) -> None:
    """Many at once, each awaited."""
    conf = create(kafka, topic_name)

    async def run() -> None:
        publisher = Publisher(conf, topic_name)
        await asyncio.to_thread(publisher.open)
        await asyncio.gather(*(publisher.publish([record(2 * n), record(2 * n + 1)]) for n in range(200)))
        await asyncio.to_thread(publisher.close)

    asyncio.run(run())
    stamps = [
        fact.as_of_ms
        for message in reading.read(conf, topic_name)
        if isinstance(fact := codec.decode(message.headers(), message.value()).data, PollCompleted)
    ]
    assert len(stamps) == 400
    assert all(second == first + 1 for first, second in zip(stamps[::2], stamps[1::2], strict=True))


def test_a_topic_that_is_missing_says_how_to_create_it(
    kafka: str, topic_name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The poller creates nothing by itself."""
    monkeypatch.setattr(publisher_module, "METADATA_ATTEMPTS_MAX", 1)
    publisher = Publisher({"bootstrap.servers": kafka}, topic_name)
    with pytest.raises(FixSetup, match=rf"{topic_name} does not exist(.|\n)*topics apply"):
        publisher.open()
    publisher.close()


def test_kafka_that_is_away_is_told_as_such(monkeypatch: pytest.MonkeyPatch) -> None:
    """At the start, and when it does not take what was read: nothing counts as published."""
    monkeypatch.setattr(publisher_module, "METADATA_TIMEOUT_SECONDS", 0.1)
    monkeypatch.setattr(publisher_module, "METADATA_ATTEMPTS_MAX", 1)
    monkeypatch.setattr(publisher_module, "DELIVERY_TIMEOUT_MS", 300)
    with socket.create_server(("127.0.0.1", 0)) as free:
        address = f"127.0.0.1:{free.getsockname()[1]}"
    publisher = Publisher({"bootstrap.servers": address}, "account-facts")
    with pytest.raises(WaitAndRetry, match="does not answer"):
        publisher.open()
    monkeypatch.setattr(publisher, "_look", lambda: None)
    publisher.open()
    with pytest.raises(NotPublished, match=r"did not take(.|\n)*Nothing is lost"):
        asyncio.run(publisher.publish([record(0)]))
    publisher.close()


class Around(RoleContext):
    """What the role has around it; tells when it is ready."""

    ready = asyncio.Event()

    def announce_ready(self) -> None:
        """Tell."""
        self.ready.set()


def test_the_role_without_accounts_says_so_stays_and_ends_when_asked(
    kafka: str, topic_name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """`headgate poller` is no crash where nothing is configured yet, and a signal drains it."""
    create(kafka, topic_name)
    monkeypatch.setattr(role_module, "TOPIC", topic_name)
    health = Health("poller")

    async def run() -> None:
        around = Around(Settings(kafka=KafkaSettings(bootstrap=kafka)), health, "", WorldTime())
        role = asyncio.create_task(role_module.run(around, role_module.Share(1, 2)))
        async with asyncio.timeout(PATIENCE_SECONDS):
            await around.ready.wait()
            assert "not configured" in health.readiness().reasons[0]
            os.kill(os.getpid(), signal.SIGTERM)
            await role

    asyncio.run(run())
