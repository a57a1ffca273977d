"""Puts a reallocation into force whole or not at all: its terms are one transaction of the log."""

from __future__ import annotations

import secrets
from typing import TYPE_CHECKING, Any, Final

from confluent_kafka import KafkaError, KafkaException, Producer

from events.codec import Event, encode
from infra.errors import WaitAndRetry
from streams.agents.account import ACCOUNT
from streams.engine.options import CLIENT_LOG

if TYPE_CHECKING:
    from collections.abc import Sequence

    from confluent_kafka import Message

    from streams.engine.options import KafkaConf

CALL_SECONDS: Final = 20.0


def apply(conf: KafkaConf, events: Sequence[Event]) -> None:
    """Write the terms of a reallocation, and return when all of them are durable.

    With some of them alone the client's total would be another one than before.
    """
    try:
        producer = Producer(
            {
                **conf,
                "logger": CLIENT_LOG,
                # Nobody takes this transaction over: if we die, the broker ends it after its time.
                "transactional.id": f"headgate-reallocate-{secrets.token_hex(8)}",
                "transaction.timeout.ms": int(2 * CALL_SECONDS * 1_000),
                "partitioner": "murmur2_random",
            }
        )
        producer.init_transactions(CALL_SECONDS)
        producer.begin_transaction()
        _write(producer, events)
        producer.commit_transaction(CALL_SECONDS)
    except KafkaException as error:
        raise WaitAndRetry(
            f"Kafka did not take the new terms: {error.args[0].str()}.",
            "Run the same command again; terms that did come into force are in what it then proposes.",
        ) from error


def _write(producer: Producer, events: Sequence[Event]) -> None:
    failed: list[KafkaError] = []

    def landed(error: KafkaError | None, _message: Message) -> None:
        if error is not None:
            failed.append(error)

    for event in events:
        headers: Any
        headers, body = encode(event)
        producer.produce(
            ACCOUNT.topic, body, event.envelope.subject.encode(), on_delivery=landed, headers=headers
        )
        producer.poll(0)
    producer.flush(CALL_SECONDS)
    if failed:
        raise KafkaException(failed[0])
