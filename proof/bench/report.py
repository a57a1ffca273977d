"""Figures: the median and the spread of runs, as JSON, and side by side as a table."""

import os
import platform
from collections.abc import Sequence
from datetime import UTC, datetime
from itertools import groupby
from pathlib import Path

import msgspec
from rich.console import Console
from rich.table import Table

from proof.bench.options import Options

FOLDER = Path(__file__).parents[2] / "build" / "bench"
OURS = "headgate"
DIGITS_FROM = 1_000  # below it three digits are shown, from here on all before the point


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
    system = f"{platform.system()} {platform.machine()}"
    return f"{os.cpu_count()} cores, {system}, Python {platform.python_version()}"


def write(name: str, figures: list[Figure], options: Options, notes: Sequence[str]) -> Path:
    """Write a benchmark's figures where everybody looks for them; those of a part stay out of the way."""
    folder = FOLDER / "partial" if options.who or options.scenario else FOLDER
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / f"{name}.json"
    today = datetime.now(UTC).date().isoformat()
    report = Report(figures, machine(), today, options.quick, list(notes))
    path.write_bytes(msgspec.json.format(msgspec.json.encode(report), indent=2) + b"\n")
    return path


def show(console: Console, name: str, figures: Sequence[Figure]) -> None:
    """Show figures, those of one kind side by side, with how Headgate's stand to the peers'."""
    console.print(f"\n[bold]{name}[/bold], median (lowest - highest)")
    for what, of_one_kind in groupby(figures, lambda one: f"{one.what}, {one.unit}"):
        console.print(f"  {what}", highlight=False)
        table = Table(box=None, show_header=False, padding=(0, 0, 0, 2), pad_edge=True)
        for justify, width in (("left", 22), ("right", 9), ("left", 21), ("left", 20)):
            table.add_column(justify=justify, width=width)  # type: ignore[arg-type]  # these are the names
        for one in of_one_kind:
            spread = f"({number(one.low)} - {number(one.high)})" if one.runs > 1 else ""
            ratio = beside(one, figures)
            told = f"headgate is {ratio}" if ratio else ""
            table.add_row(f"  {one.who}", number(one.median), spread, told)
        console.print(table)


def beside(one: Figure, figures: Sequence[Figure]) -> str:
    """Say how Headgate's figure stands to a peer's."""
    ours = next((other for other in figures if other.who == OURS and other.what == one.what), None)
    return "" if one.who == OURS or ours is None or not one.median else f"{ours.median / one.median:.2f} x"


def number(value: float) -> str:
    """Write a figure so that it is read at a glance."""
    return f"{value:,.0f}" if value >= DIGITS_FROM or value == int(value) else f"{value:.3g}"
