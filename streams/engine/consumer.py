"""Faust's consumer: runs the rounds, and hands each its batches through Faust to the agents."""

import asyncio
import contextlib
import logging
import sys
import time
from collections.abc import Callable, Coroutine, Iterable
from concurrent.futures import ThreadPoolExecutor
from typing import Any, TypeVar

import faust
from faust.types import TP, Message
from faust.types.transports import ConsumerT
from mode import Service

from infra.errors import HeadgateError
from streams.engine.admin import topic_ids
from streams.engine.batch import Batch
from streams.engine.errors import AgentFailed, CommitFailed
from streams.engine.membership import Membership
from streams.engine.rounds import Rounds
from streams.engine.transaction import Ends, Staged, Transactions

log = logging.getLogger(__name__)
Result = TypeVar("Result")
LAG_EVERY_SECONDS = 5.0
COMMIT_CALLS = 2  # offsets and commit may take their time each; brokers end what takes longer


class CameBack(faust.Sensor):
    """Faust's public hook for 'the agent came back for the next event'."""

    def on_stream_event_out(self, tp: TP, offset: int, stream: Any, event: Any, state: Any = None) -> None:  # noqa: ANN401, ARG002 - Faust's signature
        """Tell the consumer that an agent is through with a batch."""
        stream.app.consumer.came_back(event.message)


class RoundConsumer(Service, ConsumerT):
    """One consumer and one transaction a round, on a thread of their own; the agents run on the loop."""

    def __init__(
        self,
        transport: Any,  # noqa: ANN401 - Faust's signature
        callback: Callable[[Message], Any],
        on_partitions_revoked: Callable[[set[TP]], Any],
        on_partitions_assigned: Callable[..., Any],
        *,
        commit_interval: float | None = None,  # noqa: ARG002 - Faust's signature
        loop: asyncio.AbstractEventLoop | None = None,
        **kwargs: Any,  # noqa: ANN401 - Faust's signature
    ) -> None:
        super().__init__(loop=loop, **kwargs)
        self.transport, self.app = transport, transport.app
        self._deliver_one = callback
        self._tell_revoked, self._tell_assigned = on_partitions_revoked, on_partitions_assigned
        self.randomly_assigned_topics: set[str] = set()
        self.in_transaction = False
        options = self.app.options
        self.membership = Membership(options, self._on_assigned, self._on_revoked)
        self.transactions = Transactions(options)
        self.rounds = Rounds(
            self.app.tables, self._deliver, self._take_sends, self._commit, self.transactions.early
        )
        self.observer = self.app.observer
        self._owned: set[TP] = set()
        self._lag_reported = 0.0
        self._open_batches, self._all_back = 0, asyncio.Event()
        self._stopping = self._draining = self._is_hanging = False
        self._task: asyncio.Task[None] | None = None
        self._thread = ThreadPoolExecutor(1, "kafka")
        self._subscribed, self._ended = asyncio.Event(), asyncio.Event()
        self.app.sensors.add(CameBack())

    async def on_start(self) -> None:
        """Connect; what a killed predecessor of this slot left open is ended by it."""
        await self._on_thread(self.transactions.open)
        await self._on_thread(self.membership.open)

    async def on_stop(self) -> None:
        """Give up what is not committed, and leave."""
        await self._end()
        if self._is_hanging:
            self._thread.shutdown(wait=False)
            return
        await self._on_thread(self.membership.close)
        self._thread.shutdown()

    # ---- rounds
    @Service.task
    async def _run_rounds(self) -> None:
        self._task = asyncio.current_task()
        try:
            await self._subscribed.wait()
            while not self._draining:
                await self._round()
        except asyncio.CancelledError:
            if not self._stopping:
                raise
        except BaseException as error:
            self.app.fail(error)
            raise
        finally:
            self._ended.set()

    async def _round(self) -> None:
        records = await self._on_thread(self.membership.fetch)
        self.observer.beat()
        await self._report_lag()
        if not records and not self.app.producer.has_staged:
            return
        started = time.perf_counter()
        with self.observer.span("round"):
            await self.rounds.run(self.rounds.links.fetch(records))
        self.app.producer.committed()
        self.observer.round_done(records, time.perf_counter() - started)

    async def _report_lag(self) -> None:
        now = time.monotonic()
        if now - self._lag_reported >= LAG_EVERY_SECONDS:
            self._lag_reported = now
            self.observer.lag(await self._on_thread(self.membership.lag))

    async def _deliver(self, batches: list[Batch]) -> None:
        """Give the batches to the agents and wait until each has come back for its next event."""
        self._open_batches = len(batches)
        self._all_back.clear()
        for batch in batches:
            await self._deliver_one(as_message(batch, self.app.consumer_generation_id))
        if batches:
            await self._all_back.wait()

    def came_back(self, message: Message) -> None:
        """Count an agent that is through; an agent that raises or skips has not processed its batch."""
        if self._stopping or not isinstance(message.value, Batch):  # a test's own channel is no round
            return
        raised = sys.exc_info()[1]
        if raised is not None or not message.value.taken:
            self.app.fail(unfinished(message, raised))
        elif not message.refcount and self._open_batches:  # every agent of the topic is through
            self._through(message)

    def _through(self, message: Message) -> None:
        try:
            self.rounds.through(message.tp, message.offset)
        except HeadgateError as error:
            self.app.fail(error)
            return
        self._open_batches -= 1
        if not self._open_batches:
            self._all_back.set()

    def _take_sends(self) -> Any:  # noqa: ANN401 - Faust's producer is untyped
        return self.app.producer.take()

    async def _commit(self, staged: Staged) -> Ends:
        started = time.perf_counter()
        with self.observer.span("commit"):
            ends = await self._in_time(
                self._on_thread(lambda: self.transactions.commit(staged, self.membership.proof()))
            )
        self.observer.commit_done(time.perf_counter() - started)
        return ends

    async def _in_time(self, commit: asyncio.Future[Ends]) -> Ends:
        """Wait for a commit, but not for ever: the client's own timeouts do not hold in every case."""
        seconds = COMMIT_CALLS * self.app.options.call_timeout_seconds
        try:
            return await asyncio.wait_for(asyncio.shield(commit), seconds)
        except TimeoutError as error:
            self._is_hanging = True
            raise CommitFailed(f"a commit did not come back within {seconds:g} s") from error

    # ---- ownership: called on the engine's thread, inside fetch
    def _on_assigned(self, starts: dict[TP, int]) -> None:
        self._owned = set(starts)
        self._wait_on_loop(self._take_over(starts))

    def _on_revoked(self) -> None:
        revoked, self._owned = self._owned, set()
        self._wait_on_loop(self._give_up(revoked))

    async def _take_over(self, starts: dict[TP, int]) -> None:
        app, started = self.app, time.perf_counter()
        app.on_rebalance_start()
        await self._tell_assigned(set(starts), app.consumer_generation_id)
        app.tables.keep(starts)
        ids = await self.loop.run_in_executor(None, topic_ids, app.options, app.tables.changelogs_on_disk())
        with self.observer.span("restore"):
            records = await self.loop.run_in_executor(None, app.tables.restore, set(starts), ids)
        await app.tables.on_restored()
        self.rounds.links.begin(starts)
        app.flow_control.resume()
        app.on_rebalance_end()
        self.observer.restored(set(starts), records, time.perf_counter() - started)

    async def _give_up(self, revoked: set[TP]) -> None:
        self.observer.revoked()
        await self._tell_revoked(revoked)
        self.app.flow_control.resume()

    # ---- stopping
    async def wait_empty(self) -> None:
        """Let the round in flight end when the app stops; at a revocation there is none."""
        if self.app.should_stop:
            self._draining = True
            if self._subscribed.is_set():
                with contextlib.suppress(TimeoutError):  # then it is given up, which loses nothing
                    await asyncio.wait_for(self._ended.wait(), self.app.options.drain_timeout_seconds)
            await self._end()

    async def _end(self) -> None:
        """Give up whatever is still in flight; nothing of it has happened."""
        self._draining = self._stopping = True
        if self._task is not None:
            self._task.cancel()
            await self._ended.wait()

    def _wait_on_loop(self, step: Coroutine[Any, Any, None]) -> None:
        if self._stopping:
            step.close()
        else:
            asyncio.run_coroutine_threadsafe(step, self.loop).result()

    def _on_thread(self, call: Callable[[], Result]) -> asyncio.Future[Result]:
        future: asyncio.Future[Result] = self.loop.run_in_executor(self._thread, call)
        return future

    # ---- what Faust asks of a consumer
    # Read by Faust's compiled stream iterator: the one private name this driver needs (see ``selftest``).
    _unacked_messages: set[Message] = set()  # noqa: RUF012 - always empty

    @property
    def unacked(self) -> set[Message]:
        """Nothing is ever unacknowledged: offsets leave with the round."""
        return self._unacked_messages

    async def subscribe(self, topics: Iterable[str]) -> None:
        """Join the group for the agents' topics."""
        wanted = frozenset(topics)
        await self._on_thread(lambda: self.membership.subscribe(wanted))
        self._subscribed.set()

    def assignment(self) -> set[TP]:
        """Return the partitions that are ours."""
        return set(self._owned)

    async def on_task_error(self, exc: BaseException) -> None:
        """End the process: an agent raised, and the next start reads what is committed."""
        self.app.fail(exc)

    async def commit(self, *_args: Any, **_kwargs: Any) -> bool:  # noqa: ANN401 - Faust's signature
        """Do nothing: offsets leave with the transaction only."""
        return False

    def ack(self, message: Message) -> bool:  # noqa: ARG002 - Faust's signature
        """Do nothing: a batch is done when its round is committed."""
        return False

    def topic_partitions(self, topic: str) -> int | None:  # noqa: ARG002 - Faust's signature
        """Leave partition counts to the topic catalogue."""
        return None

    def _nothing(self, *_args: Any, **_kwargs: Any) -> None:  # noqa: ANN401 - Faust's signature
        """Do nothing: Faust's own flow control, seeks and buffers are not used."""

    stop_flow = resume_flow = close = pause_partitions = resume_partitions = _nothing
    on_buffer_full = on_buffer_drop = track_message = verify_recovery_event_path = _nothing

    def _refuse(self, *_args: Any, **_kwargs: Any) -> Any:  # noqa: ANN401 - Faust's signature
        raise RuntimeError("the txn:// driver reads and seeks by itself")

    getmany = perform_seek = highwater = position = seek = seek_wait = _refuse
    earliest_offsets = highwaters = key_partition = create_topic = _refuse


def unfinished(message: Message, raised: BaseException | None) -> AgentFailed:
    """Return the error of a batch that an agent did not take to its end."""
    batch: Batch = message.value
    where = f"{batch.tp.topic}/{batch.tp.partition}, offsets {batch.first.offset()} to {batch.last_offset}"
    why = "without reading it" if raised is None else f"with {type(raised).__name__}: {raised}"
    error = AgentFailed(f"an agent left its batch ({where}) {why}")
    error.__cause__ = raised
    return error


def as_message(batch: Batch, generation: int) -> Message:
    """Wrap a batch as one Faust message, whose value is the batch."""
    first = batch.first
    kind, milliseconds = first.timestamp()
    return Message(
        batch.tp.topic,
        batch.tp.partition,
        batch.last_offset,
        milliseconds / 1000,
        kind,
        None,
        first.key(),
        batch,
        None,
        tp=batch.tp,
        generation_id=generation,
    )
