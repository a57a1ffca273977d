"""How the simulated clients tell of trouble: as the errors and events that the real ones use."""

from confluent_kafka import KafkaError, KafkaException

from proof.simulation.log import Where


def failure(code: int, *, fatal: bool = False, again: bool = False, abort: bool = False) -> KafkaException:
    """Return an error as the client raises it."""
    return KafkaException(KafkaError(code, "simulated", fatal, again, abort))


class Event:
    """What a poll returns when there is news instead of a record."""

    def __init__(self, code: int, where: Where = ("", 0)) -> None:
        self._error, self._where = KafkaError(code), where

    def error(self) -> KafkaError:
        """Return the news."""
        return self._error

    def topic(self) -> str:
        """Return the topic that it is about."""
        return self._where[0]

    def partition(self) -> int:
        """Return the partition that it is about."""
        return self._where[1]

    def value(self) -> bytes:
        """Return the client's text."""
        return b"simulated"
