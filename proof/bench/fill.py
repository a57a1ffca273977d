"""Writes a day into a topic, as pollers write it."""

from typing import Any

from confluent_kafka import Producer

from events.codec import encode
from proof.bench.day import Day

FLUSH_SECONDS = 60
POLL_EACH = 500
FULL_SECONDS = 0.05


def producer_conf(conf: dict[str, Any], compression: str) -> dict[str, Any]:
    """Return the settings of a poller's producer: the key chooses the partition, as for every client."""
    return {
        **conf,
        "partitioner": "murmur2_random",
        "compression.type": compression,
        "linger.ms": 20,
        "enable.idempotence": True,
        "queue.buffering.max.messages": 100_000,
    }


def fill(conf: dict[str, Any], topic: str, day: Day, compression: str) -> None:
    """Write the whole day."""
    producer: Any = Producer(producer_conf(conf, compression))
    for number, event in enumerate(day.events()):
        headers, body = encode(event)
        key = event.envelope.subject.encode()
        offer(producer, topic, body, key, headers=headers)
        if number % POLL_EACH == 0:
            producer.poll(0)
    if left := producer.flush(FLUSH_SECONDS):
        raise RuntimeError(f"{left} records of the input did not reach {topic} within {FLUSH_SECONDS} s")


def offer(
    producer: Any,  # noqa: ANN401 - the client
    topic: str,
    value: bytes,
    key: bytes,
    partition: int = -1,
    headers: list[tuple[str, bytes]] | None = None,
) -> None:
    """Queue a record, and wait while the queue is full."""
    while True:
        try:
            producer.produce(topic, value, key, partition, headers=headers)
        except BufferError:
            producer.poll(FULL_SECONDS)
        else:
            return
