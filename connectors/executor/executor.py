"""The executor: reads commands, gives each to its account's work, and moves past those that are done."""

from __future__ import annotations

import asyncio
import time
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from typing import TYPE_CHECKING, Any, Final, TypeVar

from connectors.executor.account import AccountWork, Tools
from connectors.executor.attempts import Attempts, read_attempts
from connectors.executor.command import read
from connectors.executor.commits import Commits
from connectors.executor.entry import Entry
from connectors.executor.errors import CommitHangs
from connectors.executor.membership import Membership
from connectors.executor.records import parked_record
from connectors.executor.transactions import Transactions
from connectors.executor.watch import ExecutorWatch
from connectors.executor.window import Window, done_ahead
from events.errors import Unreadable
from infra import logs, metrics

if TYPE_CHECKING:
    from collections.abc import Callable, Coroutine, Mapping, Sequence

    from confluent_kafka import TopicPartition

    from connectors.executor.options import ExecutorOptions
    from connectors.executor.transactions import Outgoing
    from connectors.ports import Platform
    from infra.health import Health
    from infra.world_time import WorldTime

_log = logs.get(__name__)
Result = TypeVar("Result")
# A command that comes ends a wait at once; transactions wait for the wait to end, so it is short under way.
WAIT_MS_IDLE: Final = 100
WAIT_MS_BUSY: Final = 5
LAG_EVERY_SECONDS: Final = 5
LET_GO_SECONDS_MAX: Final = 10


class Executor:
    """Runs until it is told to drain, or something fails; a failure ends the process."""

    def __init__(
        self,
        options: ExecutorOptions,
        platforms: Mapping[str, Platform],
        time: WorldTime,
        health: Health,
    ) -> None:
        self._options, self._platforms, self._time = options, platforms, time
        self._watch = ExecutorWatch(health, time)
        self._thread = ThreadPoolExecutor(1, "kafka")
        self._membership = Membership(options, self._assigned, self._revoked)
        self._transactions = Transactions(options)
        # Filled and emptied on the Kafka thread inside a fetch, when nothing here looks at them; else ours.
        self._windows: dict[int, Window] = {}
        self._attempts: dict[int, Attempts] = {}
        # What is read before these is done, and read again to know which budgets we have set.
        self._starts: dict[int, int] = {}
        self._commits = Commits(options, self._transact, self._windows, self._thread)
        self._tools = Tools(
            options, time, self._commits, self._watch, asyncio.Semaphore(options.accounts_at_once_max)
        )
        self._works: dict[str, AccountWork] = {}
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

    async def _turn(self) -> None:
        is_busy = any(work.is_busy for work in self._works.values())
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
            self._watch.lag(
                self._options.topics.commands, await self._on_thread(self._membership.lag), self._resting
            )
        self._watch.open_commands(sum(window.open_commands for window in self._windows.values()))

    # ---- commands
    def _take(self, message: Any) -> None:  # noqa: ANN401 - the client's message
        partition, offset = message.partition(), message.offset()
        window = self._windows.get(partition)
        if window is None:
            return
        is_open = offset >= self._starts[partition] and window.take(offset)
        try:
            command = read(message.headers(), message.value(), partition, offset)
        except Unreadable as error:
            if is_open:
                self._start(self._park(message, error))
            return
        self._tools.own.hear(command)
        if not is_open:
            return
        attempt = self._attempts[partition].last.pop(offset, None)
        now_ms = self._time.now_ms()
        entry = Entry(command, now_ms + self._options.give_up_after_ms, attempt)
        if attempt is not None:
            # Its write may have left just before its executor died.
            entry.settles_ms = attempt.at_ms + self._options.settle_ms
        self._work(command.envelope.subject, command.platform, command.account).add(entry)

    def _work(self, subject: str, platform: str, account: str) -> AccountWork:
        work = self._works.get(subject)
        if work is None:
            work = AccountWork(platform, account, self._platforms.get(platform), self._tools)
            self._works[subject] = work
            self._start(self._run_work(subject, work))
        return work

    async def _run_work(self, subject: str, work: AccountWork) -> None:
        # The first command is added before this begins.
        await work.run()
        if self._works.get(subject) is work:
            del self._works[subject]

    async def _park(self, message: Any, error: Unreadable) -> None:  # noqa: ANN401 - the client's message
        place = (message.partition(), message.offset())
        await self._commits.finish([place], [parked_record(self._options.topics, message, error)])
        self._watch.parked(self._options.topics.commands, error.reason, error.detail, message.offset())

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
        metrics.COMMIT_SECONDS.observe(time.monotonic() - since)
        self._watch.committed()
        return places

    # ---- ownership: called on the Kafka thread, inside a call of the membership
    def _assigned(self, starts: Sequence[TopicPartition], attempts_starts: dict[int, int]) -> None:
        self._attempts.clear()
        self._attempts.update(read_attempts(self._options, attempts_starts))
        for start in starts:
            position = max(start.offset, 0)
            done = done_ahead(position, start.metadata)
            attempts = self._attempts[start.partition]
            attempts.forget_before(position, done)
            self._starts[start.partition] = position
            self._windows[start.partition] = Window(position, done, attempts.first_offsets, attempts.end)
        self._watch.assigned(len(starts))
        _log.info("executor.assigned", partitions=sorted(self._windows))
        self._loop.call_soon_threadsafe(self._announce)

    def _revoked(self) -> None:
        self._watch.revoked()
        asyncio.run_coroutine_threadsafe(self._let_go(), self._loop).result(LET_GO_SECONDS_MAX)
        self._windows.clear()
        self._starts.clear()
        self._resting.clear()

    def _announce(self) -> None:
        if self._on_ready is not None:
            self._on_ready()
            self._on_ready = None

    # ---- ends
    async def _end(self) -> None:
        """Let what is under way come to its end, for a bounded time."""
        _log.info("executor.draining", open=sum(window.open_commands for window in self._windows.values()))
        for work in self._works.values():
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
        await self._commits.let_go()
        await asyncio.gather(*tasks, return_exceptions=True)
        self._works.clear()

    def _failed(self) -> asyncio.Future[None]:
        """Return what holds the error that ends this executor, once there is one."""
        if self._failing is None:
            raise RuntimeError("an executor fails while it runs")
        return self._failing

    def _on_thread(self, call: Callable[[], Result]) -> asyncio.Future[Result]:
        return self._loop.run_in_executor(self._thread, call)
