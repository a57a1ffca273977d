"""Stands in for the transactional producer: what it is given leaves in the background, and calls may fail."""

import json
import zlib
from collections.abc import Callable, Sequence
from functools import partial
from typing import TYPE_CHECKING, Any

from confluent_kafka import KafkaError, TopicPartition

from proof.simulation.group import Refusal
from proof.simulation.log import Entry, Where
from proof.simulation.news import failure

if TYPE_CHECKING:
    from proof.simulation.process import Process

# What the broker says to a producer whose place was taken; the client can never go on after it.
PRODUCER_GONE = frozenset({KafkaError.INVALID_PRODUCER_EPOCH, KafkaError.PRODUCER_FENCED})

OnDelivery = Callable[[KafkaError | None, Any], None]
Queued = tuple[Where, tuple[Any, Any, Any], OnDelivery | None]


class SimulatedProducer:
    """A transactional producer: what is produced leaves in the background, in order for each partition."""

    def __init__(self, process: "Process", conf: dict[str, Any]) -> None:
        self.process, self.broker = process, process.world.broker
        self.name: str = conf["transactional.id"]
        self._epoch = -1
        self._queue: list[Queued] = []
        self._reports: list[Callable[[], None]] = []
        self._must_abort = self._is_done = False

    def init_transactions(self, timeout: float) -> None:  # noqa: ARG002 - the client's signature
        """Take over the transactional id."""

        def effect() -> None:
            self._epoch = self.broker.register(self.name)

        self._call("init_transactions", effect)

    def begin_transaction(self) -> None:
        """Begin; the broker hears of it with the first record."""
        self.process.step("begin_transaction")
        self._must_abort = self._is_done = False

    def produce(  # noqa: PLR0913 - the client's signature
        self,
        topic: str,
        value: bytes | None,
        key: bytes | None,
        partition: int = -1,
        *,
        on_delivery: OnDelivery | None = None,
        headers: Any = None,  # noqa: ANN401 - the client's signature
        timestamp: int = 0,  # noqa: ARG002 - the client's signature
    ) -> None:
        """Queue a record."""
        if self.process.chance(0.01):
            self.process.world.count("queue full")
            raise BufferError
        if self.process.chance(0.1):
            self.process.step("produce")
        if partition < 0:
            partition = zlib.crc32(key or b"") % self.broker.partitions[topic]
        pairs = list(headers.items()) if isinstance(headers, dict) else headers
        self._queue.append(((topic, partition), (key, value, pairs), on_delivery))

    def poll(self, timeout: float) -> None:  # noqa: ARG002 - the client's signature
        """Let the background work go on, and report what was delivered."""
        self.process.step("producer poll")
        self._write_some()
        self._report()

    def send_offsets_to_transaction(
        self,
        offsets: Sequence[TopicPartition],
        metadata: bytes,
        timeout: float,  # noqa: ARG002 - the client's signature
    ) -> None:
        """Let the transaction commit source offsets."""
        self._write_some()
        wanted = {(one.topic, one.partition): one.offset for one in offsets}
        generation, member, instance = json.loads(metadata)
        who = (generation, member, instance)
        self._call(
            "send_offsets",
            lambda: self.broker.add_offsets(self.process.world.now_ms, self.name, self._epoch, wanted, who),
            can_abort=True,
        )

    def commit_transaction(self, timeout: float) -> None:  # noqa: ARG002 - the client's signature
        """Write what is queued and commit."""
        self._write_some(everything=True)

        def effect() -> None:
            self.broker.end(self.name, self._epoch, commit=True)
            self._is_done = True

        self._call("commit_transaction", effect, can_abort=not self._is_done)
        if self.process.chance(0.5):
            self._report()

    def abort_transaction(self, timeout: float) -> None:  # noqa: ARG002 - the client's signature
        """Forget what is queued and abort."""
        self._queue.clear()
        self._must_abort = False
        self._call("abort_transaction", lambda: self.broker.end(self.name, self._epoch, commit=False))

    def _write_some(self, *, everything: bool = False) -> None:
        """Write the queues of some partitions, each in its order, as the client's own threads do."""
        for where in self.process.shuffled({queued[0]: None for queued in self._queue}):
            if everything or self.process.chance(0.5):
                here = [queued for queued in self._queue if queued[0] == where]
                self._queue = [queued for queued in self._queue if queued[0] != where]
                self.process.step("write")
                for queued in here:
                    self._write(queued)

    def _write(self, queued: Queued) -> None:
        where, record, on_delivery = queued
        offset = self._asked(
            lambda: self.broker.write(self.process.world.now_ms, self.name, self._epoch, where, record)
        )
        if on_delivery is not None:
            told = Entry(where, offset, None, is_mark=False)
            self._reports.append(partial(on_delivery, None, told))

    def _report(self) -> None:
        reports, self._reports = self._reports, []
        for report in reports:
            report()

    def _asked(self, ask: Callable[[], Any]) -> Any:  # noqa: ANN401 - what the broker answers
        try:
            return ask()
        except Refusal as refusal:
            gone = refusal.code in PRODUCER_GONE
            raise failure(refusal.code, fatal=gone, abort=not gone) from refusal

    def _call(self, name: str, effect: Callable[[], None], *, can_abort: bool = False) -> None:
        """Ask the broker, who may refuse, or answer so late that the client only knows to ask again."""
        self.process.step(name)
        if can_abort and (self._must_abort or self.process.is_struck("abortable")):
            self._must_abort = True
            raise failure(KafkaError.CONCURRENT_TRANSACTIONS, abort=True)
        if self.process.is_struck("fatal"):
            raise failure(KafkaError._FENCED, fatal=True)  # noqa: SLF001 - the client's public name for it
        if self.process.is_struck("refused"):
            raise failure(KafkaError.COORDINATOR_LOAD_IN_PROGRESS, again=True)
        self._asked(effect)
        self.process.step(f"{name} is done")
        if self.process.is_struck("late answer"):
            raise failure(KafkaError._TIMED_OUT, again=True)  # noqa: SLF001 - the client's public name for it
