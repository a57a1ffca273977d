"""Why a notifier cannot go on. Each ends the process: the next start goes on from what is committed.

HeadgateError (infra.errors: what the reader should do)
├── KafkaAway      no broker answered in time
├── Replaced       another process has this one's place in a group
├── KafkaRefuses   the brokers refuse how the notifier wants to read or write
└── LogGone        the log no longer has what a destination was to be told next
"""

from __future__ import annotations

from infra.errors import CallAPerson, FixSetup, WaitAndRetry

_RESTART = "The supervisor starts it again from what is committed; nothing has to be done."


class KafkaAway(WaitAndRetry):
    """No broker answered in time."""

    def __init__(self, topic: str, why: str) -> None:
        super().__init__(
            f"Kafka did not answer the notifier about {topic}: {why}.",
            "Start Kafka (`headgate up` does), or correct kafka.bootstrap: `headgate config show` says where "
            "the address came from.",
        )


class Replaced(WaitAndRetry):
    """Another process has this one's place in a group."""

    def __init__(self, destination: str, why: str) -> None:
        super().__init__(f"Another notifier took over the destination {destination} ({why}).", _RESTART)


class KafkaRefuses(FixSetup):
    """The brokers refuse how the notifier wants to read or write."""

    def __init__(self, topic: str, why: str) -> None:
        super().__init__(
            f"The brokers refuse the notifier on {topic}: {why}.",
            "Create the topics (`headgate topics apply`), and compare its rights with what brokers allow.",
        )


class LogGone(CallAPerson):
    """The log no longer has what a destination was to be told next."""

    def __init__(self, destination: str, topic: str, partition: int, why: str) -> None:
        super().__init__(
            f"The destination {destination} is to be told what follows in {topic}/{partition}, and Kafka "
            f"no longer has it: {why}.",
            "If the log was made anew on purpose, delete the group of that destination with Kafka's own "
            "tools; it then begins where notifier.begin says.",
        )
