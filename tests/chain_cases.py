"""Pots as tests make them up."""

from __future__ import annotations

from typing import Any

from chain.executor.known import Known
from events.codec import Event, encode
from events.envelope import Envelope
from events.types import Fact, PotOpened

ADDRESS = "4Nd1mBQtrMJVYVfKf2PJy9NZUZdTAsp7D5xXkqdR2hPQ"


class Letter:
    """A record as the client hands it over."""

    def __init__(self, fact: Fact, subject: str, partition: int = 0, id_: str = "1") -> None:
        envelope = Envelope(id_, fact.TYPE, fact.VERSION, "/headgate/tests", subject)
        self._headers, self._value = encode(Event(envelope, fact))
        self._partition = partition

    def headers(self) -> list[tuple[str, bytes]]:
        """Return the headers."""
        return self._headers

    def value(self) -> bytes:
        """Return the body."""
        return self._value

    def partition(self) -> int:
        """Return where it stands."""
        return self._partition

    def offset(self) -> int:
        """Return at which place."""
        return 7


def opened(pot: str, address: str, **changes: Any) -> PotOpened:  # noqa: ANN401 - any field
    """Say that a pot is there."""
    usual: dict[str, Any] = {
        "pot": pot,
        "name": f"pot {pot[-4:]}",
        "address": address,
        "vault": ADDRESS,
        "mint": ADDRESS,
        "treasury": ADDRESS,
        "settlement": ADDRESS,
        "funder": ADDRESS,
        "spender": ADDRESS,
        "authority": ADDRESS,
        "daily_cap_micro_usdc": 1,
        "at_ms": 1,
    }
    return PotOpened(**{**usual, **changes})


def known_of(*clients: str) -> Known:
    """Return what is known of clients with a pot each."""
    known = Known()
    for number, client in enumerate(clients):
        known.take(Letter(opened(f"{number:064x}", ADDRESS), client, number))
    return known
