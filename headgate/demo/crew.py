"""The demo's roles, each supervised as `headgate up` does it, so that each can be drained by itself."""

from __future__ import annotations

import time
from dataclasses import replace
from queue import Empty, SimpleQueue
from typing import TYPE_CHECKING

from headgate.demo.view import RoleRow
from infra import machine
from infra.errors import CallAPerson, WaitAndRetry
from infra.health import monotonic_ms
from infra.settings.sources import ENV_PREFIX
from infra.supervisor import Event, RestartPolicy, Role, Status, Supervisor

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path

READY_TIMEOUT_MS = 120_000
LOOK_SECONDS = 0.1
# Of what a role wrote last: the error for people is two lines.
LINES_TOLD = 3
# Deaths that nobody planned end the demo; those that are planned must not.
UNPLANNED_DEATHS_MAX = 8
DRAIN_TIMEOUT_MS = 20_000
WHY = "was killed by the demo"


class Crew:
    """Role processes on a folder's Kafka, with settings of their own."""

    def __init__(self, roles: Sequence[Role], *, logs_dir: Path, planned_deaths: int) -> None:
        # The settings of this machine's own installation, and its Kafka, are none of the demo's business.
        env = {name: value for name, value in machine.environment().items() if not _is_ours(name)}
        self._events: SimpleQueue[tuple[int, Event]] = SimpleQueue()
        self._supervisors = {
            role.name: Supervisor(
                [replace(role, env=env)],
                logs_dir=logs_dir,
                on_event=lambda event: self._events.put((monotonic_ms(), event)),
                policy=RestartPolicy(deaths_in_a_row_max=planned_deaths + UNPLANNED_DEATHS_MAX),
            )
            for role in roles
        }

    def start(self, *names: str) -> None:
        """Start some roles, and return when all of them are ready."""
        for name in names:
            self._supervisors[name].start()
        deadline_ms, deaths = monotonic_ms() + READY_TIMEOUT_MS, ""
        while late := [name for name in names if self.status(name).state != "ready"]:
            for _, event in self.events():
                self.check(event)
                if event.kind == "died":
                    deaths = f"; {event.role} {event.detail}: {' '.join(event.tail[-LINES_TOLD:])}"
            if monotonic_ms() > deadline_ms:
                raise WaitAndRetry(
                    f"{', '.join(late)} not ready within {READY_TIMEOUT_MS // 1_000} s{deaths}.",
                    "The machine may be too busy; run it again when it is not.",
                )
            time.sleep(LOOK_SECONDS)

    def events(self) -> Iterator[tuple[int, Event]]:
        """Return what has happened since the last call, and when."""
        while True:
            try:
                yield self._events.get_nowait()
            except Empty:
                return

    def check(self, event: Event) -> None:
        """Raise if a role has ended for good."""
        if event.kind == "gave-up":
            last = event.tail[-1] if event.tail else "it wrote nothing"
            raise CallAPerson(
                f"{event.role} {event.detail}: {last}",
                "Run it again with --keep DIR, and read the role's log in the folder logs there.",
            )

    def status(self, name: str) -> Status:
        """Return where a role stands."""
        (status,) = self._supervisors[name].statuses()
        return status

    def rows(self) -> list[RoleRow]:
        """Return each role as it is now."""
        statuses = map(self.status, self._supervisors)
        return [RoleRow(status.role, status.state, status.restarts) for status in statuses]

    def kill(self, name: str) -> int | None:
        """Kill a role's process with SIGKILL, if it has one, and return which it was."""
        pid = self.status(name).pid
        if pid is not None:
            self._supervisors[name].replace(name, pid, WHY)
        return pid

    def drain(self, *names: str) -> list[str]:
        """Ask roles to end, one after the other, and return those that did not by themselves."""
        return [name for name in names if not self._supervisors[name].drain(DRAIN_TIMEOUT_MS)]

    def close(self) -> None:
        """Leave no process behind."""
        for supervisor in self._supervisors.values():
            supervisor.kill()
        for supervisor in self._supervisors.values():
            supervisor.wait(DRAIN_TIMEOUT_MS)


def _is_ours(variable: str) -> bool:
    return variable.upper().startswith(ENV_PREFIX)
