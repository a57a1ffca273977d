"""The engine in trouble, on a real Kafka: brokers that go, topics that do not fit, bad moments."""

import asyncio
import threading
from collections.abc import AsyncIterator, Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from confluent_kafka import Consumer
from confluent_kafka.admin import AdminClient, NewTopic  # type: ignore[attr-defined] # not in its own types
from faust.types import TP

from events.codec import Event, encode
from events.dead_letters import from_headers
from events.envelope import Envelope
from events.types import ClockTicked, Fact, PaceDeviated, SpendRestated, SubjectReleased
from infra.errors import FixSetup
from infra.health import Health
from infra.kafka import LocalKafka
from infra.settings import Settings
from streams.agents.account import ACCOUNT
from streams.app import attach_one
from streams.engine.app import EngineApp
from streams.engine.batch import Batch
from streams.engine.errors import KafkaAway
from streams.engine.membership import Membership
from streams.shell import DEAD_LETTERS
from streams.worker import Worker
from tests.engine_kit import PATIENCE_SECONDS, Engine, Watcher, started


@pytest.fixture
def engine(kafka: str, topic_name: str, tmp_path: Path) -> Engine:
    """Give topics of its own to each test."""
    return Engine(kafka, topic_name, tmp_path)


def summing(app: EngineApp, source: str, output: str) -> Any:  # noqa: ANN401 - Faust's table
    """Add an agent that sums values by key and tells each sum; return its table."""
    table = app.table("sums", source=source, partitions=2)
    told = app.topic(output, key_type=bytes, value_type=bytes)

    async def add(batches: AsyncIterator[Batch]) -> None:
        async for batch in batches:
            for record in batch:
                table[record.key()] = b"%d" % (int(table.get(record.key()) or b"0") + int(record.value()))
                await told.send(key=record.key(), value=table[record.key()])

    app.agent(app.batches(source), name="add")(add)
    return table


async def supervised(make: Callable[[], tuple[EngineApp, Watcher]], is_done: Callable[[], bool]) -> None:
    """Start an app again whenever it fails, as the supervisor does, until all is done."""
    while True:
        app, watcher = make()
        try:
            async with started(app):
                while watcher.failure is None:
                    if await asyncio.to_thread(is_done):
                        return
        except KafkaAway:
            continue


def test_a_broker_that_is_killed_and_comes_back_loses_nothing(tmp_path: Path, topic_name: str) -> None:
    """In the middle of the work the only broker dies; when it is back, every record has counted once."""
    with LocalKafka(tmp_path / "kafka", short_lived=True) as broker:
        engine = Engine(broker.bootstrap, topic_name, tmp_path / "state")
        source, output = f"{topic_name}-in", f"{topic_name}-out"
        engine.create(source, output, engine.changelog("sums"))
        engine.produce(source, [(b"k%d" % (number % 7), b"1") for number in range(300)])
        begun = asyncio.Event()

        def make() -> tuple[EngineApp, Watcher]:
            app, watcher = engine.app(round_records_max=5, start_timeout_seconds=20, call_timeout_seconds=5)
            summing(app, source, output)
            watcher.on_round = lambda: begun.set() if watcher.records >= 40 else None
            return app, watcher

        def is_done() -> bool:
            try:
                return engine.committed(source) == 301
            except KafkaAway:
                return False

        async def run() -> None:
            work = asyncio.create_task(supervised(make, is_done))
            async with asyncio.timeout(PATIENCE_SECONDS):
                await begun.wait()
            await asyncio.to_thread(broker.kill, 0)
            await asyncio.to_thread(broker.restart, 0)
            engine.produce(source, [(b"late", b"1")])
            async with asyncio.timeout(2 * PATIENCE_SECONDS):
                await work

        asyncio.run(run())
        told = sorted((one.key() or b"", int(one.value() or b"")) for one in engine.read(output))
        sums = [
            (b"k%d" % key, sum_) for key in range(7) for sum_ in range(1, 44) if (sum_ - 1) * 7 + key < 300
        ]
        assert told == sorted([*sums, (b"late", 1)])


def test_without_kafka_the_start_ends_with_words(topic_name: str, tmp_path: Path) -> None:
    """Nobody at the address: within the time for a start it is said what to do."""
    engine = Engine("127.0.0.1:1", topic_name, tmp_path)
    app, _ = engine.app(start_timeout_seconds=1)
    summing(app, "in", "out")

    async def run() -> None:
        async with started(app):
            pass

    with pytest.raises(KafkaAway, match=r"no Kafka answered at 127.0.0.1:1 within 1 s"):
        asyncio.run(run())


def test_a_changelog_with_other_partitions_ends_the_start_with_words(engine: Engine) -> None:
    """A table that cannot be read for one of its partitions is not read at all."""
    source, output = f"{engine.group}-in", f"{engine.group}-out"
    engine.create(source, output)
    engine.create(engine.changelog("sums"), partitions=1)
    app, watcher = engine.app(call_timeout_seconds=3, start_timeout_seconds=3)
    summing(app, source, output)

    async def run() -> None:
        async with started(app):
            await watcher.until(lambda: watcher.failure is not None, may_fail=True)

    asyncio.run(run())
    assert isinstance(watcher.failure, KafkaAway)
    assert engine.changelog("sums") in str(watcher.failure)
    assert engine.committed(source) == 0


class Interrupted:
    """A member whose fetch is interrupted by a rebalance, which another member brings."""

    def __init__(self, engine: Engine, source: str) -> None:
        self.source, self.revoked = source, threading.Event()
        self.starts: list[dict[TP, int]] = []
        self.member = Membership(
            engine.options(round_records_max=50),
            self.assigned,
            self.revoked.set,
            make=lambda conf: Late(conf, self.revoked),
        )
        self.other = Membership(engine.options(slot="1"), lambda _starts: None, lambda: None)
        self.joining = threading.Thread(target=self.join)
        for one in (self.member, self.other):
            one.open()
        self.member.subscribe({source})

    def assigned(self, starts: dict[TP, int]) -> None:
        """Let the other join once there is something to take from the first."""
        self.starts.append(starts)
        if len(self.starts) == 1:
            self.joining.start()

    def join(self) -> None:
        """Take part until the first has given up its partitions and everybody has joined again."""
        self.other.subscribe({self.source})
        while not (self.revoked.is_set() and self.other.consumer.assignment()):
            self.other.consumer.poll(0.1)

    def close(self) -> None:
        """End both."""
        self.joining.join(PATIENCE_SECONDS)
        for one in (self.member, self.other):
            one.close()


class Late:
    """The real client, but it fetches its second helping only after the rebalance."""

    def __init__(self, conf: dict[str, Any], revoked: threading.Event) -> None:
        self._client, self._revoked = Consumer(conf), revoked

    def __getattr__(self, name: str) -> Any:  # noqa: ANN401 - whatever the client has
        return getattr(self._client, name)

    def consume(self, *_limits: object) -> list[Any]:
        """Stay inside the call until the group has given the partitions anew."""
        found = self._client.consume(1, 0.2)
        while not (self._revoked.is_set() and self._client.assignment()):
            found = self._client.consume(1, 0.2)
        return found


def test_a_rebalance_inside_consume_repeats_and_skips_nothing(engine: Engine) -> None:
    """The real client serves a rebalance in the middle of a fetch; records from before it are read again."""
    source = f"{engine.group}-in"
    engine.create(source)
    engine.produce(source, [(b"%d" % number, b"1") for number in range(200)])
    interrupted = Interrupted(engine, source)
    found: list[Any] = []
    try:
        while len(found) < 20:
            fetched = interrupted.member.fetch()
            found += fetched if len(interrupted.starts) > 1 else []
    finally:
        interrupted.close()
    last = {tp: offset - 1 for tp, offset in interrupted.starts[-1].items()}
    for record in found:
        tp = TP(record.topic(), record.partition())
        assert record.offset() == last[tp] + 1
        last[tp] = record.offset()


def record(fact: Fact, subject: str) -> tuple[list[tuple[str, bytes]], bytes]:
    """Return a fact's headers and body."""
    return encode(Event(Envelope(f"{subject}-{fact.TYPE}", fact.TYPE, fact.VERSION, "/test", subject), fact))


@pytest.fixture
def dead_letters(engine: Engine) -> Iterator[Engine]:
    """Give the topic of dead letters, which tests of one broker share."""
    admin = AdminClient(engine.conf)
    if DEAD_LETTERS not in admin.list_topics(timeout=PATIENCE_SECONDS).topics:
        admin.create_topics([NewTopic(DEAD_LETTERS, 2, 1, config={"max.message.bytes": "8000000"})])[
            DEAD_LETTERS
        ].result(PATIENCE_SECONDS)
    return engine


def test_what_nobody_can_read_is_parked_and_its_subject_waits_for_a_person(dead_letters: Engine) -> None:
    """Junk goes whole to the dead letters; where money moves its subject waits until it is released."""
    engine = dead_letters
    source, output = f"{engine.group}-in", f"{engine.group}-out"
    engine.create(source, output, engine.changelog("state"), **{"max.message.bytes": "5000000"})
    agent = replace(
        ACCOUNT,
        topic=source,
        table="state",
        routes={PaceDeviated.TYPE: output, SpendRestated.TYPE: output},
        stops_subjects=True,
    )
    tick = record(ClockTicked(1_000), "a/meta/1")
    release = record(SubjectReleased("looked at it"), "a/meta/1")
    huge = b"x" * 3_000_000
    for headers, body in ((tick[0], b"{ no"), tick, (tick[0], huge), release, tick):
        engine.produce(source, [(b"a/meta/1", body)], headers, partition=0)
    other = record(ClockTicked(2_000), "b/meta/1")
    engine.produce(source, [(b"b/meta/1", other[1])], other[0], partition=0)

    async def run() -> bytes | None:
        app, watcher = engine.app()
        attach_one(app, agent, 2, lambda _agent, _done: None)
        async with started(app):
            await watcher.until(lambda: watcher.records == 6)
            clock: bytes | None = app.tables["state"].data.part(0).get(b"\0clock")
            return clock

    clock = asyncio.run(run())
    letters = [one for one in engine.read(DEAD_LETTERS) if from_headers(one.headers()).topic == source]  # type: ignore[arg-type]  # the client's stub is wider
    origins = [from_headers(one.headers()) for one in letters]  # type: ignore[arg-type]  # the client's stub is wider
    assert [(one.offset, one.reason) for one in origins] == [
        (0, "not-json"),
        (1, "subject-stopped"),
        (2, "too-large"),
    ]
    assert [one.value() for one in letters] == [b"{ no", tick[1], huge]
    assert clock is not None
    assert clock.endswith((2_000).to_bytes(2, "big"))
    assert engine.committed(source) == 6


def test_missing_topics_end_the_workers_start_with_words(tmp_path: Path) -> None:
    """A worker does not wait for topics that nobody made; it names them and the command that does."""
    with LocalKafka(tmp_path / "kafka", short_lived=True) as broker:
        settings = Settings(kafka={"bootstrap": broker.bootstrap}, data_dir=tmp_path / "data")
        worker = Worker(settings, "0", Health("worker"), on_ready=lambda: None)
        with pytest.raises(FixSetup, match="topic account-facts does not exist") as caught:
            worker.run()
        assert "headgate topics apply" in caught.value.next_step
