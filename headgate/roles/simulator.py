"""The simulator role: keeps a world of ad platforms in the data folder, and serves it until told to end."""

from __future__ import annotations

import asyncio
import errno
import signal
from contextlib import asynccontextmanager, suppress
from typing import TYPE_CHECKING

from infra import address, logs
from infra.errors import FixSetup
from infra.folder import FolderLock
from simulator.journal import Journal
from simulator.pointing import quota_of, terms_of
from simulator.server import Simulator
from simulator.world import make

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from pathlib import Path

    from infra.health import Health
    from infra.settings import Settings
    from infra.world_time import WorldTime

FOLDER = "simulator"
JOURNAL = "journal.jsonl"
LOOP = "simulator"
BEAT_SECONDS = 1.0
STUCK_AFTER_MS = 30_000

_log = logs.get(__name__)


def folder_of(settings: Settings) -> Path:
    """Return where a world is kept; its address is there too, in the form of `infra.address`."""
    return settings.data_dir / FOLDER


def url_of(settings: Settings) -> str | None:
    """Return where the simulator of this data folder serves, or last did; None when it never did."""
    known = address.read(folder_of(settings))
    return None if known is None else f"http://{known}"


async def serve(settings: Settings, time: WorldTime, health: Health, http: str) -> None:
    """Serve the world of the settings until this process is asked to end."""
    with FolderLock(folder_of(settings)):
        stopping = asyncio.Event()
        for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
            asyncio.get_running_loop().add_signal_handler(number, stopping.set)
        async with _opened(settings, time) as simulator:
            host = simulator.url.partition("//")[2]
            address.write(folder_of(settings), host)
            health.watch(LOOP, stuck_after_ms=STUCK_AFTER_MS)
            logs.announce_ready(http=http, simulator=simulator.url)
            while not stopping.is_set():
                health.beat(LOOP)
                with suppress(TimeoutError):
                    await asyncio.wait_for(stopping.wait(), BEAT_SECONDS)


@asynccontextmanager
async def _opened(settings: Settings, time: WorldTime) -> AsyncIterator[Simulator]:
    """Serve on the port of the settings, else on that of last time, else on a free one."""
    port = settings.simulator.port or last_port(settings)
    try:
        simulator = await _simulator(settings, time, port).__aenter__()
    except FixSetup as refused:
        cause = refused.__cause__
        taken = isinstance(cause, OSError) and cause.errno == errno.EADDRINUSE
        if settings.simulator.port or not taken:
            raise
        _log.warning("simulator.moved", port=port, reason="another program has taken it")
        simulator = await _simulator(settings, time, 0).__aenter__()
    try:
        yield simulator
    finally:
        await simulator.__aexit__(None, None, None)


def _simulator(settings: Settings, time: WorldTime, port: int) -> Simulator:
    terms = terms_of(settings)
    journal = Journal(terms, folder_of(settings) / JOURNAL)
    return Simulator(
        make(terms),
        time,
        journal=journal,
        quota=quota_of(settings),
        host=settings.simulator.host,
        port=port,
    )


def last_port(settings: Settings) -> int:
    """Return the port that the simulator of this data folder last had; 0 when it never had one."""
    known = address.read(folder_of(settings)) or ""
    port = known.rpartition(":")[2]
    return int(port) if port.isdecimal() else 0
