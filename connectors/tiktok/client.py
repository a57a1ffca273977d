"""The wire of TikTok's API: its address, its token, its envelope and its quota."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, TypeVar

from msgspec import Raw, Struct

from connectors.errors import PlatformError
from connectors.http import Http, read_json
from connectors.quota import READ_WAIT_MS_MAX, WRITE_WAIT_MS_MAX, Quota
from connectors.tiktok.errors import NAME, OK, PARTIAL, RATE_LIMITED, error_of
from infra.logs import MASK
from infra.metrics import PLATFORM_CALLS

if TYPE_CHECKING:
    from collections.abc import Awaitable, Mapping

    from connectors.http import Answer
    from infra.settings.model import TikTokSettings

T = TypeVar("T")

MESSAGE_CHARS_MAX: Final = 300
_TOO_MANY_REQUESTS: Final = 429
_GOOD: Final = range(200, 300)


class Envelope(Struct, frozen=True):
    """What every answer is wrapped in."""

    code: int
    message: str = ""
    request_id: str = ""
    data: Raw = Raw(b"{}")


class Client:
    """Makes calls with one token, and raises what their codes mean."""

    def __init__(self, settings: TikTokSettings, token: str, quota: Quota) -> None:
        self._http = Http(
            NAME, settings.base_url, timeout_ms=settings.timeout_ms, headers={"Access-Token": token}
        )
        self._token = token
        self._quota = quota

    async def get(self, path: str, params: Mapping[str, str], kind: type[T]) -> T:
        """Return the data of a read; one that is partial is none."""
        sent_ms = await self._quota.take(READ_WAIT_MS_MAX)
        envelope = await self._counted(path, self._http.get(path, params), sent_ms)
        if envelope.code == PARTIAL:
            raise self._http.trouble(
                f"GET {path} brought a part of the answer: {self.words(envelope.message)}"
            )
        return self.data(path, envelope, kind)

    async def post(self, path: str, body: bytes) -> Envelope:
        """Return the answer to a write, which may say that a part of it failed."""
        sent_ms = await self._quota.take(WRITE_WAIT_MS_MAX)
        return await self._counted(path, self._http.post(path, body), sent_ms)

    def data(self, path: str, envelope: Envelope, kind: type[T]) -> T:
        """Return what an envelope holds."""
        try:
            return read_json(envelope.data, kind)
        except ValueError as error:
            raise self._http.trouble(f"the answer of {path} is not as agreed: {error}") from error

    def words(self, message: str) -> str:
        """Return what TikTok said, short and without our token."""
        return message.replace(self._token, MASK)[:MESSAGE_CHARS_MAX]

    async def close(self) -> None:
        """Close the connections."""
        await self._http.close()

    async def _counted(self, path: str, call: Awaitable[Answer], sent_ms: int) -> Envelope:
        try:
            envelope = await self._outcome(path, call, sent_ms)
        except PlatformError as error:
            PLATFORM_CALLS.labels(NAME, error.reason).inc()
            raise
        PLATFORM_CALLS.labels(NAME, "answered").inc()
        return envelope

    async def _outcome(self, path: str, call: Awaitable[Answer], sent_ms: int) -> Envelope:
        answer = await call
        try:
            envelope = read_json(answer.body, Envelope)
        except ValueError as error:
            if answer.status == _TOO_MANY_REQUESTS:
                raise self._quota.refused(sent_ms) from error
            detail = f"{path} answered HTTP {answer.status} with no envelope of TikTok's: {error}"
            raise self._http.trouble(detail) from error
        if envelope.code == RATE_LIMITED:
            raise self._quota.refused(sent_ms)
        self._quota.accepted(sent_ms)
        if envelope.code not in (OK, PARTIAL):
            told = f"{self.words(envelope.message)} (code {envelope.code}, request {envelope.request_id:.64})"
            raise error_of(envelope.code, told)
        if answer.status not in _GOOD:
            raise self._http.trouble(f"{path} answered HTTP {answer.status} and no error")
        return envelope
