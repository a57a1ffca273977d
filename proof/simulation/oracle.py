"""The independent oracle: spend per campaign and day, folded from the log without the product's code."""

import json
from collections import defaultdict
from collections.abc import Iterable
from datetime import date
from typing import Any

from proof.simulation.log import Entry

AHEAD_MS = 3_600_000
CampaignDay = tuple[str, str, str]


class Oracle:
    """Reads one partition of account facts after another."""

    def __init__(self) -> None:
        self.cells: dict[tuple[CampaignDay, int], tuple[int, int]] = {}
        self.pushed: dict[tuple[CampaignDay, str], int] = {}
        self.parked = 0
        self._currency: dict[str, str] = {}
        self._clock_ms: int | None = None

    def read(self, entries: Iterable[Entry]) -> None:
        """Take in the records of one partition."""
        self._clock_ms = None
        for entry in entries:
            try:
                said = {name: (value or b"").decode() for name, value in entry.headers() or ()}
                kind, subject, body = said["ce_type"], said["ce_subject"], json.loads(entry.value() or b"")
            except (KeyError, ValueError):
                self.parked += 1
                continue
            if not self._take(kind, subject, body):
                self.parked += 1

    def _take(self, kind: str, subject: str, body: dict[str, Any]) -> bool:
        if kind == "clock.ticked":
            self._clock_ms = max(self._clock_ms or 0, body["now_ms"])
            return True
        if kind == "policy.set":
            return subject in self._currency
        if self._currency.get(subject, body["currency"]) != body["currency"]:
            return False
        if "as_of_ms" in body and self._clock_ms is not None and body["as_of_ms"] > self._clock_ms + AHEAD_MS:
            return False
        if kind == "spend.observed":
            self._page(subject, body)
        if kind == "spend.recorded" and not self._push(subject, body):
            return False
        self._currency[subject] = body["currency"]
        return True

    def _page(self, subject: str, body: dict[str, Any]) -> None:
        for seen in body["observations"]:
            cell = ((subject, seen["campaign"], body["day"]), seen["hour"])
            told = (body["as_of_ms"], seen["spend_micros"])
            self.cells[cell] = max(self.cells.get(cell, (-1, 0)), told)

    def _push(self, subject: str, body: dict[str, Any]) -> bool:
        if self._clock_ms is not None:
            today = self._clock_ms // 86_400_000
            if date.fromisoformat(body["day"]).toordinal() - date(1970, 1, 1).toordinal() - today > 1:
                return False
        self.pushed[(subject, body["campaign"], body["day"]), body["transaction_id"]] = body["amount_micros"]
        return True

    def spend(self) -> dict[CampaignDay, int]:
        """Return what each campaign spent on each day, where it is not nothing."""
        total: defaultdict[CampaignDay, int] = defaultdict(int)
        for (where, _), (_, micros) in self.cells.items():
            total[where] += micros
        for (where, _), micros in self.pushed.items():
            total[where] += micros
        return {where: micros for where, micros in total.items() if micros}
