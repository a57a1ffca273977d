"""Makes intents and outcomes durable: what waits leaves together, one transaction after the other."""

from __future__ import annotations

import asyncio
import time
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from confluent_kafka import TopicPartition

from infra.commands.errors import CommitHangs

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from concurrent.futures import Executor as Thread

    from infra.commands.options import CommandOptions
    from infra.commands.transactions import Outgoing
    from infra.commands.window import Window


@dataclass(frozen=True, slots=True)
class Change:
    """A record, the partition that it belongs to, and the command that it is an intent or the end of."""

    record: Outgoing
    partition: int
    intent: int | None = None
    done: int | None = None


@dataclass(slots=True)
class _Waiting:
    changes: Sequence[Change]
    durable: asyncio.Future[float] = field(repr=False)


class Commits:
    """Group commit on an executor's Kafka thread.

    Every transaction carries the group's offsets, those of intents too, though they move nothing: so the
    broker refuses the intent of whoever is no member any more, and lets no successor begin while one is
    undecided.
    """

    def __init__(
        self,
        options: CommandOptions,
        transact: Callable[[Sequence[Outgoing], Sequence[TopicPartition]], list[int]],
        windows: dict[int, Window],
        thread: Thread,
    ) -> None:
        self._options, self._topics = options, options.topics
        self._transact, self._windows, self._thread = transact, windows, thread
        self._waiting: list[_Waiting] = []
        self._task: asyncio.Task[None] | None = None

    async def intend(self, places: Sequence[tuple[int, int]], records: Sequence[Outgoing]) -> float:
        """Make intents durable; return the moment (monotonic) since which we are known to be a member."""
        return await self._durable(
            [
                Change(record, partition, intent=offset)
                for (partition, offset), record in zip(places, records, strict=True)
            ]
        )

    async def finish(self, places: Sequence[tuple[int, int]], records: Sequence[Outgoing]) -> None:
        """Make outcomes durable, with the offsets that they move."""
        await self._durable(
            [
                Change(record, partition, done=offset)
                for (partition, offset), record in zip(places, records, strict=True)
            ]
        )

    async def tell(self, partition: int, records: Sequence[Outgoing]) -> None:
        """Make records durable that belong to no command, while this partition is ours."""
        await self._durable([Change(record, partition) for record in records])

    async def let_go(self) -> None:
        """Forget what waits: the commands are no longer ours."""
        waiting, self._waiting = self._waiting, []
        for one in waiting:
            one.durable.cancel()
        if self._task is not None:
            self._task.cancel()
            await asyncio.gather(self._task, return_exceptions=True)

    async def _durable(self, changes: Sequence[Change]) -> float:
        one = _Waiting(changes, asyncio.get_running_loop().create_future())
        self._waiting.append(one)
        if self._task is None or self._task.done():
            self._task = asyncio.create_task(self._commit_all())
        return await one.durable

    async def _commit_all(self) -> None:
        """Commit until nothing waits; a failure reaches everyone who waits."""
        loop = asyncio.get_running_loop()
        while self._waiting:
            taken, self._waiting = self._waiting, []
            try:
                since = await self._commit(loop, [change for one in taken for change in one.changes])
            except BaseException as error:
                for one in [*taken, *self._waiting]:
                    _fail(one.durable, error)
                self._waiting = []
                if isinstance(error, Exception):
                    return  # whoever waits raises it
                raise
            for one in taken:
                if not one.durable.done():
                    one.durable.set_result(since)

    async def _commit(self, loop: asyncio.AbstractEventLoop, changes: Sequence[Change]) -> float:
        for change in changes:
            if change.done is not None:
                self._windows[change.partition].finish(change.done)
        records = [change.record for change in changes]
        moved = self._moved({change.partition for change in changes})
        since = time.monotonic()
        places = await self._transacted(loop, records, moved)
        for change, place in zip(changes, places, strict=True):
            if change.intent is not None:
                self._windows[change.partition].attempted(change.intent, place)
        return since

    async def _transacted(
        self, loop: asyncio.AbstractEventLoop, records: Sequence[Outgoing], moved: Sequence[TopicPartition]
    ) -> list[int]:
        """Commit; librdkafka 2.16 may wait for ever for offsets after a broker has died."""
        seconds = self._options.commit_seconds_max
        try:
            async with asyncio.timeout(seconds):
                return await loop.run_in_executor(self._thread, self._transact, records, moved)
        except TimeoutError as error:
            raise CommitHangs(self._options.who, seconds) from error

    def _moved(self, partitions: set[int]) -> list[TopicPartition]:
        """Return what the group commits: commands done, and attempts that need not be read again."""
        found = []
        for partition in sorted(partitions):
            window = self._windows[partition]
            found.append(TopicPartition(self._topics.commands, partition, window.position, window.metadata))
            found.append(TopicPartition(self._topics.attempts, partition, window.attempts_position))
        return found


def _fail(durable: asyncio.Future[float], error: BaseException) -> None:
    if durable.done():
        return
    if isinstance(error, asyncio.CancelledError):
        durable.cancel()
    else:
        durable.set_exception(error)
