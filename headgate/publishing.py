"""Writes what a person asks for into the facts of accounts, and waits until it is durable."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from confluent_kafka import KafkaError, Producer

from events.codec import Event, encode
from infra.errors import WaitAndRetry
from streams.agents.account import ACCOUNT
from streams.engine.options import CLIENT_LOG

if TYPE_CHECKING:
    from collections.abc import Sequence

    from confluent_kafka import Message

    from streams.engine.options import KafkaConf

DELIVERY_TIMEOUT_MS: Final = 20_000


def publish(conf: KafkaConf, events: Sequence[Event], what: str, topic: str = ACCOUNT.topic) -> None:
    """Write events, each to its own account, and return when all of them are durable.

    Whoever calls it again after a failure gives the same ids and versions, so that nothing counts twice.
    """
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
