"""What whoever writes Kafka transactions has to know of the client: what to repeat, and who was replaced."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING, Final

from confluent_kafka import KafkaError, KafkaException

if TYPE_CHECKING:
    from collections.abc import Callable

_log = logging.getLogger(__name__)

# The broker says so when another generation, member or producer has taken over.
_REPLACED: Final = frozenset(
    {
        KafkaError._FENCED,  # noqa: SLF001 - the client's public name for it
        KafkaError.INVALID_PRODUCER_EPOCH,
        KafkaError.PRODUCER_FENCED,
        KafkaError.ILLEGAL_GENERATION,
        KafkaError.UNKNOWN_MEMBER_ID,
        KafkaError.FENCED_INSTANCE_ID,
        KafkaError.REBALANCE_IN_PROGRESS,
    }
)


class NotTaken(Exception):  # noqa: N818 - named after what happened
    """A call did not go through; the transaction is undecided until it is aborted or its time is over."""


def is_replaced(why: KafkaError) -> bool:
    """Say whether an error means that somebody else owns this producer's work by now."""
    return why.code() in _REPLACED or bool(why.fatal())


def may_abort(why: KafkaError) -> bool:
    """Say whether the transaction can be aborted and tried again as it was."""
    return bool(why.txn_requires_abort()) and not is_replaced(why)


def insist(
    name: str,
    call: Callable[[], object],
    *,
    attempts_max: int,
    pause: Callable[[int], object],
    after_timeout: bool = True,
) -> None:
    """Repeat a call that says it may be repeated; it goes on where it was.

    Not every call is to be repeated after a timeout: librdkafka 2.16 lets ``send_offsets`` wait for ever
    then (measured; its issue 5456), and the brokers' timeout has ended the transaction by that time.
    """
    last = ""
    for attempt in range(1, attempts_max + 1):
        try:
            call()
        except KafkaException as error:
            why: KafkaError = error.args[0]
            if not why.retriable():
                raise
            if why.code() == KafkaError._TIMED_OUT and not after_timeout:  # noqa: SLF001 - the client's public name for it
                raise NotTaken(f"{name} was not answered in time: {why.str()}") from error
            _log.warning("%s, attempt %d: %s", name, attempt, why.str())
            last = why.str()
            pause(attempt)
        else:
            return
    raise NotTaken(f"{name} did not go through in {attempts_max} attempts: {last}")
