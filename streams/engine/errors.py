"""Why a worker cannot go on. Each ends the process: the next start reads what is committed.

CallAPerson / WaitAndRetry / FixSetup     (infra.errors: what the reader should do)
├── Fenced             another process took over; a restart joins again
├── LinkBroken         a record was fetched that does not follow the one before
├── StateAhead         a table knows more than was committed: written outside a transaction
├── AgentFailed        an agent raised, or left its batch unread
├── Unrestored         a partition was read before its state was there
├── CommitFailed       the transaction did not go through within its retries
├── KafkaAway          no broker answered in time
├── KafkaRefuses       the brokers refuse how this worker wants to read
├── StoreFailed        the folder that a table lies in cannot be used
└── DriverMismatch     this Faust is not the one the driver was written for
"""

from infra.errors import CallAPerson, FixSetup, WaitAndRetry

REPORT = "Nothing is lost: what was not committed is read again. If it repeats, keep the log and report it."
RESTART = "The supervisor starts it again from what is committed; nothing has to be done."


class Fenced(WaitAndRetry):
    """Another process owns this worker's partitions or its transactional id."""

    def __init__(self, what: str) -> None:
        super().__init__(what, RESTART)


class LinkBroken(CallAPerson):
    """A record does not follow the one fetched before it."""

    def __init__(self, what: str) -> None:
        super().__init__(what, REPORT)


class StateAhead(CallAPerson):
    """A table's state is newer than the source offsets committed with it."""

    def __init__(self, table: str, partition: int, version: int, offset: int) -> None:
        super().__init__(
            f"table {table}, partition {partition}: its state follows from source offset {version}, "
            f"but offset {offset} comes next, so what is between would count twice",
            "Someone moved the group's offsets or wrote the changelog by hand. Restore both from the same "
            "moment, or rebuild the table by a replay into new topics.",
        )


class AgentFailed(CallAPerson):
    """An agent raised, or asked for the next batch without having read this one."""

    def __init__(self, what: str) -> None:
        super().__init__(what, REPORT)


class Unrestored(CallAPerson):
    """A partition was used before its state had been restored."""

    def __init__(self, table: str, partition: int) -> None:
        super().__init__(f"table {table}: partition {partition} is used, but its state is not here", REPORT)


class CommitFailed(WaitAndRetry):
    """A round's transaction did not go through within its retries."""

    def __init__(self, what: str) -> None:
        super().__init__(what, RESTART)


class KafkaAway(WaitAndRetry):
    """No broker answered in time."""

    def __init__(self, brokers: str, seconds: float, why: str) -> None:
        super().__init__(
            f"no Kafka answered at {brokers} within {seconds:g} s ({why})",
            "Start it (`headgate up` brings its own), or correct kafka.bootstrap: "
            "`headgate config show` says where the address came from.",
        )


class KafkaRefuses(FixSetup):
    """The brokers refuse how this worker wants to read."""

    def __init__(self, why: str) -> None:
        super().__init__(
            f"the brokers refuse this worker: {why}",
            "Compare its settings (`headgate config show`) and its rights with what the brokers allow.",
        )


class StoreFailed(FixSetup):
    """The folder that a table lies in cannot be used."""

    def __init__(self, folder: str, why: str) -> None:
        super().__init__(
            f"the state in {folder} cannot be used: {why}",
            "If the disk is full, make room or move data_dir. If the folder is locked, another worker has "
            "this slot: end it, or take another slot. Nothing is lost: the changelog has all of it.",
        )


class DriverMismatch(FixSetup):
    """This Faust does not behave as the driver needs."""

    def __init__(self, what: str) -> None:
        super().__init__(what, "Install the locked versions: `uv sync --locked --all-extras`.")
