"""`headgate projector`: the role that writes the log into ClickHouse and answers questions about it."""

from typing import Annotated

import typer

from headgate import context, ui
from headgate.roles import projector as role_of
from infra import logs
from infra.health import Health

app = typer.Typer()


@app.command()
def projector(
    ctx: typer.Context,
    *,
    rebuild: Annotated[
        bool, typer.Option("--rebuild", help="Throw the tables away, make them anew from the log, and end.")
    ] = False,
) -> None:
    """Write the log into ClickHouse as it grows, and answer `headgate sql`, until told to end."""
    if rebuild:
        settings = context.settings(ctx)
        # What is not told by the bar is trouble: a ClickHouse that is full or away is waited for.
        logs.configure(level="warning", format=settings.logs.format, role="projector")
        with ui.progress("Rebuilding", "records") as advance:
            records = role_of.rebuild(settings, Health("projector"), advance)
        typer.echo(f"The tables are made anew from {records:,} records.")
        return
    with context.role(ctx, "projector") as role:
        role_of.project(
            role.settings,
            role.health,
            on_ready=role.announce_ready,
            on_sink=lambda sink: context.on_end_signals(sink.stop),
        )
