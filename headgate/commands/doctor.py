"""`headgate doctor`: checks this machine, line by line."""

import json
from dataclasses import asdict
from typing import Annotated

import typer

from headgate import context, ui
from headgate.checks import show, sum_up
from infra.doctor import examine

app = typer.Typer()

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
        checks = examine(settings, lambda check: show(console, check, NAME_WIDTH))
        sum_up(console, checks)
    if any(check.status == "FAIL" for check in checks):
        raise typer.Exit(1)
