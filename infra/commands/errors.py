"""Why an executor cannot go on. Each ends the process: the next start reads what is committed.

WaitAndRetry / FixSetup (infra.errors: what the reader should do)
├── Fenced         another process took over; a restart joins again
├── CommitFailed   a transaction did not go through within its retries
│   └── CommitHangs    the client never came back from one
├── KafkaAway      no broker answered in time
└── KafkaRefuses   the brokers refuse how this executor wants to read
"""

from __future__ import annotations

from typing import Final

from confluent_kafka import KafkaError

from infra.errors import FixSetup, WaitAndRetry

# The client goes on by itself after these, which it also reports.
PASSING: Final = frozenset({KafkaError._TRANSPORT, KafkaError._ALL_BROKERS_DOWN, KafkaError._TIMED_OUT})  # noqa: SLF001 - the client's public names
_RESTART = "The supervisor starts it again from what is committed; nothing has to be done."


class Fenced(WaitAndRetry):
    """Another process owns this executor's commands or its transactional id."""

    def __init__(self, what: str) -> None:
        super().__init__(what, _RESTART)


class CommitFailed(WaitAndRetry):
    """A transaction did not go through within its retries."""

    def __init__(self, what: str) -> None:
        super().__init__(what, _RESTART)


class CommitHangs(CommitFailed):
    """The client never came back from a transaction, and its thread with it."""

    def __init__(self, who: str, seconds: int) -> None:
        super().__init__(f"A transaction of the {who} did not come back within {seconds} s.")


class KafkaAway(WaitAndRetry):
    """No broker answered in time."""

    def __init__(self, who: str, what: str, seconds: int, why: str) -> None:
        super().__init__(
            f"Kafka did not answer the {who} about {what} within {seconds} s: {why}.",
            "Start Kafka (`headgate up` does), or correct kafka.bootstrap: `headgate config show` says where "
            "the address came from.",
        )


class KafkaRefuses(FixSetup):
    """The brokers refuse how this executor wants to read."""

    def __init__(self, who: str, why: str) -> None:
        super().__init__(
            f"The brokers refuse the {who}: {why}.",
            "Create the topics (`headgate topics apply`), and compare its settings (`headgate config show`) "
            "and rights with what the brokers allow.",
        )
