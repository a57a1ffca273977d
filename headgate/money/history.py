"""A pot's running hash, computed again from the log's movements; nothing is asked of the chain."""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING, Final, Literal

from msgspec import Struct

if TYPE_CHECKING:
    from collections.abc import Sequence

DOMAIN: Final = b"headgate pot"
KINDS: Final = {"fund": 1, "settle": 2, "withdraw": 3}
# A new pot's first number is the slot times this, so a number tells whether it can be a pot's first.
NUMBERS_A_SLOT: Final = 2**20
ALPHABET: Final = "123456789ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz"
ADDRESS_BYTES: Final = 32

Verdict = Literal["proved", "differs", "incomplete"]


class Move(Struct, frozen=True):
    """A movement as the log knows it."""

    sequence: int
    kind: str
    movement: str
    amount_micro_usdc: int


class Proof(Struct, frozen=True):
    """Whether what the log knows of a pot gives the hash that the chain has."""

    verdict: Verdict
    computed: str
    movements: int
    missing: str = ""


def begun(address: str, first_sequence: int) -> bytes:
    """Return the hash of a pot without movements."""
    return hashlib.sha256(DOMAIN + address_bytes(address) + _u64(first_sequence)).digest()


def moved(history: bytes, move: Move) -> bytes:
    """Return the hash after one more movement."""
    about = bytes([KINDS[move.kind]]) + bytes.fromhex(move.movement)
    return hashlib.sha256(history + _u64(move.sequence) + about + _u64(move.amount_micro_usdc)).digest()


def prove(address: str, next_sequence: int, history: str, known: Sequence[Move]) -> Proof:
    """Compute the hash of a pot whose next number and hash the chain has told."""
    first = next_sequence - next_sequence % NUMBERS_A_SLOT
    counted = sorted(
        (one for one in known if first <= one.sequence < next_sequence), key=lambda one: one.sequence
    )
    gap = _gap(first, next_sequence, [one.sequence for one in counted])
    if gap:
        return Proof("incomplete", "", len(counted), gap)
    computed = begun(address, first)
    for one in counted:
        computed = moved(computed, one)
    verdict: Verdict = "proved" if computed.hex() == history else "differs"
    return Proof(verdict, computed.hex(), len(counted))


def address_bytes(address: str) -> bytes:
    """Return the 32 bytes that an address writes in base58."""
    number = 0
    for character in address:
        number = number * len(ALPHABET) + ALPHABET.index(character)
    return number.to_bytes(ADDRESS_BYTES, "big")


def _gap(first: int, end: int, numbers: Sequence[int]) -> str:
    """Say which movement the log does not know; empty where it knows all of them once."""
    for expected, found in zip(range(first, end), numbers, strict=False):
        if expected != found:
            return (
                f"movement {expected} is not known" if found > expected else f"movement {found} is told twice"
            )
    missing = end - first - len(numbers)
    return f"movement {first + len(numbers)} is not known" if missing > 0 else ""


def _u64(number: int) -> bytes:
    return number.to_bytes(8, "little")
