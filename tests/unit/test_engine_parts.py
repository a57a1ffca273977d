import logging
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from streams.engine import parts
from streams.engine.parts import NOTHING_YET, DiskPart, MemoryPart, Part
from streams.engine.restore import Restored
from streams.engine.tables import take_restored
from streams.engine.values import VERSION_HEADER, prefix

HOUR_MS = 3_600_000
WHERE = ("changelog", 0)


@contextmanager
def on_disk(folder: Path, changelog_id: str = "id", delete_retention_ms: int = HOUR_MS) -> Iterator[DiskPart]:
    """Open a part on disk and close it again."""
    part = DiskPart(folder / "part", changelog_id=changelog_id, delete_retention_ms=delete_retention_ms)
    try:
        yield part
    finally:
        part.close()


@pytest.fixture(params=["memory", "disk"])
def part(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Part]:
    """Give an empty part of each kind."""
    if request.param == "memory":
        yield MemoryPart()
    else:
        with on_disk(tmp_path) as disk:
            yield disk


def found(rows: dict[bytes, bytes | None], start: int = 0, end: int = 9) -> Restored:
    """Return what a changelog said."""
    restored = Restored(start=start, end=end)
    for key, value in rows.items():
        restored.take(key, value, [(VERSION_HEADER, prefix(99))] if value is None else None)
    return restored


def test_both_stores_keep_change_and_delete_rows_alike(part: Part) -> None:
    """Rows, position and the newest version go in together; a deletion takes its row away."""
    part.apply({b"a": prefix(3) + b"1", b"b": prefix(4) + b"2"}, 7, 4)
    part.apply({b"a": None, b"gone": None, b"b": prefix(6) + b"3"}, 9, 6)
    assert (dict(part.items()), part.position, part.version) == ({b"b": prefix(6) + b"3"}, 9, 6)
    assert (part.get(b"a"), part.get(b"b")) == (None, prefix(6) + b"3")
    part.apply({}, 11, NOTHING_YET)
    assert part.version == 6
    part.wipe()
    assert (dict(part.items()), part.position, part.version) == ({}, 0, NOTHING_YET)


def test_a_part_on_disk_is_there_again_with_its_position(tmp_path: Path) -> None:
    """What was committed is found by the next start, with where it ends and what it follows from."""
    with on_disk(tmp_path) as part:
        part.apply({b"a": prefix(3) + b"1"}, 7, 3)
    with on_disk(tmp_path) as part:
        assert (dict(part.items()), part.position, part.version) == ({b"a": prefix(3) + b"1"}, 7, 3)


def test_a_part_of_another_changelog_is_wiped(tmp_path: Path) -> None:
    """A topic that was deleted and made again has another id, and nothing here belongs to it."""
    with on_disk(tmp_path, "one") as part:
        part.apply({b"a": prefix(3)}, 7, 3)
    with on_disk(tmp_path, "two") as part:
        assert (dict(part.items()), part.position, part.version) == ({}, 0, NOTHING_YET)


def test_a_part_that_slept_too_long_is_wiped(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """After the changelog's retention of deletions a part may have missed some, so it starts again."""
    with on_disk(tmp_path) as part:
        part.apply({b"a": prefix(3)}, 7, 3)
    now = parts.time.time()
    monkeypatch.setattr(parts.time, "time", lambda: now + HOUR_MS / 1000 - 60)
    with on_disk(tmp_path) as part:
        assert part.position == 7
    monkeypatch.setattr(parts.time, "time", lambda: now + HOUR_MS / 1000 + 60)
    with on_disk(tmp_path) as part:
        assert (dict(part.items()), part.position) == ({}, 0)


def test_a_part_that_is_ahead_of_its_changelog_is_wiped(part: Part) -> None:
    """Where the changelog was read from the beginning, because the part's place is not in it, that is all."""
    part.apply({b"a": prefix(30), b"b": prefix(31)}, 500, 31)
    take_restored(WHERE, part, found({b"a": prefix(3)}, start=0, end=5))
    assert (dict(part.items()), part.position, part.version) == ({b"a": prefix(3)}, 5, 3)


def test_the_tail_of_a_changelog_adds_to_what_is_there(part: Part) -> None:
    """Newer values and deletions count; what the part already knows better stays."""
    part.apply({b"a": prefix(3), b"b": prefix(4), b"c": prefix(8)}, 7, 8)
    take_restored(WHERE, part, found({b"a": prefix(9), b"b": None, b"d": prefix(9)}, start=7))
    assert dict(part.items()) == {b"a": prefix(9), b"c": prefix(8), b"d": prefix(9)}
    assert (part.position, part.version) == (9, 9)


def test_a_stale_value_in_the_tail_is_refused_and_told(part: Part, caplog: pytest.LogCaptureFixture) -> None:
    """A zombie's late write has a lower version than what is known."""
    part.apply({b"a": prefix(8) + b"right"}, 7, 8)
    with caplog.at_level(logging.WARNING):
        take_restored(WHERE, part, found({b"a": prefix(3) + b"stale"}, start=7))
    assert part.get(b"a") == prefix(8) + b"right"
    assert "1 values were older" in caplog.text


@pytest.mark.parametrize("late", [prefix(3) + b"stale", None], ids=["a value", "a deletion"])
def test_a_restore_keeps_the_newest_version_wherever_it_lies(late: bytes | None) -> None:
    """The last record by offset is not always the right one."""
    restored = Restored(start=0)
    restored.take(b"a", prefix(5) + b"right", None)
    restored.take(b"a", late, [(VERSION_HEADER, prefix(3))] if late is None else None)
    assert (restored.rows, restored.refused, restored.records) == ({b"a": prefix(5) + b"right"}, 1, 2)


def test_a_value_may_be_deleted_and_come_again() -> None:
    """A newer deletion wins, and after it a newer value."""
    restored = Restored(start=0)
    for version, value in ((1, b"x"), (2, None), (3, b"y")):
        headers = [(VERSION_HEADER, prefix(version))] if value is None else None
        restored.take(b"a", None if value is None else prefix(version) + value, headers)
        assert (restored.rows[b"a"] is None) == (value is None)
    assert restored.refused == 0
