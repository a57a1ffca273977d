"""Posts notices to an address: signed as Standard Webhooks, or as Slack takes them."""

from __future__ import annotations

import asyncio
from email.utils import parsedate_to_datetime
from http import HTTPStatus
from typing import TYPE_CHECKING, Final

import httpx

from connectors.notifier import payloads, signing
from connectors.notifier.destination import Answer, Later, Refused, Taken
from infra.logs import mask_text
from infra.settings.notifier import signing_key
from infra.world_time import wall_ms

if TYPE_CHECKING:
    from connectors.notifier.notices import Notice
    from infra.settings.notifier import WebhookSettings

# Nothing in an answer is for us but its status; a few words of it help whoever configures the destination.
ANSWER_BYTES_MAX: Final = 16 * 1024
ANSWER_CHARS_SHOWN: Final = 120
# However long a destination asks us to wait, it is asked again after this.
RETRY_AFTER_MS_MAX: Final = 3_600_000
# Refusals that pass: too slow, too early, too many.
_PASSING: Final = frozenset({HTTPStatus.REQUEST_TIMEOUT, HTTPStatus.TOO_EARLY, HTTPStatus.TOO_MANY_REQUESTS})


class Webhook:
    """One address; nothing is followed elsewhere, since what is sent is meant for it alone."""

    def __init__(self, settings: WebhookSettings, *, timeout_ms: int) -> None:
        self.name, self._format = settings.name, settings.format
        self._timeout_ms = timeout_ms
        self._keys = [signing_key(secret.get_secret_value()) for secret in settings.secrets]
        self._url = httpx.URL(settings.url.get_secret_value())
        self.where = self._url.host
        self._client = httpx.AsyncClient(
            headers={"User-Agent": "headgate", "Content-Type": "application/json"},
            timeout=timeout_ms / 1000,
            limits=httpx.Limits(max_connections=1),
            follow_redirects=False,
            trust_env=False,  # settings say where to go, not the shell that started us
        )

    async def deliver(self, notice: Notice) -> Answer:
        """Post a notice once."""
        body = payloads.standard(notice) if self._format == "standard" else payloads.slack(notice)
        signed = signing.headers(notice.message_id, wall_ms() // 1000, body, self._keys) if self._keys else {}
        request = self._client.build_request("POST", self._url, content=body, headers=signed)
        try:
            # httpx bounds each read; this bounds an answer that drips in for ever.
            async with asyncio.timeout(self._timeout_ms / 1000):
                return await self._send(request)
        except (TimeoutError, httpx.TimeoutException):
            return Later(f"no answer within {self._timeout_ms} ms")
        except httpx.HTTPError as error:
            return Later(f"the connection failed ({type(error).__name__})")

    async def close(self) -> None:
        """Close the connections."""
        await self._client.aclose()

    async def _send(self, request: httpx.Request) -> Answer:
        response = await self._client.send(request, stream=True)
        try:
            body = bytearray()
            async for part in response.aiter_raw():
                body += part
                if len(body) > ANSWER_BYTES_MAX:
                    break
        finally:
            await response.aclose()
        return judge(response.status_code, response.headers.get("retry-after"), bytes(body), wall_ms())


def judge(status: int, retry_after: str | None, body: bytes, now_ms: int) -> Answer:
    """Say what an answer means: any 2xx has it, what may pass is tried again, the rest is refused."""
    words = payloads.one_line(mask_text(body.decode("utf-8", "replace")))[:ANSWER_CHARS_SHOWN]
    told = f"HTTP {status}" + (f": {words}" if words else "")
    if HTTPStatus.OK <= status < HTTPStatus.MULTIPLE_CHOICES:
        return Taken(told)
    if HTTPStatus.MULTIPLE_CHOICES <= status < HTTPStatus.BAD_REQUEST:
        return Later(f"{told}; redirections are not followed, so correct its url")
    if status in _PASSING or status >= HTTPStatus.INTERNAL_SERVER_ERROR:
        return Later(told, retry_after_ms(retry_after, now_ms))
    return Refused(told)


def retry_after_ms(text: str | None, now_ms: int) -> int | None:
    """Read Retry-After, in seconds or as a date; what makes no sense says nothing."""
    if text is None:
        return None
    if text.isascii() and text.isdigit():
        # More digits than any wait has; a number of them all would be slow to read.
        wait_ms = int(text[:10]) * 1000
    else:
        try:
            wait_ms = int(parsedate_to_datetime(text).timestamp() * 1000) - now_ms
        except (ValueError, OverflowError):
            return None
    return min(max(wait_ms, 0), RETRY_AFTER_MS_MAX)
