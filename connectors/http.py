"""One HTTP client for all platforms: bounded in time and size, no redirects, trouble in our own words.

What came is a status and a body; what it means is for the platform's folder to say. The connection's own
errors are ``Transient``: a request that was sent may have taken effect.
"""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, TypeVar

import httpx
import msgspec

from connectors.errors import Transient

if TYPE_CHECKING:
    from collections.abc import Mapping

T = TypeVar("T")

# A page of a thousand rows is about a third of a megabyte; whoever sends this much sends something else.
BODY_BYTES_MAX: Final = 16 * 1024 * 1024
CONNECTIONS_MAX: Final = 20
_REDIRECTS: Final = range(300, 400)


@dataclass(frozen=True, slots=True)
class Answer:
    """What came back, whole."""

    status: int
    body: bytes


class Http:
    """The connections to one platform, with the headers that every request carries."""

    def __init__(self, platform: str, base_url: str, *, timeout_ms: int, headers: Mapping[str, str]) -> None:
        self._platform = platform
        self._timeout_ms = timeout_ms
        self._client = httpx.AsyncClient(
            base_url=base_url.rstrip("/") + "/",
            headers={"User-Agent": "headgate", "Accept": "application/json", **headers},
            timeout=timeout_ms / 1000,
            limits=httpx.Limits(max_connections=CONNECTIONS_MAX),
            follow_redirects=False,  # the token is for this host alone
            trust_env=False,  # settings say where to go, not the shell that started us
        )

    async def get(self, path: str, params: Mapping[str, str]) -> Answer:
        """Ask for something."""
        return await self._send(self._client.build_request("GET", path, params=dict(params)))

    async def post(self, path: str, body: bytes) -> Answer:
        """Send JSON."""
        headers = {"Content-Type": "application/json"}
        return await self._send(self._client.build_request("POST", path, content=body, headers=headers))

    async def close(self) -> None:
        """Close the connections."""
        await self._client.aclose()

    def trouble(self, detail: str) -> Transient:
        """Return the error for an answer that makes no sense."""
        return Transient(self._platform, detail)

    async def _send(self, request: httpx.Request) -> Answer:
        # The address is told without its parameters, and never a header.
        asked = f"{request.method} {request.url.path}"
        try:
            # httpx bounds each read; this bounds an answer that drips in for ever.
            async with asyncio.timeout(self._timeout_ms / 1000):
                answer = await self._receive(request, asked)
        except (TimeoutError, httpx.TimeoutException) as error:
            raise self.trouble(f"no answer to {asked} within {self._timeout_ms} ms") from error
        except httpx.RequestError as error:
            raise self.trouble(f"the connection failed during {asked} ({type(error).__name__})") from error
        if answer.status in _REDIRECTS:
            raise self.trouble(f"{asked} was redirected (HTTP {answer.status}), which is not followed")
        return answer

    async def _receive(self, request: httpx.Request, asked: str) -> Answer:
        response = await self._client.send(request, stream=True)
        try:
            body = bytearray()
            async for part in response.aiter_bytes():
                body += part
                if len(body) > BODY_BYTES_MAX:
                    raise self.trouble(f"the answer to {asked} is longer than {BODY_BYTES_MAX} bytes")
            return Answer(response.status_code, bytes(body))
        finally:
            await response.aclose()


def read_json(body: bytes | msgspec.Raw, kind: type[T]) -> T:
    """Return a body as what it has to be; ``ValueError``, in words, when it is not."""
    try:
        return msgspec.json.decode(body, type=kind)
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        # The error names the place, not the content.
        raise ValueError(str(error)) from error
    except RecursionError as error:
        raise ValueError("it is nested too deeply") from error
