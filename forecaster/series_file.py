"""Reads anybody's hourly history: CSV with a header, a series a row, its id and then its values."""

from __future__ import annotations

import csv
import math
from typing import TYPE_CHECKING, Final, NamedTuple

import numpy as np

from infra.errors import FixInput

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from forecaster.arrays import Floats

SERIES_MAX: Final = 20_000
# Two years; of these the newest weeks count.
VALUES_MAX: Final = 17_544
# What the models look back on, at most; the rest would only take memory.
KEPT_HOURS: Final = 15 * 168
# Keeps sums of squares, and whatever a model does with a value, within the range of its numbers.
SIZE_MAX: Final = 1e15
MISSING: Final = frozenset({"", "na", "nan", "null"})
EXAMPLE: Final = (
    "Each row is a series: its id, then a number an hour, the oldest first; blanks are missing hours."
)


class Series(NamedTuple):
    """Series beside each other, the newest hour last; NaN where nothing is known."""

    ids: tuple[str, ...]
    values: Floats


def read(path: Path) -> Series:
    """Read a file whole; `FixInput` says which line is wrong, and how."""
    rows: dict[str, list[float]] = {}
    try:
        with path.open(encoding="utf-8-sig", newline="") as file:
            for line, fields in _rows(csv.reader(file, strict=True)):
                name = fields[0].strip()
                if not name or name in rows:
                    raise _refusal(path, line, f"the id {name!r} was there before" if name else "has no id")
                if len(rows) == SERIES_MAX:
                    raise _refusal(path, line, f"is one series too many, {SERIES_MAX} at most")
                rows[name] = _values(path, line, fields[1:])
    except (OSError, UnicodeDecodeError, csv.Error) as error:
        raise FixInput(f"{path} cannot be read as CSV: {error}.", EXAMPLE) from error
    if not rows:
        raise FixInput(f"{path} has no series below its header.", EXAMPLE)
    return together(rows)


def together(rows: dict[str, list[float]]) -> Series:
    """Put series beside each other, the newest hour last."""
    length = min(KEPT_HOURS, max(map(len, rows.values())))
    values = np.full((len(rows), length), np.nan)
    for place, row in zip(values, rows.values(), strict=True):
        newest = row[-length:]
        place[length - len(newest) :] = newest
    return Series(tuple(rows), values)


def _rows(lines: Iterator[list[str]]) -> Iterator[tuple[int, list[str]]]:
    """Yield what follows the header, empty lines left out."""
    for line, fields in enumerate(lines, start=1):
        if line > 1 and fields:
            yield line, fields


def _values(path: Path, line: int, fields: list[str]) -> list[float]:
    last = len(fields)
    while last and _is_missing(fields[last - 1]):
        last -= 1
    if not last:
        raise _refusal(path, line, "has no numbers")
    if last > VALUES_MAX:
        raise _refusal(path, line, f"has {last} values, {VALUES_MAX} at most")
    return [_number(path, line, text) for text in fields[:last]]


def _number(path: Path, line: int, text: str) -> float:
    if _is_missing(text):
        return math.nan
    try:
        value = float(text)
    except ValueError:
        raise _refusal(path, line, f"has {text.strip()[:40]!r} where a number should be") from None
    if not abs(value) <= SIZE_MAX:
        raise _refusal(path, line, f"has {text.strip()[:40]}, and values go to {SIZE_MAX:.0e} at most")
    return value


def _is_missing(text: str) -> bool:
    return text.strip().lower() in MISSING


def _refusal(path: Path, line: int, what: str) -> FixInput:
    return FixInput(f"{path}: line {line} {what}.", EXAMPLE)
