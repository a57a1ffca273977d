"""Answers questions by SQL: read-only, within a time, a memory and a number of rows."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any, Final

import msgspec
from clickhouse_connect.driver.exceptions import ClickHouseError

from projections.errors import QueryRefused, of_query

if TYPE_CHECKING:
    from collections.abc import Mapping

    from clickhouse_connect.driver.client import Client

    from projections.client import ClickHouse

SECONDS_MAX: Final = 10
MEMORY_BYTES_MAX: Final = 1024**3
ROWS_MAX: Final = 100_000
SQL_CHARS_MAX: Final = 100_000
LIMITS: Final[dict[str, object]] = {
    "max_execution_time": SECONDS_MAX,
    "max_memory_usage": MEMORY_BYTES_MAX,
    # The last: after it no setting can be changed any more.
    "readonly": 1,
}

# What is no part of the statement itself: comments, and texts of every kind of quote.
_ASIDE: Final = re.compile(
    r"--[^\n]*|#[^\n]*|/\*.*?\*/|'(?:[^'\\]|\\.|'')*'|\"(?:[^\"\\]|\\.)*\"|`(?:[^`\\]|\\.)*`|\$(\w*)\$.*?\$\1\$",
    re.DOTALL,
)
_STREAMS: Final = frozenset({"SELECT", "WITH"})
_TELLS: Final = frozenset({"SHOW", "DESCRIBE", "DESC", "EXPLAIN", "EXISTS"})


class Answer(msgspec.Struct, frozen=True):
    """Columns and rows; `truncated` when there were more than the limit."""

    columns: tuple[str, ...]
    types: tuple[str, ...]
    rows: list[list[Any]]
    truncated: bool = False

    def dicts(self) -> list[dict[str, Any]]:
        """Return the rows with their columns' names."""
        return [dict(zip(self.columns, row, strict=True)) for row in self.rows]


class Reader:
    """A client that can only read; for one question at a time."""

    def __init__(self, clickhouse: ClickHouse) -> None:
        self._client: Client = clickhouse.connect(LIMITS)

    def ask(self, sql: str, params: Mapping[str, object] | None = None, limit: int = 1000) -> Answer:
        """Answer a query; `QueryRefused` says in words why not."""
        kind, text = kind_of(sql), sql.strip().rstrip(";").rstrip()
        if not 1 <= limit <= ROWS_MAX:
            raise QueryRefused(f"A limit of {limit} rows.", f"Ask for 1 to {ROWS_MAX} rows.")
        try:
            if kind in _TELLS:
                result = self._client.query(text, parameters=dict(params or {}))
                types = tuple(one.name for one in result.column_types)
                return _answer(tuple(result.column_names), types, list(result.result_rows), limit)
            return self._select(text, dict(params or {}), limit)
        except (ClickHouseError, OSError) as error:
            raise of_query(error, SECONDS_MAX) from error

    def close(self) -> None:
        """Let go of the client."""
        self._client.close()

    def _select(self, sql: str, params: dict[str, object], limit: int) -> Answer:
        # In a stream, since the embedded engine lets inserts through while one is read, and for the limit.
        rows: list[Any] = []
        with self._client.query_row_block_stream(sql, parameters=params) as stream:
            source: Any = stream.source
            names, kinds = tuple(source.column_names), tuple(one.name for one in source.column_types)
            for block in stream:
                rows += block
                if len(rows) > limit:
                    break
        if not names:
            # Without a row the embedded engine says nothing about columns either.
            told = self._client.query(f"DESCRIBE ({sql}\n)", parameters=params).result_rows
            names, kinds = tuple(row[0] for row in told), tuple(row[1] for row in told)
        return _answer(names, kinds, rows, limit)


def plain(value: object) -> object:
    """Return a value as JSON can say it; times of the log are in UTC."""
    if value is None or isinstance(value, int | str):
        return value
    if isinstance(value, float):  # money-ok: a share that a query asked for; money is integers or decimals
        return value if value - value == 0 else None  # neither infinite nor undefined
    if isinstance(value, dict):
        return {str(key): plain(inner) for key, inner in value.items()}
    if isinstance(value, list | tuple):
        return [plain(inner) for inner in value]
    return value.decode("utf-8", "backslashreplace") if isinstance(value, bytes) else str(value)


def _answer(names: tuple[str, ...], types: tuple[str, ...], rows: list[Any], limit: int) -> Answer:
    shown = [[plain(cell) for cell in row] for row in rows[:limit]]
    return Answer(names, types, shown, len(rows) > limit)


def kind_of(sql: str) -> str:
    """Return the first word of a statement that may be asked; refuse any other."""
    if len(sql) > SQL_CHARS_MAX:
        raise QueryRefused(f"A query of {len(sql)} characters.", f"At most {SQL_CHARS_MAX} are read.")
    bare = _ASIDE.sub(" ", sql)
    match = re.match(r"[\s(]*([A-Za-z]+)", bare)
    kind = match[1].upper() if match else ""
    if kind not in _STREAMS | _TELLS:
        raise QueryRefused(
            f"Queries only read here, and this one begins with {kind or 'nothing'}.",
            "Begin with SELECT, WITH, SHOW, DESCRIBE or EXPLAIN.",
        )
    # The embedded engine would write the file itself, whatever its settings.
    if re.search(r"\bINTO\s+OUTFILE\b", bare, re.IGNORECASE):
        raise QueryRefused(
            "Queries only read here, and write no files.", "Use `headgate sql --csv ... > FILE`."
        )
    if re.search(r"\bFORMAT\s+\w+\s*;?\s*$", bare, re.IGNORECASE):
        raise QueryRefused("The form of an answer is not chosen in the query.", "Use --json or --csv.")
    return kind
