"""The group's one consumer of commands: what is ours, from where it is read, and the proof of it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from confluent_kafka import OFFSET_BEGINNING, Consumer, KafkaError, KafkaException, TopicPartition

from infra.commands.errors import PASSING, Fenced, KafkaAway, KafkaRefuses

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from infra.commands.options import CommandOptions

RECORDS_AT_ONCE_MAX: Final = 100

# Another process has this executor's place in the group.
_FENCED: Final = frozenset(
    {KafkaError._FENCED, KafkaError.FENCED_INSTANCE_ID, KafkaError._FATAL}  # noqa: SLF001 - as above
)


class Membership:
    """One consumer in one group. Every call blocks, so it lives on the executor's Kafka thread.

    The callbacks run inside ``fetch`` and ``close``, so never while a transaction is under way.
    """

    def __init__(
        self,
        options: CommandOptions,
        on_assigned: Callable[[Sequence[TopicPartition], dict[int, int]], None],
        on_revoked: Callable[[], None],
        make: Any = Consumer,  # noqa: ANN401 - a client or its stand-in
    ) -> None:
        self._options, self._make = options, make
        self._topics = options.topics
        self._on_assigned, self._on_revoked = on_assigned, on_revoked
        self._joined: object = None
        self._ownership = 0  # counts assignments and revocations
        self._read_out: set[int] = set()
        self._consumer: Any = None

    def open(self) -> None:
        """Join the group."""
        self._consumer = self._make(self._options.consumer_conf())
        self._nobody: object = self._consumer.consumer_group_metadata()
        self._consumer.subscribe(
            [self._topics.commands], on_assign=self._assign, on_revoke=self._revoke, on_lost=self._revoke
        )

    def fetch(self, wait_ms: int) -> list[Any]:
        """Return the records that are there; wait a little if there are none."""
        records: list[Any] = []
        ownership, wait_seconds = self._ownership, wait_ms / 1000
        while len(records) < RECORDS_AT_ONCE_MAX:
            message = self._consumer.poll(wait_seconds)  # rebalances happen in here
            wait_seconds = 0
            if self._ownership != ownership:
                # What an earlier ownership had fetched is read again, from what is committed.
                records, ownership = [], self._ownership
            if message is None:
                break
            if self._is_record(message):
                records.append(message)
        return records

    def proof(self) -> object:
        """Return the metadata by which the broker refuses us if we are no longer what we were at assignment.

        A broker takes a commit of a non-member while the group is active, so that is refused here.
        """
        now: object = self._consumer.consumer_group_metadata()
        if now == self._nobody or now != self._joined:
            raise Fenced("This executor is no longer the member of the group that was given its commands.")
        return now

    def rest(self, partition: int, *, rests: bool) -> None:
        """Read no more of a partition for now, or go on."""
        change = self._consumer.pause if rests else self._consumer.resume
        change([TopicPartition(self._topics.commands, partition)])

    def lag(self) -> dict[int, int]:
        """Return how many records of each owned partition are still to come, as far as the client knows.

        Behind the last record the mark of its transaction takes an offset as well, which no position passes;
        so a partition counts as read when the client has come to its end.
        """
        lags = {}
        for position in self._consumer.position(self._consumer.assignment()):
            low, high = self._consumer.get_watermark_offsets(position, cached=True)
            behind = max(high - max(position.offset, low, 0), 0)
            lags[position.partition] = 0 if position.partition in self._read_out else behind
        return lags

    def close(self) -> None:
        """End; the place in the group is kept for the next start."""
        if self._consumer is not None:
            self._consumer.close()

    def _assign(self, consumer: Any, partitions: list[TopicPartition]) -> None:  # noqa: ANN401 - the client
        self._joined = consumer.consumer_group_metadata()
        self._ownership += 1
        self._read_out.clear()
        numbers = [one.partition for one in partitions]
        starts = self._committed(consumer, self._topics.commands, numbers)
        attempts = self._committed(consumer, self._topics.attempts, numbers)
        self._on_assigned(starts, {one.partition: max(one.offset, 0) for one in attempts})
        now = self._committed(consumer, self._topics.commands, numbers)
        if [(one.offset, one.metadata) for one in now] != [(one.offset, one.metadata) for one in starts]:
            raise Fenced("Another executor went on with these commands while their attempts were read.")
        consumer.assign(
            [
                TopicPartition(self._topics.commands, one.partition, self._look_back(one.offset))
                for one in starts
            ]
        )

    def _committed(self, consumer: Any, topic: str, partitions: list[int]) -> list[TopicPartition]:  # noqa: ANN401 - the client
        """Return what is committed; the broker waits while an earlier owner's transaction is undecided."""
        wanted = [TopicPartition(topic, partition) for partition in partitions]
        seconds = self._options.call_timeout_seconds
        try:
            found: list[TopicPartition] = consumer.committed(wanted, timeout=seconds) if wanted else []
        except KafkaException as error:
            raise KafkaAway(
                self._options.who, f"the offsets of {topic}", seconds, error.args[0].str()
            ) from error
        return sorted(found, key=lambda one: one.partition)

    def _revoke(self, _consumer: Any, _partitions: list[TopicPartition]) -> None:  # noqa: ANN401 - the client
        self._joined = None
        self._ownership += 1
        self._on_revoked()

    def _is_record(self, message: Any) -> bool:  # noqa: ANN401 - the client's message
        """Say whether a message is a record; what the client does not get over by itself is raised."""
        error = message.error()
        if error is None:
            self._read_out.discard(message.partition())
            return True
        if error.code() == KafkaError._PARTITION_EOF:  # noqa: SLF001 - the client's public name for it
            self._read_out.add(message.partition())
        elif error.code() in _FENCED:
            raise Fenced(f"Another process took this executor's place in the group ({error.str()}).")
        elif error.code() not in PASSING:
            raise KafkaRefuses(self._options.who, error.str())
        return False

    def _look_back(self, offset: int) -> int:
        commands = self._options.look_back_commands
        return offset - commands if offset > commands else OFFSET_BEGINNING
