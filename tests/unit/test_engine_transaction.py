from collections.abc import Callable
from typing import Any

import pytest
from confluent_kafka import KafkaError, KafkaException, TopicPartition

from streams.engine import transaction
from streams.engine.errors import CommitFailed, Fenced, KafkaAway
from streams.engine.options import EngineOptions
from streams.engine.transaction import ChangelogWrite, Send, Staged, Transactions
from streams.engine.values import VERSION_HEADER, prefix

MEMBERSHIP = b"member"
STAGED = Staged(
    sends=[Send("out", b"k", b"v", [("h", b"1")], timestamp_ms=7)],
    changes=[ChangelogWrite("log", 1, {b"a": b"1", b"b": None, b"c": b"3"}, 42)],
    offsets=[TopicPartition("in", 0, 43)],
)


def retriable() -> KafkaException:
    """Return an error after which the same call may be made again."""
    return KafkaException(KafkaError(KafkaError._TIMED_OUT, "slow", False, True, False))  # noqa: FBT003, SLF001 - the client's own


def busy() -> KafkaException:
    """Return the broker's word for 'again, in a moment'."""
    return KafkaException(KafkaError(KafkaError.COORDINATOR_LOAD_IN_PROGRESS, "busy", False, True, False))  # noqa: FBT003 - the client's own


def abortable() -> KafkaException:
    """Return an error after which the transaction must be aborted."""
    return KafkaException(KafkaError(KafkaError.CONCURRENT_TRANSACTIONS, "again", False, False, True))  # noqa: FBT003 - the client's own


def fatal() -> KafkaException:
    """Return an error after which the client is of no more use."""
    return KafkaException(KafkaError(KafkaError._FENCED, "gone", True, False, False))  # noqa: FBT003, SLF001 - the client's own


def stale() -> KafkaException:
    """Return what the broker says to a member of an older generation."""
    return KafkaException(KafkaError(KafkaError.ILLEGAL_GENERATION, "old", False, False, True))  # noqa: FBT003 - the client's own


class Delivered:
    """What a delivery report tells."""

    def __init__(self, topic: str, partition: int, offset: int) -> None:
        self.where = topic, partition, offset

    def topic(self) -> str:
        """Return the topic."""
        return self.where[0]

    def partition(self) -> int:
        """Return the partition."""
        return self.where[1]

    def offset(self) -> int:
        """Return the offset."""
        return self.where[2]


class Scripted:
    """A producer whose calls fail as a test says, and that keeps what it was asked."""

    def __init__(self, script: dict[str, list[BaseException]]) -> None:
        self.script, self.calls = script, list[str]()
        self.produced: list[tuple[Any, ...]] = []
        self.reports: list[Callable[[], None]] = []

    def __getattr__(self, name: str) -> Callable[..., None]:
        def call(*_args: object) -> None:
            self.calls.append(name)
            if self.script.get(name):
                raise self.script[name].pop(0)
            if name == "poll":
                for report in self.reports:
                    report()
                self.reports.clear()

        return call

    def produce(self, topic: str, value: Any, key: Any, partition: int = -1, **more: Any) -> None:  # noqa: ANN401 - the client's signature
        """Keep a record."""
        if self.script.get("produce"):
            raise self.script["produce"].pop(0)
        on_delivery = more.pop("on_delivery", None)
        self.produced.append((topic, partition, key, value, more.get("headers")))
        if on_delivery is not None:
            told = Delivered(topic, partition, len(self.produced))
            self.reports.append(lambda: on_delivery(None, told))


@pytest.fixture(autouse=True)
def no_pauses(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let retries follow at once."""
    monkeypatch.setattr(transaction, "_pause", lambda _attempt: None)


def opened(**script: list[BaseException]) -> tuple[Transactions, Scripted]:
    """Return transactions on a scripted producer."""
    producer = Scripted(script)
    transactions = Transactions(EngineOptions("g", "0", {}, start_timeout_seconds=1), lambda _conf: producer)
    transactions.open()
    return transactions, producer


def test_a_round_is_one_transaction_of_outputs_changes_and_offsets() -> None:
    """All is produced between begin and commit, deletions carry their version, and the end is reported."""
    transactions, producer = opened()
    ends = transactions.commit(STAGED, MEMBERSHIP)
    assert [call for call in producer.calls if call != "poll"] == [
        "init_transactions",
        "begin_transaction",
        "send_offsets_to_transaction",
        "commit_transaction",
    ]
    assert producer.produced == [
        ("out", -1, b"k", b"v", [("h", b"1")]),
        ("log", 1, b"a", b"1", None),
        ("log", 1, b"b", None, {VERSION_HEADER: prefix(42)}),
        ("log", 1, b"c", b"3", None),
    ]
    assert ends == {("log", 1): 4}


@pytest.mark.parametrize("call", ["init_transactions", "send_offsets_to_transaction", "commit_transaction"])
def test_a_retriable_error_is_tried_again_where_it_was(call: str) -> None:
    """A call that may be repeated is repeated, and the round goes through once."""
    transactions, producer = opened(**{call: [busy(), busy()]})
    transactions.commit(STAGED, MEMBERSHIP)
    assert producer.calls.count(call) == 3
    assert producer.calls.count("begin_transaction") == 1


@pytest.mark.parametrize("call", ["send_offsets_to_transaction", "commit_transaction"])
def test_an_abortable_error_aborts_and_repeats_the_whole_round(call: str) -> None:
    """After an abort the same outputs, changes and offsets go out again."""
    transactions, producer = opened(**{call: [abortable()], "abort_transaction": [retriable()]})
    transactions.commit(STAGED, MEMBERSHIP)
    assert producer.calls.count("begin_transaction") == 2
    assert producer.calls.count("abort_transaction") == 2
    assert producer.produced[:4] == producer.produced[4:]


@pytest.mark.parametrize("error", [fatal, stale])
@pytest.mark.parametrize("call", ["send_offsets_to_transaction", "commit_transaction"])
def test_a_fenced_round_ends_the_worker(call: str, error: Callable[[], KafkaException]) -> None:
    """Another owner's work is not repeated: the process ends and says that nothing has to be done."""
    transactions, producer = opened(**{call: [error()]})
    with pytest.raises(Fenced, match="another one owns its work") as caught:
        transactions.commit(STAGED, MEMBERSHIP)
    assert "supervisor starts it again" in caught.value.next_step
    assert producer.calls.count("begin_transaction") == 1


def test_being_fenced_while_aborting_is_said_in_the_same_words() -> None:
    """An abort that is refused for good is no defect."""
    transactions, _ = opened(commit_transaction=[abortable()], abort_transaction=[fatal()])
    with pytest.raises(Fenced):
        transactions.commit(STAGED, MEMBERSHIP)


def test_being_fenced_at_the_start_is_said_in_the_same_words() -> None:
    """A second process in the same slot that came a moment later wins."""
    with pytest.raises(Fenced):
        opened(init_transactions=[fatal()])


def test_a_round_that_is_aborted_again_and_again_ends_the_worker() -> None:
    """Retries are bounded; what was not committed is read again by the next start."""
    transactions, producer = opened(commit_transaction=[abortable() for _ in range(9)])
    with pytest.raises(CommitFailed, match="aborted 5 times"):
        transactions.commit(STAGED, MEMBERSHIP)
    assert producer.calls.count("begin_transaction") == 5


def test_offsets_that_were_not_answered_in_time_are_not_sent_again() -> None:
    """The client would wait for ever in the second call, so the process ends and starts again."""
    transactions, producer = opened(send_offsets_to_transaction=[retriable()])
    with pytest.raises(CommitFailed, match="send_offsets was not answered in time"):
        transactions.commit(STAGED, MEMBERSHIP)
    assert producer.calls.count("send_offsets_to_transaction") == 1


def test_a_call_that_never_goes_through_ends_the_worker() -> None:
    """Retries of a call are bounded as well, and the last reason is told."""
    transactions, _ = opened(commit_transaction=[retriable() for _ in range(9)])
    with pytest.raises(CommitFailed, match="commit did not go through in 5 attempts: slow"):
        transactions.commit(STAGED, MEMBERSHIP)


def test_any_other_error_ends_the_worker_in_words() -> None:
    """What can neither be repeated nor aborted is told with the client's reason."""
    strange = KafkaException(KafkaError(KafkaError.TOPIC_AUTHORIZATION_FAILED, "no right"))
    transactions, _ = opened(produce=[strange])
    with pytest.raises(CommitFailed, match="no right"):
        transactions.commit(STAGED, MEMBERSHIP)


def test_a_full_queue_holds_the_round_back() -> None:
    """Where the client's queue is full, the round waits for the broker instead of dropping a record."""
    transactions, producer = opened(produce=[BufferError(), BufferError()])
    transactions.commit(STAGED, MEMBERSHIP)
    assert len(producer.produced) == 4
    assert producer.calls.count("poll") >= 2


def test_without_kafka_the_start_says_where_it_looked() -> None:
    """No broker: the error names the address, how long it was tried, and what to do."""
    producer = Scripted({"init_transactions": [retriable() for _ in range(9)]})
    options = EngineOptions("g", "0", {"bootstrap.servers": "nowhere:1"}, start_timeout_seconds=2)
    with pytest.raises(KafkaAway, match=r"no Kafka answered at nowhere:1 within 2 s") as caught:
        Transactions(options, lambda _conf: producer).open()
    assert "headgate up" in caught.value.next_step
