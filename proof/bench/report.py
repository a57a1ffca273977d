"""Figures: the median and the spread of runs, as JSON, and side by side as a table."""

import os
import platform
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path

import msgspec
from rich.console import Console
from rich.table import Table

FOLDER = Path(__file__).parents[2] / "build" / "bench"
OURS = "headgate"


class Figure(msgspec.Struct, frozen=True):
    """One figure of one contender over its runs."""

    what: str
    who: str
    unit: str
    median: float
    low: float
    high: float
    runs: int


class Report(msgspec.Struct, frozen=True):
    """A benchmark's figures, and where and when they were measured."""

    figures: list[Figure]
    machine: str
    date: str
    quick: bool = False
    notes: list[str] = []


def figure(what: str, who: str, unit: str, values: Sequence[float]) -> Figure:
    """Summarise runs; of an even number of them, the lower middle stands, so that it was measured."""
    ordered = sorted(values)
    return Figure(what, who, unit, ordered[(len(ordered) - 1) // 2], ordered[0], ordered[-1], len(ordered))


def machine() -> str:
    """Say what the figures were measured on."""
    return f"{os.cpu_count()} cores, {platform.system()} {platform.machine()}, Python {platform.python_version()}"


def write(name: str, figures: list[Figure], *, quick: bool, notes: Sequence[str] = ()) -> Path:
    """Write a benchmark's figures where everybody looks for them."""
    FOLDER.mkdir(parents=True, exist_ok=True)
    path = FOLDER / f"{name}.json"
    today = datetime.now(UTC).date().isoformat()
    report = Report(figures, machine(), today, quick, list(notes))
    path.write_bytes(msgspec.json.format(msgspec.json.encode(report), indent=2) + b"\n")
    return path


def show(console: Console, name: str, figures: Sequence[Figure]) -> None:
    """Show figures as a table, with how Headgate's stand to the peers'."""
    ours = {one.what: one.median for one in figures if one.who == OURS}
    table = Table(title=name, title_justify="left")
    for heading in ("what", "who"):
        table.add_column(heading)
    for heading in ("median", "low", "high", "unit", "runs", "headgate / it"):
        table.add_column(heading, justify="right")
    for one in figures:
        ratio = ours[one.what] / one.median if one.who != OURS and one.what in ours and one.median else None
        numbers = (number(one.median), number(one.low), number(one.high))
        table.add_row(
            one.what, one.who, *numbers, one.unit, str(one.runs), "" if ratio is None else f"{ratio:.2f}"
        )
    console.print(table)


def number(value: float) -> str:
    """Write a figure so that it is read at a glance."""
    return f"{value:,.0f}" if value >= 1_000 or value == int(value) else f"{value:,.3g}"
