"""What was sent, added up: reads the bytes on its own, without the product's codec and deciders."""

from __future__ import annotations

import json
from collections import Counter
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from headgate.demo.script import Record

CampaignDay = tuple[str, str, str]
"""Subject, campaign, day."""


@dataclass(frozen=True, slots=True)
class Parked:
    """A record that has to lie in the dead letters, whole."""

    reason: str
    key: bytes | None
    body: bytes | None
    headers: tuple[tuple[str, bytes | None], ...]


@dataclass(slots=True)
class Ledger:
    """The exact spend of each campaign and day as the records say it, in micros of the account's currency."""

    spend: Counter[CampaignDay] = field(default_factory=Counter)
    parked: Counter[Parked] = field(default_factory=Counter)
    totals: Counter[str] = field(default_factory=Counter)
    """The sum by currency."""
    currencies: dict[str, str] = field(default_factory=dict)
    """The currency of each subject."""
    records: int = 0
    observations: int = 0
    _cells: dict[tuple[str, str, str, int], tuple[int, int]] = field(default_factory=dict)
    _pushes: set[tuple[str, str]] = field(default_factory=set)

    def take(self, record: Record) -> None:
        """Add what a record says."""
        self.records += 1
        self.observations += record.observations
        if record.unreadable:
            self.parked[Parked(record.unreadable, record.key, record.body, tuple(record.headers))] += 1
            return
        said, data = dict(record.headers), json.loads(record.body)
        subject = said["ce_subject"].decode()
        if said["ce_type"] == b"spend.observed":
            self._observed(subject, data)
        elif said["ce_type"] == b"spend.recorded":
            self._pushed(subject, data)
        elif "currency" in data:
            self.currencies[subject] = data["currency"]

    def _observed(self, subject: str, page: dict[str, Any]) -> None:
        """Of all totals of an hour the newest counts, and of equally new ones the larger."""
        day, as_of_ms = page["day"], page["as_of_ms"]
        for line in page["observations"]:
            cell = (subject, line["campaign"], day, line["hour"])
            known, said = self._cells.get(cell, (-1, 0)), (as_of_ms, line["spend_micros"])
            if said > known:
                self._cells[cell] = said
                self._add(subject, line["campaign"], day, said[1] - known[1])

    def _pushed(self, subject: str, push: dict[str, Any]) -> None:
        """Count a transaction once, however often it comes."""
        name = (subject, push["transaction_id"])
        if name not in self._pushes:
            self._pushes.add(name)
            self._add(subject, push["campaign"], push["day"], push["amount_micros"])

    def _add(self, subject: str, campaign: str, day: str, micros: int) -> None:
        self.spend[subject, campaign, day] += micros
        self.totals[self.currencies[subject]] += micros
