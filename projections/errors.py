"""What can go wrong with ClickHouse, by what the reader should do about it.

HeadgateError
├── WaitAndRetry
│   ├── ClickHouseAway     it does not answer, or not now; what it was asked can be asked again
│   └── ClickHouseFull     it has no room for more; the same insert works once there is some
├── FixSetup
│   ├── ClickHouseRefuses  it answers, and the tables or the rights are not as they have to be
│   ├── NothingProjected   there is no folder to ask yet
│   └── OtherLog           the tables were made from another log than the one that Kafka has now
└── FixInput
    └── QueryRefused       the question itself has to change
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from infra.errors import FixInput, FixSetup, HeadgateError, WaitAndRetry

if TYPE_CHECKING:
    from pathlib import Path

REBUILD: Final = "headgate projector --rebuild"

# ClickHouse's own numbers. Whatever is not listed may pass, and is tried again.
_FULL: Final = frozenset({74, 75, 76, 243, 412})  # cannot read, write or open a file; no space; no quota
_REFUSING: Final = frozenset({16, 36, 47, 53, 60, 62, 81, 164, 192, 193, 194, 291, 497, 516})
_TOO_LONG: Final = frozenset({159, 160})
_TOO_LARGE: Final = frozenset({241, 307, 158, 396})
_READONLY: Final = 164

_CODE: Final = re.compile(r"Code: (\d+)\.\s*")
_SAID: Final = re.compile(r"(?:Code: \d+\.\s*|DB::Exception:\s*|default:\s*)+")
_TAIL: Final = re.compile(r"\s*(?:\(version [^)]*\)\.?\s*|\([A-Z_]{4,}\)\.?\s*)+$")
SAID_CHARS_MAX: Final = 400


class ClickHouseAway(WaitAndRetry):
    """ClickHouse does not answer, or cannot do it now."""


class ClickHouseFull(WaitAndRetry):
    """ClickHouse cannot write its files."""


class ClickHouseRefuses(FixSetup):
    """ClickHouse answers, and will not do it until something there has changed."""


class NothingProjected(FixSetup):
    """There is nothing to ask yet."""

    def __init__(self, folder: Path) -> None:
        super().__init__(
            f"Nothing has been projected into {folder} yet.",
            "Start `headgate up`, or `headgate projector` beside a Kafka that runs.",
        )


class OtherLog(FixSetup):
    """The tables and the log do not belong together."""

    def __init__(self, what: str) -> None:
        super().__init__(what, f"Build the tables again from this log: {REBUILD}")


class QueryRefused(FixInput):
    """The question has to change."""


def said(error: BaseException) -> str:
    """Return what ClickHouse said, without its codes and versions, in a bounded length."""
    text = _TAIL.sub("", _SAID.sub("", str(error).strip()))
    text = " ".join(text.split()).rstrip(".")
    return text if len(text) <= SAID_CHARS_MAX else f"{text[: SAID_CHARS_MAX - 1]}…"


def code_of(error: BaseException) -> int | None:
    """Return ClickHouse's number of an error, if it gave one."""
    match = _CODE.search(str(error))
    return int(match[1]) if match else None


def of_write(error: Exception, where: str) -> HeadgateError:
    """Say in words why tables could not be written or made."""
    code, told = code_of(error), said(error)
    if isinstance(error, OSError) or code in _FULL:
        return ClickHouseFull(
            f"ClickHouse at {where} cannot write: {told}.",
            "Make room on that disk; nothing is lost meanwhile, and the projector goes on by itself.",
        )
    if code in _REFUSING:
        return ClickHouseRefuses(
            f"ClickHouse at {where} refuses: {told}.",
            f"Check its user's rights and clickhouse.database; tables are made anew by: {REBUILD}",
        )
    return ClickHouseAway(
        f"ClickHouse at {where} does not take what it is given: {told}.",
        "It is tried again; see ClickHouse's own log if this goes on.",
    )


def of_query(error: Exception, seconds_max: int) -> HeadgateError:
    """Say in words why a question got no answer."""
    code, told = code_of(error), said(error)
    if code in _TOO_LONG:
        return QueryRefused(
            f"The query took longer than {seconds_max} s and was ended.",
            "Ask for less: one subject, one day, or a LIMIT inside.",
        )
    if code in _TOO_LARGE:
        return QueryRefused(
            f"The query needs too much memory: {told}.", "Ask for less: one subject, one day, fewer groups."
        )
    if code == _READONLY:
        return QueryRefused(
            "Queries only read here, and only these tables.", "The log is the truth; tables follow it."
        )
    if code is None:
        return ClickHouseAway(f"ClickHouse does not answer: {told}.", "Try again; see the projector's log.")
    return QueryRefused(f"ClickHouse cannot answer: {told}.", "`headgate sql` lists tables and columns.")
