"""`headgate doctor`: checks this machine, line by line."""

import json
from dataclasses import asdict
from typing import Annotated

import typer
from rich.console import Console
from rich.padding import Padding
from rich.text import Text

from headgate import context, ui
from infra.doctor import Check, examine

app = typer.Typer()

STYLES = {"OK": "green", "WARN": "yellow", "FAIL": "bold red"}
# As wide as the longest name of a check.
NAME_WIDTH = 12


@app.command()
def doctor(
    ctx: typer.Context,
    *,
    as_json: Annotated[bool, typer.Option("--json", help="Answer for a machine.")] = False,
) -> None:
    """Check this machine: each line is OK or says what to do. Leaves with 1 if something fails."""
    settings = context.settings(ctx)
    if as_json or context.options(ctx).as_json:
        checks = examine(settings)
        typer.echo(json.dumps([asdict(check) for check in checks], indent=2))
    else:
        console = ui.stdout()
        checks = examine(settings, lambda check: _show(console, check))
        _sum_up(console, checks)
    if any(check.status == "FAIL" for check in checks):
        raise typer.Exit(1)


def _show(console: Console, check: Check) -> None:
    status = Text(f"{check.status:<5}", style=STYLES[check.status])
    head = Text.assemble(status, (f"{check.name:<{NAME_WIDTH}}", "bold"), " ")
    body = Text(check.detail)
    if check.next_step:
        body.append(f"\n{check.next_step}", style=STYLES[check.status])
    lines = body.wrap(console, max(20, console.width - head.cell_len))
    for number, line in enumerate(lines):
        console.print(Text.assemble(head, line) if number == 0 else Padding(line, (0, 0, 0, head.cell_len)))


def _sum_up(console: Console, checks: list[Check]) -> None:
    failed = sum(check.status == "FAIL" for check in checks)
    warned = sum(check.status == "WARN" for check in checks)
    if failed:
        console.print(Text(f"\n{failed} of {len(checks)} checks failed.", style=STYLES["FAIL"]))
    elif warned:
        console.print(Text(f"\nIt can run; {warned} of {len(checks)} checks warn.", style=STYLES["WARN"]))
    else:
        console.print(Text("\nAll is well.", style=STYLES["OK"]))
