"""`headgate poller`: the role that reads the ad platforms."""

import asyncio
from typing import Annotated

import typer

from headgate import context
from headgate.roles.poller import parse_share, run

app = typer.Typer()


@app.command()
def poller(
    ctx: typer.Context,
    share: Annotated[
        str,
        typer.Option(metavar="N/OF", help="Which part of the accounts, when several pollers divide them."),
    ] = "0/1",
) -> None:
    """Read the accounts of the settings, each on its schedule, and publish what platforms say."""
    part = parse_share(share)
    with context.role(ctx, f"poller-{part.number}") as role:
        asyncio.run(run(role, part))
