"""`headgate executor`: the role that acts on the ad platforms."""

import asyncio
from typing import Annotated

import typer

from headgate import context
from headgate.roles.executor import run

app = typer.Typer()


@app.command()
def executor(
    ctx: typer.Context,
    slot: Annotated[
        str, typer.Option(metavar="NAME", help="Which of the group's places this process takes, and keeps.")
    ] = "0",
) -> None:
    """Bring commands about on the platforms until told to end; each takes effect once, whatever dies."""
    with context.role(ctx, f"executor-{slot}") as role:
        asyncio.run(run(role, slot))
