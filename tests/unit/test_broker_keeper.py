from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager

import pytest

from headgate.board import Row, Tone
from headgate.roles.broker import HEALTHY_AFTER_MS, RESTARTS_IN_A_ROW_MAX, BrokerKeeper
from infra.errors import CallAPerson
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

    bootstrap = "127.0.0.1:1"

    def __init__(self) -> None:
        self.is_dead = False
        self.calls: list[str] = []

    def dead(self) -> list[int]:
        """Say what is dead."""
        return [0] if self.is_dead else []

    def exit_reason(self) -> str | None:
        """Say why."""
        return "the disk is full"

    def restart(self, broker_index: int) -> None:
        """Come back."""
        self.calls.append(f"restart {broker_index}")
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
    assert told.texts == ["bad: Kafka ended: the disk is full", "good: Kafka is back"]
    assert (keeper.row().state, keeper.row().restarts) == ("ready", 1)


def test_too_many_deaths_in_a_row_end_it_with_the_reason() -> None:
    """A full disk is not mended by restarts."""
    broker = Fragile()
    keeper = BrokerKeeper(broker, Told())
    for _ in range(RESTARTS_IN_A_ROW_MAX):
        broker.is_dead = True
        keeper.look()
    broker.is_dead = True
    with pytest.raises(CallAPerson, match="the disk is full"):
        keeper.look()
    assert keeper.row().state == "gave up"


def test_deaths_far_apart_do_not_add_up() -> None:
    """A broker that dies once a week is restarted each time."""
    now_ms = 0
    broker = Fragile()
    keeper = BrokerKeeper(broker, Told(), clock_ms=lambda: now_ms)
    for _ in range(RESTARTS_IN_A_ROW_MAX * 2):
        now_ms += HEALTHY_AFTER_MS
        broker.is_dead = True
        keeper.look()
    assert keeper.row().restarts == RESTARTS_IN_A_ROW_MAX * 2


def test_an_orderly_stop_does_not_kill() -> None:
    """Only a second Ctrl-C does."""
    broker = Fragile()
    BrokerKeeper(broker, Told()).stop(at_once=False)
    assert broker.calls == ["stop"]
    hasty = Fragile()
    BrokerKeeper(hasty, Told(), brokers=2).stop(at_once=True)
    assert hasty.calls == ["kill 0", "kill 1", "stop"]
