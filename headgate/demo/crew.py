"""The demo's workers, supervised as `headgate up` does it, and what is known of each."""

from __future__ import annotations

import json
import threading
from dataclasses import replace
from http.client import HTTPConnection, HTTPException
from queue import Empty, SimpleQueue
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from headgate.demo.view import WorkerRow
from headgate.options import GlobalOptions
from headgate.roles import up
from infra import machine
from infra.errors import CallAPerson, WaitAndRetry
from infra.health import monotonic_ms
from infra.settings.sources import ENV_PREFIX
from infra.supervisor import Event, RestartPolicy, Supervisor

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

READY_TIMEOUT_MS = 60_000
LOOK_SECONDS = 0.1
ASK_EACH_SECONDS = 0.2
ANSWER_TIMEOUT_SECONDS = 2
# Deaths that nobody planned end the demo; those that are planned must not.
UNPLANNED_DEATHS_MAX = 8
DRAIN_TIMEOUT_MS = 15_000


class Crew:
    """Worker processes on a folder's Kafka, with settings of their own."""

    def __init__(self, folder: Path, *, workers: int, planned_deaths: int) -> None:
        # The settings of this machine's own installation, and its Kafka, are none of the demo's business.
        config = folder / "headgate.toml"
        config.write_text("# The demo runs on the settings as they are by default.\n", encoding="utf-8")
        env = {name: value for name, value in machine.environment().items() if not _is_ours(name)}
        options = GlobalOptions(config=config, data_dir=folder)
        # The clock stays at home: the time of the simulated day comes with the day.
        roles = up.roles(options, workers=workers)[:workers]
        self._logs_dir = folder / "logs"
        self._events: SimpleQueue[Event] = SimpleQueue()
        self._urls: dict[str, str] = {}
        # What each worker said last, and where it was asked: a new process listens somewhere else.
        self._told: dict[str, tuple[str, dict[str, object]]] = {}
        self._closing = threading.Event()
        self._asker = threading.Thread(target=self._ask_all, name="crew", daemon=True)
        self.supervisor = Supervisor(
            [replace(role, env=env) for role in roles],
            logs_dir=self._logs_dir,
            on_event=self._on_event,
            policy=RestartPolicy(deaths_in_a_row_max=planned_deaths + UNPLANNED_DEATHS_MAX),
        )

    def start(self) -> None:
        """Start the workers, and return when all are ready."""
        self.supervisor.start()
        self._asker.start()
        deadline_ms = monotonic_ms() + READY_TIMEOUT_MS
        while any(status.state != "ready" for status in self.supervisor.statuses()):
            for event in self.events():
                self.check(event)
            if self._closing.wait(LOOK_SECONDS) or monotonic_ms() > deadline_ms:
                raise WaitAndRetry(
                    f"The workers were not ready within {READY_TIMEOUT_MS // 1_000} s.",
                    "The machine may be too busy; run it again when it is not.",
                )

    def events(self) -> Iterator[Event]:
        """Return what has happened since the last call."""
        while True:
            try:
                yield self._events.get_nowait()
            except Empty:
                return

    def check(self, event: Event) -> None:
        """Raise if a worker has ended for good."""
        if event.kind == "gave-up":
            last = event.tail[-1] if event.tail else "it wrote nothing"
            raise CallAPerson(
                f"{event.role} {event.detail}: {last}",
                "Run it again with --keep DIR, and read the worker's log in the folder logs there.",
            )

    def rows(self) -> list[WorkerRow]:
        """Return each worker as it is now."""
        return [
            WorkerRow(
                status.role,
                status.state,
                status.pid,
                status.restarts,
                self._said(status.role, "partitions_restored"),
            )
            for status in self.supervisor.statuses()
        ]

    def has_committed(self, role: str) -> bool:
        """Say whether the worker's present process has committed a round."""
        return self._said(role, "last_commit_age_ms") is not None

    def drain(self) -> bool:
        """Ask the workers to end, and say whether all did by themselves."""
        return self.supervisor.drain(DRAIN_TIMEOUT_MS)

    def close(self) -> None:
        """Leave no process behind."""
        self._closing.set()
        self.supervisor.kill()
        self.supervisor.wait(DRAIN_TIMEOUT_MS)
        if self._asker.ident is not None:
            self._asker.join()

    def _on_event(self, event: Event) -> None:
        url = event.facts.get("http")
        if event.kind == "ready" and isinstance(url, str):
            self._urls[event.role] = url
        elif event.kind != "ready":
            self._urls.pop(event.role, None)
        self._events.put(event)

    def _ask_all(self) -> None:
        while not self._closing.wait(ASK_EACH_SECONDS):
            for role, url in list(self._urls.items()):
                self._told[role] = (url, _ask(url))

    def _said(self, role: str, name: str) -> int | None:
        url, told = self._told.get(role, ("", {}))
        value = told.get(name) if url == self._urls.get(role) else None
        return value if isinstance(value, int) else None


def _is_ours(variable: str) -> bool:
    return variable.upper().startswith(ENV_PREFIX)


def _ask(url: str) -> dict[str, object]:
    """Ask a worker how it is; one that was just killed says nothing."""
    connection = HTTPConnection(urlsplit(url).netloc, timeout=ANSWER_TIMEOUT_SECONDS)
    try:
        connection.request("GET", "/ready")
        told = json.loads(connection.getresponse().read())
    except (OSError, HTTPException, ValueError):
        return {}
    finally:
        connection.close()
    return told if isinstance(told, dict) else {}
