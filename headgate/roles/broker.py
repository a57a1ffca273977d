"""The embedded Kafka while it runs: watched, its end explained, restarted a bounded number of times."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

from headgate.board import Row
from infra import metrics
from infra.errors import CallAPerson
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

    def dead(self) -> list[int]:
        """Say which brokers do not live."""

    def exit_reason(self) -> str | None:
        """Say in words why a broker ended."""

    def restart(self, broker_index: int) -> None:
        """Start a broker again from its folder."""

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
        self._brokers = brokers
        self._clock_ms = clock_ms
        self._started_ms = clock_ms()
        self._restarts = 0
        self._restarts_in_a_row = 0
        self._state = "ready"

    def row(self) -> Row:
        """Return the line of the table."""
        up_ms = None if self._state == "stopped" else self._clock_ms() - self._started_ms
        where = (
            f"{self._brokers} brokers at {self._broker.bootstrap}"
            if self._brokers > 1
            else self._broker.bootstrap
        )
        return Row("kafka", self._state, None, self._restarts, up_ms, where)

    def look(self) -> None:
        """Restart what has died; with too many deaths in a row, say why and give up."""
        for index in self._broker.dead():
            reason = self._broker.exit_reason() or "it left no reason in its log"
            self._board.say(f"Kafka ended: {reason}", "bad")
            if self._clock_ms() - self._started_ms >= HEALTHY_AFTER_MS:
                self._restarts_in_a_row = 0
            if self._restarts_in_a_row >= RESTARTS_IN_A_ROW_MAX:
                self._state = "gave up"
                raise CallAPerson(
                    what=f"Kafka ended {RESTARTS_IN_A_ROW_MAX + 1} times in a row, last: {reason}",
                    next_step="Mend that (`headgate doctor` helps) and start again; nothing is lost.",
                )
            self._restart(index)

    def stop(self, *, at_once: bool) -> None:
        """Stop Kafka, in an orderly way or at once."""
        self._state = "draining"
        if at_once:
            for index in range(self._brokers):
                self._broker.kill(index)
        self._broker.stop()
        self._state = "stopped"

    def _restart(self, index: int) -> None:
        self._state = "starting"
        self._restarts += 1
        self._restarts_in_a_row += 1
        metrics.BROKER_RESTARTS.inc()
        self._broker.restart(index)
        self._state, self._started_ms = "ready", self._clock_ms()
        self._board.say("Kafka is back", "good")
