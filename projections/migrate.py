"""Brings the tables to the newest shape: numbered files, each applied once, none changed afterwards."""

from __future__ import annotations

import hashlib
import re
from dataclasses import dataclass
from importlib import resources
from typing import TYPE_CHECKING, Final

from infra import logs
from infra.errors import CallAPerson
from projections.errors import REBUILD

if TYPE_CHECKING:
    from collections.abc import Sequence

    from projections.client import ClickHouse

_NAME: Final = re.compile(r"(\d{4})_([a-z0-9_]+)\.sql").fullmatch
_log = logs.get(__name__)

TABLE: Final = """
CREATE TABLE IF NOT EXISTS migrations
(
    number UInt32,
    name String,
    sha256 String
)
ENGINE = ReplacingMergeTree ORDER BY number
SETTINGS fsync_after_insert = 1, fsync_part_directory = 1
COMMENT 'Which migrations have made these tables.'
"""


class MigrationRefused(CallAPerson):
    """The tables were made by other migrations than those that come with this version."""

    def __init__(self, what: str) -> None:
        super().__init__(
            what,
            f"Run the version that made them, or make them anew from the log: {REBUILD}",
        )


@dataclass(frozen=True, slots=True)
class Migration:
    """One step; each of its statements may be run again after a crash in its middle."""

    number: int
    name: str
    sql: str

    @property
    def sha256(self) -> str:
        """Tell one text from another."""
        return hashlib.sha256(self.sql.encode()).hexdigest()

    def statements(self) -> list[str]:
        """Return its statements, each without its semicolon."""
        lines = (line for line in self.sql.splitlines() if not line.startswith("--"))
        return [text.strip() for text in "\n".join([*lines, ""]).split(";\n") if text.strip(" \n;")]


def load() -> tuple[Migration, ...]:
    """Read the migrations that come with the code, in their order."""
    files = resources.files("projections").joinpath("migrations").iterdir()
    found = [
        Migration(int(match[1]), match[2], file.read_text("utf-8"))
        for file in files
        if (match := _NAME(file.name)) is not None
    ]
    return in_order(found)


def in_order(found: Sequence[Migration]) -> tuple[Migration, ...]:
    """Sort migrations; a `ValueError` when a number is missing or is there twice."""
    ordered = tuple(sorted(found, key=lambda one: one.number))
    if [one.number for one in ordered] != list(range(1, len(ordered) + 1)):
        raise ValueError(f"migrations are numbered {[one.number for one in ordered]}, not 1, 2, 3 ...")
    return ordered


def migrate(clickhouse: ClickHouse, migrations: Sequence[Migration] | None = None) -> int:
    """Apply what is not applied yet, and return how many that were; refuse tables made in another way."""
    wanted = load() if migrations is None else in_order(migrations)
    clickhouse.create_database()
    clickhouse.command(TABLE)
    applied = {
        int(number): (str(name), str(digest))
        for number, name, digest in clickhouse.rows("SELECT number, name, sha256 FROM migrations FINAL")
    }
    _refuse_others(applied, wanted)
    new = wanted[len(applied) :]
    for migration in new:
        for statement in migration.statements():
            clickhouse.command(statement)
        clickhouse.insert(
            "migrations",
            ("number", "name", "sha256"),
            [[migration.number], [migration.name], [migration.sha256]],
        )
        _log.info("projector.migrated", number=migration.number, name=migration.name)
    return len(new)


def _refuse_others(applied: dict[int, tuple[str, str]], wanted: Sequence[Migration]) -> None:
    if len(applied) > len(wanted):
        raise MigrationRefused(
            f"The tables were made by a newer version: they have {len(applied)} migrations, "
            f"and this version has {len(wanted)}."
        )
    if sorted(applied) != list(range(1, len(applied) + 1)):
        raise MigrationRefused(f"Of the tables' migrations only {sorted(applied)} are recorded.")
    for migration in wanted[: len(applied)]:
        name, digest = applied[migration.number]
        if digest != migration.sha256:
            raise MigrationRefused(
                f"Migration {migration.number:04} ({name}) was changed after it made these tables."
            )
