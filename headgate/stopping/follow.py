"""Follows the log behind an order: the agent's table as it changes, and the outcomes of its commands."""

from __future__ import annotations

import time
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final, Self

import msgspec
from confluent_kafka import Consumer, KafkaError, KafkaException, TopicPartition

from domain.account.rows import AnyRow
from events.codec import decode
from events.envelope import header_bytes
from events.errors import Unreadable
from events.types import CommandApplied, CommandFailed, CommandSuperseded
from headgate import table
from headgate.stopping.picture import Picture, is_wanted
from headgate.stopping.results import heard, results
from infra.errors import WaitAndRetry
from streams import reading
from streams.agents.account import ACCOUNT
from streams.engine.options import CLIENT_LOG
from streams.engine.values import VERSION_BYTES

if TYPE_CHECKING:
    from collections.abc import Callable
    from types import TracebackType

    from headgate.stopping.picture import Place
    from headgate.stopping.results import Order, Outcome, Result
    from streams.engine.options import KafkaConf

CALL_SECONDS: Final = 10.0
POLL_SECONDS: Final = 0.2
TELL_SECONDS: Final = 1
# Under load the end of the table may never be seen; its rows are read by then.
SETTLE_SECONDS: Final = 3
_OUTCOMES: Final = (CommandApplied, CommandFailed, CommandSuperseded)
_TYPES: Final = frozenset(kind.TYPE.encode() for kind in _OUTCOMES)


@dataclass(frozen=True, slots=True)
class Places:
    """Where the agent keeps its table and hears of outcomes; tests have places of their own."""

    facts: str = ACCOUNT.topic
    changelog: str = table.CHANGELOG


HERE: Final = Places()


class Follower:
    """Knows how everything stands, and what changes from then on; use as a context."""

    def __init__(self, conf: KafkaConf, places: Places = HERE) -> None:
        self._conf, self._places = conf, places
        self._decode = msgspec.msgpack.Decoder(AnyRow).decode
        self.picture = Picture()
        self.outcomes: dict[tuple[Place, int], Outcome] = {}
        self._consumer: Any = None
        self._behind: set[int] = set()

    def __enter__(self) -> Self:
        """Read the table; what changes meanwhile is read behind it."""
        try:
            self._consumer = self._at_the_end()
        except KafkaException as error:
            raise _away(error.args[0]) from error
        for key, row in table.rows(self._conf, self._places.changelog, is_wanted).items():
            self.picture.take(key, row)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._consumer is not None:
            self._consumer.close()

    def until_done(
        self, order: Order, wait_seconds: float, tell: Callable[[list[Result]], None]
    ) -> list[Result]:
        """Follow until every campaign of an order has its result, or the time is over."""
        until, told = time.monotonic() + wait_seconds, 0.0
        heard_at: float | None = None
        while True:
            self._read()
            now = time.monotonic()
            if heard_at is None and all(heard(self.picture, order)):
                heard_at = now
            # A decision's rows leave together: at the end of the table all of them have been read.
            is_settled = heard_at is not None and (not self._behind or now - heard_at > SETTLE_SECONDS)
            if is_settled or now - told > TELL_SECONDS:
                told, found = now, results(self.picture, order, self.outcomes)
                tell(found)
                if is_settled and all(one.is_final for one in found):
                    return found
            if now > until:
                return results(self.picture, order, self.outcomes)

    def _at_the_end(self) -> Any:  # noqa: ANN401 - the client
        consumer = Consumer(
            {
                **self._conf,
                "logger": CLIENT_LOG,
                "group.id": "headgate-stopping",  # the client wants one; nothing is committed with it
                "enable.auto.commit": False,
                "enable.partition.eof": True,
                "isolation.level": "read_committed",
                "fetch.wait.max.ms": 20,
            }
        )
        # By number, not as "end": a position that is only looked up with the first poll may be too late.
        starts = []
        for topic in (self._places.facts, self._places.changelog):
            for partition in reading.partitions_of(self._conf, topic):
                place = TopicPartition(topic, partition)
                _, end = consumer.get_watermark_offsets(place, timeout=CALL_SECONDS)
                starts.append(TopicPartition(topic, partition, end))
        consumer.assign(starts)
        return consumer

    def _read(self) -> None:
        """Take in what is there, and wait a moment if nothing is."""
        for message in self._consumer.consume(500, POLL_SECONDS):
            is_row, error = message.topic() == self._places.changelog, message.error()
            if error is not None and error.code() != KafkaError._PARTITION_EOF:  # noqa: SLF001 - the client's public name for it
                if not error.retriable():
                    raise _away(error)
            elif error is not None:
                if is_row:
                    self._behind.discard(message.partition())
            elif is_row:
                self._behind.add(message.partition())
                self._take_row(message.key(), message.value())
            else:
                self._take_fact(message.headers() or [], message.value())

    def _take_row(self, key: bytes, value: bytes | None) -> None:
        if is_wanted(key):
            self.picture.take(key, None if value is None else self._decode(value[VERSION_BYTES:]))

    def _take_fact(self, headers: Any, body: bytes | None) -> None:  # noqa: ANN401 - as the client has them
        if header_bytes(headers).get("ce_type") not in _TYPES:
            return
        try:
            event = decode(headers, body)
        except Unreadable:
            return  # the agent parks it, and nobody acts on it
        if isinstance(event.data, _OUTCOMES):
            place = event.envelope.subject, event.data.campaign
            self.outcomes[place, event.data.order] = event.data


def _away(why: KafkaError) -> WaitAndRetry:
    return WaitAndRetry(f"Kafka did not answer: {why.str()}.", "Try again in a moment.")
