"""How things look on a terminal: errors, and the defects that should not have happened."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING

from rich.console import Console
from rich.padding import Padding
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn
from rich.text import Text

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from infra.errors import HeadgateError


def stdout() -> Console:
    """Return a console on the current stdout, for answers."""
    return Console(highlight=False)


def stderr() -> Console:
    """Return a console on the current stderr, for progress and errors."""
    return Console(stderr=True, highlight=False)


def show_error(error: HeadgateError) -> None:
    """Say what happened and what to do next."""
    console = stderr()
    console.print(Text.assemble(("Error: ", "bold red"), (error.what, "bold")))
    console.print(Padding(Text(error.next_step), (0, 0, 0, 2), expand=False))


def show_crash(error: BaseException, report: Path) -> None:
    """Say in one sentence that this is a defect, and where its report is."""
    kind = type(error).__name__
    text = f"headgate has a defect and had to stop ({kind}); please send the report in "
    # soft_wrap, so that the path can be copied in one piece
    stderr().print(Text.assemble(("Error: ", "bold red"), text, (str(report), "bold")), soft_wrap=True)


@contextmanager
def progress(what: str, unit: str) -> Iterator[Callable[[int, int], None]]:
    """Show on a terminal how far something is; call what is given with the count done and the whole."""
    bar = Progress(
        TextColumn(what),
        BarColumn(),
        MofNCompleteColumn(),
        TextColumn(unit),
        TimeRemainingColumn(),
        console=stderr(),
        transient=True,
    )
    with bar:
        task = bar.add_task(what, total=None)
        yield lambda done, whole: bar.update(task, completed=done, total=whole)
