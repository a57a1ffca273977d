"""How checks look on a terminal: a line each, with what to do below it where that is needed."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from rich.padding import Padding
from rich.text import Text

if TYPE_CHECKING:
    from collections.abc import Sequence

    from rich.console import Console

    from infra.doctor import Check

STYLES: Final = {"OK": "green", "WARN": "yellow", "FAIL": "bold red"}
LINE_CHARS_MIN: Final = 20


def show(console: Console, check: Check, name_width: int) -> None:
    """Print one check."""
    status = Text(f"{check.status:<5}", style=STYLES[check.status])
    head = Text.assemble(status, (f"{check.name:<{name_width}}", "bold"), " ")
    body = Text(check.detail)
    if check.next_step:
        body.append(f"\n{check.next_step}", style=STYLES[check.status])
    lines = body.wrap(console, max(LINE_CHARS_MIN, console.width - head.cell_len))
    for number, line in enumerate(lines):
        console.print(Text.assemble(head, line) if number == 0 else Padding(line, (0, 0, 0, head.cell_len)))


def sum_up(console: Console, checks: Sequence[Check]) -> None:
    """Say how it looks altogether."""
    failed = sum(check.status == "FAIL" for check in checks)
    warned = sum(check.status == "WARN" for check in checks)
    if failed:
        console.print(Text(f"\n{failed} of {len(checks)} checks failed.", style=STYLES["FAIL"]))
    elif warned:
        console.print(Text(f"\nIt can run; {warned} of {len(checks)} checks warn.", style=STYLES["WARN"]))
    else:
        console.print(Text("\nAll is well.", style=STYLES["OK"]))
