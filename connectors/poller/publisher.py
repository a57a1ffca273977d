"""Brings records to account-facts: in order, each once, and only acknowledged ones count as sent."""

from __future__ import annotations

import asyncio
import logging
import threading
import time
from typing import TYPE_CHECKING, Final

from confluent_kafka import KafkaError, KafkaException, Producer

from infra import logs
from infra.errors import FixSetup, HeadgateError, WaitAndRetry
from infra.retry import Backoff, retry

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from confluent_kafka import Message

    from connectors.poller.pages import Record

# A broker that restarts is waited for within this; then the process ends, and its successor reads anew.
DELIVERY_TIMEOUT_MS: Final = 60_000
CLOSE_TIMEOUT_SECONDS: Final = 5.0
METADATA_TIMEOUT_SECONDS: Final = 5.0
METADATA_ATTEMPTS_MAX: Final = 5
# Pages of some 200 KB: enough for every account at once, and bounded.
QUEUE_RECORDS_MAX: Final = 10_000
QUEUE_KIB_MAX: Final = 65_536
QUEUE_FULL_SECONDS: Final = 0.02
POLL_SECONDS: Final = 0.1


class NotPublished(WaitAndRetry):
    """Kafka did not take a read."""

    def __init__(self, why: str) -> None:
        super().__init__(
            f"Kafka did not take what the poller has read: {why}.",
            "Nothing is lost: the next start reads it again. If this repeats, look at the broker's log.",
        )


class Publisher:
    """An idempotent producer whose deliveries are awaited; one thread serves them all."""

    def __init__(self, conf: Mapping[str, str | int], topic: str) -> None:
        self._topic = topic
        self._closing = False
        self._producer = Producer(
            {
                **conf,
                "enable.idempotence": True,
                "acks": "all",
                "compression.type": "zstd",
                # The one that every other writer of the topic uses: an account has one partition.
                "partitioner": "murmur2_random",
                "linger.ms": 5,
                "delivery.timeout.ms": DELIVERY_TIMEOUT_MS,
                "queue.buffering.max.messages": QUEUE_RECORDS_MAX,
                "queue.buffering.max.kbytes": QUEUE_KIB_MAX,
            },
            logger=logging.getLogger(logs.LIBRDKAFKA),
        )
        self._thread = threading.Thread(target=self._serve, name="poller-deliveries", daemon=True)

    def open(self) -> None:
        """Make sure that the topic is there; blocks until Kafka has answered."""
        try:
            retry(self._look, on=KafkaException, backoff=Backoff(attempts_max=METADATA_ATTEMPTS_MAX))
        except KafkaException as error:
            raise _unreachable(self._topic, error.args[0]) from error
        self._thread.start()

    async def publish(self, records: Sequence[Record]) -> None:
        """Send records of one account in this order, and return when the broker has them all."""
        sending = _Sending(len(records))
        deadline = time.monotonic() + DELIVERY_TIMEOUT_MS / 1000
        for record in records:
            while not self._produce(record, sending):
                if time.monotonic() > deadline:
                    raise NotPublished("its queue stayed full")
                await asyncio.sleep(QUEUE_FULL_SECONDS)
        await sending.done

    def close(self) -> None:
        """Send what is left, within a limit."""
        self._closing = True
        if self._thread.is_alive():
            self._thread.join()
        left = self._producer.flush(CLOSE_TIMEOUT_SECONDS)
        if left:
            logs.get(__name__).warning("poller.records_left", records=left)

    def _produce(self, record: Record, sending: _Sending) -> bool:
        try:
            self._producer.produce(
                self._topic,
                record.value,
                record.key,
                headers=list(record.headers),
                on_delivery=sending.delivered,
            )
        except BufferError:
            return False
        except KafkaException as error:
            raise NotPublished(error.args[0].str()) from error
        return True

    def _serve(self) -> None:
        while not self._closing:
            self._producer.poll(POLL_SECONDS)

    def _look(self) -> None:
        metadata = self._producer.list_topics(self._topic, timeout=METADATA_TIMEOUT_SECONDS)
        if (error := metadata.topics[self._topic].error) is not None:
            raise KafkaException(error)


class _Sending:
    """Records on their way together; told of by the delivery thread, awaited by the loop."""

    def __init__(self, count: int) -> None:
        self._left = count
        self._error: KafkaError | None = None
        self._loop = asyncio.get_running_loop()
        self.done: asyncio.Future[None] = self._loop.create_future()

    def delivered(self, error: KafkaError | None, _message: Message) -> None:
        # Only one thread serves deliveries, so counting needs no lock.
        self._left -= 1
        self._error = self._error or error
        if self._left == 0 and not self._loop.is_closed():
            self._loop.call_soon_threadsafe(self._finish)

    def _finish(self) -> None:
        if self.done.done():
            return
        if self._error is None:
            self.done.set_result(None)
        else:
            self.done.set_exception(NotPublished(self._error.str()))


def _unreachable(topic: str, error: KafkaError) -> HeadgateError:
    if error.code() == KafkaError.UNKNOWN_TOPIC_OR_PART:
        return FixSetup(
            what=f"The topic {topic} does not exist.",
            next_step="Create the topics with `headgate topics apply`, then start the poller again.",
        )
    return WaitAndRetry(
        what=f"Kafka does not answer the poller: {error.str()}.",
        next_step="Start Kafka (`headgate up` does), or correct kafka.bootstrap; then try again.",
    )
