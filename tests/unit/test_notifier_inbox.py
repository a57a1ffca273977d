import asyncio
from typing import Any

import pytest
from confluent_kafka import KafkaError, KafkaException, TopicPartition

from connectors.notifier.errors import KafkaAway, LogGone, Replaced
from connectors.notifier.inbox import Inbox
from connectors.notifier.notifier import Notifier
from connectors.notifier.options import NotifierOptions, Topics
from infra.health import Health
from infra.world_time import WorldTime
from proof.simulation.log import Entry
from proof.simulation.news import Event

DECISIONS = Topics().decisions
NEW = -1001


class Client:
    """A consumer that says what a test wants; a step of its script may be a rebalance."""

    def __init__(self) -> None:
        self.offset, self.error = NEW, None
        self.script: list[Any] = []
        self.refusals: list[int] = []
        self.assigned: list[tuple[int, int]] = []
        self.commits: list[list[tuple[int, int]]] = []
        self.paused: list[bool] = []
        self.callbacks: dict[str, Any] = {}
        self.topics: list[str] = []
        self.committed_topics: list[str] = []

    def subscribe(self, topics: list[str], **callbacks: Any) -> None:  # noqa: ANN401 - the client's signature
        """Keep the callbacks, and what is read."""
        self.topics, self.callbacks = topics, callbacks

    def committed(self, partitions: list[TopicPartition], timeout: float) -> list[Any]:  # noqa: ARG002 - the client's signature
        """Return committed offsets, or what was wrong with them."""
        return [Committed(one.topic, one.partition, self.offset, self.error) for one in partitions]

    def get_watermark_offsets(self, _place: Any, **_more: object) -> tuple[int, int]:  # noqa: ANN401 - a place
        """Return where the partition begins and ends."""
        return 3, 50

    def commit(self, offsets: list[TopicPartition], *, asynchronous: bool) -> None:
        """Keep commits, or refuse them."""
        assert not asynchronous
        if self.refusals:
            raise KafkaException(KafkaError(self.refusals.pop(0)))
        self.commits.append([(one.partition, one.offset) for one in offsets])
        self.committed_topics += [one.topic for one in offsets]

    def assign(self, places: list[TopicPartition]) -> None:
        """Keep what is read from where."""
        self.assigned = [(one.partition, one.offset) for one in places]

    def assignment(self) -> list[TopicPartition]:
        """Return what is read."""
        return [TopicPartition(DECISIONS, partition) for partition, _ in self.assigned]

    def pause(self, _places: list[TopicPartition]) -> None:
        """Note it."""
        self.paused.append(True)

    def resume(self, _places: list[TopicPartition]) -> None:
        """Note it."""
        self.paused.append(False)

    def poll(self, _timeout: float) -> Any:  # noqa: ANN401 - a record, an event or nothing
        """Do the next step of the script."""
        step = self.script.pop(0) if self.script else None
        if callable(step):
            step()
            return self.poll(0)
        return step

    def join(self) -> None:
        """Give the partition to this client."""
        self.callbacks["on_assign"](self, [TopicPartition(DECISIONS, 0)])

    def leave(self) -> None:
        """Take it away."""
        self.callbacks["on_revoke"](self, [TopicPartition(DECISIONS, 0)])


class Committed:
    """A committed offset as the client hands it out."""

    def __init__(self, topic: str, partition: int, offset: int, error: KafkaError | None) -> None:
        self.topic, self.partition, self.offset, self.error = topic, partition, offset, error


class End(Event):
    """What the client says that is no record."""

    def topic(self) -> str:
        """Return which topic."""
        return DECISIONS

    def partition(self) -> int:
        """Return which partition."""
        return 0


def record(offset: int, topic: str = DECISIONS) -> Entry:
    """Return a record."""
    return Entry((topic, 0), offset, None, is_mark=False).filled(None, b"", None)


def opened(**changes: Any) -> tuple[Inbox, Client]:  # noqa: ANN401 - any option
    """Return an inbox that has joined its group, and its client."""
    client = Client()
    inbox = Inbox(NotifierOptions({}, "0", wait_ms=1, **changes), "ops", lambda _conf: client)
    inbox.open()
    return inbox, client


@pytest.mark.parametrize(("begin", "at"), [("now", 50), ("beginning", 3)])
def test_where_a_new_destination_begins_is_committed_before_it_is_read(begin: str, at: int) -> None:
    """So that the next start does not begin anew, and skip what came in between."""
    _, client = opened(begin=begin)
    client.join()
    assert client.commits == [[(0, at)]]
    assert client.assigned == [(0, at)]


def test_a_destination_that_was_told_before_goes_on_there() -> None:
    """Whatever the settings say of new ones."""
    _, client = opened()
    client.offset = 7
    client.join()
    assert (client.commits, client.assigned) == ([], [(0, 7)])


def test_an_offset_that_could_not_be_read_is_not_taken_for_a_beginning() -> None:
    """Else all that waits would be skipped because a broker was busy."""
    _, client = opened()
    client.error = KafkaError(KafkaError.NOT_COORDINATOR)
    with pytest.raises(KafkaAway):
        client.join()
    assert client.commits == []


def test_what_was_fetched_before_a_rebalance_is_dropped() -> None:
    """It is read again from what is committed, by us or by another."""
    inbox, client = opened()
    client.join()
    client.script = [record(50), record(51), client.join, record(50)]
    assert [one.offset() for one in inbox.fetch()] == [50]
    assert inbox.ownership == 2


def test_what_comes_during_a_rest_is_kept_for_afterwards() -> None:
    """Reading is paused, and what was on its way is not lost."""
    inbox, client = opened()
    client.join()
    client.script = [record(50)]
    inbox.rest()
    inbox.rest()
    inbox.go_on()
    assert client.paused == [True, False]
    assert [one.offset() for one in inbox.fetch()] == [50]


def test_only_what_has_moved_is_committed_and_what_is_no_longer_ours_is_left() -> None:
    """Its new owner tells it again."""
    inbox, client = opened()
    client.join()
    inbox.commit()
    inbox.told(record(50))
    inbox.commit()
    inbox.commit()
    assert client.commits == [[(0, 50)], [(0, 51)]]
    inbox.told(record(51))
    client.refusals = [KafkaError.ILLEGAL_GENERATION]
    inbox.commit()
    client.leave()
    inbox.commit()
    assert len(client.commits) == 2


def test_a_commit_that_may_pass_is_tried_again_and_another_ends_it() -> None:
    """For as often as the options say; whoever was replaced ends at once."""
    inbox, client = opened(commit_attempts_max=2)
    client.join()
    inbox.told(record(50))
    client.refusals = [KafkaError.REQUEST_TIMED_OUT]
    inbox.commit()
    assert client.commits[-1] == [(0, 51)]
    inbox.told(record(51))
    client.refusals = [KafkaError.REQUEST_TIMED_OUT] * 2
    with pytest.raises(KafkaAway):
        inbox.commit()
    client.refusals = [KafkaError.FENCED_INSTANCE_ID]
    with pytest.raises(Replaced):
        inbox.commit()


def test_a_log_that_no_longer_has_what_follows_is_for_a_person() -> None:
    """It is never begun anew in silence."""
    inbox, client = opened()
    client.join()
    client.script = [End(KafkaError._AUTO_OFFSET_RESET)]  # noqa: SLF001 - the client's public name
    with pytest.raises(LogGone, match="no longer"):
        inbox.fetch()


def test_the_mark_behind_the_last_record_is_no_lag() -> None:
    """A destination that has all of it must not look like one that waits."""
    inbox, client = opened()
    client.offset = 48
    client.join()
    assert inbox.lag() == 2
    client.script = [record(48), End(KafkaError._PARTITION_EOF)]  # noqa: SLF001 - the client's public name
    inbox.fetch()
    inbox.told(record(48))
    assert inbox.lag() == 0


def test_decisions_on_money_are_read_in_the_same_group_with_places_of_their_own() -> None:
    """Both topics have a partition 0, and what was told of one says nothing of the other."""
    inbox, client = opened()
    money = "client-decisions"
    assert client.topics == [DECISIONS, money]
    client.offset = 48
    client.callbacks["on_assign"](client, [TopicPartition(DECISIONS, 0), TopicPartition(money, 0)])
    inbox.told(record(49))
    inbox.commit()
    inbox.told(record(51, money))
    inbox.commit()
    assert client.commits == [[(0, 50)], [(0, 52)]]
    assert client.committed_topics == [DECISIONS, money]


def test_without_destinations_the_notifier_rests_and_says_so() -> None:
    """Ready at once, idle, and ended when it is told to."""

    async def scene() -> tuple[bool, tuple[str, ...]]:
        health = Health("notifier")
        notifier = Notifier([], NotifierOptions({}, "0"), health, WorldTime())
        ready = asyncio.Event()
        running = asyncio.create_task(notifier.run(ready.set))
        await asyncio.wait_for(ready.wait(), 10)
        notifier.end()
        await asyncio.wait_for(running, 10)
        return health.liveness().ok, health.readiness().reasons

    is_live, reasons = asyncio.run(scene())
    assert is_live
    assert all("not configured" in reason for reason in reasons)
    assert len(reasons) == 1
