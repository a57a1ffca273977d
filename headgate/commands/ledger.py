"""`headgate ledger`: what every account holds, the newest lines, and the proof that it balances."""

from typing import Annotated

import msgspec
import typer
from rich.text import Text

from headgate import context, ui
from headgate.money import ledger as book
from headgate.money import ledger_view as view
from headgate.money import pots
from infra.errors import FixInput

app = typer.Typer()

DIFFERS = 1
LINES_MAX = 1_000


@app.command()
def ledger(  # noqa: PLR0913 - each is an option of the command line
    ctx: typer.Context,
    client: Annotated[str | None, typer.Argument(metavar="CLIENT", help="Only this one's.")] = None,
    *,
    lines: Annotated[
        int,
        typer.Option("--transfers", metavar="N", help="How many of the newest lines.", min=0, max=LINES_MAX),
    ] = 10,
    pot: Annotated[
        str | None, typer.Option(metavar="POT", help="Only this pot's; its name, or a beginning of its hex.")
    ] = None,
    prove: Annotated[bool, typer.Option("--prove/--no-prove", help="Compute it all again.")] = True,
    wait_seconds: Annotated[
        int, typer.Option("--wait", metavar="SECONDS", help="So long for what is under way.", min=0, max=600)
    ] = 5,
    as_json: Annotated[bool, typer.Option("--json", help="Answer for a machine.")] = False,
) -> None:
    """Show the ledger, and prove that it balances: debits are credits, and facts, ledger and chain are one.

    The exit code is 1 if it does not.
    """
    settings, as_json = context.settings(ctx), as_json or context.options(ctx).as_json
    known = pots.found(settings, client)
    one = None if pot is None else pots.find(known, pot)
    of_pot = None if one is None else one.pot
    accounts = book.balances(settings, client, of_pot)
    newest = book.transfers(settings, client, of_pot, lines) if lines else []
    if client is not None and not accounts and not known:
        raise FixInput(
            f"There is nothing of a client {client}.", "`headgate ledger` without a name lists all."
        )
    proven = book.prove_patiently(settings, client, of_pot, wait_seconds) if prove else None
    if as_json:
        told = {
            "balances": accounts,
            "transfers": newest,
            "proof": proven,
            "proved": proven is not None and proven.balances,
        }
        typer.echo(msgspec.json.encode(told).decode())
    else:
        names = {each.pot: each.called for each in known}
        console = ui.stdout()
        console.print(view.accounts(accounts, names))
        if newest:
            console.print(Text(), view.transfers(newest, names), sep="\n")
        if proven is not None and accounts:
            console.print(Text(), view.proof(proven), sep="\n")
    if proven is not None and not proven.balances:
        raise typer.Exit(DIFFERS)
