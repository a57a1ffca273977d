"""`headgate dead-letters`: what could not be read, whole, and back to where it came from."""

from collections import Counter
from typing import Annotated, Any

import msgspec
import typer
from rich.table import Table

from headgate import context, ui
from streams import dead_letters
from streams.dead_letters import Letter

app = typer.Typer(help="List, show and replay what could not be read.", no_args_is_help=True)

AsJson = Annotated[bool, typer.Option("--json", help="Answer for a machine.")]
SHOWN_MAX = 100


@app.command("list")
def list_(
    ctx: typer.Context,
    *,
    everything: Annotated[bool, typer.Option("--all", help="Also those that were replayed.")] = False,
    as_json: AsJson = False,
) -> None:
    """List what is parked, with the reason of each."""
    found = [one for one in dead_letters.letters(_conf(ctx)) if everything or not one.replayed]
    if as_json or context.options(ctx).as_json:
        typer.echo(msgspec.json.encode([_plain(one) for one in found]).decode())
        return
    if not found:
        typer.echo("Nothing is parked.")
        return
    table = Table("name", "subject", "from", "reason", "detail", title=f"{len(found):,} dead letters")
    for one in found[:SHOWN_MAX]:
        origin = one.origin
        table.add_row(
            one.name,
            _text(one.key),
            f"{origin.topic} {origin.partition}/{origin.offset}",
            origin.reason,
            origin.detail,
            style="dim" if one.replayed else None,
        )
    table.caption = ", ".join(f"{count:,} {reason}" for reason, count in _reasons(found).most_common())
    ui.stdout().print(table)


@app.command()
def show(ctx: typer.Context, name: Annotated[str, typer.Argument(metavar="NAME")]) -> None:
    """Show one of them whole."""
    (one,) = dead_letters.find(_conf(ctx), [name])
    typer.echo(msgspec.json.format(msgspec.json.encode(_plain(one)), indent=2).decode())


@app.command()
def replay(
    ctx: typer.Context,
    names: Annotated[
        list[str] | None, typer.Argument(metavar="NAME...", help="As `list` names them.")
    ] = None,
    *,
    everything: Annotated[bool, typer.Option("--all", help="All that were not replayed yet.")] = False,
) -> None:
    """Put them back at the end of the partitions they came from, each once."""
    conf = _conf(ctx)
    chosen = dead_letters.letters(conf) if everything else dead_letters.find(conf, names or [])
    typer.echo(f"{dead_letters.replay(conf, chosen):,} replayed.")


def _conf(ctx: typer.Context) -> dict[str, Any]:
    return dict(context.settings(ctx).kafka_conf())


def _reasons(found: list[Letter]) -> Counter[str]:
    return Counter(one.origin.reason for one in found)


def _plain(one: Letter) -> dict[str, Any]:
    return {
        "name": one.name,
        "replayed": one.replayed,
        "origin": msgspec.to_builtins(one.origin),
        "key": _text(one.key),
        "headers": [(name, _text(value)) for name, value in one.headers],
        "value": _text(one.value),
    }


def _text(value: bytes | None) -> str | None:
    return None if value is None else value.decode("utf-8", "backslashreplace")
