"""The parameters of a call, read strictly: whatever is not what it must be is an error in words."""

from __future__ import annotations

import base64
import binascii
from typing import TYPE_CHECKING, Any, get_args

from solders.hash import Hash, ParseHashError
from solders.pubkey import Pubkey
from solders.signature import Signature

from chain.localnet import base58
from chain.localnet.blocks import Commitment
from chain.localnet.errors import InvalidParams

if TYPE_CHECKING:
    from collections.abc import Sequence

U64_MAX = 2**64 - 1
# Older names that clients still send.
_OLDER: dict[str, Commitment] = {"max": "finalized", "root": "finalized", "recent": "processed"}


class Options:
    """The object of options that most methods take last."""

    def __init__(self, given: dict[str, Any]) -> None:
        self._given = given

    def has(self, name: str) -> bool:
        """Say whether an option is given."""
        return self._given.get(name) is not None

    def raw(self, name: str) -> Any:  # noqa: ANN401 - JSON
        """Return an option as it came."""
        return self._given.get(name)

    def commitment(self, name: str = "commitment") -> Commitment:
        """Return the commitment; where none is given, what is final."""
        value = self._given.get(name) or "finalized"
        known: tuple[Commitment, ...] = get_args(Commitment)
        for commitment in known:
            if value == commitment:
                return commitment
        if isinstance(value, str) and value in _OLDER:
            return _OLDER[value]
        raise InvalidParams(f"unknown commitment {value!r:.40}")

    def flag(self, name: str) -> bool:
        """Return a yes or no; no where nothing is given."""
        value = self._given.get(name)
        if value is None or isinstance(value, bool):
            return bool(value)
        raise InvalidParams(f"{name} must be true or false")

    def count(self, name: str, default: int, most: int = U64_MAX) -> int:
        """Return a number that is not negative."""
        value = self._given.get(name)
        return default if value is None else _count(value, name, most)

    def text(self, name: str, default: str) -> str:
        """Return a text."""
        value = self._given.get(name)
        if value is None:
            return default
        if not isinstance(value, str):
            raise InvalidParams(f"{name} must be a string")
        return value

    def signature(self, name: str) -> Signature | None:
        """Return a signature, if one is given."""
        value = self._given.get(name)
        return None if value is None else _signature(value)

    def options(self, name: str) -> Options | None:
        """Return an object within the options."""
        value = self._given.get(name)
        if value is None:
            return None
        if not isinstance(value, dict):
            raise InvalidParams(f"{name} must be an object")
        return Options(value)


class Params:
    """The list of a call's parameters."""

    def __init__(self, given: Sequence[Any]) -> None:
        self._given = given

    def get(self, index: int) -> Any:  # noqa: ANN401 - JSON
        """Return a parameter as it came; None where there is none."""
        return self._given[index] if index < len(self._given) else None

    def options(self, index: int) -> Options:
        """Return the options; none at all where there are none."""
        value = self.get(index)
        if value is None:
            return Options({})
        if not isinstance(value, dict):
            raise InvalidParams(f"parameter {index + 1} must be an object")
        return Options(value)

    def text(self, index: int) -> str:
        """Return a text, which has to be there."""
        value = self.get(index)
        if not isinstance(value, str):
            raise InvalidParams(f"parameter {index + 1} must be a string")
        return value

    def count(self, index: int, most: int = U64_MAX) -> int:
        """Return a number that is not negative, which has to be there."""
        return _count(self.get(index), f"parameter {index + 1}", most)

    def pubkey(self, index: int) -> Pubkey:
        """Return an address."""
        return pubkey(self.get(index))

    def pubkeys(self, index: int, most: int) -> list[Pubkey]:
        """Return addresses; too many are refused."""
        return [pubkey(value) for value in self._list(index, most, "inputs")]

    def signature(self, index: int) -> Signature:
        """Return a signature."""
        return _signature(self.get(index))

    def signatures(self, index: int, most: int) -> list[Signature]:
        """Return signatures; too many are refused."""
        return [_signature(value) for value in self._list(index, most, "inputs")]

    def blockhash(self, index: int) -> Hash:
        """Return a blockhash."""
        try:
            return Hash.from_string(self.text(index))
        except ParseHashError as error:
            raise InvalidParams("not a blockhash") from error

    def _list(self, index: int, most: int, what: str) -> list[Any]:
        value = self.get(index)
        if not isinstance(value, list):
            raise InvalidParams(f"parameter {index + 1} must be a list")
        if len(value) > most:
            raise InvalidParams(f"Too many {what} provided; max {most}")
        return value


def pubkey(value: object) -> Pubkey:
    """Return the address that a text is."""
    try:
        if isinstance(value, str):
            return Pubkey.from_string(value)
    except ValueError as error:
        raise InvalidParams(f"not an address: {value!r:.60}") from error
    raise InvalidParams("an address must be a string")


def decoded(text: str, encoding: str) -> bytes:
    """Return the bytes of a text in an encoding that clients use."""
    try:
        if encoding == "base64":
            return base64.b64decode(text, validate=True)
        if encoding == "base58":
            return base58.decode(text)
    except (ValueError, binascii.Error) as error:
        raise InvalidParams(f"not {encoding}: {error}") from error
    raise InvalidParams(f"unsupported encoding: {encoding:.20}. Supported encodings: base58, base64")


def _signature(value: object) -> Signature:
    try:
        if isinstance(value, str):
            return Signature.from_string(value)
    except ValueError as error:
        raise InvalidParams(f"not a signature: {value!r:.100}") from error
    raise InvalidParams("a signature must be a string")


def _count(value: object, name: str, most: int) -> int:
    if isinstance(value, int) and not isinstance(value, bool) and 0 <= value <= most:
        return value
    raise InvalidParams(f"{name} must be a whole number from 0 to {most}")
