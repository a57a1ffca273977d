"""The local chain as the harness sees it: asked until it answers, and troubled."""

from __future__ import annotations

import time
from typing import Any, Final

import httpx

ASK_SECONDS_MAX: Final = 60.0
PAUSE_SECONDS: Final = 0.05
# Of a thousand calls or slots so many meet each of these.
FAULTS: Final[tuple[dict[str, object], ...]] = (
    {"fault": "drop", "permille": 150},
    {"fault": "late", "permille": 100, "slots": 60},
    {"fault": "lost", "permille": 100, "how": "timeout", "delay_ms": 2_500},
    {"fault": "lost", "permille": 80, "how": "html"},
    {"fault": "lost", "permille": 80, "how": "truncated"},
    {
        "fault": "lost",
        "permille": 30,
        "how": "status",
        "methods": ["getMultipleAccounts", "getSignatureStatuses"],
    },
    {"fault": "refuse", "permille": 20, "methods": []},
    {"fault": "slow", "permille": 30, "methods": [], "delay_ms": 300},
    {"fault": "fork", "permille": 4, "slots": 12, "dropped_permille": 500},
)


class LocalRpc:
    """A client of a local chain, for the harness alone."""

    def __init__(self, url: str) -> None:
        self._client = httpx.Client(base_url=url, timeout=10)

    def ask(self, method: str, *params: object) -> Any:  # noqa: ANN401 - JSON
        """Ask, and again, until it answers."""
        deadline = time.monotonic() + ASK_SECONDS_MAX
        while True:
            try:
                return self.once(method, *params)
            except (httpx.HTTPError, ValueError):
                if time.monotonic() > deadline:
                    raise
                time.sleep(PAUSE_SECONDS)

    def once(self, method: str, *params: object) -> Any:  # noqa: ANN401 - JSON
        """Ask one time; what is no answer raises `ValueError` or httpx's own errors."""
        body = {"jsonrpc": "2.0", "id": 1, "method": method, "params": list(params)}
        answer = self._client.post("/", json=body).json()
        if "result" not in answer:
            raise ValueError(f"{method}: {answer.get('error')}")
        return answer["result"]

    def trouble(self) -> None:
        """Let things go wrong from now on."""
        self.ask("headgate_setFaults", list(FAULTS))

    def calm(self) -> dict[str, int]:
        """Let nothing go wrong any more; return what did."""
        told: dict[str, int] = {}
        for rule in self.ask("headgate_faults"):
            name = f"chain: {rule['fault']}"
            told[name] = told.get(name, 0) + rule["applied"]
        self.ask("headgate_setFaults", [])
        return told

    def close(self) -> None:
        """Let go of the connection."""
        self._client.close()
