"""`headgate simulator`: the role that plays the ad platforms."""

import asyncio

import typer

from headgate import context
from headgate.roles.simulator import serve

app = typer.Typer()


@app.command()
def simulator(ctx: typer.Context) -> None:
    """Play ad platforms, with accounts, campaigns and trouble, until told to end."""
    with context.role(ctx, "simulator") as role:
        asyncio.run(serve(role.settings, role.time, role.health, role.url))
