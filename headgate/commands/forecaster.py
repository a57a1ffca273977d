"""`headgate forecaster`: the role that learns from all campaigns and publishes forecasts."""

import typer

from headgate import context
from headgate.roles.forecaster import make

app = typer.Typer()


@app.command()
def forecaster(ctx: typer.Context) -> None:
    """Learn from what all campaigns have spent, and publish what they will spend, until told to end."""
    with context.role(ctx, "forecaster") as role:
        learning = make(role)
        context.on_end_signals(learning.stop)
        learning.run(role.announce_ready)
