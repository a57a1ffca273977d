"""Sends notices by SMTP, one connection a notice."""

from __future__ import annotations

import asyncio
import smtplib
import ssl
from contextlib import suppress
from typing import TYPE_CHECKING, Final

from connectors.notifier import payloads
from connectors.notifier.destination import Answer, Later, Refused, Taken
from infra.settings.notifier import EMAIL
from infra.world_time import wall_ms

if TYPE_CHECKING:
    from email.message import EmailMessage

    from connectors.notifier.notices import Notice
    from infra.settings.notifier import EmailSettings

_PERMANENT: Final = 500


class Mail:
    """One mail server, and those whom it writes to."""

    name = EMAIL

    def __init__(self, settings: EmailSettings, *, timeout_ms: int) -> None:
        if settings.host is None or settings.sender is None:
            raise ValueError("without a host and a sender no e-mail is sent")
        self._settings, self._timeout_ms = settings, timeout_ms
        self._host, self._sender = settings.host, settings.sender
        self.where = settings.host

    async def deliver(self, notice: Notice) -> Answer:
        """Send a notice once; it goes to all of the addresses or is told of."""
        message = payloads.mail(notice, sender=self._sender, to=self._settings.to, now_ms=wall_ms())
        return await asyncio.to_thread(self._deliver, message)

    async def close(self) -> None:
        """Keep nothing open."""

    def _deliver(self, message: EmailMessage) -> Answer:
        try:
            server = self._connected()
            try:
                return self._send(server, message)
            finally:
                # How the server says goodbye changes nothing about what it has taken.
                with suppress(smtplib.SMTPException, OSError):
                    server.quit()
                server.close()
        except smtplib.SMTPResponseException as error:
            # Before a message was offered nothing can be wrong with it: a person has to look at the access.
            return Later(f"the mail server answered {error.smtp_code} to the connection or the password")
        except (smtplib.SMTPException, OSError) as error:
            return Later(f"the connection failed ({type(error).__name__})")

    def _connected(self) -> smtplib.SMTP:
        given, seconds = self._settings, self._timeout_ms / 1000
        # A name of our own spares a look-up that may hang; it is what the server is greeted with.
        name = self._sender.rpartition("@")[2]
        server: smtplib.SMTP
        if given.security == "tls":
            server = smtplib.SMTP_SSL(
                self._host, given.port, name, timeout=seconds, context=ssl.create_default_context()
            )
        else:
            server = smtplib.SMTP(self._host, given.port, name, timeout=seconds)
        try:
            if given.security == "starttls":
                server.starttls(context=ssl.create_default_context())
            server.ehlo_or_helo_if_needed()
            if given.user is not None and given.password is not None:
                server.login(given.user, given.password.get_secret_value())
        except BaseException:
            server.close()
            raise
        return server

    def _send(self, server: smtplib.SMTP, message: EmailMessage) -> Answer:
        try:
            refused = server.send_message(message)
        except smtplib.SMTPRecipientsRefused as error:
            refused = error.recipients
        except smtplib.SMTPResponseException as error:
            return _judged(error.smtp_code, "the message")
        except smtplib.SMTPNotSupportedError:
            return Refused("the mail server does not take such addresses")
        if not refused:
            return Taken("the mail server has it")
        # Those who have it get it again with the same Message-ID; nobody is left out in silence.
        return _judged(min(code for code, _ in refused.values()), f"{len(refused)} of the addresses")


def _judged(code: int, what: str) -> Answer:
    told = f"the mail server answered {code} to {what}"
    return Refused(told) if code >= _PERMANENT else Later(told)
