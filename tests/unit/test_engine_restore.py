from collections.abc import Callable
from functools import partial
from types import SimpleNamespace
from typing import Any

import pytest
from confluent_kafka import KafkaError

from proof.simulation.broker import Broker
from proof.simulation.consumer import SimulatedConsumer
from proof.simulation.log import Log, Transaction
from proof.simulation.news import failure
from streams.engine.errors import KafkaAway
from streams.engine.options import EngineOptions
from streams.engine.restore import restore
from streams.engine.values import VERSION_HEADER, prefix

WHERE = ("log", 0)


class Place:
    """A changelog, and a restore's view of it."""

    def __init__(self, on_step: Callable[[str], None] = lambda _at: None) -> None:
        self.broker = Broker({"log": 1}, 1000, 1000)
        world = SimpleNamespace(broker=self.broker, now_ms=0, count=lambda _what: None)
        self.process: Any = SimpleNamespace(
            world=world, step=on_step, chance=lambda _probability: False, shuffled=list
        )
        self.log: Log = self.broker.logs[WHERE]

    def write(self, transaction: Transaction | None, **values: int | None) -> None:
        """Write versions of keys; none deletes."""
        for key, version in values.items():
            if version is None:
                self.log.append(key.encode(), None, [(VERSION_HEADER, prefix(99))], transaction)
            else:
                self.log.append(key.encode(), prefix(version), None, transaction)

    def restore(self, start: int = 0, patience_seconds: float = 5) -> Any:  # noqa: ANN401 - what was restored
        """Restore the changelog."""
        options = EngineOptions("g", "0", {}, start_timeout_seconds=patience_seconds)
        return restore(options, {WHERE: start}, partial(SimulatedConsumer, self.process))[WHERE]


def committed(place: Place, **values: int | None) -> None:
    """Write values in a transaction and commit it."""
    transaction = Transaction(0)
    place.write(transaction, **values)
    transaction.state = "committed"
    place.log.end(transaction)


def test_what_was_aborted_is_not_state() -> None:
    """Aborted records and the marks of transactions are passed over, and the end lies behind them."""
    place, lost = Place(), Transaction(0)
    committed(place, a=1, b=1)
    place.write(lost, a=7, c=7)
    lost.state = "aborted"
    place.log.end(lost)
    committed(place, b=2, a=None)
    found = place.restore()
    assert found.rows == {b"a": None, b"b": prefix(2)}
    assert (found.start, found.end, found.records) == (0, place.log.high, 4)


def test_a_transaction_that_is_still_open_is_awaited() -> None:
    """Its outcome decides what the state is, so nothing is read before it is known."""
    opened, seen = Transaction(0), list[str]()

    def on_step(at: str) -> None:
        seen.append(at)
        if len(seen) == 9:
            opened.state = "committed"
            place.log.end(opened)

    place = Place(on_step)
    place.write(opened, a=5)
    assert place.restore().rows == {b"a": prefix(5)}
    assert seen.count("watermarks") >= 3


def test_a_transaction_that_never_ends_is_not_awaited_for_ever() -> None:
    """The error says which changelog stays open."""
    place = Place()
    place.write(Transaction(0), a=5)
    with pytest.raises(KafkaAway, match="a transaction stays open"):
        place.restore(patience_seconds=0.05)


@pytest.mark.parametrize(("start", "records"), [(0, 2), (1, 1), (3, 0), (77, 2)])
def test_reading_begins_where_the_local_state_ends(start: int, records: int) -> None:
    """Only the tail is read; a place beyond the end belongs to another changelog, which is read whole."""
    place = Place()
    committed(place, a=1, b=2)
    found = place.restore(start)
    assert (found.records, found.start) == (records, 0 if start == 77 else start)


def test_an_empty_changelog_is_an_empty_state() -> None:
    """A table that nobody has written is there at once."""
    found = Place().restore()
    assert (found.rows, found.end) == ({}, 0)


def test_kafka_away_during_a_restore_is_said_in_words() -> None:
    """The client's error becomes one that says what to do."""

    def on_step(at: str) -> None:
        if at == "watermarks":
            raise failure(KafkaError._TRANSPORT)  # noqa: SLF001 - the client's public name for it

    with pytest.raises(KafkaAway, match="no Kafka answered"):
        Place(on_step).restore()
