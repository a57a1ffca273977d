"""The simulator as a whole: a world, what goes wrong in it, and the server that clients talk to."""

from __future__ import annotations

from typing import TYPE_CHECKING, Self

from aiohttp import web

from infra.errors import FixSetup
from simulator import wire
from simulator.admin import Admin
from simulator.answered import Answered
from simulator.faults import Faults
from simulator.journal import Journal
from simulator.quota import Quota, Quotas
from simulator.running import RunningWorld
from simulator.tiktok.accounts import App
from simulator.tiktok.front import Front

if TYPE_CHECKING:
    from types import TracebackType

    from simulator.running import Time
    from simulator.world import World

# Whoever still waits for an answer then, such as a slow one, gets none.
SHUTDOWN_SECONDS = 0.2


class Simulator:
    """Serves a world on one port; use as an async context."""

    def __init__(
        self,
        world: World,
        time: Time,
        *,
        journal: Journal | None = None,
        quota: Quota | None = None,
        host: str = "127.0.0.1",
        port: int = 0,
    ) -> None:
        self.world = world
        self.journal = journal or Journal(world.terms)
        self.running = RunningWorld(world, time, self.journal)
        self.faults = Faults(world.terms.seed)
        self.answered = Answered()
        self.app = App()
        quotas = Quotas(quota or Quota())
        self._fronts = [Front(self.running, self.faults, quotas, self.answered, self.app)]
        self._host, self._port = host, port
        self._runner: web.AppRunner | None = None

    @property
    def port(self) -> int:
        """Return the port that it serves on."""
        return self._port

    @property
    def url(self) -> str:
        """Return the address that all platforms are below, without a slash at its end."""
        return f"http://{self._host}:{self._port}"

    async def __aenter__(self) -> Self:
        """Begin to serve."""
        served = web.Application(client_max_size=wire.BODY_BYTES_MAX)
        served.add_routes(Admin(self.running, self.faults, self.answered).routes())
        for front in self._fronts:
            served.add_routes(front.routes())
        self._runner = web.AppRunner(served, access_log=None, shutdown_timeout=SHUTDOWN_SECONDS)
        await self._runner.setup()
        try:
            await web.TCPSite(self._runner, self._host, self._port).start()
        except OSError as error:
            await self._runner.cleanup()
            self.journal.close()
            raise FixSetup(
                f"The simulator cannot listen on {self._host}:{self._port}: {error.strerror}.",
                "Set simulator.port to a free port, or to 0 to have one chosen.",
            ) from error
        self._port = self._runner.addresses[0][1]
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._runner is not None:
            await self._runner.cleanup()
        self.journal.close()
