"""Draws a day by hour in the terminal: spend as bars, its plan as a line, the plan's band as a shade."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from rich.text import Text

from headgate.meters import short

if TYPE_CHECKING:
    from collections.abc import Sequence

EIGHTHS: Final = " ▁▂▃▄▅▆▇█"
FULL: Final = 8
PLAN, BAND, PROBABLE = "─", "░", "▒"
# The plan's line lies low, in the middle or high in its line of the terminal.
HEIGHTS: Final = "▁─▔"
NOTCH: Final = "━"
AXIS_WIDTH: Final = 7
CELL_WIDTH_MIN, CELL_WIDTH_MAX = 2, 6
LINES: Final = 10


@dataclass(frozen=True, slots=True)
class Hour:
    """One hour of the chart, in micros; without a plan or a band there is none to draw."""

    label: str
    spent_micros: int
    plan_micros: int | None
    low_micros: int | None
    high_micros: int | None
    probable_micros: int
    """What was probably spent beyond what is reported."""
    style: str
    is_now: bool = False


def draw(hours: Sequence[Hour], width: int, lines: int = LINES) -> list[Text]:
    """Return the lines of the chart, its axis below."""
    top = max((_top(one) for one in hours), default=0) or 1
    cell = max(CELL_WIDTH_MIN, min(CELL_WIDTH_MAX, (width - AXIS_WIDTH) // max(len(hours), 1)))
    drawn = []
    for line in range(lines, 0, -1):
        text = Text(_axis(line, lines, top), "dim", no_wrap=True)
        for one in hours:
            text.append_text(_cell(one, line, lines * FULL, top, cell))
        drawn.append(text)
    return [*drawn, _labels(hours, cell)]


def _top(one: Hour) -> int:
    return max(one.spent_micros + one.probable_micros, one.plan_micros or 0, one.high_micros or 0)


def _axis(line: int, lines: int, top: int) -> str:
    if line == lines:
        label = short(top)
    elif line == (lines + 1) // 2 and lines > FULL // 2:
        label = short(top * line // lines)
    else:
        return f"{'':{AXIS_WIDTH - 1}}│"
    return f"{label:>{AXIS_WIDTH - 2}} ┤"


def _cell(one: Hour, line: int, eighths: int, top: int, width: int) -> Text:
    """Draw a line's part of an hour: the bar leaves a gap to the next hour, the plan's line does not."""
    bottom = (line - 1) * FULL
    spent = _level(one.spent_micros, eighths, top) - bottom
    text = Text(no_wrap=True)
    if one.plan_micros is not None and _line_of(one.plan_micros, eighths, top) == line:
        covered = spent >= FULL // 2
        rule = HEIGHTS[(_level(one.plan_micros, eighths, top) - bottom - 1) * len(HEIGHTS) // FULL]
        text.append((NOTCH if covered else rule) * (width - 1), f"reverse {one.style}" if covered else "bold")
        return text.append(rule, "bold")
    if spent > 0:
        text.append(EIGHTHS[min(spent, FULL)] * (width - 1), one.style)
    elif _level(one.spent_micros + one.probable_micros, eighths, top) > bottom and one.probable_micros:
        text.append(PROBABLE * (width - 1), one.style)
    elif _in_band(one, bottom, eighths, top):
        text.append(BAND * (width - 1), "dim")
    else:
        text.append(" " * (width - 1))
    return text.append(" ")


def _in_band(one: Hour, bottom: int, eighths: int, top: int) -> bool:
    if one.low_micros is None or one.high_micros is None:
        return False
    low, high = (_level(micros, eighths, top) for micros in (one.low_micros, one.high_micros))
    return low < bottom + FULL and high > bottom


def _level(micros: int, eighths: int, top: int) -> int:
    """Return how high an amount reaches; whatever is not nothing can be seen."""
    return max(1, micros * eighths // top) if micros > 0 else 0


def _line_of(micros: int, eighths: int, top: int) -> int:
    return max(1, -(-_level(micros, eighths, top) // FULL))


def _labels(hours: Sequence[Hour], cell: int) -> Text:
    text = Text(" " * AXIS_WIDTH, no_wrap=True)
    for number, one in enumerate(hours):
        # Narrow columns have room for every other hour.
        shown = one.label if cell > CELL_WIDTH_MIN or number % 2 == 0 else ""
        text.append(f"{shown:<{cell}}"[:cell], "bold reverse" if one.is_now else "dim")
    return text
