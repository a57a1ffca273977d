"""Everything on one machine: the embedded broker watched, the roles supervised, all drained in order."""

from __future__ import annotations

import sys
import threading
from contextlib import suppress
from dataclasses import dataclass
from queue import Empty, SimpleQueue
from typing import TYPE_CHECKING

from headgate.board import Row, tenths
from infra.errors import CallAPerson, HeadgateError
from infra.health import monotonic_ms
from infra.probe import Prober
from infra.supervisor import Event, Role, Status, Supervisor

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

    from headgate.board import Board
    from headgate.options import GlobalOptions
    from headgate.roles.broker import BrokerKeeper
    from infra.health import Health
    from infra.supervisor import RestartPolicy

# How soon a dead broker and an interrupt are seen; roles notice a dead broker by themselves, and wait for it.
WATCH_SECONDS = 0.3
DRAIN_LOOK_SECONDS = 0.1
STUCK_AFTER_MS = 120_000
# What a role says that has nothing to do; that is no trouble, and no reason to wait for it.
NOT_CONFIGURED = "not configured"
SETTLED = frozenset({"ready", "idle"})


def roles(
    options: GlobalOptions,
    *,
    workers: int,
    simulator: bool = False,
    localnet: bool = False,
    chain: bool = False,
    env: Mapping[str, str] | None = None,
) -> list[Role]:
    """Return what runs on one machine, in the order of the path that a dollar takes.

    Drained first is what brings new facts, then what decides on them, then what acts; what writes down or
    is written to comes last, so that nothing has to wait for what has already gone. Money moves where there
    is a chain: the local one, or one that is configured.
    """
    headgate = (sys.executable, "-m", "headgate", *options.for_children())
    commands: list[tuple[str, tuple[str, ...], int]] = [
        *((("localnet", ("localnet",), 3),) if localnet else ()),
        *((("simulator", ("simulator",), 3),) if simulator else ()),
        ("poller", ("poller",), 0),
        *((f"worker-{slot}", ("worker", "--slot", str(slot)), 1) for slot in range(workers)),
        ("executor", ("executor",), 2),
        *((("chain-executor", ("chain-executor", "--slot", "0"), 2),) if localnet or chain else ()),
        ("notifier", ("notifier",), 3),
        ("projector", ("projector",), 3),
        ("clock", ("clock",), 0),
        ("forecaster", ("forecaster",), 0),
    ]
    return [Role(name, (*headgate, *command), env, order) for name, command, order in commands]


@dataclass(frozen=True, slots=True)
class Terms:
    """On what terms roles are run."""

    logs_dir: Path
    drain_timeout_ms: int
    policy: RestartPolicy | None = None


class Up:
    """Runs until it is interrupted, until every role has ended for good, or until Kafka is lost."""

    def __init__(
        self,
        roles: Sequence[Role],
        *,
        board: Board,
        health: Health,
        broker: BrokerKeeper | None,
        terms: Terms,
    ) -> None:
        self._board = board
        self._health = health
        self._broker = broker
        self._terms = terms
        # Put by a signal handler: unlike an Event, a SimpleQueue is safe there.
        self._interrupts: SimpleQueue[None] = SimpleQueue()
        self._supervisor = Supervisor(
            roles, logs_dir=terms.logs_dir, on_event=self._on_event, policy=terms.policy
        )
        self._prober = Prober(self._supervisor.replace)
        self._given_up: list[Event] = []

    def interrupt(self) -> None:
        """Drain at the first call, end everything at the second; for signal handlers."""
        self._interrupts.put(None)
        if self._broker is not None and self._broker.restarting:
            # Signal handlers run in the main thread, which waits for the broker: this ends the waiting.
            raise KeyboardInterrupt

    def rows(self) -> list[Row]:
        """Return the lines of the table."""
        kafka = [] if self._broker is None else self._broker.rows()
        return [*kafka, *map(self._row, self._supervisor.statuses())]

    def run(self) -> None:
        """Run to the end, whatever the end is; an end that nobody asked for is an error."""
        trouble: HeadgateError | None = None
        with self._board.table(self.rows):
            self._supervisor.start()
            try:
                self._watch()
            except HeadgateError as error:
                trouble = error
            self._drain()
            self._prober.close()
        if trouble is not None:
            raise trouble

    def _watch(self) -> None:
        # The broker's restart happens inside the loop and may take this long.
        self._health.watch("supervision", stuck_after_ms=STUCK_AFTER_MS)
        begun_ms, greeted = monotonic_ms(), False
        while not self._interrupted(WATCH_SECONDS):
            self._health.beat("supervision")
            rows = self.rows()
            for row in rows:
                self._health.condition(row.name, None if row.state in SETTLED else row.state)
            if not greeted and all(row.state in SETTLED for row in rows):
                greeted = True
                took = tenths(monotonic_ms() - begun_ms)
                self._board.say(f"Everything is ready, the roles after {took} s. Ctrl-C drains.", "good")
            if self._broker is not None:
                # An interrupt is in the queue as well, and is seen at the loop's next turn.
                with suppress(KeyboardInterrupt):
                    self._broker.look()
            if self._given_up and self._supervisor.wait(0):
                raise self._all_gone()
        self._board.say("Draining; press Ctrl-C again to end everything at once.")

    def _drain(self) -> None:
        begun_ms = monotonic_ms()
        draining = threading.Thread(target=self._supervisor.drain, args=(self._terms.drain_timeout_ms,))
        draining.start()
        at_once = False
        while draining.is_alive():
            if self._interrupted(DRAIN_LOOK_SECONDS):
                at_once = True
                self._supervisor.kill()
        draining.join()
        if self._broker is not None:
            self._broker.stop(at_once=at_once)
        how = "Everything was ended at once" if at_once else "Everything has ended"
        self._board.say(f"{how}, after {tenths(monotonic_ms() - begun_ms)} s.", "good")

    def _interrupted(self, timeout_seconds: float) -> bool:
        try:
            self._interrupts.get(timeout=timeout_seconds)
        except Empty:
            return False
        return True

    def _on_event(self, event: Event) -> None:
        url = event.facts.get("http")
        if event.kind == "ready" and event.pid is not None and isinstance(url, str):
            self._prober.watch(event.role, event.pid, url)
        elif event.kind != "ready":
            self._prober.forget(event.role)
        self._board.event(event)
        if event.kind == "gave-up":
            self._given_up.append(event)

    def _row(self, status: Status) -> Row:
        state, note = str(status.state), status.note
        if status.state == "gave-up":
            state = "gave up"
        answer = self._prober.answer(status.role)
        if status.state == "ready" and answer is not None and not answer.ready:
            state, note = ("busy" if answer.live else "unwell"), "; ".join(answer.reasons)
            if answer.live and all(NOT_CONFIGURED in reason for reason in answer.reasons):
                state = "idle"
        return Row(status.role, state, status.pid, status.restarts, status.up_ms, note)

    def _all_gone(self) -> HeadgateError:
        first = self._given_up[0]
        return CallAPerson(
            what=f"Every role has ended for good; first {first.role} {first.detail}.",
            next_step=f"Its last lines are above, all of them in {self._terms.logs_dir / first.role}.log.",
        )
