"""The engine under ordinary Faust code, on a real Kafka."""

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from streams.engine.app import EngineApp
from streams.engine.batch import Batch
from streams.engine.errors import AgentFailed
from streams.engine.tables import Table
from streams.engine.values import version_of
from tests.engine_kit import Engine, started


@pytest.fixture
def engine(kafka: str, topic_name: str, tmp_path: Path) -> Engine:
    """Give topics of its own to each test."""
    return Engine(kafka, topic_name, tmp_path)


class Counting:
    """An ordinary agent that counts records by key and tells each count, with Faust's own means."""

    def __init__(self, app: EngineApp, table: Table, topic: str, output: str, name: str = "count") -> None:
        self.table, self.name = table, name
        self.told = app.topic(output, key_type=bytes, value_type=bytes)
        self.in_batch, self.may_go_on = asyncio.Event(), asyncio.Event()
        self.may_go_on.set()
        self.agent = app.agent(app.batches(topic), name=name)(self.body)

    async def body(self, batches: AsyncIterator[Batch]) -> None:
        """Count; junk raises, as any defect would."""
        async for batch in batches:
            for record in batch:
                await self.count(record.key(), record.value())

    async def count(self, key: bytes, value: bytes) -> None:
        """Count one record."""
        self.in_batch.set()
        await self.may_go_on.wait()
        if value == b"forget":
            del self.table[key]
            return
        self.table[key] = b"%d" % (int(self.table.get(key) or b"0") + int(value))
        headers = {"by": self.name.encode()}
        await self.told.send(key=key, value=self.table[key], headers=headers, timestamp=1234.5)


def test_fausts_dictionary_and_sends_leave_with_the_round(engine: Engine) -> None:
    """Table writes and sends of an ordinary agent are there once, with headers and timestamps."""
    source, output = f"{engine.group}-in", f"{engine.group}-out"
    engine.create(source, output, engine.changelog("counts"))
    engine.produce(source, [(b"a", b"1"), (b"b", b"1"), (b"a", b"1")])

    async def run() -> dict[bytes, bytes]:
        app, watcher = engine.app()
        table = app.table("counts", source=source, partitions=2)
        Counting(app, table, source, output)
        async with started(app):
            await watcher.until(lambda: watcher.records == 3)
            assert (len(table), b"a" in table, b"x" in table) == (2, True, False)
            return dict(table.items())

    assert asyncio.run(run()) == {b"a": b"2", b"b": b"1"}
    told = engine.read(output)
    assert sorted((one.key(), one.value()) for one in told) == [(b"a", b"1"), (b"a", b"2"), (b"b", b"1")]
    assert {tuple(one.headers() or ()) for one in told} == {(("by", b"count"),)}
    assert {one.timestamp()[1] for one in told} == {1_234_500}
    assert engine.committed(source) == 3


def test_two_agents_on_a_topic_each_get_every_batch(engine: Engine) -> None:
    """A round ends when both are through, and takes what both have done."""
    source, one, two = (f"{engine.group}-{name}" for name in ("in", "one", "two"))
    engine.create(source, one, two, engine.changelog("first"), engine.changelog("second"))
    engine.produce(source, [(b"%d" % number, b"1") for number in range(50)])

    async def run() -> None:
        app, watcher = engine.app(round_records_max=7)
        for name, output in (("first", one), ("second", two)):
            Counting(app, app.table(name, source=source, partitions=2), source, output, name)
        async with started(app):
            await watcher.until(lambda: watcher.records == 50)

    asyncio.run(run())
    for output in (one, two):
        assert sorted(int(message.key() or b"") for message in engine.read(output)) == list(range(50))
    assert engine.committed(source) == 50


def test_a_chain_of_two_agents_counts_across_the_gaps_of_transactions(engine: Engine) -> None:
    """The second agent reads what transactions wrote, whose marks take offsets, and skips nothing."""
    source, middle, output = (f"{engine.group}-{name}" for name in ("in", "middle", "out"))
    engine.create(source, middle, output, engine.changelog("first"), engine.changelog("second"))
    engine.produce(source, [(b"k%d" % (number % 5), b"1") for number in range(60)])

    async def run() -> dict[bytes, bytes]:
        app, watcher = engine.app(round_records_max=4)
        Counting(app, app.table("first", source=source, partitions=2), source, middle, "first")
        second = app.table("second", source=middle, partitions=2)
        Counting(app, second, middle, output, "second")
        async with started(app):
            await watcher.until(lambda: watcher.records == 120)
            return dict(second.items())

    assert asyncio.run(run()) == {b"k%d" % number: b"78" for number in range(5)}  # 1 + 2 + ... + 12
    assert len(engine.read(output)) == 60


def test_a_restart_goes_on_from_what_is_committed(engine: Engine) -> None:
    """State comes back from the changelog, deletions too, and nothing is read twice."""
    source, output = f"{engine.group}-in", f"{engine.group}-out"
    engine.create(source, output, engine.changelog("counts"))

    async def run(records: int) -> dict[bytes, bytes]:
        app, watcher = engine.app()
        table = app.table("counts", source=source, partitions=2)
        Counting(app, table, source, output)
        async with started(app):
            await watcher.until(lambda: watcher.records == records)
            return dict(table.items())

    engine.produce(source, [(b"a", b"1"), (b"b", b"1"), (b"b", b"forget")])
    assert asyncio.run(run(3)) == {b"a": b"1"}
    engine.produce(source, [(b"a", b"1"), (b"c", b"1")])
    assert asyncio.run(run(2)) == {b"a": b"2", b"c": b"1"}
    deletions = [one for one in engine.read(engine.changelog("counts")) if one.value() is None]
    assert [(one.key(), version_of(dict(one.headers() or ())["hg_version"])) for one in deletions] == [
        (b"b", 2)
    ]


def test_a_store_on_disk_reads_only_the_tail_of_its_changelog(engine: Engine) -> None:
    """A restart finds its rows on disk, and the changelog adds what is new."""
    source, output = f"{engine.group}-in", f"{engine.group}-out"
    engine.create(source, output, engine.changelog("counts"))

    async def run(records: int) -> tuple[int, dict[bytes, bytes]]:
        app, watcher = engine.app("disk")
        table = app.table("counts", source=source, partitions=2)
        Counting(app, table, source, output)
        async with started(app):
            await watcher.until(lambda: watcher.records == records)
            return watcher.restored_records, dict(table.items())

    engine.produce(source, [(b"%d" % number, b"1") for number in range(20)])
    assert asyncio.run(run(20))[0] == 0
    engine.produce(source, [(b"3", b"1")])
    restored, rows = asyncio.run(run(1))
    assert (restored, rows[b"3"], len(rows)) == (0, b"2", 20)


def test_a_drain_finishes_the_round_in_flight(engine: Engine) -> None:
    """Asked to stop in the middle of a batch, the worker ends it and commits before it goes."""
    source, output = f"{engine.group}-in", f"{engine.group}-out"
    engine.create(source, output, engine.changelog("counts"))
    engine.produce(source, [(b"a", b"1"), (b"a", b"1")], partition=0)

    async def run() -> None:
        app, _ = engine.app()
        counting = Counting(app, app.table("counts", source=source, partitions=2), source, output)
        counting.may_go_on.clear()
        await app.start()
        await asyncio.wait_for(counting.in_batch.wait(), 60)
        stopping = asyncio.create_task(app.stop())
        counting.may_go_on.set()
        await stopping

    asyncio.run(run())
    told = sorted(one.value() or b"" for one in engine.read(output))
    assert told == [b"%d" % (number + 1) for number in range(engine.committed(source))]
    assert engine.committed(source) >= 1


def test_an_agent_that_raises_ends_the_work_and_loses_nothing(engine: Engine) -> None:
    """A defect in an agent leaves everything as it was committed, and a repaired one goes on from there."""
    source, output = f"{engine.group}-in", f"{engine.group}-out"
    engine.create(source, output, engine.changelog("counts"))
    engine.produce(source, [(b"a", b"1")], partition=0)

    async def run(records: int, *, value: bytes | None = None) -> BaseException | None:
        app, watcher = engine.app()
        Counting(app, app.table("counts", source=source, partitions=2), source, output)
        async with started(app):
            await watcher.until(lambda: watcher.records == records, may_fail=True)
            if value is not None:
                engine.produce(source, [(b"a", b"1"), (b"a", value)], partition=0)
                await watcher.until(lambda: watcher.failure is not None, may_fail=True)
            return watcher.failure

    failure = asyncio.run(run(1, value=b"no number"))
    assert isinstance(failure, ValueError | AgentFailed)
    done = engine.committed(source)
    assert [one.value() for one in engine.read(output)] == [b"%d" % (number + 1) for number in range(done)]
    assert done < 3


def test_what_is_sent_outside_an_agent_leaves_with_the_next_round(engine: Engine) -> None:
    """A send from anywhere is kept until a transaction takes it, and its future tells when."""
    source, output = f"{engine.group}-in", f"{engine.group}-out"
    engine.create(source, output, engine.changelog("counts"))

    async def run() -> None:
        app, watcher = engine.app()
        Counting(app, app.table("counts", source=source, partitions=2), source, output)
        async with started(app):
            await watcher.until(lambda: bool(watcher.owned))
            topic = app.topic(output, key_type=bytes, value_type=bytes)
            sent = await topic.send(key=b"x", value=b"1", partition=1)
            await asyncio.wait_for(sent, 60)

    asyncio.run(run())
    assert [(one.key(), one.partition()) for one in engine.read(output)] == [(b"x", 1)]


def test_a_table_is_changed_inside_an_agent_only(engine: Engine) -> None:
    """A write from elsewhere belongs to no round and is refused."""
    app, _ = engine.app()
    table = app.table("counts", source="in", partitions=2)
    with pytest.raises(RuntimeError, match="inside an agent only"):
        table[b"a"] = b"1"


def test_fausts_test_context_drives_an_agent_without_a_broker(engine: Engine) -> None:
    """Agents can be tested by themselves, as Faust's users do."""

    async def run() -> list[int]:
        app, _ = engine.app()
        lengths: list[int] = []

        @app.agent(app.topic("numbers", value_type=bytes))
        async def measure(values: AsyncIterator[bytes]) -> None:
            async for value in values:  # one by one, as they come
                lengths.append(len(value))  # noqa: PERF401 - an agent, not a comprehension

        async with measure.test_context() as agent:
            await agent.put(b"four")
            await agent.put(b"to")
        return lengths

    assert asyncio.run(run()) == [4, 2]
