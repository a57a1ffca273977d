"""The embedded Kafka while it runs: watched, its end explained, restarted a bounded number of times."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

from headgate.board import Row
from infra import metrics
from infra.errors import CallAPerson, HeadgateError
from infra.health import monotonic_ms

if TYPE_CHECKING:
    from collections.abc import Callable

    from headgate.board import Board

RESTARTS_IN_A_ROW_MAX = 3
# A broker that lived this long after a restart starts a new row.
HEALTHY_AFTER_MS = 600_000


class Broker(Protocol):
    """What is asked of the embedded Kafka."""

    @property
    def bootstrap(self) -> str:
        """Say where it listens."""

    def alive(self, broker_index: int) -> bool:
        """Say whether a broker's process lives."""

    def pid(self, broker_index: int) -> int | None:
        """Say which process it is."""

    def exit_reason(self, broker_index: int) -> str | None:
        """Say why a broker ended, and on a second line what helps."""

    def restart(self, broker_index: int) -> None:
        """Start a broker again from its folder, and wait until it serves."""

    def kill(self, broker_index: int) -> None:
        """End a broker at once."""

    def stop(self) -> None:
        """End all brokers in an orderly way."""


class BrokerKeeper:
    """Answers the death of a broker with its reason and a restart, until there are too many in a row."""

    def __init__(
        self,
        broker: Broker,
        board: Board,
        *,
        brokers: int = 1,
        clock_ms: Callable[[], int] = monotonic_ms,
    ) -> None:
        self._broker = broker
        self._board = board
        self._clock_ms = clock_ms
        # A restart takes seconds in which nothing else is looked at; who interrupts it has to know.
        self.restarting = False
        self._kept = [
            _Kept("kafka" if brokers == 1 else f"kafka-{n + 1}", clock_ms()) for n in range(brokers)
        ]

    def rows(self) -> list[Row]:
        """Return the lines of the table."""
        now_ms = self._clock_ms()
        return [
            Row(
                kept.name,
                kept.state,
                self._broker.pid(index),
                kept.restarts,
                now_ms - kept.started_ms if kept.state in {"ready", "draining"} else None,
                self._broker.bootstrap.split(",")[index],
            )
            for index, kept in enumerate(self._kept)
        ]

    def look(self) -> None:
        """Restart what has died; with too many deaths in a row, say why and give up."""
        for index, kept in enumerate(self._kept):
            if not self._broker.alive(index):
                self._answer(index, kept)

    def stop(self, *, at_once: bool) -> None:
        """Stop Kafka, in an orderly way or at once."""
        for index, kept in enumerate(self._kept):
            kept.state = "draining"
            if at_once:
                self._broker.kill(index)
        self._broker.stop()
        for kept in self._kept:
            kept.state = "stopped"

    def _answer(self, index: int, kept: _Kept) -> None:
        reason = self._broker.exit_reason(index) or f"{kept.name} ended, and left no reason in its log."
        what, _, next_step = reason.partition("\n")
        if self._clock_ms() - kept.started_ms >= HEALTHY_AFTER_MS:
            kept.restarts_in_a_row = 0
        if kept.restarts_in_a_row >= RESTARTS_IN_A_ROW_MAX:
            kept.state = "gave up"
            raise CallAPerson(
                what=f"{what} That was the {kept.restarts_in_a_row + 1}th time in a row, so it stays down.",
                next_step=f"{next_step} Then start again; nothing that was committed is lost.".strip(),
            )
        self._board.say(f"{what} Restarting it.", "bad")
        self._restart(index, kept)

    def _restart(self, index: int, kept: _Kept) -> None:
        kept.state = "starting"
        kept.restarts += 1
        kept.restarts_in_a_row += 1
        metrics.BROKER_RESTARTS.inc()
        begun_ms = self._clock_ms()
        self.restarting = True
        try:
            self._broker.restart(index)
        except HeadgateError as error:
            # The next look finds it dead again and counts; here it is only told.
            self._board.say(error.what, "bad")
            return
        finally:
            self.restarting = False
        kept.state, kept.started_ms = "ready", self._clock_ms()
        self._board.say(f"{kept.name} is back after {(kept.started_ms - begun_ms) // 1000} s", "good")


@dataclass(slots=True)
class _Kept:
    name: str
    started_ms: int
    state: str = "ready"
    restarts: int = 0
    restarts_in_a_row: int = 0
