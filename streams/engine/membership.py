"""The group's one consumer: what is fetched, which partitions are ours, and the proof of membership."""

from collections.abc import Callable, Iterable
from typing import Any

from confluent_kafka import OFFSET_BEGINNING, Consumer, KafkaError, KafkaException, TopicPartition
from faust.types import TP

from streams.engine.batch import Record
from streams.engine.errors import Fenced, KafkaAway, KafkaRefuses
from streams.engine.options import EngineOptions

# The client goes on by itself after these, which it also reports.
PASSING = frozenset(
    {
        KafkaError._TRANSPORT,  # noqa: SLF001 - the client's public names for its own errors
        KafkaError._ALL_BROKERS_DOWN,  # noqa: SLF001
        KafkaError._TIMED_OUT,  # noqa: SLF001
        KafkaError.COORDINATOR_LOAD_IN_PROGRESS,
        KafkaError.COORDINATOR_NOT_AVAILABLE,
        KafkaError.NOT_COORDINATOR,
        KafkaError.LEADER_NOT_AVAILABLE,
        KafkaError.UNKNOWN_TOPIC_OR_PART,
    }
)

# Another process has this worker's place in the group.
FENCED = frozenset(
    {KafkaError._FENCED, KafkaError.FENCED_INSTANCE_ID, KafkaError._FATAL}  # noqa: SLF001
)

OnAssigned = Callable[[dict[TP, int]], None]
OnRevoked = Callable[[], None]


class Membership:
    """One consumer in one group. Every call blocks, so it lives on the engine's thread.

    The callbacks run inside ``fetch``, so never while a round is in flight.
    """

    def __init__(
        self,
        options: EngineOptions,
        on_assigned: OnAssigned,
        on_revoked: OnRevoked,
        make: Any = Consumer,  # noqa: ANN401 - a client or its stand-in
    ) -> None:
        self.options = options
        self._make = make
        self._on_assigned, self._on_revoked = on_assigned, on_revoked
        self._joined: bytes | None = None
        self._ownership = 0  # counts assignments and revocations
        self._starts: dict[TP, int] = {}
        self.consumer: Any = None

    def open(self) -> None:
        """Create the consumer; it joins when it subscribes."""
        self.consumer = self._make(self.options.consumer_conf())
        self._nobody: bytes = self.consumer.consumer_group_metadata()

    def subscribe(self, topics: Iterable[str]) -> None:
        """Join the group for these topics."""
        self.consumer.subscribe(
            sorted(topics), on_assign=self._assign, on_revoke=self._revoke, on_lost=self._revoke
        )

    def fetch(self) -> list[Record]:
        """Return what is there, up to the round's limits; wait a little if there is nothing."""
        options = self.options
        first = self.consumer.poll(options.round_wait_seconds)  # rebalances happen in here, or in consume
        if first is None:
            return []
        records, last, ownership = keep(first, []), first, self._ownership
        room = options.round_bytes_max - size(first)
        while room > 0 and len(records) < options.round_records_max:
            # As many as fit, if they are like the last one.
            fitting = min(room // size(last) + 1, options.round_records_max - len(records))
            chunk = self.consumer.consume(fitting, 0)
            if self._ownership != ownership:
                self._begin_again()
                return []
            for message in chunk:
                keep(message, records)
                room -= size(message)
            if len(chunk) < fitting:
                break
            last = chunk[-1]
        return records

    def lag(self) -> dict[TP, int]:
        """Return how many records of each owned partition are still to come, as far as the client knows."""
        lags = {}
        for position in self.consumer.position(self.consumer.assignment()):
            low, high = self.consumer.get_watermark_offsets(position, cached=True)
            lags[TP(position.topic, position.partition)] = max(high - max(position.offset, low, 0), 0)
        return lags

    def proof(self) -> bytes:
        """Return the metadata that lets the broker refuse us if we are no longer what we were at assignment.

        A broker takes a commit of a non-member while the group is active, so that is refused here.
        """
        now: bytes = self.consumer.consumer_group_metadata()
        if now == self._nobody or now != self._joined:
            raise Fenced("this worker is no longer the member of the group that was given its partitions")
        return now

    def close(self) -> None:
        """Leave, or as a static member keep the place for the next start."""
        self.consumer.close()

    def _assign(self, consumer: Any, partitions: list[TopicPartition]) -> None:  # noqa: ANN401 - the client
        self._joined = consumer.consumer_group_metadata()
        self._ownership += 1
        self._starts = self._committed(consumer, partitions)
        self._on_assigned(self._starts)
        self._check_still_ours(consumer, partitions)
        self._begin(consumer)

    def _check_still_ours(self, consumer: Any, partitions: list[TopicPartition]) -> None:  # noqa: ANN401 - the client
        """Refuse a state that is newer than the offsets: this process stood still while it was restored."""
        now = self._committed(consumer, partitions)
        moved = [tp for tp, offset in now.items() if offset != self._starts[tp]]
        if moved:
            told = ", ".join(f"{tp.topic}/{tp.partition}" for tp in moved)
            raise Fenced(f"another worker went on with {told} while their state was read")

    def _begin_again(self) -> None:
        """Read what is ours from where it is committed: what an earlier ownership had fetched is void."""
        if self._joined is not None:
            self._begin(self.consumer)

    def _begin(self, consumer: Any) -> None:  # noqa: ANN401 - the client
        consumer.assign(
            [
                TopicPartition(tp.topic, tp.partition, offset or OFFSET_BEGINNING)
                for tp, offset in self._starts.items()
            ]
        )

    def _committed(self, consumer: Any, partitions: list[TopicPartition]) -> dict[TP, int]:  # noqa: ANN401 - the client
        """Return the committed offset of each partition; where none is, it starts at the beginning."""
        seconds = self.options.call_timeout_seconds
        try:
            committed = consumer.committed(partitions, timeout=seconds) if partitions else []
        except KafkaException as error:
            raise KafkaAway("the group's coordinator", seconds, error.args[0].str()) from error
        return {TP(one.topic, one.partition): max(one.offset, 0) for one in committed}

    def _revoke(self, _consumer: Any, _partitions: list[TopicPartition]) -> None:  # noqa: ANN401 - the client
        self._joined = None
        self._ownership += 1
        self._starts = {}
        self._on_revoked()


def size(message: Record) -> int:
    """Return how much of a round's room a record takes."""
    value = message.value()
    return 64 if value is None else len(value) + 64


def keep(message: Record, records: list[Record]) -> list[Record]:
    """Add a record to the others; an error that the client does not get over by itself is raised."""
    error = message.error()
    if error is None:
        records.append(message)
    elif error.code() in FENCED:
        raise Fenced(f"another process took this worker's place in the group ({error.str()})")
    elif error.code() not in PASSING:
        raise KafkaRefuses(error.str())
    return records
