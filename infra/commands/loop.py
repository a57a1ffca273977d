"""Reads commands, gives each to its subject's work, and moves past those that are done."""

from __future__ import annotations

import asyncio
import time
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from typing import TYPE_CHECKING, Any, Final, Generic, TypeVar

from infra.commands.attempts import Attempts, read_attempts
from infra.commands.commits import Commits
from infra.commands.errors import CommitHangs
from infra.commands.membership import Membership
from infra.commands.ports import Attempt, Taker, Work
from infra.commands.transactions import Transactions
from infra.commands.window import Window, done_ahead

if TYPE_CHECKING:
    from collections.abc import Callable, Coroutine, Iterator, Sequence

    from confluent_kafka import TopicPartition

    from infra.commands.options import CommandOptions
    from infra.commands.transactions import Outgoing
    from infra.commands.watch import LoopWatch

Result = TypeVar("Result")
AnyWork = TypeVar("AnyWork", bound=Work)
# A command that comes ends a wait at once; transactions wait for the wait to end, so it is short under way.
WAIT_MS_IDLE: Final = 100
WAIT_MS_BUSY: Final = 5
LAG_EVERY_SECONDS: Final = 5
LET_GO_SECONDS_MAX: Final = 10


class CommandLoop(Generic[Attempt, AnyWork]):
    """Runs until it is told to drain, or something fails; a failure ends the process."""

    def __init__(self, options: CommandOptions, taker: Taker[Attempt], watch: LoopWatch) -> None:
        self._options, self._taker, self._watch = options, taker, watch
        self._thread = ThreadPoolExecutor(1, "kafka")
        self._membership = Membership(options, self._assigned, self._revoked)
        self._transactions = Transactions(options)
        # Filled and emptied on the Kafka thread inside a fetch, when nothing here looks at them; else ours.
        self._windows: dict[int, Window] = {}
        self._attempts: dict[int, Attempts[Attempt]] = {}
        # What is read before these is done, and read again only to be heard.
        self._starts: dict[int, int] = {}
        self.commits = Commits(options, self._transact, self._windows, self._thread)
        self._works: dict[str, AnyWork] = {}
        self._beside: list[Work] = []
        self._tasks: set[asyncio.Task[None]] = set()
        self._resting: set[int] = set()
        self._failing: asyncio.Future[None] | None = None
        self._draining = False
        self._on_ready: Callable[[], None] | None = None
        self._lag_told = 0.0
        self.is_hanging = False
        """Whether a thread of this process never came back, so that only the process's end ends it."""

    def drain(self) -> None:
        """Take no more commands, and end when those under way have."""
        self._draining = True

    async def run(self, on_ready: Callable[[], None]) -> None:
        """Bring commands about until drained."""
        self._loop, self._on_ready = asyncio.get_running_loop(), on_ready
        self._failing = self._loop.create_future()
        try:
            await self._on_thread(self._transactions.open)
            await self._on_thread(self._membership.open)
            while not self._draining:
                await self._turn()
            await self._end()
        finally:
            await self._let_go()
            if not self.is_hanging:
                await self._on_thread(self._membership.close)
            self._thread.shutdown(wait=not self.is_hanging)

    # ---- for the executor
    def work(self, subject: str, make: Callable[[], AnyWork]) -> AnyWork:
        """Return the work of a subject; it begins when there is none, and is dropped when it ends."""
        work = self._works.get(subject)
        if work is None:
            work = self._works[subject] = make()
            self._start(self._run_work(subject, work))
        return work

    def beside(self, work: Work) -> None:
        """Let something go on beside the commands, for as long as the partitions of now are ours."""
        self._beside.append(work)
        self._start(work.run())

    def park(self, message: Any, record: Outgoing, reason: str, detail: str) -> None:  # noqa: ANN401 - the client's message
        """Move past what nobody can read, once it is kept whole elsewhere."""
        self._start(self._park(message, record, reason, detail))

    # ---- one time round
    async def _turn(self) -> None:
        is_busy = any(work.is_busy for work in self._all())
        wait_ms = WAIT_MS_BUSY if is_busy else WAIT_MS_IDLE
        fetching = self._on_thread(partial(self._membership.fetch, wait_ms))
        await self._unless_failed(fetching)
        self._watch.beat()
        for record in fetching.result():
            self._take(record)
        await self._look_around()

    async def _unless_failed(self, waiting: asyncio.Future[Any]) -> None:
        """Wait; a failure elsewhere is raised at once, since then the Kafka thread may never come back."""
        failing = self._failed()
        await asyncio.wait({waiting, failing}, return_when=asyncio.FIRST_COMPLETED)
        if failing.done():
            waiting.cancel()
            failing.result()

    async def _look_around(self) -> None:
        """Rest where the window is full, and tell how far we are."""
        for partition, window in self._windows.items():
            rests = window.is_full
            if rests != (partition in self._resting):
                (self._resting.add if rests else self._resting.discard)(partition)
                await self._on_thread(partial(self._membership.rest, partition, rests=rests))
        if time.monotonic() - self._lag_told >= LAG_EVERY_SECONDS:
            self._lag_told = time.monotonic()
            behind = await self._on_thread(self._membership.lag)
            self._watch.lag(self._options.topics.commands, behind, self._resting)
        self._watch.open_commands(self._open_commands())

    # ---- commands
    def _take(self, message: Any) -> None:  # noqa: ANN401 - the client's message
        partition, offset = message.partition(), message.offset()
        window = self._windows.get(partition)
        if window is None:
            return
        is_open = offset >= self._starts[partition] and window.take(offset)
        made = self._attempts[partition].made.pop(offset, ()) if is_open else ()
        self._taker.take(message, made, is_open=is_open)

    async def _run_work(self, subject: str, work: AnyWork) -> None:
        # The first command is added before this begins.
        await work.run()
        if self._works.get(subject) is work:
            del self._works[subject]

    async def _park(self, message: Any, record: Outgoing, reason: str, detail: str) -> None:  # noqa: ANN401 - the client's message
        await self.commits.finish([(message.partition(), message.offset())], [record])
        self._watch.parked(self._options.topics.commands, reason, detail, message.offset())

    def _start(self, work: Coroutine[Any, Any, None]) -> None:
        task = self._loop.create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._done)

    def _done(self, task: asyncio.Task[None]) -> None:
        self._tasks.discard(task)
        failing = self._failed()
        if not task.cancelled() and (error := task.exception()) is not None and not failing.done():
            self.is_hanging = isinstance(error, CommitHangs)
            failing.set_exception(error)

    def _transact(self, records: Sequence[Outgoing], moved: Sequence[TopicPartition]) -> list[int]:
        """Commit, as the member that we were when the commands were given to us; on the Kafka thread."""
        membership, since = self._membership.proof(), time.monotonic()
        places = self._transactions.commit(records, moved, membership)
        self._watch.committed(time.monotonic() - since)
        return places

    # ---- ownership: called on the Kafka thread, inside a call of the membership
    def _assigned(self, starts: Sequence[TopicPartition], attempts_starts: dict[int, int]) -> None:
        self._attempts.clear()
        self._attempts.update(read_attempts(self._options, attempts_starts, self._taker.read_attempt))
        self._taker.prepare(sorted(attempts_starts))
        for start in starts:
            position = max(start.offset, 0)
            done = done_ahead(position, start.metadata)
            attempts = self._attempts[start.partition]
            attempts.forget_before(position, done)
            self._starts[start.partition] = position
            self._windows[start.partition] = Window(position, done, attempts.first_offsets, attempts.end)
        self._watch.assigned(sorted(self._windows))
        self._loop.call_soon_threadsafe(self._begin, sorted(self._windows))

    def _revoked(self) -> None:
        self._watch.revoked()
        asyncio.run_coroutine_threadsafe(self._let_go(), self._loop).result(LET_GO_SECONDS_MAX)
        self._windows.clear()
        self._starts.clear()
        self._resting.clear()

    def _begin(self, partitions: Sequence[int]) -> None:
        self._taker.begin(partitions)
        if self._on_ready is not None:
            self._on_ready()
            self._on_ready = None

    # ---- ends
    async def _end(self) -> None:
        """Let what is under way come to its end, for a bounded time."""
        self._watch.draining(self._open_commands())
        for work in self._all():
            work.drain()
        if self._tasks:
            await asyncio.wait(set(self._tasks), timeout=self._options.drain_timeout_ms / 1000)
        failing = self._failed()
        if failing.done():
            failing.result()

    async def _let_go(self) -> None:
        """Drop what is under way, which is not ours any more; what was attempted is durable."""
        tasks = list(self._tasks)
        for task in tasks:
            task.cancel()
        await self.commits.let_go()
        await asyncio.gather(*tasks, return_exceptions=True)
        self._works.clear()
        self._beside.clear()

    def _all(self) -> Iterator[Work]:
        yield from self._works.values()
        yield from self._beside

    def _open_commands(self) -> int:
        return sum(window.open_commands for window in self._windows.values())

    def _failed(self) -> asyncio.Future[None]:
        """Return what holds the error that ends this executor, once there is one."""
        if self._failing is None:
            raise RuntimeError("an executor fails while it runs")
        return self._failing

    def _on_thread(self, call: Callable[[], Result]) -> asyncio.Future[Result]:
        return self._loop.run_in_executor(self._thread, call)
