from typing import Any

import pytest
from confluent_kafka import OFFSET_BEGINNING, OFFSET_INVALID, KafkaError, TopicPartition
from faust.types import TP

from proof.simulation.log import Entry
from proof.simulation.news import Event, failure
from streams.engine.errors import Fenced, KafkaAway, KafkaRefuses
from streams.engine.membership import Membership
from streams.engine.options import EngineOptions

HERE, THERE = TP("in", 0), TP("in", 1)


def records(*offsets: int, size: int = 0) -> list[Entry]:
    """Return records of one partition."""
    return [
        Entry((HERE.topic, HERE.partition), offset, None, is_mark=False).filled(None, b"x" * size, None)
        for offset in offsets
    ]


class Client:
    """A consumer that says what a test wants; a script's step may be a rebalance or an error."""

    def __init__(self) -> None:
        self.metadata, self.places = b"nobody", dict[TP, int]()
        self.script: list[Any] = []
        self.assigned: list[dict[TP, int]] = []
        self.asked: list[int] = []
        self.callbacks: dict[str, Any] = {}

    def consumer_group_metadata(self) -> bytes:
        """Return what the client is."""
        return self.metadata

    def subscribe(self, topics: list[str], **callbacks: Any) -> None:  # noqa: ANN401 - the client's signature
        """Keep the callbacks."""
        self.topics, self.callbacks = topics, callbacks

    def committed(self, partitions: list[TopicPartition], timeout: float) -> list[TopicPartition]:  # noqa: ARG002 - the client's signature
        """Return committed offsets."""
        return [
            TopicPartition(
                one.topic, one.partition, self.places.get(TP(one.topic, one.partition), OFFSET_INVALID)
            )
            for one in partitions
        ]

    def assign(self, partitions: list[TopicPartition]) -> None:
        """Keep what is read from where."""
        self.assigned.append({TP(one.topic, one.partition): one.offset for one in partitions})

    def rebalance(self, *tps: TP, metadata: bytes = b"member 1") -> None:
        """Revoke everything and assign anew."""
        self.callbacks["on_revoke"](self, [])
        self.metadata = metadata
        self.callbacks["on_assign"](self, [TopicPartition(tp.topic, tp.partition) for tp in tps])

    def poll(self, _timeout: float) -> Any:  # noqa: ANN401 - a record or an event
        """Do the next step of the script."""
        found = self.consume(1, 0)
        return found[0] if found else None

    def consume(self, limit: int, _timeout: float) -> list[Any]:
        """Do the next step of the script; a rebalance comes inside the call, as the real client has it."""
        self.asked.append(limit)
        step = self.script.pop(0) if self.script else []
        if callable(step):
            step()
            return self.consume(limit, 0)
        return step[:limit]  # type: ignore[no-any-return]  # the script's


class Owner:
    """A membership and what it told."""

    def __init__(self, **options: Any) -> None:  # noqa: ANN401 - any of the options
        self.client, self.told = Client(), list[Any]()
        self.membership = Membership(
            EngineOptions("g", "0", {}, **options),
            lambda starts: self.told.append(dict(starts)),
            lambda: self.told.append("revoked"),
            make=lambda _conf: self.client,
        )
        self.membership.open()
        self.membership.subscribe({"in"})

    def offsets(self) -> list[int]:
        """Fetch and return the offsets."""
        return [record.offset() for record in self.membership.fetch()]


def test_reading_starts_at_the_committed_offsets() -> None:
    """Where nothing is committed it starts at the beginning, and it is said before anything is read."""
    owner = Owner()
    owner.client.places = {HERE: 7}
    owner.client.rebalance(HERE, THERE)
    assert owner.told == ["revoked", {HERE: 7, THERE: 0}]
    assert owner.client.assigned == [{HERE: 7, THERE: OFFSET_BEGINNING}]


def test_a_round_takes_what_fits() -> None:
    """Records are limited, bytes too up to one record over, and what is not there is not waited for."""
    owner = Owner(round_records_max=3)
    owner.client.script = [records(0), records(1, 2, 3, 4)]
    assert owner.offsets() == [0, 1, 2]
    owner = Owner(round_bytes_max=1000)
    owner.client.script = [records(0, size=400), records(1, 2, 3, 4, size=400)]
    assert owner.offsets() == [0, 1, 2]
    owner.client.script = [[]]
    assert owner.offsets() == []


def test_what_was_fetched_before_a_rebalance_is_dropped_and_read_again() -> None:
    """The client serves rebalances inside consume too; kept, the first record would count twice."""
    owner = Owner()
    owner.client.places = {HERE: 5}
    owner.client.rebalance(HERE)
    owner.client.script = [records(5), lambda: owner.client.rebalance(HERE), records(5, 6)]
    assert owner.offsets() == []
    assert owner.client.assigned[-1] == {HERE: 5}
    owner.client.script = [records(5), records(6)]
    assert owner.offsets() == [5, 6]


def test_what_was_fetched_before_a_revocation_is_dropped() -> None:
    """Nothing of it is ours any more, and nothing is assigned until the group says so."""
    owner = Owner()
    owner.client.rebalance(HERE)
    owner.client.script = [records(0), lambda: owner.client.callbacks["on_lost"](owner.client, [])]
    assert owner.offsets() == []
    assert owner.client.assigned == [{HERE: OFFSET_BEGINNING}]


def test_only_a_member_has_a_proof() -> None:
    """Before joining, after losing the group, and in another generation there is none."""
    owner = Owner()
    with pytest.raises(Fenced):
        owner.membership.proof()
    owner.client.rebalance(HERE)
    assert owner.membership.proof() == b"member 1"
    for metadata in (b"member 2", b"nobody"):
        owner.client.metadata = metadata
        with pytest.raises(Fenced, match="no longer the member"):
            owner.membership.proof()
    owner.client.metadata = b"member 1"
    owner.client.callbacks["on_revoke"](owner.client, [])
    with pytest.raises(Fenced):
        owner.membership.proof()


def test_a_process_that_stood_still_during_its_restore_gives_up() -> None:
    """Others went on meanwhile, so the state is newer than the offsets: that is no broken state."""
    owner = Owner()
    owner.client.places = {HERE: 5}
    owner.membership._on_assigned = lambda _starts: owner.client.places.update({HERE: 9})  # noqa: SLF001 - others
    with pytest.raises(Fenced, match="another worker went on with in/0"):
        owner.client.rebalance(HERE)
    assert owner.client.assigned == []


def test_news_that_the_client_gets_over_are_passed_over() -> None:
    """A broker that is away for a moment is the client's own business; other errors are raised."""
    owner = Owner()
    owner.client.script = [[Event(KafkaError._TRANSPORT)], records(0)]  # noqa: SLF001 - the client's public name
    assert owner.offsets() == [0]
    owner.client.script = [[Event(KafkaError._FATAL)]]  # noqa: SLF001 - the client's public name
    with pytest.raises(Fenced, match="took this worker's place"):
        owner.offsets()
    owner.client.script = [[Event(KafkaError.TOPIC_AUTHORIZATION_FAILED)]]
    with pytest.raises(KafkaRefuses):
        owner.offsets()


def test_a_coordinator_that_does_not_answer_is_said_in_words(monkeypatch: pytest.MonkeyPatch) -> None:
    """Without committed offsets nobody knows where to start."""
    owner = Owner()

    def away(*_args: object, **_kwargs: object) -> None:
        raise failure(KafkaError._TIMED_OUT)  # noqa: SLF001 - the client's public name

    monkeypatch.setattr(owner.client, "committed", away)
    with pytest.raises(KafkaAway, match="coordinator"):
        owner.client.rebalance(HERE)
