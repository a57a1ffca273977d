"""One destination's place in the log: what is next for it, and up to where it has been told."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Any, Final

from confluent_kafka import Consumer, KafkaError, KafkaException, TopicPartition

from connectors.notifier.errors import KafkaAway, KafkaRefuses, LogGone, Replaced
from infra import logs
from infra.retry import Backoff

if TYPE_CHECKING:
    from collections.abc import Callable

    from connectors.notifier.options import NotifierOptions

_log = logs.get(__name__)
Place = tuple[str, int]
_PAUSE: Final = Backoff(delay_ms=50, delay_ms_max=1_000)
_CODE = KafkaError
# The client goes on by itself after these, which it also reports.
_PASSING: Final = frozenset({_CODE._TRANSPORT, _CODE._ALL_BROKERS_DOWN, _CODE._TIMED_OUT})  # noqa: SLF001 - the client's public names
_FENCED: Final = frozenset({_CODE._FENCED, _CODE.FENCED_INSTANCE_ID})  # noqa: SLF001 - as above
_LOST: Final = frozenset({_CODE._AUTO_OFFSET_RESET, _CODE.OFFSET_OUT_OF_RANGE})  # noqa: SLF001 - as above
# Others read on from what is committed; what was told and not committed they tell again.
_NOT_OURS: Final = frozenset(
    {
        _CODE.ILLEGAL_GENERATION,
        _CODE.UNKNOWN_MEMBER_ID,
        _CODE.REBALANCE_IN_PROGRESS,
        _CODE._NO_OFFSET,  # noqa: SLF001 - as above
        _CODE._ASSIGNMENT_LOST,  # noqa: SLF001 - as above
    }
)


class Inbox:
    """One consumer in a group of its own. Every call blocks, so it lives on a thread of its own."""

    def __init__(
        self,
        options: NotifierOptions,
        destination: str,
        make: Any = Consumer,  # noqa: ANN401 - a client or its stand-in
    ) -> None:
        self._options, self._destination, self._make = options, destination, make
        self._topics = options.topics.read
        self._named = " and ".join(self._topics)
        self._consumer: Any = None
        self._resting = False
        self._ahead: list[Any] = []
        self._read_out: set[Place] = set()
        self._next: dict[Place, int] = {}
        self._committed: dict[Place, int] = {}
        self.ownership = 0
        """Counts assignments and losses: what was fetched under another count is read again by somebody."""
        self.is_assigned = False

    def open(self) -> None:
        """Join the group."""
        self._consumer = self._make(self._options.consumer_conf(self._destination))
        self._consumer.subscribe(
            list(self._topics), on_assign=self._assign, on_revoke=self._revoke, on_lost=self._revoke
        )

    def fetch(self) -> list[Any]:
        """Return the records that come within a moment, in their order."""
        ahead, self._ahead = self._ahead, []
        return ahead or self._poll()

    def rest(self) -> None:
        """Stay a member while nothing can be told; nothing is read meanwhile."""
        self._set_resting(resting=True)
        self._ahead += self._poll()  # what was on its way when the rest began

    def go_on(self) -> None:
        """Read again after a rest."""
        self._set_resting(resting=False)

    def told(self, record: Any) -> None:  # noqa: ANN401 - the client's message
        """Note that a record needs no more: it was taken, parked, or is for nobody here."""
        self._next[record.topic(), record.partition()] = record.offset() + 1

    def commit(self) -> None:
        """Make durable up to where the destination was told; what is no longer ours is left to its owner."""
        moved = {place: at for place, at in self._next.items() if self._committed.get(place) != at}
        if not moved:
            return
        places = [TopicPartition(*place, at) for place, at in moved.items()]
        for attempt in range(1, self._options.commit_attempts_max + 1):
            try:
                self._consumer.commit(offsets=places, asynchronous=False)
            except KafkaException as error:
                if not self._may_commit_again(error.args[0], attempt):
                    return
                time.sleep(_PAUSE.delay_after(attempt) / 1000)
            else:
                self._committed.update(moved)
                return

    def lag(self) -> int:
        """Return how many records are still to be looked at, as far as the client knows."""
        behind = 0
        for place, at in self._next.items():
            _, high = self._consumer.get_watermark_offsets(TopicPartition(*place), cached=True)
            # Behind the last record the mark of its transaction takes an offset, which no position passes.
            is_at_end = place in self._read_out and not self._resting
            behind += 0 if is_at_end else max(0, high - at)
        return behind

    def close(self) -> None:
        """End; the place in the group is kept for the next start."""
        if self._consumer is not None:
            self._consumer.close()

    # ---- ownership: called by the client, inside one of our calls
    def _assign(self, consumer: Any, partitions: list[TopicPartition]) -> None:  # noqa: ANN401 - the client
        self._forget()
        starts = self._patiently(lambda seconds: self._starts(consumer, partitions, seconds))
        self._next = dict(starts)
        self._committed = dict(starts)
        places = [TopicPartition(*place, at) for place, at in sorted(starts.items())]
        consumer.assign(places)
        if self._resting and places:
            consumer.pause(places)
        self.is_assigned = True
        _log.info("notifier.assigned", destination=self._destination, partitions=sorted(starts))

    def _starts(self, consumer: Any, partitions: list[TopicPartition], seconds: int) -> dict[Place, int]:  # noqa: ANN401 - the client
        """Return where to go on; where a destination is new, its beginning is committed at once."""
        wanted = [TopicPartition(one.topic, one.partition) for one in partitions]
        known = consumer.committed(wanted, timeout=seconds) if wanted else []
        for one in known:
            if one.error is not None:  # else it would be taken for a beginning
                raise KafkaException(one.error)
        starts = {(one.topic, one.partition): one.offset for one in known if one.offset >= 0}
        new: list[TopicPartition] = []
        for one in known:
            if one.offset < 0:
                low, high = consumer.get_watermark_offsets(one, timeout=seconds)
                at = high if self._options.begin == "now" else low
                new.append(TopicPartition(one.topic, one.partition, at))
        if new:
            consumer.commit(offsets=new, asynchronous=False)
        return starts | {(one.topic, one.partition): one.offset for one in new}

    def _revoke(self, _consumer: Any, _partitions: list[TopicPartition]) -> None:  # noqa: ANN401 - the client
        self._forget()

    def _forget(self) -> None:
        self.ownership += 1
        self._ahead.clear()
        self._next.clear()
        self._committed.clear()
        self._read_out.clear()

    # ---- reading
    def _poll(self) -> list[Any]:
        records: list[Any] = []
        ownership, seconds = self.ownership, self._options.wait_ms / 1000
        while len(records) < self._options.records_at_once_max:
            message = self._consumer.poll(seconds)  # rebalances happen in here
            seconds = 0
            if self.ownership != ownership:
                # What an earlier ownership had fetched is read again, from what is committed.
                records, ownership = [], self.ownership
            if message is None:
                break
            if self._is_record(message):
                records.append(message)
        return records

    def _set_resting(self, *, resting: bool) -> None:
        if self._resting == resting:
            return
        self._resting = resting
        assignment = self._consumer.assignment()
        (self._consumer.pause if resting else self._consumer.resume)(assignment)

    def _is_record(self, message: Any) -> bool:  # noqa: ANN401 - the client's message
        error = message.error()
        if error is None:
            self._read_out.discard((message.topic(), message.partition()))
            return True
        code = error.code()
        if code == _CODE._PARTITION_EOF:  # noqa: SLF001 - as above
            self._read_out.add((message.topic(), message.partition()))
            return False
        if code in _LOST:
            raise LogGone(self._destination, message.topic(), message.partition(), error.str())
        if code in _FENCED or error.fatal():
            raise Replaced(self._destination, error.str())
        if code not in _PASSING:
            raise KafkaRefuses(self._named, error.str())
        return False

    def _may_commit_again(self, why: KafkaError, attempt: int) -> bool:
        if why.code() in _NOT_OURS:
            _log.warning("notifier.not_committed", destination=self._destination, why=why.str())
            return False
        if why.code() in _FENCED or why.fatal():
            raise Replaced(self._destination, why.str())
        if attempt >= self._options.commit_attempts_max:
            raise KafkaAway(self._named, why.str())
        return True

    def _patiently(self, ask: Callable[[int], dict[Place, int]]) -> dict[Place, int]:
        for attempt in range(1, self._options.commit_attempts_max + 1):
            try:
                return ask(self._options.call_timeout_seconds)
            except KafkaException as error:
                why: KafkaError = error.args[0]
                if not why.retriable() or attempt == self._options.commit_attempts_max:
                    raise KafkaAway(self._named, why.str()) from error
            time.sleep(_PAUSE.delay_after(attempt) / 1000)
        raise KafkaAway(self._named, "no attempt was allowed")
