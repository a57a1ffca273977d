import io
import os
import signal
import sys
import threading
from collections.abc import Callable
from pathlib import Path
from queue import Queue

import pytest
from rich.console import Console

from headgate.board import TerminalBoard
from headgate.options import GlobalOptions
from headgate.roles.up import Terms, Up, roles
from infra.errors import CallAPerson
from infra.health import Health
from infra.supervisor import Event, RestartPolicy, Role

READY = "import json, signal, sys; print(json.dumps({'event': 'role.ready'}), flush=True);"
SERVE = READY + "signal.pause()"
STUBBORN = (
    "import signal; signal.signal(signal.SIGTERM, signal.SIG_IGN);"
    + READY
    + "[signal.pause() for _ in iter(int, 1)]"
)
TIMEOUT_SECONDS = 120


class Listening(TerminalBoard):
    """A terminal board whose events can be waited for."""

    def __init__(self) -> None:
        super().__init__(Console(file=io.StringIO(), width=80))
        self.events: Queue[Event] = Queue()
        self.notes: Queue[str] = Queue()

    def event(self, event: Event) -> None:
        """Show and pass on."""
        super().event(event)
        self.events.put(event)

    def say(self, text: str, tone: str = "plain") -> None:
        """Pass on."""
        self.notes.put(f"{tone}: {text}")

    def until(self, kind: str) -> Event:
        """Wait for an event of a kind."""
        while (event := self.events.get(timeout=TIMEOUT_SECONDS)).kind != kind:
            pass
        return event


def running(
    tmp_path: Path, code: str, policy: RestartPolicy | None = None
) -> tuple[Up, Listening, Callable[[], None]]:
    """Start `Up` over one role in a thread; return how to wait for its end."""
    board = Listening()
    role = Role("worker-0", (sys.executable, "-c", code))
    up = Up([role], board=board, health=Health("up"), broker=None, terms=Terms(tmp_path, 10_000, policy))
    errors: list[BaseException] = []

    def run() -> None:
        try:
            up.run()
        except CallAPerson as error:
            errors.append(error)

    thread = threading.Thread(target=run)
    thread.start()

    def end() -> None:
        thread.join(TIMEOUT_SECONDS)
        assert not thread.is_alive()
        if errors:
            raise errors[0]

    return up, board, end


def test_an_interrupt_drains(tmp_path: Path) -> None:
    """Ctrl-C ends the roles in an orderly way."""
    up, board, end = running(tmp_path, SERVE)
    board.until("ready")
    assert [row.state for row in up.rows()] == ["ready"]
    up.interrupt()
    assert "SIGTERM" in board.until("drained").detail
    end()
    assert [row.state for row in up.rows()] == ["stopped"]


def test_a_second_interrupt_ends_at_once(tmp_path: Path) -> None:
    """Ctrl-C twice does not wait for a role that does not end."""
    up, board, end = running(tmp_path, STUBBORN)
    board.until("ready")
    up.interrupt()
    assert "Draining" in board.notes.get(timeout=TIMEOUT_SECONDS)
    up.interrupt()
    board.until("killed")
    end()


def test_a_killed_worker_comes_back(tmp_path: Path) -> None:
    """What dies is restarted, and the table counts it."""
    up, board, end = running(tmp_path, SERVE)
    pid = board.until("ready").pid
    assert pid is not None
    os.kill(pid, signal.SIGKILL)
    board.until("died")
    board.until("ready")
    assert [row.restarts for row in up.rows()] == [1]
    up.interrupt()
    end()


def test_when_every_role_has_given_up_it_says_which_and_why(tmp_path: Path) -> None:
    """Nothing is left to supervise, so the command ends with the reason and the log's name."""
    _, _, end = running(tmp_path, "raise SystemExit(78)")
    with pytest.raises(CallAPerson, match=r"worker-0 ended with code 78(.|\n)*worker-0\.log"):
        end()


def test_roles_see_the_settings_that_up_was_given() -> None:
    """A child gets the same file, folder and level."""
    started = roles(GlobalOptions(config=Path("h.toml"), data_dir=Path("d"), log_level="debug"), workers=2)
    assert [role.name for role in started] == ["worker-0", "worker-1", "clock"]
    options = ("--config", "h.toml", "--data-dir", "d", "--log-level", "debug", "--http-port", "0")
    assert started[1].command == (sys.executable, "-m", "headgate", *options, "worker", "--slot", "1")
    assert started[2].command[-1] == "clock"
    assert started[2].drain_order > started[0].drain_order
