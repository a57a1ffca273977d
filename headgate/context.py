"""What every command starts from: its options and its settings; and what every role starts with."""

from __future__ import annotations

import signal
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING

from headgate.options import GlobalOptions
from infra import logs, tracing
from infra.health import Health
from infra.health_server import HealthServer
from infra.settings import Settings, load
from infra.world_time import WorldTime

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    import typer


@dataclass(frozen=True, slots=True)
class RoleContext:
    """What a role has around it while it runs."""

    settings: Settings
    health: Health
    url: str
    time: WorldTime
    """The time by which everything that the product schedules or waits for happens."""

    def announce_ready(self) -> None:
        """Tell the supervisor, and whoever reads the log, that the role does its work from now on."""
        logs.announce_ready(http=self.url)


def options(ctx: typer.Context) -> GlobalOptions:
    """Return the options that stood before the command."""
    return ctx.find_object(GlobalOptions) or GlobalOptions()


def settings(ctx: typer.Context) -> Settings:
    """Load the settings that hold for this command line."""
    given = options(ctx)
    return load(given.config, given.flags())


def world_time(loaded: Settings) -> WorldTime:
    """Return the time that the settings say; the same one for every role."""
    return WorldTime(loaded.time.speed, loaded.time.anchor_ms, loaded.time.origin_ms)


@contextmanager
def role(ctx: typer.Context, name: str) -> Iterator[RoleContext]:
    """Give a role its logs, traces, and a health server, for as long as it runs."""
    loaded = settings(ctx)
    logs.configure(level=loaded.logs.level, format=loaded.logs.format, role=name)
    tracing.configure(loaded.telemetry.otlp_endpoint, role=name)
    health = Health(name)
    try:
        with HealthServer(health, host=loaded.telemetry.host, port=loaded.telemetry.http_port) as server:
            logs.get(__name__).info("role.started", http=server.url)
            yield RoleContext(loaded, health, server.url, world_time(loaded))
            logs.get(__name__).info("role.ended")
    finally:
        tracing.close()


def on_end_signals(act: Callable[[], None]) -> None:
    """Call `act` when this process is asked to end: Ctrl-C, SIGTERM, or a closed terminal."""
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, lambda _number, _frame: act())
