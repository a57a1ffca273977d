import json
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from http.client import HTTPConnection
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import psutil
import pytest

TIMEOUT_SECONDS = 120

Line = dict[str, Any]


class Running:
    """A `headgate up` as a program sees it: its JSON lines, its processes."""

    def __init__(self, data_dir: Path) -> None:
        self.data_dir = data_dir
        self.process = subprocess.Popen(
            [sys.executable, "-m", "headgate", "--data-dir", str(data_dir), "up"],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.PIPE,
            text=True,
        )
        self.lines: list[Line] = []

    def until(self, wanted: Callable[[Line], bool]) -> Line:
        """Read lines until the wanted one; fail with all of them when it ends before."""
        assert self.process.stderr is not None
        for text in self.process.stderr:
            line = json.loads(text)
            self.lines.append(line)
            if wanted(line):
                return line
        raise AssertionError(f"ended without it: {self.lines}")

    def note(self, text: str) -> Line:
        """Wait for a sentence."""
        return self.until(lambda line: text in line.get("text", ""))

    def role(self, event: str, name: str) -> Line:
        """Wait for an event of a role."""
        return self.until(lambda line: line["event"] == f"supervised.{event}" and line["of"] == name)

    def pid_of(self, name: str) -> int:
        """Return the newest process of a role."""
        return next(
            int(line["pid"])
            for line in reversed(self.lines)
            if line["event"] == "supervised.started" and line["of"] == name
        )

    def family(self) -> list[psutil.Process]:
        """Return all processes below it."""
        return psutil.Process(self.process.pid).children(recursive=True)

    def end(self) -> None:
        """Leave nothing behind."""
        self.process.kill()
        self.process.wait(TIMEOUT_SECONDS)
        if self.process.stderr is not None:
            self.process.stderr.close()


@pytest.fixture
def up(tmp_path: Path) -> Iterator[Running]:
    """Start everything, wait until it is ready."""
    running = Running(tmp_path / "data")
    try:
        running.note("Everything is ready")
        yield running
    finally:
        running.end()


def ready_url(data_dir: Path, role: str) -> str:
    """Find where a role serves its health, as a person would: in its log."""
    lines = (data_dir / "logs" / f"{role}.log").read_text().splitlines()
    return next(json.loads(line)["http"] for line in reversed(lines) if '"role.ready"' in line)


def get(url: str, path: str) -> tuple[int, str]:
    """Ask a health server."""
    connection = HTTPConnection(urlsplit(url).netloc, timeout=30)
    try:
        connection.request("GET", path)
        answer = connection.getresponse()
        return answer.status, answer.read().decode()
    finally:
        connection.close()


def test_everything_starts_survives_deaths_and_drains(up: Running) -> None:
    """A day in the life: ready, a second start refused, a worker and Kafka killed, an orderly end."""
    status, body = get(ready_url(up.data_dir, "clock"), "/ready")
    assert (status, json.loads(body)["ready"]) == (200, True)
    status, body = get(ready_url(up.data_dir, "worker-0"), "/metrics")
    assert status == 200
    assert "headgate_partitions_restored" in body

    second = subprocess.run(
        [sys.executable, "-m", "headgate", "--data-dir", str(up.data_dir), "up"],
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=TIMEOUT_SECONDS,
        check=False,
    )
    assert second.returncode == 78
    assert f"process {up.process.pid}" in " ".join(second.stderr.split())
    assert "Traceback" not in second.stderr

    psutil.Process(up.pid_of("worker-0")).kill()
    assert "SIGKILL" in up.role("died", "worker-0")["detail"]
    up.role("ready", "worker-0")

    (broker,) = (process for process in up.family() if "java" in process.name())
    broker.kill()
    up.note("Restarting it")
    up.note("is back")

    family = up.family()
    up.process.send_signal(signal.SIGTERM)
    up.note("Everything has ended")
    assert up.process.wait(TIMEOUT_SECONDS) == 0
    _, alive = psutil.wait_procs(family, TIMEOUT_SECONDS)
    assert alive == []
    assert not list(up.data_dir.glob("crash-*.txt"))


def test_nothing_outlives_a_killed_up_and_the_next_one_goes_on(up: Running) -> None:
    """SIGKILL of the supervisor takes its roles and Kafka along; the folder is free again."""
    family = up.family()
    assert len(family) >= 4
    up.process.kill()
    _, alive = psutil.wait_procs(family, TIMEOUT_SECONDS)
    assert alive == []
    again = Running(up.data_dir)
    try:
        again.note("Everything is ready")
        again.process.send_signal(signal.SIGINT)
        again.note("Everything has ended")
        assert again.process.wait(TIMEOUT_SECONDS) == 0
    finally:
        again.end()
