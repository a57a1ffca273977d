"""How connections go wrong, for every platform's front alike."""

from __future__ import annotations

import socket
import struct

from aiohttp import web

BODY_BYTES_MAX = 64 * 1024
_GATEWAY = "<html><head><title>502 Bad Gateway</title></head><body><h1>502 Bad Gateway</h1></body></html>"


def html() -> web.Response:
    """Answer as a gateway does whose backend is away."""
    return web.Response(status=502, text=_GATEWAY, content_type="text/html")


def reset(request: web.Request) -> web.Response:
    """Break the connection off; what is returned reaches nobody."""
    transport = request.transport
    if transport is not None:
        # Without lingering the other side gets a reset and not an orderly end.
        connection: socket.socket = transport.get_extra_info("socket")
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        transport.abort()
    return web.Response(status=500)


def json(body: bytes) -> web.Response:
    """Answer JSON."""
    return web.Response(body=body, content_type="application/json")


def half(body: bytes) -> web.Response:
    """Answer the first half of some JSON, as if it were all."""
    return json(body[: len(body) // 2])
