"""Somebody who is told: what a destination is asked, and what can come of it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

from msgspec import Struct

if TYPE_CHECKING:
    from connectors.notifier.notices import Notice


class Taken(Struct, frozen=True):
    """The destination has it."""

    detail: str


class Later(Struct, frozen=True):
    """It could not be given over now; the same may work later."""

    detail: str
    retry_after_ms: int | None = None
    """When the destination itself said how long to wait."""


class Refused(Struct, frozen=True):
    """The destination does not take this one, however often it is offered."""

    detail: str


Answer = Taken | Later | Refused


class Destination(Protocol):
    """One of those who are told; what it answers is said without secrets."""

    name: str
    where: str
    """Its host: addresses may hold secrets in every other part."""

    async def deliver(self, notice: Notice) -> Answer:
        """Offer a notice once."""
        ...

    async def close(self) -> None:
        """Let go of connections."""
        ...
