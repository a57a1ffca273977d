"""What a person sees while everything runs: steps with seconds, then a live table; log lines elsewhere."""

from __future__ import annotations

import sys
import termios
import time
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal, Protocol

from rich.live import Live
from rich.spinner import Spinner
from rich.table import Table
from rich.text import Text

from infra import logs
from infra.health import monotonic_ms

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence
    from contextlib import AbstractContextManager

    from rich.console import Console, JustifyMethod

    from infra.supervisor import Event, Kind

REFRESHES_PER_SECOND = 4

Tone = Literal["good", "bad", "plain"]

_SIGNS: dict[Tone, tuple[str, str]] = {
    "good": ("✓", "green"),
    "bad": ("✗", "bold red"),
    "plain": ("·", "dim"),
}
_COLORS = {
    "ready": "green",
    "starting": "yellow",
    "waiting": "yellow",
    "draining": "yellow",
    "busy": "yellow",
    "idle": "dim",
    "unwell": "red",
    "gave up": "bold red",
    "stopped": "dim",
}
_COLUMNS: tuple[tuple[str, JustifyMethod], ...] = (
    ("role", "left"),
    ("state", "left"),
    ("pid", "right"),
    ("restarts", "right"),
    ("up", "right"),
)
# The table already shows starts and ends that were asked for; these are worth a line of their own.
_TOLD: dict[Kind, Tone] = {"died": "bad", "gave-up": "bad", "killed": "bad"}


@dataclass(frozen=True, slots=True)
class Row:
    """One line of the table."""

    name: str
    state: str
    pid: int | None
    restarts: int
    up_ms: int | None
    note: str = ""


class Board(Protocol):
    """Where `up` tells what happens."""

    def step(self, title: str) -> AbstractContextManager[Callable[[str], None]]:
        """Show a step while it lasts; what is given says how far it is."""

    def say(self, text: str, tone: Tone = "plain") -> None:
        """Tell something that happened."""

    def event(self, event: Event) -> None:
        """Tell what happened to a role."""

    def table(self, rows: Callable[[], Sequence[Row]]) -> AbstractContextManager[None]:
        """Show the table of roles, always fresh, inside the context."""


class PlainBoard:
    """Log lines, for a file or another program."""

    def __init__(self) -> None:
        self._log = logs.get("headgate.up")

    @contextmanager
    def step(self, title: str) -> Iterator[Callable[[str], None]]:
        """Log the beginning, the progress and the end of a step."""
        begun_ms = monotonic_ms()
        self._log.info("step.begun", step=title)
        yield lambda detail: self._log.info("step.going_on", step=title, detail=detail)
        self._log.info("step.done", step=title, took_ms=monotonic_ms() - begun_ms)

    def say(self, text: str, tone: Tone = "plain") -> None:
        """Log a sentence."""
        (self._log.warning if tone == "bad" else self._log.info)("up.note", text=text)

    def event(self, event: Event) -> None:
        """Log an event of a role."""
        write = self._log.warning if event.kind in _TOLD else self._log.info
        tail = {"tail": list(event.tail)} if event.tail else {}
        write(f"supervised.{event.kind}", of=event.role, pid=event.pid, detail=event.detail, **tail)

    @contextmanager
    def table(self, rows: Callable[[], Sequence[Row]]) -> Iterator[None]:
        """Log where the roles stand, once at the end."""
        yield
        for row in rows():
            self._log.info("supervised.status", of=row.name, state=row.state, restarts=row.restarts)


class TerminalBoard:
    """A spinner for each step, then a table that stays below what happened."""

    def __init__(self, console: Console) -> None:
        self._console = console
        # What a terminal forgets stays in the log.
        self._record = PlainBoard()
        self._died_ms: dict[str, int] = {}

    @contextmanager
    def step(self, title: str) -> Iterator[Callable[[str], None]]:
        """Show a spinner with the seconds; leave a line when it is done."""
        step = _Step(title)
        with Live(step, console=self._console, refresh_per_second=REFRESHES_PER_SECOND * 2, transient=True):
            try:
                with self._record.step(title):
                    yield step.tell
            except BaseException:
                self._line("bad", Text.assemble(title, ("  " + step.seconds(), "dim")))
                raise
        self._line("good", Text.assemble(title, ("  " + step.seconds(), "dim")))

    def say(self, text: str, tone: Tone = "plain") -> None:
        """Print a line above the table."""
        self._record.say(text, tone)
        self._line(tone, Text(text))

    def event(self, event: Event) -> None:
        """Print what the table alone would not tell."""
        self._record.event(event)
        if event.kind == "ready" and event.role in self._died_ms:
            away_ms = monotonic_ms() - self._died_ms.pop(event.role)
            self._line("good", Text(f"{event.role} is back after {tenths(away_ms)} s"))
        if event.kind not in _TOLD:
            return
        if event.kind == "died":
            self._died_ms.setdefault(event.role, monotonic_ms())
        self._line(_TOLD[event.kind], Text(f"{event.role} {event.detail}"))
        if event.kind == "gave-up":
            for line in event.tail:
                self._console.print(Text(f"    {line}", style="dim"), overflow="ellipsis", no_wrap=True)

    @contextmanager
    def table(self, rows: Callable[[], Sequence[Row]]) -> Iterator[None]:
        """Keep the table at the bottom, fresh."""
        with (
            _without_echo_of_controls(),
            Live(
                console=self._console,
                get_renderable=lambda: render(rows()),
                refresh_per_second=REFRESHES_PER_SECOND,
            ),
        ):
            yield

    def _line(self, tone: Tone, text: Text) -> None:
        sign, style = _SIGNS[tone]
        moment = time.strftime("%H:%M:%S")
        self._console.print(Text.assemble((f"{moment} ", "dim"), (f"{sign} ", style), text))


@contextmanager
def _without_echo_of_controls() -> Iterator[None]:
    """Keep the terminal from echoing ^C, which would shift the table by a line."""
    if not sys.stdin.isatty():
        yield
        return
    terminal = sys.stdin.fileno()
    before = termios.tcgetattr(terminal)
    quiet = [*before]
    quiet[3] &= ~termios.ECHOCTL
    termios.tcsetattr(terminal, termios.TCSANOW, quiet)
    try:
        yield
    finally:
        termios.tcsetattr(terminal, termios.TCSANOW, before)


class _Step:
    def __init__(self, title: str) -> None:
        self._title = title
        self._detail = ""
        self._begun_ms = monotonic_ms()
        self._spinner = Spinner("dots")

    def tell(self, detail: str) -> None:
        self._detail = detail

    def seconds(self) -> str:
        return f"{tenths(monotonic_ms() - self._begun_ms)} s"

    def __rich__(self) -> Spinner:
        detail = f" — {self._detail}" if self._detail else ""
        text = Text(f"{self._title}{detail}  ", overflow="ellipsis", no_wrap=True)
        self._spinner.update(text=text.append(self.seconds(), "dim"))
        return self._spinner


def render(rows: Sequence[Row]) -> Table:
    """Draw the table of roles; only the note gives way on a narrow terminal."""
    lines = [_cells(row) for row in rows]
    table = Table(box=None, pad_edge=False, padding=(0, 2, 0, 0), header_style="dim", expand=True)
    for position, (title, justify) in enumerate(_COLUMNS):
        width = max(len(title), *(len(line[position]) for line in lines), 0)
        table.add_column(title, justify=justify, no_wrap=True, min_width=width)
    table.add_column("", no_wrap=True, overflow="ellipsis", ratio=1)
    for row, line in zip(rows, lines, strict=True):
        name, state, *figures = line
        table.add_row(name, Text(state, _COLORS.get(state, "")), *figures, Text(row.note, "dim"))
    return table


def _cells(row: Row) -> tuple[str, ...]:
    pid = "" if row.pid is None else str(row.pid)
    return row.name, row.state, pid, str(row.restarts), "" if row.up_ms is None else duration(row.up_ms)


def duration(elapsed_ms: int) -> str:
    """Say how long, in the two units that matter."""
    seconds = elapsed_ms // 1000
    minutes, hours, days = seconds // 60, seconds // 3600, seconds // 86400
    if days:
        return f"{days} d {hours % 24} h"
    if hours:
        return f"{hours} h {minutes % 60:02} min"
    if minutes:
        return f"{minutes} min {seconds % 60:02} s"
    return f"{seconds} s"


def tenths(elapsed_ms: int) -> str:
    """Say seconds to a tenth."""
    return f"{elapsed_ms // 1000}.{elapsed_ms % 1000 // 100}"
