from typing import Any

import pytest
from confluent_kafka import OFFSET_BEGINNING, KafkaError, TopicPartition

from connectors.executor.options import LOOK_BACK_COMMANDS, ExecutorOptions, Topics
from infra.commands.errors import Fenced, KafkaRefuses
from infra.commands.membership import Membership
from proof.simulation.log import Entry
from proof.simulation.news import Event

COMMANDS = Topics().commands


class EndOfPartition(Event):
    """What the client says when it has read a partition to its end."""

    def __init__(self) -> None:
        super().__init__(KafkaError._PARTITION_EOF)  # noqa: SLF001 - the client's public name for it

    def partition(self) -> int:
        """Return which partition."""
        return 0


class Client:
    """A consumer that says what a test wants; a step of its script may be a rebalance."""

    def __init__(self) -> None:
        self.metadata, self.offset, self.note = b"nobody", 5, ""
        self.script: list[Any] = []
        self.assigned: list[tuple[str, int, int]] = []
        self.callbacks: dict[str, Any] = {}

    def consumer_group_metadata(self) -> bytes:
        """Return what the client is."""
        return self.metadata

    def subscribe(self, _topics: list[str], **callbacks: Any) -> None:  # noqa: ANN401 - the client's signature
        """Keep the callbacks."""
        self.callbacks = callbacks

    def committed(self, partitions: list[TopicPartition], timeout: float) -> list[TopicPartition]:  # noqa: ARG002 - the client's signature
        """Return committed offsets."""
        return [TopicPartition(one.topic, one.partition, self.offset, self.note) for one in partitions]

    def assign(self, partitions: list[TopicPartition]) -> None:
        """Keep what is read from where."""
        self.assigned = [(one.topic, one.partition, one.offset) for one in partitions]

    def assignment(self) -> list[TopicPartition]:
        """Return what is read."""
        return [TopicPartition(COMMANDS, 0)]

    def position(self, partitions: list[TopicPartition]) -> list[TopicPartition]:
        """Return where reading is: behind the last record, before the mark of its transaction."""
        return [TopicPartition(one.topic, one.partition, 6) for one in partitions]

    def get_watermark_offsets(self, _partition: TopicPartition, *, cached: bool) -> tuple[int, int]:  # noqa: ARG002 - the client's signature
        """Return where the partition begins and ends."""
        return 0, 7

    def poll(self, _timeout: float) -> Any:  # noqa: ANN401 - a record, an event or nothing
        """Do the next step of the script."""
        step = self.script.pop(0) if self.script else None
        if callable(step):
            step()
            return self.poll(0)
        return step

    def join(self, metadata: bytes = b"member 1") -> None:
        """Give the partition to this client."""
        self.metadata = metadata
        self.callbacks["on_assign"](self, [TopicPartition(COMMANDS, 0)])


class Owner:
    """A membership and what it told."""

    def __init__(self) -> None:
        self.client, self.told = Client(), list[Any]()
        self.membership = Membership(
            ExecutorOptions({}, "0"),
            self.assigned,
            lambda: self.told.append("revoked"),
            lambda _: self.client,
        )
        self.membership.open()

    def assigned(self, starts: Any, attempts: dict[int, int]) -> None:  # noqa: ANN401 - as the client has it
        """Note what is ours."""
        self.told.append(([one.offset for one in starts], attempts))

    def fetched(self) -> list[int]:
        """Fetch and return the offsets."""
        return [record.offset() for record in self.membership.fetch(0)]


def record(offset: int) -> Entry:
    """Return a record."""
    return Entry((COMMANDS, 0), offset, None, is_mark=False).filled(None, b"", None)


def test_reading_starts_at_what_is_committed_for_commands_and_for_attempts() -> None:
    """Both are told before anything is read; some commands that are done are read again, to know of them."""
    owner = Owner()
    owner.client.join()
    assert owner.told == [([5], {0: 5})]
    assert owner.client.assigned == [(COMMANDS, 0, OFFSET_BEGINNING)]
    owner.client.offset = 1_000
    owner.client.join()
    assert owner.client.assigned == [(COMMANDS, 0, 1_000 - LOOK_BACK_COMMANDS)]


def test_what_was_fetched_before_a_rebalance_is_dropped() -> None:
    """It is read again from what is committed; kept, it would be done twice."""
    owner = Owner()
    owner.client.join()
    owner.client.script = [record(5), owner.client.join, record(5), record(6)]
    assert owner.fetched() == [5, 6]


def test_the_mark_behind_the_last_record_is_no_lag() -> None:
    """An executor with nothing to do must not look like one that does nothing."""
    owner = Owner()
    owner.client.join()
    owner.client.script = [record(5)]
    assert (owner.fetched(), owner.membership.lag()) == ([5], {0: 1})
    owner.client.script = [EndOfPartition()]
    assert (owner.fetched(), owner.membership.lag()) == ([], {0: 0})


def test_only_the_member_of_the_assignment_has_a_proof() -> None:
    """Not before it, not after a loss, and not as another member."""
    owner = Owner()
    with pytest.raises(Fenced):
        owner.membership.proof()
    owner.client.join()
    assert owner.membership.proof() == b"member 1"
    owner.client.metadata = b"member 2"
    with pytest.raises(Fenced, match="no longer the member"):
        owner.membership.proof()
    owner.client.callbacks["on_lost"](owner.client, [])
    assert owner.told[-1] == "revoked"


def test_a_process_that_stood_still_during_its_assignment_gives_up() -> None:
    """Others went on meanwhile, so what it read of their attempts is old."""
    owner = Owner()
    owner.membership._on_assigned = lambda _starts, _attempts: setattr(owner.client, "note", "1")  # noqa: SLF001 - others
    with pytest.raises(Fenced, match="went on with these commands"):
        owner.client.join()


def test_news_that_the_client_gets_over_are_passed_over() -> None:
    """Others end the process, each with what to do."""
    owner = Owner()
    owner.client.join()
    owner.client.script = [Event(KafkaError._TRANSPORT), record(5)]  # noqa: SLF001 - the client's public name
    assert owner.fetched() == [5]
    owner.client.script = [Event(KafkaError._FATAL)]  # noqa: SLF001 - the client's public name
    with pytest.raises(Fenced, match="took this executor's place"):
        owner.fetched()
    owner.client.script = [Event(KafkaError.UNKNOWN_TOPIC_OR_PART)]
    with pytest.raises(KafkaRefuses, match="topics apply"):
        owner.fetched()
