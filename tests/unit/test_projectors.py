import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import msgspec
import pytest

from events import registry
from events.dead_letters import Origin, park, replayed_marker
from projections import migrate
from projections.batch import COLUMNS, RAW, UNREADABLE, Batch, Record
from projections.migrate import Migration
from projections.projection import PLACE
from projections.projectors import ALSO, ONLY_RAW, PROJECTIONS

GOLDEN = Path(__file__).parent.parent / "golden"
LETTERS = frozenset({"dead-letters"})
ORIGIN = Origin("account-facts", 3, 12, "currency-changed", "kept in USD", "account")


def _examples() -> Iterator[Any]:
    for file in sorted(GOLDEN.glob("*.json")):
        for example in msgspec.json.decode(file.read_bytes()):
            yield pytest.param(file.stem, example, id=f"{file.stem}: {example['name']}")


def _record(example: dict[str, Any], topic: str = "account-facts", offset: int = 7) -> Record:
    headers: list[tuple[str, bytes | None]] = [
        (name, value.encode()) for name, value in example["headers"].items()
    ]
    return Record(topic, 2, offset, 1_000, b"acme", headers, msgspec.json.encode(example["body"]))


def test_every_type_becomes_rows_or_is_said_to_be_in_raw_only() -> None:
    """A new event cannot be forgotten here."""
    assert PROJECTIONS.keys() | ONLY_RAW == set(registry.NEWEST)
    assert not PROJECTIONS.keys() & ONLY_RAW


@pytest.mark.parametrize(("stem", "example"), list(_examples()))
def test_a_golden_event_becomes_rows_that_name_its_place(stem: str, example: dict[str, Any]) -> None:
    """Also of old versions; as many rows as items, each as wide as its table."""
    batch = Batch()
    batch.take(_record(example))
    type_ = stem.rpartition(".v")[0]
    fact = next(one for one in registry.NEWEST if type_ == one.TYPE)
    assert not batch.rows[UNREADABLE]
    assert [row[:3] for row in batch.rows[RAW]] == [("account-facts", 2, 7)]
    typed = {table: rows for table, rows in batch.rows.items() if rows and table != RAW}
    also = {one.table for one in ALSO.get(fact, ())}
    assert set(typed) - also <= {PROJECTIONS[fact].table} if fact in PROJECTIONS else not typed
    for table, rows in typed.items():
        assert COLUMNS[table][: len(PLACE)] == PLACE
        assert {len(row) for row in rows} == {len(COLUMNS[table])}
        assert [row[:4] for row in rows] == [("account-facts", 2, 7, item) for item in range(len(rows))]
    pages = [value for value in example["reads_as"].values() if value and isinstance(value, list)]
    items = sum(len(page) for page in pages if isinstance(page[0], dict))
    own = sum(len(rows) for table, rows in typed.items() if table not in also)
    assert sum(map(len, typed.values())) - own == (items if also else 0)
    assert own in ({1} if also else {items or 1, 0 if not pages else items})


def test_the_same_record_gives_the_same_rows() -> None:
    """What is read again after a crash must replace what is there."""
    first, again = Batch(), Batch()
    for _, example in (one.values for one in _examples()):
        first.take(_record(example))  # type: ignore[arg-type]  # a parameter of pytest has no type
        again.take(_record(example))  # type: ignore[arg-type]  # likewise
    assert first.rows == again.rows


@pytest.mark.parametrize(
    ("headers", "value", "reason"),
    [
        ([], b"{}", "no-envelope"),
        ([("ce_id", None), ("x", b"\xff")], b"\xff\x00", "no-envelope"),
        (None, b"{", "not-json"),
        (None, None, "no-body"),
        (None, b'{"now_ms": "late"}', "invalid-body"),
    ],
)
def test_what_cannot_be_read_is_kept_whole_and_with_its_reason(
    headers: list[tuple[str, bytes | None]] | None, value: bytes | None, reason: str
) -> None:
    """Nothing of the log is missing in ClickHouse, and nothing stops the projector."""
    tick = next(one.values[1] for one in _examples() if one.values[0] == "clock.ticked.v1")
    record = _record(tick)._replace(value=value)  # type: ignore[arg-type]  # a parameter of pytest has no type
    if headers is not None:
        record = record._replace(headers=headers)
    batch = Batch()
    batch.take(record)
    (row,) = batch.rows[UNREADABLE]
    assert row[:6] == ("account-facts", 2, 7, 1_000, "acme", reason)
    (raw,) = batch.rows[RAW]
    assert raw[-3:] == ([name for name, _ in record.headers], [text for _, text in record.headers], value)
    assert batch.next_offsets == {("account-facts", 2): 8}


def test_a_dead_letter_is_no_fact_and_its_replay_is_no_letter() -> None:
    """A refused page must not count a second time because it lies in the dead letters whole."""
    page = next(one.values[1] for one in _examples() if one.values[0] == "spend.observed.v1")
    record = _record(page, "dead-letters")  # type: ignore[arg-type]  # a parameter of pytest has no type
    parked = record._replace(headers=park(record.headers, ORIGIN))
    marker: Any = replayed_marker(2, 7)
    batch = Batch(LETTERS)
    batch.take(parked)
    batch.take(record._replace(offset=8, headers=marker, value=None))
    batch.take(record._replace(offset=9))
    (letter,) = batch.rows["dead_letters"]
    assert letter[5:] == ("account-facts", 3, 12, "currency-changed", "kept in USD", "account")
    assert batch.rows["dead_letter_replays"] == [("dead-letters", 2, 8, 1_000, 2, 7)]
    assert [row[2] for row in batch.rows[UNREADABLE]] == [9]
    assert not batch.rows["spend_observations"]
    assert len(batch.rows[RAW]) == 3


def test_a_column_of_a_batch_has_a_value_of_each_row() -> None:
    """Inserts go column by column."""
    batch = Batch()
    for _, example in (one.values for one in _examples()):
        batch.take(_record(example))  # type: ignore[arg-type]  # a parameter of pytest has no type
    for table, columns in COLUMNS.items():
        rows = batch.rows[table]
        made = batch.columns(table)
        assert [list(column) for column in zip(*rows, strict=True)] == made
        assert len(made) == (len(columns) if rows else 0)


def test_migrations_are_numbered_without_holes() -> None:
    """An order that is not clear is refused before anything is done."""
    assert [one.number for one in migrate.load()] == list(range(1, len(migrate.load()) + 1))
    with pytest.raises(ValueError, match="not 1, 2, 3"):
        migrate.in_order([Migration(1, "a", ""), Migration(3, "b", "")])
    with pytest.raises(ValueError, match="not 1, 2, 3"):
        migrate.in_order([Migration(1, "a", ""), Migration(1, "b", "")])


def test_every_statement_of_a_migration_can_be_run_again_and_says_what_it_makes() -> None:
    """A crash in the middle of a migration repeats it from its beginning."""
    again = re.compile(r"CREATE TABLE IF NOT EXISTS |CREATE OR REPLACE VIEW ")
    adding = re.compile(r"ALTER TABLE \w+\n(    (    )?(ADD COLUMN IF NOT EXISTS |COMMENT ).+(\n|$))+")
    for migration in migrate.load():
        for statement in migration.statements():
            if adding.fullmatch(statement):
                continue
            assert again.match(statement), statement[:80]
            assert re.search(r"COMMENT '(?:[^']|'')+\.'$", statement), statement[:80]
