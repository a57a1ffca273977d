"""`headgate pacing`: a campaign's day against its plan, what is ahead of it, and why we did what."""

from typing import Annotated

import msgspec
import typer
from rich.console import ConsoleRenderable

from headgate import context, ui, watching
from headgate.campaign import ahead, day, decisions, find, view
from headgate.campaign.find import Known
from infra.settings import Settings

app = typer.Typer()


@app.command()
def pacing(  # noqa: PLR0913 - each is an option of the command line
    ctx: typer.Context,
    campaign: Annotated[str, typer.Argument(metavar="CAMPAIGN", help="Its number or name, or a part of it.")],
    *,
    account: Annotated[
        str | None, typer.Option(metavar="PART", help="Only in accounts whose subject has this in it.")
    ] = None,
    of_day: Annotated[
        str | None, typer.Option("--day", metavar="YYYY-MM-DD", help="Another day than today.")
    ] = None,
    lines: Annotated[int, typer.Option(min=1, max=decisions.TOLD_MAX, help="How many decisions.")] = 12,
    watch: Annotated[bool, typer.Option("--watch", help="Keep it fresh until Ctrl-C.")] = False,
    as_json: Annotated[bool, typer.Option("--json", help="Answer for a machine.")] = False,
) -> None:
    """Draw a campaign's hours against plan and band, what is ahead of it, and why we did what."""
    settings, console = context.settings(ctx), ui.stdout()
    known = find.campaign(settings, campaign, account)
    if as_json or context.options(ctx).as_json:
        typer.echo(_json(settings, known, of_day).decode())
        return
    if not watch:
        console.print(_drawn(settings, known, of_day, console.width, lines))
        return
    watching.keep_fresh(console, lambda _lines: _drawn(settings, known, of_day, console.width, lines))


def _drawn(settings: Settings, known: Known, of_day: str | None, width: int, lines: int) -> ConsoleRenderable:
    seen = day.look(settings, known, context.world_time(settings).now_ms(), of_day)
    return view.render(seen, decisions.of_day(settings, seen), width, lines)


def _json(settings: Settings, known: Known, of_day: str | None) -> bytes:
    seen = day.look(settings, known, context.world_time(settings).now_ms(), of_day)
    told = msgspec.to_builtins(seen)
    del told["past"], told["forecast"]
    return msgspec.json.encode(
        {
            **told,
            "spent_so_far_micros": seen.total_micros,
            "expected_micros": seen.expected_micros,
            "ratio_permille": seen.meter.ratio_permille,
            "ahead": msgspec.to_builtins(ahead.of(seen)),
            "decisions": msgspec.to_builtins(decisions.of_day(settings, seen)),
        }
    )
