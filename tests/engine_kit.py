"""What tests of the engine share: topics of their own, an app that tells of its rounds, and a reader."""

from __future__ import annotations

import asyncio
from contextlib import asynccontextmanager
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from confluent_kafka import Message, Producer
from confluent_kafka.admin import AdminClient, NewTopic  # type: ignore[attr-defined] # not in its own types

from streams import reading
from streams.engine.app import STORES, EngineApp
from streams.engine.observer import Observer
from streams.engine.options import EngineOptions

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable, Iterable, Mapping, Sequence
    from pathlib import Path

    from faust.types import TP

    from streams.engine.batch import Record

PARTITIONS = 2
PATIENCE_SECONDS = 60.0


class Watcher(Observer):
    """Hears of rounds, so that tests wait for events instead of time."""

    def __init__(self) -> None:
        self.records = self.rounds = self.restored_records = 0
        self.owned: set[TP] = set()
        self.failure: BaseException | None = None
        self.on_round: Callable[[], None] = lambda: None
        self._changed = asyncio.Event()

    def round_done(self, records: Sequence[Record], seconds: float) -> None:  # noqa: ARG002 - the engine's signature
        """Count a committed round."""
        self.records += len(records)
        self.rounds += 1
        self.on_round()
        self._changed.set()

    def restored(self, owned: set[TP], records: int, seconds: float) -> None:  # noqa: ARG002 - the engine's signature
        """Note what is owned."""
        self.owned, self.restored_records = owned, records
        self._changed.set()

    def failed(self, error: BaseException) -> None:
        """Note why the work ended."""
        self.failure = error
        self._changed.set()

    async def until(self, condition: Callable[[], bool], *, may_fail: bool = False) -> None:
        """Wait for something to be true; a failure that nobody expects is raised."""
        async with asyncio.timeout(PATIENCE_SECONDS):
            while not condition():
                if self.failure is not None and not may_fail:
                    raise self.failure
                self._changed.clear()
                await self._changed.wait()


class Engine:
    """Topics, clients and apps of one test."""

    def __init__(self, bootstrap: str, group: str, folder: Path) -> None:
        self.group, self.folder = group, folder
        self.conf: dict[str, Any] = {"bootstrap.servers": bootstrap}
        self._producer: Any = None

    def options(self, **changes: Any) -> EngineOptions:  # noqa: ANN401 - any of the options
        """Return options in which everything happens soon."""
        usual = EngineOptions(
            self.group,
            "0",
            dict(self.conf),
            static_member=False,
            drain_timeout_seconds=2,
            folder=str(self.folder),
            round_wait_seconds=0.05,
        )
        return replace(usual, **changes)

    def changelog(self, table: str) -> str:
        """Return the topic that a table is kept in."""
        return f"{self.group}-{table}-changelog"

    def create(self, *topics: str, partitions: int = PARTITIONS, **settings: str) -> None:
        """Create topics."""
        admin = AdminClient(self.conf)
        new = [NewTopic(topic, partitions, 1, config=settings) for topic in topics]
        for future in admin.create_topics(new).values():
            future.result(PATIENCE_SECONDS)

    def produce(
        self,
        topic: str,
        records: Iterable[tuple[bytes | None, bytes | None]],
        headers: Mapping[str, bytes] | Sequence[tuple[str, bytes]] | None = None,
        partition: int | None = None,
    ) -> None:
        """Write records."""
        if self._producer is None:
            self._producer = Producer(
                {**self.conf, "partitioner": "murmur2_random", "message.max.bytes": 8 << 20}
            )
        where = {} if partition is None else {"partition": partition}
        for key, value in records:
            self._producer.produce(topic, value, key, headers=headers, **where)
        assert self._producer.flush(PATIENCE_SECONDS) == 0

    def read(self, topic: str) -> list[Message]:
        """Return the committed records of a topic."""
        return list(reading.read(self.conf, topic))

    def committed(self, topic: str) -> int:
        """Return the sum of the committed offsets of a topic."""
        return sum(reading.committed_offsets(self.conf, self.group, topic).values())

    def app(self, store: str = "memory", **changes: Any) -> tuple[EngineApp, Watcher]:  # noqa: ANN401 - any of the options
        """Return an app, not started, and what watches it; a failure is noted instead of ending the tests."""
        watcher = Watcher()
        app = EngineApp(
            self.options(**changes), store=STORES[store], observer=watcher, on_failure=watcher.failed
        )
        return app, watcher


@asynccontextmanager
async def started(app: EngineApp) -> AsyncIterator[None]:
    """Run an app for the length of a block, and drain it."""
    await app.start()
    try:
        yield
    finally:
        await app.stop()
