"""Records of the log on their way into tables: pure, so that the same record gives the same rows for ever."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import chain
from typing import Final, NamedTuple

from events.codec import decode
from events.dead_letters import REPLAYED_HEADER, from_headers, replayed_place
from events.envelope import Envelope
from events.envelope import from_headers as envelope_of
from events.errors import Unreadable, bounded
from projections.projection import Cell
from projections.projectors import ALSO, PROJECTIONS

RAW: Final = "raw"
UNREADABLE: Final = "unreadable"
LETTERS: Final = "dead_letters"
REPLAYS: Final = "dead_letter_replays"

_PLACE: Final = ("topic", "partition", "offset", "timestamp_ms")
COLUMNS: Final[dict[str, tuple[str, ...]]] = {
    **{one.table: one.columns for one in chain(PROJECTIONS.values(), *ALSO.values())},
    UNREADABLE: (*_PLACE, "subject", "reason", "detail"),
    LETTERS: (
        *_PLACE,
        "subject",
        "origin_topic",
        "origin_partition",
        "origin_offset",
        "reason",
        "detail",
        "parked_by",
    ),
    REPLAYS: (*_PLACE, "letter_partition", "letter_offset"),
    # The last, so that what is in it has been projected.
    RAW: (
        *_PLACE,
        "key",
        "id",
        "type",
        "version",
        "source",
        "subject",
        "time",
        "correlation_id",
        "causation_id",
        "policy_version",
        "header_names",
        "header_values",
        "body",
    ),
}
_NOBODY: Final = Envelope("", "", 0, "", "")
_OFFSET_MAX: Final = 2**63 - 1
_PARTITION_MAX: Final = 2**31 - 1

AnyCell = Cell | bytes | Sequence[str] | Sequence[bytes | None]


class Record(NamedTuple):
    """A record as the log has it."""

    topic: str
    partition: int
    offset: int
    timestamp_ms: int
    key: bytes | None
    headers: list[tuple[str, bytes | None]]
    value: bytes | None


class Batch:
    """Rows by table, ready to be inserted."""

    def __init__(self, letter_topics: frozenset[str] = frozenset()) -> None:
        self.rows: dict[str, list[tuple[AnyCell, ...]]] = {table: [] for table in COLUMNS}
        self.next_offsets: dict[tuple[str, int], int] = {}
        self.records = 0
        self.bytes = 0
        self._letter_topics = letter_topics

    def take(self, record: Record) -> None:
        """Add what a record says; one that says nothing sensible is kept with the reason."""
        self.records += 1
        self.bytes += len(record.value or b"")
        self.next_offsets[record.topic, record.partition] = record.offset + 1
        self.rows[RAW].append(_raw(record))
        try:
            if record.topic in self._letter_topics:
                self._take_letter(record)
            else:
                self._take_fact(record)
        except Unreadable as error:
            self.rows[UNREADABLE].append((*record[:4], _text(record.key), error.reason, error.detail))

    def columns(self, table: str) -> list[list[AnyCell]]:
        """Return a table's rows column by column."""
        return [list(column) for column in zip(*self.rows[table], strict=True)]

    def _take_fact(self, record: Record) -> None:
        event = decode(record.headers, record.value)
        projection = PROJECTIONS.get(type(event.data))
        if projection is None:
            return
        place, subject = record[:3], event.envelope.subject
        for one in (projection, *ALSO.get(type(event.data), ())):
            rows = self.rows[one.table]
            rows += [(*place, item, subject, *row) for item, row in enumerate(one.project(event))]

    def _take_letter(self, record: Record) -> None:
        names = {name for name, _ in record.headers}
        if record.value is None and REPLAYED_HEADER in names and "hg_reason" not in names:
            place = replayed_place(record.headers)
            if place is not None:
                self.rows[REPLAYS].append((*record[:4], *place))
            return
        origin = from_headers(record.headers)
        if origin.partition > _PARTITION_MAX or origin.offset > _OFFSET_MAX:
            raise Unreadable("invalid-envelope", f"a dead letter from {origin.partition}/{origin.offset}")
        where = (origin.topic, origin.partition, origin.offset)
        why = (origin.reason, bounded(origin.detail), origin.parked_by)
        self.rows[LETTERS].append((*record[:4], _text(record.key), *where, *why))


def _raw(record: Record) -> tuple[AnyCell, ...]:
    try:
        said = envelope_of(record.headers)
    except Unreadable:
        said = _NOBODY
    return (
        *record[:4],
        record.key,
        said.id,
        said.type,
        said.version,
        said.source,
        said.subject,
        said.time,
        said.correlation_id or "",
        said.causation_id or "",
        said.policy_version,
        [name for name, _ in record.headers],
        [value for _, value in record.headers],
        record.value,
    )


def _text(key: bytes | None) -> str:
    return "" if key is None else key.decode("utf-8", "backslashreplace")
