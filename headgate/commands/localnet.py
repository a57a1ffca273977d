"""`headgate localnet`: the role that plays Solana."""

import asyncio

import typer

from headgate import context
from headgate.roles.localnet import serve

app = typer.Typer()


@app.command()
def localnet(ctx: typer.Context) -> None:
    """Play a Solana with the pot program, a USDC and filled purses, until told to end."""
    with context.role(ctx, "localnet") as role:
        asyncio.run(serve(role.settings, role.time, role.health, role.url))
