"""Whom the notifier tells of alerts, and how it reaches them."""

from __future__ import annotations

import base64
import binascii
from typing import Annotated, Literal, Self
from urllib.parse import urlsplit

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, SecretStr, model_validator

SECRET_PREFIX = "whsec_"  # noqa: S105 - how secrets of Standard Webhooks begin, not one of them
# What the specification of Standard Webhooks allows a secret, decoded.
SECRET_BYTES_MIN, SECRET_BYTES_MAX = 24, 64
DESTINATIONS_MAX = 16
EMAIL = "email"
URL_CHARS_MAX = 2_000

Severity = Literal["info", "warning", "high", "critical"]
Told = Literal[
    "alert.raised",
    "alert.cleared",
    "breaker.moved",
    "edit.observed",
    "funding.alert.raised",
    "funding.alert.cleared",
]
DestinationName = Annotated[str, Field(pattern="^[a-z0-9][a-z0-9-]{0,31}$")]
Subjects = Annotated[tuple[Annotated[str, Field(min_length=1, max_length=386)], ...], Field(max_length=1_000)]
Address = Annotated[str, Field(pattern="^[^\\s@<>,;\\x00-\\x1f]+@[^\\s@<>,;\\x00-\\x1f]+$", max_length=254)]
USUALLY: tuple[Told, ...] = (
    "alert.raised",
    "alert.cleared",
    "breaker.moved",
    "funding.alert.raised",
    "funding.alert.cleared",
)


def signing_key(secret: str) -> bytes:
    """Return the key that a secret of Standard Webhooks holds; ``ValueError`` when it holds none."""
    if not secret.startswith(SECRET_PREFIX):
        raise ValueError(f"a secret begins with {SECRET_PREFIX}")
    try:
        key = base64.b64decode(secret.removeprefix(SECRET_PREFIX), validate=True)
    except binascii.Error:
        raise ValueError(f"what follows {SECRET_PREFIX} in a secret is base64") from None
    if not SECRET_BYTES_MIN <= len(key) <= SECRET_BYTES_MAX:
        raise ValueError(f"a secret holds {SECRET_BYTES_MIN} to {SECRET_BYTES_MAX} bytes, in base64")
    return key


def _secret(secret: SecretStr) -> SecretStr:
    signing_key(secret.get_secret_value())
    return secret


def _url(url: SecretStr) -> SecretStr:
    text = url.get_secret_value()
    parts = urlsplit(text)
    if parts.scheme not in {"http", "https"} or not parts.hostname or len(text) > URL_CHARS_MAX:
        raise ValueError("a url begins with https:// or http:// and names a host")
    if any(character.isspace() or not character.isprintable() for character in text):
        raise ValueError("a url has no spaces and no control characters")
    return url


class _Destination(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)

    min_severity: Severity = Field(
        default="info", description='The least that it is told; "warning" mutes what is only information.'
    )
    only: Subjects = Field(
        default=(), description="Only these clients or accounts (client/platform/account); empty: all."
    )
    events: tuple[Told, ...] = Field(default=USUALLY, description="Which events it is told.")

    def takes(self, subject: str) -> bool:
        """Say whether an account is one of those that it is told of."""
        return not self.only or any(subject == one or subject.startswith(f"{one}/") for one in self.only)


class WebhookSettings(_Destination):
    """One address to which alerts are posted."""

    name: DestinationName
    # Whoever knows the address of an incoming webhook may post to it.
    url: Annotated[SecretStr, AfterValidator(_url)]
    format: Literal["standard", "slack"] = "standard"
    secrets: tuple[Annotated[SecretStr, AfterValidator(_secret)], ...] = Field(default=(), max_length=4)
    """More than one while a secret is exchanged for another."""

    @model_validator(mode="after")
    def _is_signed(self) -> Self:
        if self.format == "standard" and not self.secrets:
            raise ValueError("a webhook of the standard format is signed, so it has secrets")
        return self


class EmailSettings(_Destination):
    """Alerts by e-mail."""

    host: str | None = Field(
        default=None, min_length=1, max_length=253, description="The SMTP server; unset: no e-mail is sent."
    )
    port: int = Field(default=587, ge=1, le=65_535, description="Its port.")
    security: Literal["starttls", "tls", "none"] = Field(
        default="starttls",
        description="STARTTLS after the greeting (587), TLS at once (465), or none, on loopback.",
    )
    user: str | None = Field(default=None, min_length=1, description="As whom; unset: without logging in.")
    password: SecretStr | None = Field(default=None, description="The password of that user.")
    sender: Address | None = Field(default=None, description="The address that alerts come from.")
    to: tuple[Address, ...] = Field(default=(), max_length=50, description="The addresses that they go to.")

    @model_validator(mode="after")
    def _is_whole(self) -> Self:
        if self.host is not None and (self.sender is None or not self.to):
            raise ValueError("e-mail needs host, sender and at least one address in to")
        if (self.user is None) != (self.password is None):
            raise ValueError("user and password come together")
        if self.user is not None and self.security == "none":
            raise ValueError("a password is not sent without TLS")
        return self


class NotifierSettings(BaseModel):
    """Who is told of alerts."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    begin: Literal["now", "beginning"] = Field(
        default="now",
        description="Where a destination that is new begins in the log; afterwards nothing is skipped.",
    )
    timeout_ms: int = Field(default=15_000, ge=100, le=120_000, description="How long an answer may take.")
    retry_ms_max: int = Field(
        default=300_000,
        ge=100,
        le=3_600_000,
        description="The longest pause before a destination is tried again.",
    )
    webhooks: tuple[WebhookSettings, ...] = Field(
        default=(), max_length=DESTINATIONS_MAX - 1, description="Addresses that alerts are posted to."
    )
    email: EmailSettings = EmailSettings()

    @model_validator(mode="after")
    def _names_differ(self) -> Self:
        names = [one.name for one in self.webhooks]
        if len({*names, EMAIL}) != len(names) + 1:
            raise ValueError(f"each webhook has a name of its own, and none is called {EMAIL}")
        return self
