import os
import signal
import socket
import sys
from collections.abc import Iterator
from pathlib import Path
from queue import Queue

import pytest

from infra.health import Health
from infra.health_server import HealthServer
from infra.probe import Answer, Prober, ask
from infra.supervisor import Event, Role, Supervisor

TIMEOUT_SECONDS = 120

SERVE = """
import signal, sys
from infra import logs
from infra.health import Health
from infra.health_server import HealthServer
logs.configure(level="info", format="json", role="worker-0")
with HealthServer(Health("worker-0")) as server:
    logs.announce_ready(http=server.url)
    signal.pause()
"""


@pytest.fixture
def stuck() -> Iterator["tuple[Prober, Queue[tuple[str, int, str]]]"]:
    """Run a quick prober; give what it reports."""
    reports: Queue[tuple[str, int, str]] = Queue()
    prober = Prober(
        lambda role, pid, why: reports.put((role, pid, why)), interval_seconds=0.01, answer_timeout_seconds=1
    )
    yield prober, reports
    prober.close()


def test_a_role_is_asked_how_it_is() -> None:
    """The answer has both verdicts and the reasons."""
    health = Health("worker-0")
    health.partitions(assigned=8, restored=3)
    with HealthServer(health) as server:
        assert ask(server.url) == Answer(live=True, ready=False, reasons=("3 of 8 partitions are restored",))


def test_no_answer_is_an_answer() -> None:
    """A server that is gone, or that never answers, is not alive."""
    with HealthServer(Health("worker-0")) as server:
        url = server.url
    assert not ask(url).live
    with socket.create_server(("127.0.0.1", 0)) as silent:
        answer = ask(f"http://127.0.0.1:{silent.getsockname()[1]}", timeout_seconds=1)
    assert "no answer" in answer.reasons[0]


def test_a_stuck_role_is_reported_once_with_the_reason(
    stuck: "tuple[Prober, Queue[tuple[str, int, str]]]",
) -> None:
    """A loop that does not come round is found through the health server."""
    prober, reports = stuck
    health = Health("worker-0")
    health.watch("rounds", stuck_after_ms=-1)
    with HealthServer(health) as server:
        prober.watch("worker-0", 12, server.url)
        role, pid, why = reports.get(timeout=TIMEOUT_SECONDS)
    assert (role, pid) == ("worker-0", 12)
    assert "rounds has not come round" in why
    assert prober.answer("worker-0") is None
    assert reports.empty()


def test_a_frozen_process_is_replaced(tmp_path: Path) -> None:
    """A process that lives but does not answer is killed, and the role comes back."""
    events: Queue[Event] = Queue()
    role = Role("worker-0", (sys.executable, "-c", SERVE))
    supervisor = Supervisor([role], logs_dir=tmp_path, on_event=events.put)
    prober = Prober(supervisor.replace, interval_seconds=0.01, answer_timeout_seconds=1)

    def until(kind: str) -> Event:
        while (event := events.get(timeout=TIMEOUT_SECONDS)).kind != kind:
            pass
        return event

    supervisor.start()
    try:
        first = until("ready")
        assert first.pid is not None
        os.kill(first.pid, signal.SIGSTOP)
        prober.watch("worker-0", first.pid, str(first.facts["http"]))
        assert "no answer" in until("killed").detail
        assert until("ready").pid != first.pid
    finally:
        prober.close()
        assert supervisor.drain(10_000)
