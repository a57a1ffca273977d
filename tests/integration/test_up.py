import io
import json
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
from headgate.roles import setting_up
from headgate.roles.up import Terms, Up, roles
from infra import address
from infra.errors import CallAPerson, FixInput
from infra.health import Health
from infra.settings import Settings
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
    names = ["poller", "worker-0", "worker-1", "executor", "notifier", "projector", "clock", "forecaster"]
    assert [role.name for role in started] == names
    options = ("--config", "h.toml", "--data-dir", "d", "--log-level", "debug", "--http-port", "0")
    assert started[2].command == (sys.executable, "-m", "headgate", *options, "worker", "--slot", "1")


def test_what_brings_facts_is_drained_before_what_decides_and_what_acts() -> None:
    """Nothing that is drained later waits for what has already gone."""
    started = roles(GlobalOptions(), workers=1, simulator=True)
    order = {role.name: role.drain_order for role in started}
    assert order["poller"] == order["clock"] == order["forecaster"] < order["worker-0"] < order["executor"]
    assert order["executor"] < order["notifier"] == order["projector"] == order["simulator"]


def test_money_moves_where_there_is_a_chain() -> None:
    """A played chain starts first and is drained last; a configured one needs only who moves money on it."""
    played = [role.name for role in roles(GlobalOptions(), workers=1, simulator=True, localnet=True)]
    assert played[:2] == ["localnet", "simulator"]
    configured = roles(GlobalOptions(), workers=1, chain=True)
    order = {role.name: role.drain_order for role in configured}
    assert "localnet" not in order
    assert order["worker-0"] < order["chain-executor"] < order["projector"]
    assert "chain-executor" not in {role.name for role in roles(GlobalOptions(), workers=1)}


def test_no_chain_is_played_beside_one_that_is_configured() -> None:
    """Keys of a real chain must never meet a played one, so that is refused before anything starts."""
    settings = Settings.model_validate({"chain": {"rpc_urls": ["https://solana.example"]}})
    with pytest.raises(FixInput, match="--localnet"):
        setting_up.refuse_two_chains(settings)
    setting_up.refuse_two_chains(Settings())


def test_a_first_run_is_told_what_is_missing() -> None:
    """No accounts, then no token: each with how to set it, and how to try everything without."""
    nothing = setting_up.missing(Settings())
    assert nothing is not None
    assert "accounts = [" in nothing
    assert "up --simulator" in nothing
    no_token = setting_up.missing(Settings(accounts=("acme/tiktok/1",)))
    assert no_token is not None
    assert "HEADGATE_TIKTOK__ACCESS_TOKEN" in no_token
    whole = {"accounts": ["acme/tiktok/1"], "tiktok": {"access_token": "secret"}}
    assert setting_up.missing(Settings.model_validate(whole)) is None


def test_all_roles_agree_where_the_simulator_is(tmp_path: Path) -> None:
    """The port is chosen before any of them starts, and kept by the next start while it is free."""
    settings = Settings(data_dir=tmp_path)
    env = setting_up.simulated(settings)
    port = env["HEADGATE_SIMULATOR__PORT"]
    assert f":{port}/" in env["HEADGATE_TIKTOK__BASE_URL"]
    assert len(json.loads(env["HEADGATE_ACCOUNTS"])) == 6
    folder = tmp_path / "simulator"
    folder.mkdir()
    address.write(folder, f"127.0.0.1:{port}")
    assert setting_up.simulated(settings)["HEADGATE_SIMULATOR__PORT"] == port
