"""The local chain on a port: HTTP and websocket at every path, one path for each kind of endpoint."""

from __future__ import annotations

import asyncio
import ipaddress
import time
from contextlib import suppress
from typing import TYPE_CHECKING, Self

from aiohttp import web

from chain.localnet import websocket, wire
from chain.localnet.errors import AnswerLost
from chain.localnet.views import HONEST, View, view_of
from infra import logs
from infra.errors import FixSetup

if TYPE_CHECKING:
    from types import TracebackType

    from chain.localnet.chain import LocalChain

# Whoever still waits for an answer then, such as a slow one, gets none.
SHUTDOWN_SECONDS = 0.2  # money-ok: seconds
# A machine that was busy makes up for so many slots, and lets the rest go.
CATCH_UP_SLOTS = 5
SLOW_MS_MAX = 120_000
HTML = "<!doctype html><html><head><title>502 Bad Gateway</title></head><body>Bad Gateway</body></html>"

_log = logs.get(__name__)


class Server:
    """Serves a chain, and lets its slots pass; use as an async context."""

    def __init__(
        self, chain: LocalChain, *, slot_ms: int | None, host: str = "127.0.0.1", port: int = 0
    ) -> None:
        self.chain = chain
        self._slot_ms = slot_ms
        self._host, self._port = host, port
        self._runner: web.AppRunner | None = None
        self._slots = websocket.Slots()
        self._ticking: asyncio.Task[None] | None = None

    @property
    def port(self) -> int:
        """Return the port that it serves on."""
        return self._port

    @property
    def url(self) -> str:
        """Return the honest endpoint's address; others are below it, such as /lag/40."""
        return f"http://{self._host}:{self._port}"

    @property
    def ports(self) -> list[int]:
        """Return every port that it listens on."""
        return [] if self._runner is None else [address[1] for address in self._runner.addresses]

    async def __aenter__(self) -> Self:
        """Begin to serve."""
        served = web.Application(client_max_size=wire.BODY_BYTES_MAX)
        served.add_routes(
            [web.route("*", "/{kind:[^/]*}", self._any), web.route("*", "/{kind}/{much}", self._any)]
        )
        self._runner = web.AppRunner(served, access_log=None, shutdown_timeout=SHUTDOWN_SECONDS)
        await self._runner.setup()
        try:
            await web.TCPSite(self._runner, self._host, self._port).start()
        except OSError as error:
            await self._runner.cleanup()
            raise FixSetup(
                f"The local chain cannot listen on {self._host}:{self._port}: {error.strerror}.",
                "Set localnet.port to a free port, or to 0 to have one chosen.",
            ) from error
        self._port = self._runner.addresses[0][1]
        # Some clients look for websockets one port higher; where that is taken, they have to be told.
        with suppress(OSError, OverflowError):
            await web.TCPSite(self._runner, self._host, self._port + 1).start()
        self.chain.on_block = self._slots.tell
        if self._slot_ms is not None:
            self._ticking = asyncio.create_task(self._tick(self._slot_ms))
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._ticking is not None:
            self._ticking.cancel()
            with suppress(asyncio.CancelledError):
                await self._ticking
        self._slots.tell()
        if self._runner is not None:
            await self._runner.cleanup()

    @property
    def failure(self) -> BaseException | None:
        """Return why slots no longer pass, should that be so."""
        ticking = self._ticking
        return ticking.exception() if ticking is not None and ticking.done() else None

    async def _tick(self, slot_ms: int) -> None:
        due_ms = _now_ms()
        while True:
            due_ms = max(due_ms + slot_ms, _now_ms() - CATCH_UP_SLOTS * slot_ms)
            await _wait(max(0, due_ms - _now_ms()))
            self.chain.advance()

    async def _any(self, request: web.Request) -> web.StreamResponse:
        kind, much = request.match_info["kind"], request.match_info.get("much", "0")
        amount = int(much) if much.isdecimal() and len(much) <= len(str(SLOW_MS_MAX)) else 0
        match kind:
            case "junk":
                return web.Response(text=HTML, content_type="text/html")
            case "down":
                return web.Response(status=503, text=HTML, content_type="text/html")
            case "slow":
                await _wait(min(amount, SLOW_MS_MAX))
            case _:
                pass
        view = HONEST if kind in {"", "slow"} else view_of(kind, amount)
        if view is None:
            return web.Response(status=404, text="There is no such endpoint.\n")
        if request.headers.get("Upgrade", "").lower() == "websocket":
            return await websocket.serve(request, self.chain, view, self._slots)
        return await self._call(request, view)

    async def _call(self, request: web.Request, view: View) -> web.StreamResponse:
        try:
            body = await request.read()
        except web.HTTPRequestEntityTooLarge:
            return _json(wire.too_large())
        slow = self.chain.faults.drawn("slow")
        if slow is not None:
            await _wait(slow.delay_ms)
        own_machine = request.remote is not None and ipaddress.ip_address(request.remote).is_loopback
        try:
            answer = wire.answer_body(self.chain, body, view, own_machine=own_machine)
        except AnswerLost as lost:
            return await self._lost(request, lost)
        return _json(answer)

    async def _lost(self, request: web.Request, lost: AnswerLost) -> web.StreamResponse:
        """Let something else arrive than the answer."""
        match lost.how:
            case "timeout":
                await _wait(lost.delay_ms)
            case "truncated":
                return _json(b'{"jsonrpc":"2.0","result":"')
            case "html":
                return web.Response(text=HTML, content_type="text/html")
            case "status":
                return web.Response(status=500, text="Internal Server Error")
            case _:
                pass
        if request.transport is not None:
            request.transport.abort()
        return web.Response(status=500)


def _json(body: bytes) -> web.Response:
    return web.Response(body=body, content_type="application/json")


def _now_ms() -> int:
    return time.monotonic_ns() // 1_000_000


async def _wait(duration_ms: int) -> None:
    await asyncio.sleep(duration_ms / 1000)  # money-ok: seconds
