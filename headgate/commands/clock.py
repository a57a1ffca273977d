"""`headgate clock`: the role that writes the time into the log."""

import typer

from events import topics
from headgate import context
from headgate.roles.clock import Clock, ticked_topics

app = typer.Typer()


@app.command()
def clock(ctx: typer.Context) -> None:
    """Write the time into every partition that a decider reads, once a tick, until told to end."""
    with context.role(ctx, "clock") as role:
        ticking = Clock(
            role.settings.kafka_conf(),
            tick_ms=role.settings.clock.tick_ms,
            health=role.health,
            topic_names=ticked_topics(topics.load()),
            time=role.time,
        )
        context.on_end_signals(ticking.stop)
        ticking.run(role.announce_ready)
