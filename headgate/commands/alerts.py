"""`headgate alerts`: what people have to know of, the gravest first, and what to do about it."""

from typing import Annotated

import msgspec
import typer
from rich.console import ConsoleRenderable

from headgate import alerting, context, standing, ui, watching
from headgate.alerting import Alert
from headgate.money import treasury
from infra.settings import Settings

app = typer.Typer()


@app.command()
def alerts(
    ctx: typer.Context,
    account: Annotated[
        str | None,
        typer.Argument(
            metavar="ACCOUNT", help="Only of this one, or of this client; a part of its name will do."
        ),
    ] = None,
    *,
    everything: Annotated[
        bool, typer.Option("--all", help="Also those that are over, the newest first.")
    ] = False,
    lines: Annotated[int, typer.Option(min=1, max=alerting.ROWS_MAX, help="How many at most.")] = 50,
    watch: Annotated[bool, typer.Option("--watch", help="Keep it fresh until Ctrl-C.")] = False,
    as_json: Annotated[bool, typer.Option("--json", help="Answer for a machine.")] = False,
) -> None:
    """Show alerts that are not over: which campaign, since when, its figures, and what to do next."""
    settings, console = context.settings(ctx), ui.stdout()
    if as_json or context.options(ctx).as_json:
        found = _found(settings, account, everything=everything)
        typer.echo(msgspec.json.encode([alerting.told(one) for one in found]).decode())
        return

    def drawn(most: int) -> ConsoleRenderable:
        found = _found(settings, account, everything=everything)
        now_ms = context.world_time(settings).now_ms()
        return alerting.render(found, now_ms, most, everything=everything)

    if watch:
        watching.keep_fresh(console, lambda height: drawn(min(lines, max(1, height // alerting.LINES_EACH))))
    else:
        console.print(drawn(lines))


def _found(settings: Settings, account: str | None, *, everything: bool) -> list[Alert]:
    return alerting.found(settings, _subject(settings, account), everything=everything)


def _subject(settings: Settings, account: str | None) -> str | None:
    """Return whose alerts are meant: an account's, or, by its whole name, a client's with its money."""
    if account is None:
        return None
    known = standing.accounts(settings)
    clients = {one.subject.partition("/")[0] for one in known} | set(treasury.clients(settings))
    return account if account in clients else standing.find(known, account).subject
