"""Asks the account agent whether a campaign may spend, and waits for its answer on the log."""

from __future__ import annotations

import time
from contextlib import closing
from typing import TYPE_CHECKING, Any, Final

from confluent_kafka import Consumer, KafkaException, TopicPartition

from events.codec import decode
from events.types import SpendAnswered, SpendRequested
from headgate import publishing
from infra.errors import WaitAndRetry
from infra.retry import retry
from streams import reading
from streams.agents.account import ACCOUNT
from streams.engine.options import CLIENT_LOG

if TYPE_CHECKING:
    from streams.engine.options import KafkaConf

SOURCE: Final = "headgate/can-spend"
DECISIONS: Final = ACCOUNT.routes[SpendAnswered.TYPE]
CALL_SECONDS: Final = 10.0
POLL_SECONDS: Final = 0.2
GROUP: Final = "headgate-asking"  # the client wants one; nothing is committed with it


def ask(conf: KafkaConf, subject: str, request: SpendRequested, answer_seconds: float) -> SpendAnswered:
    """Return the agent's answer to a request."""
    # Where the decisions end is read before the request is written, so that no answer is missed.
    with closing(_at_the_end(conf)) as consumer:
        publishing.publish(
            conf,
            ACCOUNT.topic,
            subject,
            request,
            id=f"ask.{request.request_id}",
            source=SOURCE,
            what=f"the request for {request.campaign}",
        )
        until = time.monotonic() + answer_seconds
        while time.monotonic() < until:
            answer = _answer(consumer, request)
            if answer is not None:
                return answer
    raise WaitAndRetry(
        f"Nobody answered whether {request.campaign} may spend, in {answer_seconds:.0f} s.",
        "See with `headgate status` whether the account is read, and that a worker runs; then ask again.",
    )


def _at_the_end(conf: KafkaConf) -> Consumer:
    partitions = reading.partitions_of(conf, DECISIONS)
    consumer = Consumer(
        {
            **conf,
            "logger": CLIENT_LOG,
            "group.id": GROUP,
            "enable.auto.commit": False,
            "isolation.level": "read_committed",
            "fetch.wait.max.ms": 20,
        }
    )
    try:
        # By number, not as "end": a position that is only looked up with the first poll may be too late.
        consumer.assign(
            [
                TopicPartition(DECISIONS, one, _end(consumer, TopicPartition(DECISIONS, one)))
                for one in partitions
            ]
        )
    except KafkaException as error:
        consumer.close()
        raise _away(error) from error
    return consumer


def _end(consumer: Consumer, place: TopicPartition) -> int:
    """Return where a partition ends; while it moves to another broker, it is asked for again."""
    return retry(lambda: consumer.get_watermark_offsets(place, timeout=CALL_SECONDS)[1], on=KafkaException)


def _answer(consumer: Consumer, request: SpendRequested) -> SpendAnswered | None:
    """Return the answer if it is the next decision."""
    message = consumer.poll(POLL_SECONDS)
    if message is None:
        return None
    trouble = message.error()
    if trouble is not None:
        if trouble.retriable():
            return None
        raise _away(KafkaException(trouble))
    headers: Any = message.headers()
    if _type(headers or []) != SpendAnswered.TYPE.encode():
        return None
    fact = decode(headers, message.value()).data
    return fact if isinstance(fact, SpendAnswered) and fact.request_id == request.request_id else None


def _type(headers: list[tuple[str, bytes]]) -> bytes:
    return next((value for name, value in headers if name == "ce_type"), b"")


def _away(error: KafkaException) -> WaitAndRetry:
    return WaitAndRetry(f"Kafka did not answer: {error.args[0].str()}.", "Try again in a moment.")
