"""Keeps roles running as child processes: starts, restarts with backoff, drains in order."""

from __future__ import annotations

import random
import signal
import threading
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Literal

from infra.child import Child, RollingLog
from infra.errors import FixInput, FixSetup, WaitAndRetry
from infra.health import monotonic_ms
from infra.metrics import ROLE_RESTARTS, ROLE_UP

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence
    from pathlib import Path

State = Literal["waiting", "starting", "ready", "draining", "stopped", "gave-up"]
Kind = Literal["started", "ready", "died", "gave-up", "drained", "killed"]

# Exit codes that a restart cannot mend: the setup or the input has to change first.
HOPELESS_EXIT_CODES = frozenset({FixInput.exit_code, FixSetup.exit_code})


@dataclass(frozen=True, slots=True)
class Role:
    """One process to keep running; roles of a lower `drain_order` are drained before the others."""

    name: str
    command: tuple[str, ...]
    env: Mapping[str, str] | None = None
    drain_order: int = 0


@dataclass(frozen=True, slots=True)
class RestartPolicy:
    """How a death is answered.

    The first death in a row is answered at once, since most deaths are single; the delay then doubles.
    A row ends when the role stayed ready for `healthy_after_ms`.
    """

    delay_ms: int = 200
    delay_ms_max: int = 10_000
    healthy_after_ms: int = 5_000
    deaths_in_a_row_max: int = 8

    def delay_after(self, deaths: int, jitter: Callable[[int, int], int]) -> int:
        """Return how long to wait after so many deaths in a row, half of it by chance."""
        if deaths <= 1:
            return 0
        # The exponent is bounded by deaths_in_a_row_max in practice, by 16 in any case.
        delay_ms = min(self.delay_ms * 2 ** min(deaths - 2, 16), self.delay_ms_max)
        return jitter(delay_ms // 2, delay_ms)


@dataclass(frozen=True, slots=True)
class Event:
    """Something that happened to a role; `detail` is in words, `tail` the last lines it wrote."""

    role: str
    kind: Kind
    pid: int | None = None
    detail: str = ""
    tail: tuple[str, ...] = ()
    facts: dict[str, object] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Status:
    """Where a role stands now."""

    role: str
    state: State
    pid: int | None
    restarts: int
    up_ms: int | None
    note: str


class Supervisor:
    """Runs roles until it is drained; events come from its threads, one at a time."""

    def __init__(
        self,
        roles: Sequence[Role],
        *,
        logs_dir: Path,
        on_event: Callable[[Event], None],
        policy: RestartPolicy | None = None,
        jitter: Callable[[int, int], int] = random.randint,
    ) -> None:
        self._event_lock = threading.Lock()
        self._on_event = on_event
        self._keepers = [
            _Keeper(role, logs_dir / f"{role.name}.log", policy or RestartPolicy(), jitter, self._emit)
            for role in roles
        ]

    def start(self) -> None:
        """Start every role."""
        for keeper in self._keepers:
            keeper.start()

    def statuses(self) -> list[Status]:
        """Return where each role stands."""
        return [keeper.status() for keeper in self._keepers]

    def wait(self, timeout_ms: int | None = None) -> bool:
        """Wait until every role has ended for good (drained or given up); say whether they have."""
        deadline_ms = None if timeout_ms is None else monotonic_ms() + timeout_ms
        return all(keeper.join(deadline_ms) for keeper in self._keepers)

    def drain(self, timeout_ms: int) -> bool:
        """Ask the roles to end, order by order, and kill those that do not in time; say whether none was."""
        clean = True
        for order in sorted({keeper.role.drain_order for keeper in self._keepers}):
            group = [keeper for keeper in self._keepers if keeper.role.drain_order == order]
            for keeper in group:
                keeper.drain()
            deadline_ms = monotonic_ms() + timeout_ms
            late = [keeper for keeper in group if not keeper.join(deadline_ms)]
            for keeper in late:
                keeper.kill(f"did not end within {timeout_ms} ms")
            for keeper in late:
                keeper.join(None)
            clean = clean and not any(keeper.killed for keeper in group)
        return clean

    def kill(self) -> None:
        """End every role at once; a drain that is under way then ends too."""
        for keeper in self._keepers:
            keeper.drain(ask=False)
            keeper.kill("was told to end at once")

    def replace(self, role: str, pid: int, why: str) -> None:
        """End that process of a role at once; the role then comes back as after any death."""
        for keeper in self._keepers:
            if keeper.role.name == role:
                keeper.kill(why, pid)

    def _emit(self, event: Event) -> None:
        with self._event_lock:
            self._on_event(event)


class _Keeper:
    """Keeps one role running, in a thread that lives as long as its processes.

    The thread must outlive the child: the death signal of a tied child follows the thread that started it.
    """

    def __init__(
        self,
        role: Role,
        log_path: Path,
        policy: RestartPolicy,
        jitter: Callable[[int, int], int],
        emit: Callable[[Event], None],
    ) -> None:
        self.role = role
        self.killed = False
        self._log_path = log_path
        self._policy = policy
        self._jitter = jitter
        self._emit = emit
        self._lock = threading.Lock()
        self._draining = threading.Event()
        self._child: Child | None = None
        self._state: State = "waiting"
        self._note = ""
        self._started_ms = 0
        self._ready_ms: int | None = None
        self._starts = 0
        self._thread = threading.Thread(target=self._keep, name=f"keeper-of-{role.name}", daemon=True)

    def start(self) -> None:
        """Start the role."""
        self._thread.start()

    def join(self, deadline_ms: int | None) -> bool:
        """Wait until the role has ended for good; say whether it has."""
        if self._thread.ident is None:
            return True
        wait_ms = None if deadline_ms is None else max(0, deadline_ms - monotonic_ms())
        self._thread.join(None if wait_ms is None else wait_ms / 1000)
        return not self._thread.is_alive()

    def status(self) -> Status:
        """Return where the role stands."""
        with self._lock:
            child = self._child
            up_ms = None if child is None else monotonic_ms() - self._started_ms
            pid = None if child is None else child.pid
            return Status(self.role.name, self._state, pid, max(0, self._starts - 1), up_ms, self._note)

    def drain(self, *, ask: bool = True) -> None:
        """Restart no more, and ask the running process to end."""
        with self._lock:
            self._draining.set()
            if self._child is not None:
                self._state = "draining"
                if ask:
                    self._child.terminate()

    def kill(self, why: str, pid: int | None = None) -> None:
        """End the running process at once (only if it is `pid`, when that is given)."""
        with self._lock:
            child = self._child
            if child is None or pid not in {None, child.pid}:
                return
            self.killed = self._draining.is_set()
            child.kill()
        self._emit(Event(self.role.name, "killed", child.pid, why))

    def _keep(self) -> None:
        log = RollingLog(self._log_path)
        deaths = 0
        try:
            while (child := self._spawn(log)) is not None:
                code = child.wait()
                healthy = self._stayed_healthy()
                if self._ended(child, code):
                    return
                deaths = 1 if healthy else deaths + 1
                if self._gives_up(child, code, deaths):
                    return
                delay_ms = self._policy.delay_after(deaths, self._jitter)
                detail = f"{describe_exit(code)}; restarting" + (f" in {delay_ms} ms" if delay_ms else "")
                self._note_death(child, detail)
                self._draining.wait(delay_ms / 1000)
            self._set_state("stopped")
        finally:
            log.close()

    def _spawn(self, log: RollingLog) -> Child | None:
        with self._lock:
            if self._draining.is_set():
                return None
            child = Child(self.role.command, env=self.role.env, log=log, on_ready=self._on_ready)
            self._child, self._state = child, "starting"
            self._started_ms, self._ready_ms = monotonic_ms(), None
            self._starts += 1
            if self._starts > 1:
                ROLE_RESTARTS.labels(self.role.name).inc()
        ROLE_UP.labels(self.role.name).set(1)
        self._emit(Event(self.role.name, "started", child.pid))
        child.listen()
        return child

    def _on_ready(self, facts: dict[str, object]) -> None:
        with self._lock:
            if self._child is None or self._state != "starting":
                return
            self._state, self._ready_ms, self._note = "ready", monotonic_ms(), ""
            pid = self._child.pid
        self._emit(Event(self.role.name, "ready", pid, facts=facts))

    def _stayed_healthy(self) -> bool:
        ready_ms = self._ready_ms
        return ready_ms is not None and monotonic_ms() - ready_ms >= self._policy.healthy_after_ms

    def _ended(self, child: Child, code: int) -> bool:
        """Take note that the process is gone; say whether that was wanted."""
        with self._lock:
            self._child = None
            wanted = self._draining.is_set()
            self._state = "stopped" if wanted else "waiting"
        ROLE_UP.labels(self.role.name).set(0)
        if wanted:
            self._emit(Event(self.role.name, "drained", child.pid, describe_exit(code)))
        return wanted

    def _gives_up(self, child: Child, code: int, deaths: int) -> bool:
        if code == WaitAndRetry.exit_code:
            # It said itself that the outside is away: giving up would make an outage permanent.
            return False
        if code in HOPELESS_EXIT_CODES:
            detail = f"{describe_exit(code)}, which a restart cannot mend"
        elif deaths >= self._policy.deaths_in_a_row_max:
            detail = f"{describe_exit(code)}, for the {deaths}th time in a row; not restarted any more"
        else:
            return False
        with self._lock:
            self._state, self._note = "gave-up", detail
        self._emit(Event(self.role.name, "gave-up", child.pid, detail, tuple(child.tail)))
        return True

    def _note_death(self, child: Child, detail: str) -> None:
        with self._lock:
            self._note = detail
        self._emit(Event(self.role.name, "died", child.pid, detail, tuple(child.tail)))

    def _set_state(self, state: State) -> None:
        with self._lock:
            self._state = state


def describe_exit(code: int) -> str:
    """Say in words how a process ended."""
    if code >= 0:
        return f"ended with code {code}"
    try:
        return f"was killed by {signal.Signals(-code).name}"
    except ValueError:
        return f"was killed by signal {-code}"
