"""The localnet role: keeps a Solana of its own in the data folder, and serves it until told to end."""

from __future__ import annotations

import asyncio
import errno
import signal
from contextlib import asynccontextmanager, suppress
from pathlib import Path
from typing import TYPE_CHECKING

import chain.program
from chain.localnet.folder import open_chain
from chain.localnet.server import Server
from infra import address, logs
from infra.errors import FixSetup
from infra.folder import FolderLock

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from chain.localnet.chain import LocalChain
    from infra.health import Health
    from infra.settings import Settings
    from infra.world_time import WorldTime

FOLDER = "localnet"
PROGRAM = Path(chain.program.__file__).parent / "campaign_pot.so"
LOOP = "localnet"
BEAT_SECONDS = 1.0
STUCK_AFTER_MS = 30_000

_log = logs.get(__name__)


def folder_of(settings: Settings) -> Path:
    """Return where the chain is kept; its address is there too, in the form of `infra.address`."""
    return settings.data_dir / FOLDER


async def serve(settings: Settings, time: WorldTime, health: Health, http: str) -> None:
    """Serve the chain of the settings until this process is asked to end."""
    folder = folder_of(settings)
    with FolderLock(folder):
        stopping = asyncio.Event()
        for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
            asyncio.get_running_loop().add_signal_handler(number, stopping.set)
        local = open_chain(folder, PROGRAM, time.now_ms, final_blocks=settings.localnet.final_slots)
        try:
            async with _served(settings, local) as server:
                address.write(folder, server.url.partition("//")[2])
                health.watch(LOOP, stuck_after_ms=STUCK_AFTER_MS)
                logs.announce_ready(http=http, localnet=server.url)
                await _until(stopping, server, health)
        finally:
            local.close()


async def _until(stopping: asyncio.Event, server: Server, health: Health) -> None:
    while not stopping.is_set():
        if server.failure is not None:
            # A chain whose slots no longer pass is dead, and starts again from what it has kept.
            raise server.failure
        health.beat(LOOP)
        with suppress(TimeoutError):
            await asyncio.wait_for(stopping.wait(), BEAT_SECONDS)


@asynccontextmanager
async def _served(settings: Settings, local: LocalChain) -> AsyncIterator[Server]:
    """Serve on the port of the settings, else on that of last time, else on a free one."""
    port = settings.localnet.port or _last_port(settings)
    try:
        server = await _server(settings, local, port).__aenter__()
    except FixSetup as refused:
        cause = refused.__cause__
        taken = isinstance(cause, OSError) and cause.errno == errno.EADDRINUSE
        if settings.localnet.port or not taken:
            raise
        _log.warning("localnet.moved", port=port, reason="another program has taken it")
        server = await _server(settings, local, 0).__aenter__()
    try:
        yield server
    finally:
        await server.__aexit__(None, None, None)


def _server(settings: Settings, local: LocalChain, port: int) -> Server:
    terms = settings.localnet
    return Server(local, slot_ms=terms.slot_ms, host=terms.host, port=port)


def _last_port(settings: Settings) -> int:
    known = address.read(folder_of(settings)) or ""
    port = known.rpartition(":")[2]
    return int(port) if port.isdecimal() else 0
