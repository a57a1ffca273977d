"""`headgate worker`: the role that runs the agents."""

from typing import Annotated

import typer

from headgate import context
from streams.worker import Worker

app = typer.Typer()


@app.command()
def worker(
    ctx: typer.Context,
    slot: Annotated[
        str, typer.Option(metavar="NAME", help="Which of the group's places this process takes, and keeps.")
    ] = "0",
) -> None:
    """Run the agents until told to end; what is not committed then is read again by the next one."""
    with context.role(ctx, f"worker-{slot}") as role:
        Worker(role.settings, slot, role.health, on_ready=role.announce_ready).run()
