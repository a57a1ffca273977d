"""Compares ClickHouse with a fold of the log by the domain: every hour, increment and budget, exactly."""

from __future__ import annotations

import struct
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final

from faust.types import TP

from domain.pacing.rows import DAYS_KEPT, CampaignRow, DayRow, days_before
from projections.query import Answer
from streams import reading
from streams.agents.account import ACCOUNT
from streams.engine.batch import Batch, Record
from streams.engine.parts import MemoryPart
from streams.replay import grouped
from streams.shell import Shell

if TYPE_CHECKING:
    from streams.engine.transaction import Send

HOURS: Final = "SELECT campaign, day, hour, spend_micros FROM spend WHERE subject = {subject:String}"
RECORDED: Final = "SELECT campaign, day, recorded_micros FROM spend_by_day WHERE subject = {subject:String}"
BUDGETS: Final = "SELECT campaign, budget_micros FROM campaign_now WHERE subject = {subject:String}"
_CELL = struct.Struct("<qI")  # as domain/pacing/cells.py keeps an hour: the total, and when it was true
ROWS_MAX = 100_000
DIFFERENCES_SHOWN_MAX = 20

Ask = Callable[[str, Mapping[str, object], int], Answer]
Day = tuple[str, str, str]
Hour = tuple[str, str, str, int]


@dataclass
class Folded:
    """What the account agent's table says after the whole log."""

    hours: dict[Hour, int] = field(default_factory=dict)
    recorded: dict[Day, int] = field(default_factory=dict)
    budgets: dict[tuple[str, str], int | None] = field(default_factory=dict)
    newest: dict[tuple[str, str], str] = field(default_factory=dict)

    @property
    def subjects(self) -> list[str]:
        """Return the accounts."""
        of_hours = {subject for subject, _, _, _ in self.hours}
        of_days = {subject for subject, _, _ in self.recorded}
        return sorted(of_hours | of_days | {subject for subject, _ in self.budgets})

    def take(self, key: bytes, row: object) -> None:
        """Add a row of the table."""
        parts = key.decode().split("\0")
        if isinstance(row, CampaignRow):
            subject, campaign = parts
            self.newest[subject, campaign] = row.day
            if row.budget_as_of_ms:
                self.budgets[subject, campaign] = row.budget_micros
            self._take_day((subject, campaign, row.day), row.cells, row.recorded_micros)
        elif isinstance(row, DayRow):
            subject, campaign, day = parts
            self._take_day((subject, campaign, day), row.cells, row.recorded_micros)

    def _take_day(self, day: Day, cells: bytes, recorded_micros: int) -> None:
        for hour, (micros, heard) in enumerate(_CELL.iter_unpack(cells)):
            if heard:
                self.hours[*day, hour] = micros
        if recorded_micros:
            self.recorded[day] = recorded_micros


def fold(conf: Mapping[str, Any], on_send: Callable[[Send], None] = lambda _send: None) -> Folded:
    """Decide the whole log of a Kafka with the domain, and return what its table says then."""
    return fold_batches(grouped(reading.read(dict(conf), ACCOUNT.topic)), on_send)


def fold_batches(
    batches: Iterable[tuple[int, Sequence[Record]]], on_send: Callable[[Send], None] = lambda _send: None
) -> Folded:
    """Decide batches of partitions with the domain, and return what its table says then."""
    shell, folded = Shell(ACCOUNT), Folded()
    parts: dict[int, MemoryPart] = {}
    previous: dict[int, int] = {}
    for partition, records in batches:
        part = parts.setdefault(partition, MemoryPart())
        batch = Batch(TP(ACCOUNT.topic, partition), records, previous.get(partition, -1))
        done = shell.process(batch, part.get)
        part.apply(done.rows, batch.last_offset, batch.last_offset)
        previous[partition] = batch.last_offset
        for send in done.sends:
            on_send(send)
    for part in parts.values():
        for key, value in part.items():
            if not key.startswith(b"\0"):
                folded.take(key, shell.row(value))
    return folded


def differences(folded: Folded, ask: Ask) -> list[str]:
    """Say where the views and the fold differ; days that the domain has buried are not looked at."""
    found: list[str] = []
    for subject in folded.subjects:
        about = {"subject": subject}
        hours = ask(HOURS, about, ROWS_MAX)
        recorded = ask(RECORDED, about, ROWS_MAX)
        budgets = ask(BUDGETS, about, ROWS_MAX)
        seen_hours = {(subject, *row[:3]): row[3] for row in hours.rows if _is_kept(folded, subject, row)}
        seen_recorded = {
            (subject, *row[:2]): row[2] for row in recorded.rows if row[2] and _is_kept(folded, subject, row)
        }
        seen_budgets = {(subject, row[0]): row[1] for row in budgets.rows}
        found += _compare("spend", _of(folded.hours, subject), seen_hours)
        found += _compare("recorded", _of(folded.recorded, subject), seen_recorded)
        found += _compare("budget", _of(folded.budgets, subject), seen_budgets)
    return found


def _is_kept(folded: Folded, subject: str, row: list[Any]) -> bool:
    newest = folded.newest.get((subject, row[0]), "")
    return not newest or row[1] >= days_before(newest, DAYS_KEPT)


def _of(values: Mapping[Any, Any], subject: str) -> dict[Any, Any]:
    return {key: value for key, value in values.items() if key[0] == subject}


def _compare(what: str, expected: dict[Any, Any], seen: dict[Any, Any]) -> list[str]:
    wrong = [key for key in sorted({*expected, *seen}) if expected.get(key, "none") != seen.get(key, "none")]
    return [
        f"{what} of {key}: the fold says {expected.get(key, 'none')}, ClickHouse {seen.get(key, 'none')}"
        for key in wrong[:DIFFERENCES_SHOWN_MAX]
    ]
