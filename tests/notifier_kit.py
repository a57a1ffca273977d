"""What tests of the notifier share: notices, a receiver of webhooks, and a mail server, both on loopback."""

from __future__ import annotations

import asyncio
import base64
import hashlib
import hmac
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from aiohttp import web

from connectors.notifier.notices import Notice
from events.codec import Event, encode
from events.envelope import Envelope
from events.types import AlertCleared, AlertRaised, BreakerMoved, EditObserved
from infra.settings.notifier import EmailSettings, WebhookSettings

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Awaitable, Callable, Mapping

    from events.types import Fact

SUBJECT = "acme/tiktok/7001"
AT_MS = 1_795_262_400_000
SECRET = "whsec_AAECAwQFBgcICQoLDA0ODxAREhMUFRYX"  # noqa: S105 - the secret of these tests
OLD_SECRET = "whsec_FxYVFBMSERAPDg0MCwoJCAcGBQQDAgEA"  # noqa: S105 - likewise


def raised(campaign: str | None = "c1", **changes: Any) -> AlertRaised:  # noqa: ANN401 - any field
    """Return an alert that begins."""
    usual: dict[str, Any] = {
        "kind": "critical_overpacing",
        "severity": "high",
        "campaign": campaign,
        "episode": 1,
        "at_ms": AT_MS,
        "observed": 2_400,
        "limit": 2_000,
        "unit": "permille",
        "day": "2026-11-21",
        "spent_micros": 41_200_000,
        "budget_micros": 50_000_000,
        "ratio_permille": 2_400,
        "currency": "USD",
    }
    return AlertRaised(**{**usual, **changes})


def cleared(campaign: str | None = "c1", **changes: Any) -> AlertCleared:  # noqa: ANN401 - any field
    """Return an alert that ends."""
    usual: dict[str, Any] = {
        "kind": "critical_overpacing",
        "campaign": campaign,
        "episode": 1,
        "raised_ms": AT_MS,
        "at_ms": AT_MS + 65 * 60_000,
        "reason": "recovered",
    }
    return AlertCleared(**{**usual, **changes})


def moved(**changes: Any) -> BreakerMoved:  # noqa: ANN401 - any field
    """Return a breaker that opens."""
    usual: dict[str, Any] = {
        "campaign": "c1",
        "state": "open",
        "previous": "closed",
        "reason": "velocity",
        "at_ms": AT_MS,
        "until_ms": AT_MS + 3_600_000,
    }
    return BreakerMoved(**{**usual, **changes})


def edited() -> EditObserved:
    """Return a person's edit of a budget."""
    return EditObserved(
        campaign="c1",
        what="budget",
        ours=None,
        theirs=None,
        ours_micros=50_000_000,
        theirs_micros=80_000_000,
        as_of_ms=AT_MS,
        keeps_off_until_ms=AT_MS,
    )


def notice(fact: Any, number: int = 0, subject: str = SUBJECT) -> Notice:  # noqa: ANN401 - any fact that is told
    """Return a notice as it would be read."""
    return Notice(f"account-facts.3.{number}.0", subject, fact)


def record(fact: Fact, number: int = 0, subject: str = SUBJECT) -> tuple[list[tuple[str, bytes]], bytes]:
    """Return headers and body of a record that the account agent would write."""
    envelope = Envelope(f"account-facts.3.{number}.0", fact.TYPE, fact.VERSION, "/headgate/account", subject)
    return encode(Event(envelope, fact))


def hook(url: str = "http://127.0.0.1:1/", **changes: Any) -> WebhookSettings:  # noqa: ANN401 - any setting
    """Return the settings of a webhook."""
    return WebhookSettings(**{"name": "ops", "url": url, "secrets": (SECRET,), **changes})


def mailbox(port: int, **changes: Any) -> EmailSettings:  # noqa: ANN401 - any setting
    """Return the settings of a mail server on loopback."""
    usual: dict[str, Any] = {
        "host": "127.0.0.1",
        "port": port,
        "security": "none",
        "sender": "headgate@example.org",
        "to": ("ops@example.org",),
    }
    return EmailSettings(**{**usual, **changes})


def is_signed(headers: Mapping[str, str], body: bytes, secret: str) -> bool:
    """Verify a request as its receiver does, by the text of the specification and nothing of ours."""
    key = base64.b64decode(secret.split("_", 1)[1])
    content = b".".join([headers["webhook-id"].encode(), headers["webhook-timestamp"].encode(), body])
    expected = base64.b64encode(hmac.digest(key, content, hashlib.sha256))
    offered = [part.split(",", 1) for part in headers["webhook-signature"].split(" ")]
    return any(version == "v1" and hmac.compare_digest(one.encode(), expected) for version, one in offered)


@dataclass
class Receiver:
    """An address that webhooks are posted to, which answers as it is told and then with 204."""

    answers: list[tuple[int, dict[str, str], str]] = field(default_factory=list)
    requests: list[tuple[dict[str, str], bytes]] = field(default_factory=list)
    url: str = ""
    answering: Callable[[web.Request], Awaitable[web.Response]] | None = None
    """Who answers instead."""
    came: asyncio.Event = field(default_factory=asyncio.Event)

    async def hear(self, request: web.Request) -> web.Response:
        """Let whoever is to answer do so."""
        return await (self.answering or self.take)(request)

    async def take(self, request: web.Request) -> web.Response:
        """Keep a request and answer it."""
        self.requests.append(
            ({name.lower(): value for name, value in request.headers.items()}, await request.read())
        )
        self.came.set()
        status, headers, text = self.answers.pop(0) if self.answers else (204, {}, "")
        return web.Response(status=status, headers=headers, text=text or None)

    @property
    def ids(self) -> list[str]:
        """Return which messages came, in their order, repetitions too."""
        return [headers["webhook-id"] for headers, _ in self.requests]

    async def until(self, count: int) -> None:
        """Wait for so many requests."""
        async with asyncio.timeout(60):
            while len(self.requests) < count:
                self.came.clear()
                await self.came.wait()


@asynccontextmanager
async def receiving(*answers: tuple[int, dict[str, str], str], port: int = 0) -> AsyncIterator[Receiver]:
    """Serve an address for the length of a block."""
    receiver = Receiver(list(answers))
    application = web.Application()
    application.router.add_post("/hook", receiver.hear)
    runner = web.AppRunner(application, access_log=None, shutdown_timeout=0.2)
    await runner.setup()
    try:
        await web.TCPSite(runner, "127.0.0.1", port).start()
        receiver.url = f"http://127.0.0.1:{runner.addresses[0][1]}/hook"
        yield receiver
    finally:
        await runner.cleanup()


@dataclass
class MailServer:
    """A mail server that takes what comes, or answers a command as it is told to."""

    answers: dict[str, list[str]] = field(default_factory=dict)
    letters: list[str] = field(default_factory=list)
    port: int = 0

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """Speak SMTP with one client."""
        writer.write(b"220 here\r\n")
        while line := (await reader.readline()).decode().strip():
            word = line.split()[0].upper()
            writer.write(f"{self._answer(word)}\r\n".encode())
            if word == "DATA":
                letter = await reader.readuntil(b"\r\n.\r\n")
                self.letters.append(letter.decode())
                writer.write(f"{self._answer('.')}\r\n".encode())
            if word == "QUIT":
                break
        writer.close()
        await writer.wait_closed()

    def _answer(self, word: str) -> str:
        told = self.answers.get(word)
        usual = {"DATA": "354 go on", "QUIT": "221 bye"}.get(word, "250 well")
        return told.pop(0) if told else usual


@asynccontextmanager
async def mailing(**answers: list[str]) -> AsyncIterator[MailServer]:
    """Serve mail for the length of a block."""
    mail = MailServer(answers)
    server = await asyncio.start_server(mail.serve, "127.0.0.1", 0)
    mail.port = server.sockets[0].getsockname()[1]
    async with server:
        yield mail
