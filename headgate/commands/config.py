"""`headgate config`: each setting and where its value came from."""

import json
from typing import Annotated

import typer
from rich.table import Table

from headgate import context, ui
from infra.settings import Explained, explain

app = typer.Typer(help="Show each setting and where its value came from.", no_args_is_help=True)

AsJson = Annotated[bool, typer.Option("--json", help="Answer for a machine.")]


@app.callback()
def config() -> None:
    """Show each setting and where its value came from."""


@app.command()
def show(
    ctx: typer.Context,
    *,
    meanings: Annotated[bool, typer.Option("--meanings", help="Say what each setting means, too.")] = False,
    as_json: AsJson = False,
) -> None:
    """Show each setting, its value (secrets masked) and where that came from."""
    given = context.options(ctx)
    settings = explain(given.config, given.flags())
    if as_json or given.as_json:
        rows = [
            {"name": one.name, "value": one.value, "source": one.source, "meaning": one.meaning}
            for one in settings
        ]
        typer.echo(json.dumps(rows, indent=2))
        return
    ui.stdout().print(_table(settings, meanings=meanings))


def _table(settings: list[Explained], *, meanings: bool) -> Table:
    table = Table("setting", "value", "from", box=None, pad_edge=False)
    table.columns[0].no_wrap = True
    if meanings:
        table.add_column("meaning")
    for one in settings:
        style = "dim" if one.source == "default" else None
        row = [one.name, _text(one.value), one.source, *([one.meaning] if meanings else [])]
        table.add_row(*row, style=style)
    return table


def _text(value: object) -> str:
    if value is None:
        return "(unset)"
    if isinstance(value, dict):
        return ", ".join(f"{name}={inner}" for name, inner in value.items()) or "(none)"
    return str(value)
