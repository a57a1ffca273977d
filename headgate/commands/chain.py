"""`headgate chain`: sets the chain up, checks it, makes keys, and fills purses on a local one."""

import json
from dataclasses import asdict
from pathlib import Path
from typing import Annotated

import typer
from rich.text import Text

from chain.addresses import treasury_address
from chain.admin.setting_up import initialize
from chain.doctor import examine
from chain.errors import ChainError
from chain.keys import write_new_key
from chain.place import Role
from headgate import context, ui
from headgate.checks import show, sum_up
from headgate.money.amounts import usdc
from headgate.potting import book, local, words
from headgate.potting.desk import Desk, at_the_desk, in_words
from headgate.potting.opening import make_token_account
from infra.doctor import Check
from infra.errors import FixInput, HeadgateError
from infra.settings import Settings

app = typer.Typer(help="Set the chain up, check it, and make keys.", no_args_is_help=True)
keys = typer.Typer(help="Make keys.", no_args_is_help=True)
app.add_typer(keys, name="keys")

AsJson = Annotated[bool, typer.Option("--json", help="Answer for a machine.")]
ROLES: tuple[Role, ...] = ("authority", "funder", "spender")


@app.command()
def init(ctx: typer.Context) -> None:
    """Set the pot program up: who opens pots, and of which mint they are. Again, it changes nothing."""

    async def work(desk: Desk) -> str:
        authority = await desk.place.signer("authority")
        if desk.place.is_local:
            for role in ROLES:
                await local.fill(desk, (await desk.place.signer(role)).address)
        sent = await initialize(desk.office, authority, authority.address)
        done = "was set up already" if sent is None else f"is set up ({sent.signature})"
        return (
            f"The program {desk.place.program.address} {done}.\n"
            f"{authority.address} opens pots; they are of the mint {desk.place.mint}."
        )

    typer.echo(at_the_desk(context.settings(ctx), work))


@app.command()
def doctor(
    ctx: typer.Context,
    clients: Annotated[
        list[str] | None, typer.Argument(metavar="[CLIENT]...", help="Look at their treasuries, too.")
    ] = None,
    *,
    as_json: AsJson = False,
) -> None:
    """Check the chain: each line is OK or says what to do. Leaves with 1 if something fails."""
    settings = context.settings(ctx)
    known, tables = _from_the_log(settings)

    async def work(desk: Desk) -> list[Check]:
        return await examine(
            desk.place,
            desk.pool,
            now_ms=context.world_time(settings).now_ms(),
            speed=settings.time.speed if settings.time.anchor_ms is not None else 1,
            clients=clients or known,
            known_tables=tables,
        )

    checks = at_the_desk(settings, work)
    if as_json or context.options(ctx).as_json:
        typer.echo(json.dumps([asdict(check) for check in checks], indent=2))
    else:
        console = ui.stdout()
        for check in checks:
            show(console, check, max(len(one.name) for one in checks) + 1)
        sum_up(console, checks)
    if any(check.status == "FAIL" for check in checks):
        raise typer.Exit(1)


@keys.command("new")
def new(
    file: Annotated[Path, typer.Argument(metavar="FILE", help="Where it is written; never over another.")],
) -> None:
    """Make a key and write it into a new file that only you may read; its address is printed."""
    try:
        address = write_new_key(file)
    except ChainError as error:
        raise in_words(error) from error
    typer.echo(f"{address}\nIts key is in {file}. Keep a copy where it is safe: nobody can make it again.")


@app.command()
def airdrop(
    ctx: typer.Context,
    sol: Annotated[int, typer.Argument(metavar="SOL", help="How much.", min=1, max=1_000_000)] = 10,
    *,
    to: Annotated[
        str, typer.Option(metavar="ROLE|ADDRESS", help="authority, funder, spender, or any address.")
    ] = "funder",
) -> None:
    """Get SOL for fees, on the local chain alone."""

    async def work(desk: Desk) -> str:
        _only_local(desk)
        role = next((one for one in ROLES if one == to), None)
        address = words.address(to, "Solana") if role is None else (await desk.place.signer(role)).address
        await local.airdrop(desk, address, sol)
        return f"{address} was given {sol:,} SOL."

    typer.echo(at_the_desk(context.settings(ctx), work))


# A negative amount begins like an option; it is to be told as what it is.
@app.command(context_settings={"ignore_unknown_options": True})
def faucet(
    ctx: typer.Context,
    client: Annotated[str, typer.Argument(metavar="CLIENT", help="Whose treasury is filled.")],
    amount: Annotated[str, typer.Argument(metavar="AMOUNT", help="In dollars, such as 5000 or 12.50.")],
) -> None:
    """Fill a client's treasury with USDC, on the local chain alone; the treasury is made if it is missing."""
    name, micro_usdc = words.client_name(client), words.amount(amount)

    async def work(desk: Desk) -> str:
        _only_local(desk)
        funder = await desk.place.signer("funder")
        await make_token_account(desk, funder, "funder", funder.address, name)
        treasury = treasury_address(funder.address, name)
        await local.mint(desk, treasury, micro_usdc)
        return f"{name}'s treasury {treasury} was given {usdc(micro_usdc)}."

    typer.echo(at_the_desk(context.settings(ctx), work))


def _only_local(desk: Desk) -> None:
    if not desk.place.is_local:
        raise FixInput(
            "SOL and USDC are for the asking on the local chain alone.",
            "On a cluster, send them to the addresses that `headgate chain doctor` shows.",
        )


def _from_the_log(settings: Settings) -> tuple[list[str], list[str]]:
    """Return the clients with pots and the lookup tables that were made, as far as the log can be read."""
    try:
        found = book.read(settings.kafka_conf())
    except HeadgateError as error:
        ui.stderr().print(Text(f"Treasuries and tables are not looked for: {error.what}", "yellow"))
        return [], []
    return sorted({one.client for one in found.pots.values()}), found.tables
