"""The roles of a run as processes, supervised as `headgate up` does it, and killed one by one."""

import sys
import time
from collections import Counter
from collections.abc import Mapping
from pathlib import Path
from typing import Protocol

from infra import machine
from infra.health import monotonic_ms
from infra.settings.sources import ENV_PREFIX
from infra.supervisor import Event, RestartPolicy, Role, Status, Supervisor
from proof.path.world import Terms

LOOK_SECONDS = 0.05
READY_SECONDS_MAX = 90.0
DRAIN_TIMEOUT_MS = 30_000
# Whoever only dies is not brought back for ever.
POLICY = RestartPolicy(delay_ms=100, delay_ms_max=2_000, deaths_in_a_row_max=40)
COMMANDS: dict[str, tuple[str, ...]] = {
    "simulator": ("simulator",),
    "worker-0": ("worker", "--slot", "0"),
    "worker-1": ("worker", "--slot", "1"),
    "executor": ("executor", "--slot", "0"),
    "projector": ("projector",),
    "poller": ("poller",),
    "clock": ("clock",),
}


class CrewWorld(Protocol):
    """What a crew has to know of the world that it works in."""

    config: Path
    logs_dir: Path

    @property
    def terms(self) -> Terms:
        """How long pauses are, and what is switched off."""
        ...


class StalledError(RuntimeError):
    """The path does not come forward any more, so that there is nothing to verify."""


class Crew:
    """A supervisor a role, so that each is drained by itself."""

    def __init__(self, world: CrewWorld, commands: Mapping[str, tuple[str, ...]] = COMMANDS) -> None:
        self.world = world
        self.killed: Counter[str] = Counter()
        self.ended: Counter[str] = Counter()
        self._gave_up: list[str] = []
        # The settings of whoever runs this are none of the run's business.
        env = {
            name: value
            for name, value in machine.environment().items()
            if not name.upper().startswith(ENV_PREFIX)
        }
        switched = [part for name in world.terms.mutations for part in ("--mutation", name)]
        frame = ("-m", "proof.path.role", "--pause-ms", str(world.terms.pause_ms), *switched, "--")
        common = ("--config", str(world.config), "--http-port", "0")
        self._supervisors = {
            name: Supervisor(
                [Role(name, (sys.executable, *frame, *common, *command), env)],
                logs_dir=world.logs_dir,
                on_event=self._on_event,
                policy=POLICY,
            )
            for name, command in commands.items()
        }

    def start(self, *names: str) -> None:
        """Start roles, and return when all of them are ready."""
        for name in names:
            self._supervisors[name].start()
        self.until_ready(*names)

    def until_ready(self, *names: str) -> None:
        """Wait until roles do their work."""
        deadline = time.monotonic() + READY_SECONDS_MAX
        while late := [name for name in names if self.status(name).state != "ready"]:
            self.check()
            if time.monotonic() > deadline:
                raise StalledError(f"{', '.join(late)} not ready within {READY_SECONDS_MAX:g} s")
            time.sleep(LOOK_SECONDS)

    def check(self) -> None:
        """Raise if a role has ended for good."""
        if self._gave_up:
            raise StalledError(self._gave_up[0])

    def status(self, name: str) -> Status:
        """Return where a role stands."""
        (status,) = self._supervisors[name].statuses()
        return status

    def kill(self, name: str) -> bool:
        """End a role's process with SIGKILL; say whether it had one."""
        pid = self.status(name).pid
        if pid is None:
            return False
        self._supervisors[name].replace(name, pid, "was killed by the run")
        self.killed[name.partition("-")[0]] += 1
        while self.status(name).pid == pid:  # what it was says nothing about its successor
            time.sleep(LOOK_SECONDS)
        return True

    def drain(self, *names: str) -> None:
        """Ask roles to end, one after the other; one that does not is a finding."""
        for name in names:
            begun_ms = monotonic_ms()
            if not self._supervisors[name].drain(DRAIN_TIMEOUT_MS):
                self.ended[f"{name} did not drain in {monotonic_ms() - begun_ms} ms"] += 1

    def close(self) -> None:
        """Leave no process behind."""
        for supervisor in self._supervisors.values():
            supervisor.kill()
        for supervisor in self._supervisors.values():
            supervisor.wait(DRAIN_TIMEOUT_MS)

    def _on_event(self, event: Event) -> None:
        if event.kind == "gave-up":
            last = event.tail[-1] if event.tail else "it wrote nothing"
            self._gave_up.append(f"{event.role} {event.detail}: {last}")
        elif event.kind == "died" and "SIGKILL" not in event.detail:
            self.ended[f"{event.role} {event.detail.partition(';')[0]}"] += 1
