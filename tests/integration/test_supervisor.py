import os
import signal
import socket
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from queue import Queue

import pytest

from infra.supervisor import Event, RestartPolicy, Role, Supervisor

READY = """
import json, signal, sys, time
print(json.dumps({"event": "role.ready", "http": "http://127.0.0.1:1"}), flush=True)
"""
SERVE = READY + "signal.pause()"
STUBBORN = (
    "import signal; signal.signal(signal.SIGTERM, signal.SIG_IGN)" + READY + "while True: signal.pause()"
)
TIMEOUT_SECONDS = 120


class Watcher:
    """Collects the events of a supervisor and waits for the wanted one."""

    def __init__(self) -> None:
        self.seen: list[Event] = []
        self._queue: Queue[Event] = Queue()

    def __call__(self, event: Event) -> None:
        """Take an event."""
        self._queue.put(event)

    def until(self, wanted: Callable[[Event], bool]) -> Event:
        """Wait for an event."""
        while True:
            event = self._queue.get(timeout=TIMEOUT_SECONDS)
            self.seen.append(event)
            if wanted(event):
                return event

    def kind(self, kind: str, role: str | None = None) -> Event:
        """Wait for an event of a kind."""
        return self.until(lambda event: event.kind == kind and role in (None, event.role))

    def rest(self) -> list[Event]:
        """Take what is there already."""
        while not self._queue.empty():
            self.seen.append(self._queue.get())
        return self.seen


def python(name: str, code: str, drain_order: int = 0) -> Role:
    """Make a role from Python code."""
    return Role(name, (sys.executable, "-c", code), drain_order=drain_order)


def supervise(
    tmp_path: Path, watcher: Watcher, *roles: Role, policy: RestartPolicy | None = None
) -> Supervisor:
    """Start a supervisor over roles."""
    quick = RestartPolicy(delay_ms=1, delay_ms_max=2, deaths_in_a_row_max=4)
    supervisor = Supervisor(roles, logs_dir=tmp_path / "logs", on_event=watcher, policy=policy or quick)
    supervisor.start()
    return supervisor


def test_a_killed_role_comes_back_under_a_new_pid(tmp_path: Path) -> None:
    """SIGKILL is answered by a new process, and the death is told."""
    watcher = Watcher()
    supervisor = supervise(tmp_path, watcher, python("worker-0", SERVE))
    first = watcher.kind("ready")
    assert first.pid is not None
    assert first.facts["http"] == "http://127.0.0.1:1"
    os.kill(first.pid, signal.SIGKILL)
    assert "SIGKILL" in watcher.kind("died").detail
    second = watcher.kind("ready")
    assert second.pid != first.pid
    (status,) = supervisor.statuses()
    assert (status.state, status.restarts, status.pid) == ("ready", 1, second.pid)
    assert supervisor.drain(10_000)


def test_a_drain_goes_in_the_given_order(tmp_path: Path) -> None:
    """What others depend on ends last."""
    watcher = Watcher()
    roles = (python("clock", SERVE, drain_order=1), python("worker-0", SERVE), python("worker-1", SERVE))
    supervisor = supervise(tmp_path, watcher, *roles)
    for _ in roles:
        watcher.kind("ready")
    assert supervisor.drain(10_000)
    ended = [event.role for event in watcher.rest() if event.kind == "drained"]
    assert sorted(ended[:2]) == ["worker-0", "worker-1"]
    assert ended[2:] == ["clock"]
    assert {status.state for status in supervisor.statuses()} == {"stopped"}


def test_a_role_that_ignores_the_request_to_end_is_killed(tmp_path: Path) -> None:
    """A drain has an end, whatever a role does."""
    watcher = Watcher()
    supervisor = supervise(tmp_path, watcher, python("worker-0", STUBBORN))
    watcher.kind("ready")
    assert not supervisor.drain(50)
    assert "50 ms" in watcher.kind("killed").detail
    assert "SIGKILL" in watcher.kind("drained").detail


def test_a_stopped_process_does_not_hold_up_a_drain(tmp_path: Path) -> None:
    """A process that cannot even receive the request is killed too."""
    watcher = Watcher()
    code = "import signal, sys; signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))" + SERVE
    supervisor = supervise(tmp_path, watcher, python("worker-0", code))
    pid = watcher.kind("ready").pid
    assert pid is not None
    os.kill(pid, signal.SIGSTOP)
    assert not supervisor.drain(50)


def test_a_role_that_dies_again_and_again_is_given_up_with_its_last_words(tmp_path: Path) -> None:
    """A crash loop ends, and says what the role wrote last."""
    watcher = Watcher()
    supervisor = supervise(
        tmp_path, watcher, python("worker-0", "print('no state here'); raise SystemExit(3)")
    )
    event = watcher.kind("gave-up")
    assert "code 3" in event.detail
    assert "4th time" in event.detail
    assert event.tail == ("no state here",)
    assert len([seen for seen in watcher.seen if seen.kind == "died"]) == 3
    assert supervisor.wait(10_000)
    assert supervisor.statuses()[0].state == "gave-up"


def test_a_death_that_a_restart_cannot_mend_is_given_up_at_once(tmp_path: Path) -> None:
    """Wrong settings stay wrong at the second start."""
    watcher = Watcher()
    supervise(tmp_path, watcher, python("worker-0", "raise SystemExit(78)"))
    assert "cannot mend" in watcher.kind("gave-up").detail
    assert [event.kind for event in watcher.seen] == ["started", "gave-up"]


def test_deaths_after_a_healthy_time_do_not_add_up(tmp_path: Path) -> None:
    """More single deaths than the limit of a row do not end a role."""
    watcher = Watcher()
    policy = RestartPolicy(delay_ms=1, delay_ms_max=2, healthy_after_ms=0, deaths_in_a_row_max=2)
    supervisor = supervise(tmp_path, watcher, python("worker-0", SERVE), policy=policy)
    for _ in range(4):
        pid = watcher.kind("ready").pid
        assert pid is not None
        os.kill(pid, signal.SIGKILL)
        watcher.kind("died")
    watcher.kind("ready")
    assert supervisor.drain(10_000)


def test_killing_ends_a_drain_that_is_under_way(tmp_path: Path) -> None:
    """The second Ctrl-C does not wait."""
    watcher = Watcher()
    supervisor = supervise(tmp_path, watcher, python("worker-0", STUBBORN))
    watcher.kind("ready")
    supervisor.kill()
    assert supervisor.wait(TIMEOUT_SECONDS * 1000)
    assert "SIGKILL" in watcher.kind("drained").detail


def test_what_a_role_writes_is_kept_in_a_file_of_bounded_size(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Output goes to <role>.log, and an endless writer cannot fill the disk."""
    monkeypatch.setattr("infra.child.RollingLog.__init__.__defaults__", (1000,))
    watcher = Watcher()
    code = "[print(f'line {n:04}') for n in range(500)]; import sys; print('to stderr', file=sys.stderr);"
    supervisor = supervise(tmp_path, watcher, python("worker-0", code + SERVE))
    watcher.kind("ready")
    supervisor.drain(10_000)
    kept = sorted((tmp_path / "logs").iterdir())
    assert [path.name for path in kept] == ["worker-0.log", "worker-0.log.1"]
    assert all(path.stat().st_size <= 1000 for path in kept)
    text = "".join(path.read_text() for path in reversed(kept))
    assert "line 0499" in text
    assert "to stderr" in text


SUPERVISE_AND_WAIT = """
import sys
from pathlib import Path
from infra.supervisor import Role, Supervisor
role = Role("worker-0", (sys.executable, "-c", sys.argv[2]))
supervisor = Supervisor([role], logs_dir=Path(sys.argv[1]), on_event=lambda event: None)
supervisor.start()
supervisor.wait()
"""


def test_roles_die_with_a_killed_supervisor(tmp_path: Path) -> None:
    """SIGKILL of the supervisor leaves no orphan behind."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        server.settimeout(TIMEOUT_SECONDS)
        # A connection held by the role ends when the role does.
        code = f"import socket; s = socket.create_connection({server.getsockname()!r})" + SERVE
        command = [sys.executable, "-c", SUPERVISE_AND_WAIT, str(tmp_path), code]
        with subprocess.Popen(command) as supervisor:
            connection, _ = server.accept()
            supervisor.kill()
        with connection:
            connection.settimeout(TIMEOUT_SECONDS)
            assert connection.recv(1) == b""
