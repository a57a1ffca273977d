from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

import pytest

from headgate.board import Row, Tone
from headgate.roles.broker import HEALTHY_AFTER_MS, RESTARTS_IN_A_ROW_MAX, BrokerKeeper
from headgate.roles.up import Terms, Up
from infra.errors import CallAPerson
from infra.health import Health
from infra.kafka.errors import BrokerFailed
from infra.supervisor import Event


class Told:
    """A board that remembers what it was told."""

    def __init__(self) -> None:
        self.texts: list[str] = []

    def say(self, text: str, tone: Tone = "plain") -> None:
        """Remember a sentence."""
        self.texts.append(f"{tone}: {text}")

    def event(self, event: Event) -> None:
        """Remember an event."""
        self.texts.append(event.kind)

    @contextmanager
    def step(self, title: str) -> Iterator[Callable[[str], None]]:
        """Remember a step."""
        self.texts.append(title)
        yield self.texts.append

    @contextmanager
    def table(self, rows: Callable[[], Sequence[Row]]) -> Iterator[None]:
        """Show nothing."""
        self.texts.append(f"{len(rows())} rows")
        yield


class Fragile:
    """A broker that dies when told."""

    bootstrap = "127.0.0.1:1,127.0.0.1:2"

    def __init__(self) -> None:
        self.is_dead = False
        self.cannot_start = False
        self.during_restart: Callable[[], object] = lambda: None
        self.calls: list[str] = []

    def alive(self, broker_index: int) -> bool:
        """Say whether it lives."""
        return not (self.is_dead and broker_index == 0)

    def pid(self, broker_index: int) -> int | None:
        """Say which process it is."""
        return 100 + broker_index

    def exit_reason(self, broker_index: int) -> str | None:
        """Say why."""
        return f"Kafka's broker {broker_index + 1} ended: the disk is full.\nFree some space."

    def restart(self, broker_index: int) -> None:
        """Come back, unless it cannot."""
        self.calls.append(f"restart {broker_index}")
        self.during_restart()
        if self.cannot_start:
            raise BrokerFailed("Kafka's broker 1 ended: the disk is full.", "Free some space.")
        self.is_dead = False

    def kill(self, broker_index: int) -> None:
        """Note it."""
        self.calls.append(f"kill {broker_index}")

    def stop(self) -> None:
        """Note it."""
        self.calls.append("stop")


def test_a_dead_broker_is_explained_and_restarted() -> None:
    """The reason is in people's words, and the broker comes back."""
    broker, told = Fragile(), Told()
    keeper = BrokerKeeper(broker, told)
    broker.is_dead = True
    keeper.look()
    keeper.look()
    assert broker.calls == ["restart 0"]
    assert told.texts == [
        "bad: Kafka's broker 1 ended: the disk is full. Restarting it.",
        "good: kafka is back after 0 s",
    ]
    (row,) = keeper.rows()
    assert (row.state, row.restarts, row.pid, row.note) == ("ready", 1, 100, "127.0.0.1:1")


def test_too_many_deaths_in_a_row_end_it_with_the_reason() -> None:
    """A full disk is not mended by restarts."""
    broker = Fragile()
    keeper = BrokerKeeper(broker, Told())
    for _ in range(RESTARTS_IN_A_ROW_MAX):
        broker.is_dead = True
        keeper.look()
    broker.is_dead = True
    with pytest.raises(CallAPerson, match=r"the disk is full.*4th time(.|\n)*Free some space"):
        keeper.look()
    assert keeper.rows()[0].state == "gave up"


def test_a_broker_that_cannot_even_start_again_is_tried_a_bounded_number_of_times() -> None:
    """A failed restart counts like a death."""
    broker = Fragile()
    broker.is_dead = broker.cannot_start = True
    keeper = BrokerKeeper(broker, Told())
    for _ in range(RESTARTS_IN_A_ROW_MAX):
        keeper.look()
        assert keeper.rows()[0].state == "starting"
    with pytest.raises(CallAPerson, match="the disk is full"):
        keeper.look()


def test_deaths_far_apart_do_not_add_up() -> None:
    """A broker that dies once a week is restarted each time."""
    now_ms = 0
    broker = Fragile()
    keeper = BrokerKeeper(broker, Told(), clock_ms=lambda: now_ms)
    for _ in range(RESTARTS_IN_A_ROW_MAX * 2):
        now_ms += HEALTHY_AFTER_MS
        broker.is_dead = True
        keeper.look()
    assert keeper.rows()[0].restarts == RESTARTS_IN_A_ROW_MAX * 2


def test_an_orderly_stop_does_not_kill() -> None:
    """Only a second Ctrl-C does."""
    broker = Fragile()
    BrokerKeeper(broker, Told()).stop(at_once=False)
    assert broker.calls == ["stop"]
    hasty = Fragile()
    BrokerKeeper(hasty, Told(), brokers=2).stop(at_once=True)
    assert hasty.calls == ["kill 0", "kill 1", "stop"]


def test_an_interrupt_ends_the_waiting_for_a_restart(tmp_path: Path) -> None:
    """Ctrl-C is answered at once, even while Kafka takes its time."""
    broker, told = Fragile(), Told()
    keeper = BrokerKeeper(broker, told)
    up = Up([], board=told, health=Health("up"), broker=keeper, terms=Terms(tmp_path, 1_000))
    reached: list[str] = []

    def interrupted() -> None:
        up.interrupt()
        reached.append("the end of the restart")

    broker.is_dead = True
    broker.during_restart = interrupted
    up.run()
    assert reached == []
    assert broker.calls == ["restart 0", "stop"]
    assert not keeper.restarting
