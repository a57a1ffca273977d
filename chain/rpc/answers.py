"""What endpoints answer, as it has to be; anything else is junk."""

from __future__ import annotations

import base64
import binascii
from typing import TYPE_CHECKING, Annotated, Any, Generic, Literal, TypeVar

import msgspec
from msgspec import Meta, Struct
from solders.pubkey import Pubkey

from chain.ports import AccountSeen

if TYPE_CHECKING:
    from collections.abc import Callable

T = TypeVar("T")
Number = Annotated[int, Meta(ge=0, le=2**62)]
Base58 = Annotated[str, Meta(min_length=32, max_length=88)]


class Context(Struct, frozen=True):
    """The slot that an answer is of."""

    slot: Number


class Answer(Struct, Generic[T], frozen=True):
    """An answer with the slot that it is of."""

    context: Context
    value: T


class EpochInfo(Struct, frozen=True, rename="camel"):
    """How far a chain is."""

    absolute_slot: Number
    block_height: Number


class AccountTold(Struct, frozen=True):
    """An account as an endpoint tells it."""

    owner: Base58
    lamports: Number
    data: tuple[str, Literal["base64"]]

    def seen(self) -> AccountSeen:
        """Return it as what it is; ``ValueError`` when it is not one."""
        try:
            data = base64.b64decode(self.data[0], validate=True)
        except binascii.Error as error:
            raise ValueError("an account's data is not base64") from error
        return AccountSeen(as_value(Pubkey.from_string, self.owner), self.lamports, data)


class Status(Struct, frozen=True, rename="camel"):
    """What an endpoint knows of a signature."""

    slot: Number
    err: Any
    confirmation_status: Literal["processed", "confirmed", "finalized"] | None = None

    @property
    def is_final(self) -> bool:
        """Whether it stays as it is."""
        return self.confirmation_status == "finalized"


class BlockhashTold(Struct, frozen=True, rename="camel"):
    """A blockhash as an endpoint tells it."""

    blockhash: Base58
    last_valid_block_height: Number


class Meta_(Struct, frozen=True):  # noqa: N801 - the chain's word, which msgspec has taken
    """What a transaction has cost."""

    fee: Number
    err: Any


class TransactionTold(Struct, frozen=True):
    """A transaction that the chain has."""

    slot: Number
    meta: Meta_


class Simulated(Struct, frozen=True):
    """How a transaction would end."""

    err: Any
    logs: list[str] | None = None


class FeePaid(Struct, frozen=True, rename="camel"):
    """What was paid for haste in a slot."""

    slot: Number
    prioritization_fee: Number


class Version(Struct, frozen=True, rename={"solana_core": "solana-core"}):
    """What an endpoint runs."""

    solana_core: str


def error_text(err: object) -> str | None:
    """Return the chain's own error, as short JSON; None where there is none."""
    return None if err is None else msgspec.json.encode(err).decode()


def as_value(read: Callable[[str], T], text: str) -> T:
    """Read an address, a hash or a signature; ``ValueError`` when it is not one."""
    try:
        return read(text)
    except ValueError as error:
        raise ValueError("what must be base58 is not") from error
