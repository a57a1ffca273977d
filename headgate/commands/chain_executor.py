"""`headgate chain-executor`: the role that moves money on chain, and the only one that holds keys."""

import asyncio
from typing import Annotated

import typer

from headgate import context
from headgate.roles.chain_executor import run

app = typer.Typer()


@app.command()
def chain_executor(
    ctx: typer.Context,
    slot: Annotated[
        str, typer.Option(metavar="NAME", help="Which of the group's places this process takes, and keeps.")
    ] = "0",
) -> None:
    """Fund, settle, pause and watch campaign pots until told to end; each movement once, whatever dies."""
    with context.role(ctx, f"chain-executor-{slot}") as role:
        asyncio.run(run(role, slot))
