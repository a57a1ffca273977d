"""Dead letters of the notifier: parks what a destination refuses, and knows its own when they come back."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from confluent_kafka import Consumer, KafkaError, KafkaException, Producer, TopicPartition

from connectors.notifier.errors import KafkaAway
from events.dead_letters import Origin, from_headers, park
from events.errors import Unreadable

if TYPE_CHECKING:
    from connectors.notifier.options import NotifierOptions

REFUSED: Final = "refused-by-destination"
# Somebody has marked a record as a letter that there is not: better told twice than not at all.
_NO_PARTITION: Final = frozenset(
    {
        KafkaError._UNKNOWN_PARTITION,  # noqa: SLF001 - the client's public name
        KafkaError.UNKNOWN_TOPIC_OR_PART,
    }
)


class Letters:
    """Writes and reads single dead letters. Every call blocks, so it lives on a thread."""

    def __init__(self, options: NotifierOptions) -> None:
        self._options = options
        self._topic = options.topics.dead_letters
        self._producer: Any = None

    def park(self, message: Any, destination: str, reason: str, detail: str) -> None:  # noqa: ANN401 - the client's message
        """Keep a record whole with why it could not be told, and return when that is durable."""
        origin = Origin(
            message.topic(),
            message.partition(),
            message.offset(),
            reason,
            detail,
            self._options.group_of(destination),
        )
        if self._producer is None:
            self._producer = Producer(self._options.producer_conf())
        failed: list[KafkaError] = []

        def landed(error: KafkaError | None, _message: object) -> None:
            if error is not None:
                failed.append(error)

        headers = park(message.headers(), origin)
        self._producer.produce(
            self._topic, message.value(), message.key(), on_delivery=landed, headers=headers
        )
        left = self._producer.flush(self._options.call_timeout_seconds + 1)
        if left or failed:
            raise KafkaAway(self._topic, failed[0].str() if failed else "it does not take a dead letter")

    def is_of(self, destination: str, place: tuple[int, int]) -> bool:
        """Say whether a dead letter is one that this destination refused; of none that is there, it is."""
        consumer, at = Consumer(self._options.reader_conf()), TopicPartition(self._topic, *place)
        try:
            low, high = consumer.get_watermark_offsets(at, timeout=self._options.call_timeout_seconds)
            if not low <= place[1] < high:
                return True
            consumer.assign([at])
            message: Any = consumer.poll(self._options.call_timeout_seconds)
        except KafkaException as why:
            if why.args[0].code() in _NO_PARTITION:
                return True
            raise KafkaAway(self._topic, why.args[0].str()) from why
        finally:
            consumer.close()
        if message is None or message.error() is not None:
            raise KafkaAway(self._topic, f"it does not show letter {place[0]}/{place[1]}")
        try:
            return from_headers(message.headers()).parked_by == self._options.group_of(destination)
        except Unreadable:
            return True
