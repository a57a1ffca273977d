"""`headgate plan`: a campaign's plan in force, and what it would be under other terms or rules."""

from typing import Annotated

import msgspec
import typer

from headgate import context, policies, table, ui, wishes
from headgate.campaign import find, whatif, whatif_view

app = typer.Typer()

HELP = "Another wish or threshold, such as budget=150, curve=front, open=8-20, plan_hour_max_permille=200."


@app.command()
def plan(  # noqa: PLR0913 - each is an option of the command line
    ctx: typer.Context,
    campaign: Annotated[str, typer.Argument(metavar="CAMPAIGN", help="Its number or name, or a part of it.")],
    more: Annotated[
        list[str] | None, typer.Argument(metavar="[NAME=VALUE]...", help="More of what --what-if asks.")
    ] = None,
    *,
    what_if: Annotated[list[str] | None, typer.Option("--what-if", metavar="NAME=VALUE", help=HELP)] = None,
    tomorrow: Annotated[bool, typer.Option("--tomorrow", help="Of the day after, as of now.")] = False,
    account: Annotated[
        str | None, typer.Option(metavar="PART", help="Only in accounts whose subject has this in it.")
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Answer for a machine.")] = False,
) -> None:
    """Show a campaign's plan; with --what-if, beside what it would be. Nothing is ever changed by it."""
    asked = [*(what_if or ()), *(more or ())]
    given = wishes.pairs(asked)
    for name in given:
        if name not in policies.THRESHOLDS:
            wishes.known(name)
    settings = context.settings(ctx)
    known = find.campaign(settings, campaign, account)
    rows = table.rows(settings.kafka_conf(), policies.CHANGELOG, table.of_account(known.subject))
    found = whatif.answer(rows, known, given, tomorrow=tomorrow)
    if as_json or context.options(ctx).as_json:
        told = {**msgspec.to_builtins(found), "asked": given, "difference_micros": found.difference_micros}
        typer.echo(msgspec.json.encode(told).decode())
        return
    console = ui.stdout()
    console.print(whatif_view.render(found, known, " ".join(asked), console.width))
