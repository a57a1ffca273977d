"""Websockets: subscriptions are taken, and their news sent after each slot."""

from __future__ import annotations

import asyncio
import json
from contextlib import suppress
from typing import TYPE_CHECKING

from aiohttp import WSMsgType, web

from chain.localnet.errors import PARSE_ERROR, RpcError
from chain.localnet.subscriptions import Subscriptions
from chain.localnet.wire import failed, read_call, succeeded

if TYPE_CHECKING:
    from chain.localnet.chain import LocalChain
    from chain.localnet.views import View

MESSAGE_BYTES_MAX = 65_536
HEARTBEAT_SECONDS = 20


class Slots:
    """Wakes everybody who waits for the next slot."""

    def __init__(self) -> None:
        self._passed = asyncio.Event()

    def tell(self) -> None:
        """Say that a slot has passed."""
        passed, self._passed = self._passed, asyncio.Event()
        passed.set()

    async def wait(self) -> None:
        """Wait for the next slot."""
        await self._passed.wait()


async def serve(request: web.Request, chain: LocalChain, view: View, slots: Slots) -> web.WebSocketResponse:
    """Serve one connection until it ends."""
    socket = web.WebSocketResponse(heartbeat=HEARTBEAT_SECONDS, max_msg_size=MESSAGE_BYTES_MAX)
    await socket.prepare(request)
    held = Subscriptions(chain, view)
    telling = asyncio.create_task(_tell(socket, held, slots))
    try:
        async for message in socket:
            if message.type in {WSMsgType.TEXT, WSMsgType.BINARY}:
                await socket.send_str(json.dumps(_answer(held, message.data)))
    finally:
        telling.cancel()
        with suppress(asyncio.CancelledError):
            await telling
    return socket


async def _tell(socket: web.WebSocketResponse, held: Subscriptions, slots: Slots) -> None:
    """Send news; whoever reads slowly holds up only this connection."""
    with suppress(ConnectionError):
        while not socket.closed:
            await slots.wait()
            for notice in held.news():
                await socket.send_str(json.dumps(notice))


def _answer(held: Subscriptions, data: str | bytes) -> dict[str, object]:
    try:
        asked = json.loads(data)
    except (ValueError, RecursionError):
        return failed(None, RpcError(PARSE_ERROR, "Parse error"))
    call_id = asked.get("id") if isinstance(asked, dict) else None
    try:
        method, params = read_call(asked)
        return succeeded(call_id, held.call(method, params))
    except RpcError as error:
        return failed(call_id, error)
