"""Writes a fact that a person states into an account's facts, and returns when it is durable."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from confluent_kafka import KafkaError, Producer

from events.codec import Event, encode
from events.envelope import Envelope, moment
from infra.errors import WaitAndRetry
from infra.world_time import wall_ms
from streams.engine.options import CLIENT_LOG

if TYPE_CHECKING:
    from collections.abc import Sequence

    from confluent_kafka import Message

    from events.types import Fact
    from streams.engine.options import KafkaConf

DELIVERY_TIMEOUT_MS = 20_000


def publish(  # noqa: PLR0913 - what an envelope is made of
    conf: KafkaConf,
    topic: str,
    subject: str,
    fact: Fact,
    *,
    id: str,  # noqa: A002 - the envelope's word
    source: str,
    what: str,
    policy_version: int | None = None,
) -> None:
    """Write a fact under its account's key; the same id twice counts once, so that it may be repeated."""
    envelope = Envelope(
        id=id,
        type=fact.TYPE,
        version=fact.VERSION,
        source=source,
        subject=subject,
        time=moment(wall_ms()),
        policy_version=policy_version,
    )
    publish_all(conf, topic, [Event(envelope, fact)], f"{what} of {subject}")


def publish_all(conf: KafkaConf, topic: str, events: Sequence[Event], what: str) -> None:
    """Write facts, each under its account's key, and return when all of them are durable."""
    failed: list[KafkaError] = []

    def landed(error: KafkaError | None, _message: Message) -> None:
        if error is not None:
            failed.append(error)

    producer = Producer(
        {
            **conf,
            "logger": CLIENT_LOG,
            "enable.idempotence": True,
            "partitioner": "murmur2_random",
            "message.timeout.ms": DELIVERY_TIMEOUT_MS,
        }
    )
    for event in events:
        headers: Any
        headers, body = encode(event)
        producer.produce(topic, body, event.envelope.subject.encode(), on_delivery=landed, headers=headers)
        producer.poll(0)
    if producer.flush(DELIVERY_TIMEOUT_MS / 1_000 + 1) or failed:
        why = failed[0].str() if failed else "it does not answer"
        raise WaitAndRetry(
            f"Kafka did not take {what}: {why}.",
            "Run the same command again; what comes twice counts once.",
        )
