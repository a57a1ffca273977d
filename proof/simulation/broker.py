"""The broker: logs, transactions with epochs, and the group; it answers as Apache Kafka does."""

import random
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any

from confluent_kafka import KafkaError

from proof.simulation.group import Group, Metadata, Refusal
from proof.simulation.log import Log, Transaction, Where

MARK_CHANCE = 0.5
Mark = tuple[Transaction, Where | None]  # without a partition: the group's offsets


@dataclass
class Writer:
    """What the coordinator knows of one transactional id."""

    epoch: int = 0
    transaction: Transaction | None = None
    marks: list[Mark] = field(default_factory=list)
    """Where the end of the last transaction is still to be written, each at its own time."""


class Broker:
    """All topics, one group, and the transactional producers."""

    def __init__(self, partitions: dict[str, int], session_ms: int, transaction_ms: int) -> None:
        self.partitions = partitions
        self.logs = {
            (topic, partition): Log((topic, partition))
            for topic, count in partitions.items()
            for partition in range(count)
        }
        self.group = Group(partitions, session_ms)
        self.transaction_ms = transaction_ms
        self.writers: dict[str, Writer] = {}

    def of(self, topic: str) -> list[Log]:
        """Return a topic's partitions."""
        return [self.logs[topic, partition] for partition in range(self.partitions[topic])]

    # ---- transactions
    def register(self, name: str) -> int:
        """Give a transactional id a new epoch, and end what an earlier one left open."""
        writer = self.writers.setdefault(name, Writer())
        writer.epoch += 1
        self._end(writer, commit=False)
        return writer.epoch

    def write(self, now_ms: int, name: str, epoch: int, where: Where, record: Sequence[Any]) -> int:
        """Write a record in a transaction, which begins with the first one."""
        transaction = self._begun(now_ms, name, epoch)
        key, value, headers = record
        return self.logs[where].append(key, value, headers, transaction)

    def add_offsets(
        self, now_ms: int, name: str, epoch: int, offsets: dict[Where, int], metadata: Metadata
    ) -> None:
        """Let a transaction commit offsets, if the group still knows the one who asks."""
        transaction = self._begun(now_ms, name, epoch)
        self.group.check(metadata)
        transaction.offsets.update(offsets)

    def end(self, name: str, epoch: int, *, commit: bool) -> None:
        """Commit or abort."""
        self._end(self._writer(name, epoch), commit=commit)

    def unstable(self) -> set[Where]:
        """Return the source partitions whose committed offset a transaction may still move."""
        pending = [writer.transaction for writer in self.writers.values() if writer.transaction is not None]
        pending += [mark[0] for writer in self.writers.values() for mark in writer.marks if mark[1] is None]
        return {where for transaction in pending for where in transaction.offsets}

    def expire(self, now_ms: int) -> None:
        """End what was silent for too long: members, and open transactions, whose producer is then fenced."""
        self.group.expire(now_ms)
        for writer in self.writers.values():
            transaction = writer.transaction
            if transaction is not None and now_ms - transaction.opened_ms > self.transaction_ms:
                writer.epoch += 1
                self._end(writer, commit=False)

    def _writer(self, name: str, epoch: int) -> Writer:
        writer = self.writers[name]
        if epoch != writer.epoch:
            raise Refusal(KafkaError.INVALID_PRODUCER_EPOCH)
        return writer

    def _begun(self, now_ms: int, name: str, epoch: int) -> Transaction:
        writer = self._writer(name, epoch)
        if writer.transaction is None:
            self._finish(writer)  # until then the client is told to wait
            writer.transaction = Transaction(now_ms)
        return writer.transaction

    def _end(self, writer: Writer, *, commit: bool) -> None:
        self._finish(writer)
        transaction, writer.transaction = writer.transaction, None
        if transaction is not None:
            transaction.state = "committed" if commit else "aborted"
            writer.marks = [(transaction, where) for where in (None, *transaction.first_offsets)]

    def _finish(self, writer: Writer) -> None:
        marks, writer.marks = writer.marks, []
        for mark in marks:
            self._write_mark(mark)

    def _write_mark(self, mark: Mark) -> None:
        transaction, where = mark
        if where is not None:
            self.logs[where].end(transaction)
        elif transaction.state == "committed":
            self.group.committed.update(transaction.offsets)

    def mark_some(self, dice: random.Random) -> None:
        """Tell some of the partitions, in any order, that a transaction has ended."""
        for writer in self.writers.values():
            if writer.marks and dice.random() < MARK_CHANCE:
                self._write_mark(writer.marks.pop(dice.randrange(len(writer.marks))))

    # ---- what is there
    def left(self, topics: Sequence[str]) -> Iterator[Where]:
        """Iterate over the source partitions that hold committed records behind the committed offset."""
        for topic in topics:
            for log in self.of(topic):
                if next(log.committed(self.group.committed.get(log.where, 0)), None) is not None:
                    yield log.where
