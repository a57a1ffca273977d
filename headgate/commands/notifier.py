"""`headgate notifier`: the role that tells people and their programs of alerts; `test` sends a sample."""

import asyncio
from typing import Annotated

import msgspec
import typer
from rich.text import Text

from connectors.notifier.destination import Answer, Destination, Later, Taken
from headgate import context, ui
from headgate.roles import notifier as role_of

app = typer.Typer(
    help="Tell people and their programs of alerts.", invoke_without_command=True, add_completion=False
)


@app.callback()
def notifier(
    ctx: typer.Context,
    slot: Annotated[
        str, typer.Option(metavar="NAME", help="Which of the groups' places this process takes, and keeps.")
    ] = "0",
) -> None:
    """Tell every configured destination of alerts until told to end; none is lost while one is away."""
    if ctx.invoked_subcommand is not None:
        return
    with context.role(ctx, f"notifier-{slot}") as role:
        asyncio.run(role_of.run(role, slot))


@app.command("test")
def send_sample(
    ctx: typer.Context,
    name: Annotated[
        str | None, typer.Argument(metavar="NAME", help="Only this destination; otherwise all.")
    ] = None,
    *,
    as_json: Annotated[bool, typer.Option("--json", help="Answer for a machine.")] = False,
) -> None:
    """Send a sample to a destination and say what came back; leave with 1 if one did not take it."""
    answers = asyncio.run(role_of.sample(context.settings(ctx), name))
    if as_json or context.options(ctx).as_json:
        typer.echo(msgspec.json.encode([_plain(*one) for one in answers]).decode())
    else:
        for one in answers:
            ui.stdout().print(_line(*one), soft_wrap=True)
    if not all(isinstance(answer, Taken) for _, answer in answers):
        raise typer.Exit(1)


def _plain(destination: Destination, answer: Answer) -> dict[str, object]:
    return {
        "name": destination.name,
        "where": destination.where,
        "taken": isinstance(answer, Taken),
        "may_work_later": isinstance(answer, Later),
        "answer": answer.detail,
    }


def _line(destination: Destination, answer: Answer) -> Text:
    word, style = ("has it", "green") if isinstance(answer, Taken) else ("does not have it", "bold red")
    return Text.assemble(
        (destination.name, "bold"), f" ({destination.where}) ", (word, style), f": {answer.detail}"
    )
