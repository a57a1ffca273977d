"""An order as the chain executor holds it: what it wants, for which client, where it stands in the log."""

from __future__ import annotations

import hashlib
from datetime import date
from typing import TYPE_CHECKING

from msgspec import Struct
from solders.pubkey import Pubkey

from events.codec import decode
from events.errors import Unreadable
from events.types import FundPot, PausePot, ResumePot, SettlePot

if TYPE_CHECKING:
    from events.codec import Event
    from events.envelope import Envelope, Headers

Movement = FundPot | SettlePot
Switch = PausePot | ResumePot
Wish = FundPot | SettlePot | PausePot | ResumePot


class Order(Struct, frozen=True):
    """One command to the chain, and the place in ``chain-commands`` that says whether it is done."""

    envelope: Envelope
    wish: Wish
    client: str
    partition: int
    offset: int

    @property
    def id(self) -> str:
        """The id by which attempts and outcomes refer to it."""
        return self.envelope.id

    @property
    def key(self) -> bytes:
        """The key of all records about its client."""
        return self.client.encode()

    @property
    def place(self) -> tuple[int, int]:
        """Where it stands."""
        return self.partition, self.offset


def read(headers: Headers | None, body: bytes | None, partition: int, offset: int) -> Order:
    """Read a record of ``chain-commands``; raise `Unreadable` and nothing else."""
    event: Event = decode(headers, body)
    if not isinstance(event.data, Wish):
        raise Unreadable("unknown-type", f"{event.envelope.type} is no command to the chain")
    client = event.envelope.subject
    if "/" in client:
        raise Unreadable("invalid-envelope", f"ce_subject is {client!r}, not a client")
    if isinstance(event.data, Movement):
        _check(event.data)
    return Order(event.envelope, event.data, client, partition, offset)


def _check(wish: Movement) -> None:
    """Refuse what has the right form and cannot be, so that it need not be thought of any more."""
    try:
        if isinstance(wish, FundPot):
            Pubkey.from_string(wish.treasury)
            Pubkey.from_string(wish.authority)
        else:
            Pubkey.from_string(wish.settlement)
            date.fromisoformat(wish.day)
    except ValueError as error:
        raise Unreadable("invalid-body", f"{wish.TYPE} of {wish.movement_id}: {error}") from error
    if hashlib.sha256(wish.movement_id.encode()).hexdigest() != wish.movement:
        raise Unreadable("invalid-body", f"{wish.movement} is not the hash of {wish.movement_id}")
