"""Asks roles how they are, and tells when one is stuck: alive as a process, but doing nothing."""

from __future__ import annotations

import json
import threading
from dataclasses import dataclass
from http.client import HTTPConnection, HTTPException
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

if TYPE_CHECKING:
    from collections.abc import Callable

INTERVAL_SECONDS = 2
ANSWER_TIMEOUT_SECONDS = 5
# One late answer is a busy machine; three in a row are not.
FAILURES_MAX = 3


@dataclass(frozen=True, slots=True)
class Answer:
    """What a role said of itself, or why it said nothing."""

    live: bool
    ready: bool
    reasons: tuple[str, ...]


@dataclass(slots=True)
class _Probed:
    pid: int
    url: str
    failures: int = 0
    answer: Answer | None = None


def ask(url: str, timeout_seconds: int = ANSWER_TIMEOUT_SECONDS) -> Answer:
    """Ask the health server at `url` once; no answer is an answer, too."""
    connection = HTTPConnection(urlsplit(url).netloc, timeout=timeout_seconds)
    try:
        connection.request("GET", "/ready")
        told = json.loads(connection.getresponse().read())
        return Answer(bool(told["live"]), bool(told["ready"]), tuple(map(str, told["reasons"])))
    except (OSError, HTTPException, ValueError, KeyError, TypeError) as error:
        return Answer(live=False, ready=False, reasons=(f"its health server gave no answer ({error})",))
    finally:
        connection.close()


class Prober:
    """Asks every watched role again and again, in a thread of its own."""

    def __init__(
        self,
        on_stuck: Callable[[str, int, str], None],
        *,
        interval_seconds: float = INTERVAL_SECONDS,
        answer_timeout_seconds: int = ANSWER_TIMEOUT_SECONDS,
    ) -> None:
        self._on_stuck = on_stuck
        self._interval_seconds = interval_seconds
        self._answer_timeout_seconds = answer_timeout_seconds
        self._lock = threading.Lock()
        self._probed: dict[str, _Probed] = {}
        self._closing = threading.Event()
        self._thread = threading.Thread(target=self._run, name="prober", daemon=True)
        self._thread.start()

    def watch(self, role: str, pid: int, url: str) -> None:
        """Ask this process from now on."""
        with self._lock:
            self._probed[role] = _Probed(pid, url)

    def forget(self, role: str) -> None:
        """Ask it no more."""
        with self._lock:
            self._probed.pop(role, None)

    def answer(self, role: str) -> Answer | None:
        """Return what the role said last."""
        with self._lock:
            probed = self._probed.get(role)
            return None if probed is None else probed.answer

    def close(self) -> None:
        """Stop asking."""
        self._closing.set()
        self._thread.join()

    def _run(self) -> None:
        while not self._closing.wait(self._interval_seconds):
            with self._lock:
                probed = list(self._probed.items())
            for role, one in probed:
                self._probe(role, one)

    def _probe(self, role: str, probed: _Probed) -> None:
        answer = ask(probed.url, self._answer_timeout_seconds)
        with self._lock:
            probed.answer = answer
            probed.failures = 0 if answer.live else probed.failures + 1
            # The process may have been replaced while this one was asked.
            stuck = probed.failures >= FAILURES_MAX and self._probed.get(role) is probed
            if stuck:
                del self._probed[role]
        if stuck:
            self._on_stuck(role, probed.pid, "; ".join(answer.reasons))
