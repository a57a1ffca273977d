"""One JSON-RPC endpoint: bounded in time and size, read strictly, and named by its host alone.

An endpoint's address may hold the key that it is paid by, so it is in no message, whoever wrote that.
"""

from __future__ import annotations

import asyncio
import itertools
from typing import TYPE_CHECKING, Annotated, Final, Literal, TypeVar

import httpx
import msgspec
from msgspec import Meta, Raw, Struct

from chain.errors import Behind, Refused, Unknown
from infra.logs import MASK
from infra.metrics import CHAIN_CALL_SECONDS, CHAIN_CALLS

if TYPE_CHECKING:
    from collections.abc import Sequence

T = TypeVar("T")

# A hundred accounts of 10 KiB in base64 are less; whoever sends more sends something else.
BODY_BYTES_MAX: Final = 2 * 1024 * 1024
CONNECTIONS_MAX: Final = 16
MESSAGE_CHARS_MAX: Final = 200
SECRET_CHARS_MIN: Final = 6
NOT_YET: Final = frozenset({-32_016, -32_005, -32_004})
"""The endpoint has not reached the slot, is catching up, or has not got the block yet."""
_OK: Final = 200
_UNSET: Final = Raw(b"")


class _Trouble(Struct, frozen=True):
    code: Annotated[int, Meta(ge=-(2**31), le=2**31)]
    message: str = ""


class _Envelope(Struct, frozen=True):
    jsonrpc: Literal["2.0"]
    id: int | str | None
    result: Raw = _UNSET
    error: _Trouble | None = None


class Endpoint:
    """Asks one endpoint; whatever is not the answer raises `Unknown`, in words that may be shown."""

    def __init__(
        self, url: str, name: str, *, timeout_ms: int, transport: httpx.AsyncBaseTransport | None = None
    ) -> None:
        self.name = name
        self._url = url
        self._timeout_ms = timeout_ms
        self._secrets = secrets_of(url)
        self._ids = itertools.count(1)
        self._client = httpx.AsyncClient(
            headers={"User-Agent": "headgate", "Content-Type": "application/json"},
            timeout=timeout_ms / 1000,  # money-ok: seconds
            limits=httpx.Limits(max_connections=CONNECTIONS_MAX),
            follow_redirects=False,  # the key in the address is for this host alone
            trust_env=False,  # settings say where to go, not the shell that started us
            transport=transport,
        )

    async def call(self, method: str, params: Sequence[object], kind: type[T]) -> T:
        """Ask, and return the answer as what it has to be."""
        loop = asyncio.get_running_loop()
        begun = loop.time()
        try:
            answer = await self._call(method, params, kind)
        except Unknown as error:
            outcome = type(error).__name__.lower()
            CHAIN_CALLS.labels(self.name, method, outcome).inc()
            raise
        CHAIN_CALLS.labels(self.name, method, "answered").inc()
        CHAIN_CALL_SECONDS.labels(self.name).observe(loop.time() - begun)
        return answer

    async def close(self) -> None:
        """Close the connections."""
        await self._client.aclose()

    def junk(self, method: str, why: str) -> Unknown:
        """Return the error for an answer that makes no sense."""
        return Unknown(f"{self.name} answered {method} with what is no answer: {self._words(why)}")

    async def _call(self, method: str, params: Sequence[object], kind: type[T]) -> T:
        number = next(self._ids)
        asked = {"jsonrpc": "2.0", "id": number, "method": method, "params": params}
        status, body = await self._post(method, msgspec.json.encode(asked))
        envelope = self._envelope(method, status, body)
        if envelope.error is not None:
            raise self._refused(method, envelope.error)
        if status != _OK:
            raise Unknown(f"{self.name} answered {method} with HTTP {status}")
        if envelope.id != number:
            raise self.junk(method, "it belongs to another question")
        if not bytes(envelope.result):
            raise self.junk(method, "there is neither a result nor an error in it")
        return self._read(method, envelope.result, kind)

    def _envelope(self, method: str, status: int, body: bytes) -> _Envelope:
        try:
            return self._read(method, body, _Envelope)
        except Unknown as error:
            if status != _OK:
                raise Unknown(f"{self.name} answered {method} with HTTP {status}") from error
            raise

    def _read(self, method: str, body: bytes | Raw, kind: type[T]) -> T:
        try:
            return msgspec.json.decode(body, type=kind)
        except (msgspec.DecodeError, UnicodeDecodeError) as error:
            # The error names the place, not the content.
            raise self.junk(method, str(error)) from error
        except RecursionError as error:
            raise self.junk(method, "it is nested too deeply") from error

    def _refused(self, method: str, trouble: _Trouble) -> Unknown:
        told = f"{self.name} refused {method}: {self._words(trouble.message)} ({trouble.code})"
        return Behind(told) if trouble.code in NOT_YET else Refused(told, trouble.code)

    def _words(self, text: str) -> str:
        """Return what was said, on one line, short, and without what only we know."""
        for secret in self._secrets:
            text = text.replace(secret, MASK)
        return "".join(one if one.isprintable() else " " for one in text)[:MESSAGE_CHARS_MAX]

    async def _post(self, method: str, body: bytes) -> tuple[int, bytes]:
        try:
            # httpx bounds each read; this bounds an answer that drips in for ever.
            async with asyncio.timeout(self._timeout_ms / 1000):  # money-ok: seconds
                return await self._receive(method, body)
        except (TimeoutError, httpx.TimeoutException) as error:
            raise Unknown(f"{self.name} did not answer {method} within {self._timeout_ms} ms") from error
        except (httpx.HTTPError, httpx.StreamError, httpx.InvalidURL) as error:
            # Not what it says: that may be the address.
            raise Unknown(
                f"the connection to {self.name} failed during {method} ({type(error).__name__})"
            ) from None

    async def _receive(self, method: str, body: bytes) -> tuple[int, bytes]:
        async with self._client.stream("POST", self._url, content=body) as response:
            content = bytearray()
            async for part in response.aiter_bytes():
                content += part
                if len(content) > BODY_BYTES_MAX:
                    raise self.junk(method, f"it is longer than {BODY_BYTES_MAX} bytes")
            return response.status_code, bytes(content)


def host_of(url: str) -> str:
    """Return by what an endpoint may be named: its host and port."""
    parts = httpx.URL(url)
    return parts.host if parts.port is None else f"{parts.host}:{parts.port}"


def secrets_of(url: str) -> tuple[str, ...]:
    """Return each part of an address that may be a secret, the longest first."""
    parts = httpx.URL(url)
    found = {parts.password, parts.username, url, parts.query.decode("ascii", "replace")}
    found |= {*parts.path.split("/"), *(value for _, value in parts.params.multi_items())}
    return tuple(sorted((one for one in found if len(one) >= SECRET_CHARS_MIN), key=len, reverse=True))
