"""Ways to change an instruction that was right: its accounts, their flags, its data."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from solders.instruction import AccountMeta, Instruction

if TYPE_CHECKING:
    import random
    from collections.abc import Callable, Collection, Sequence

    from solders.pubkey import Pubkey

LIMITS: Final = (0, 1, 10**9, 10**9 + 1, 1 << 20, 2**32, 2**63 - 1, 2**63, 2**64 - 1)
NAME_BYTES: Final = 8
INSERTED_BYTES_MAX: Final = 60


class Draft:
    """An instruction that is being changed."""

    def __init__(self, entry: Instruction, chance: random.Random, pool: Sequence[Pubkey]) -> None:
        self._program = entry.program_id
        self._metas, self._data = list(entry.accounts), bytearray(entry.data)
        self._random, self._pool = chance, pool

    def change(self) -> None:
        """Make one change, of whatever kind."""
        _CHANGES[self._random.randrange(len(_CHANGES))](self)

    def signed_by(self, keys: Collection[Pubkey]) -> Instruction:
        """Give it as whoever has only these keys can send it."""
        metas = [
            AccountMeta(meta.pubkey, meta.is_signer and meta.pubkey in keys, meta.is_writable)
            for meta in self._metas
        ]
        return Instruction(self._program, bytes(self._data), metas)

    def names(self, address: Pubkey) -> bool:
        """Whether an account is among its own."""
        return any(meta.pubkey == address for meta in self._metas)

    def exchange(self) -> None:
        """Put another account in an account's place."""
        if self._metas:
            index = self._random.randrange(len(self._metas))
            old = self._metas[index]
            self._metas[index] = AccountMeta(self._random.choice(self._pool), old.is_signer, old.is_writable)

    def swap(self) -> None:
        """Exchange two accounts."""
        if self._metas:
            one, other = (self._random.randrange(len(self._metas)) for _ in range(2))
            self._metas[one], self._metas[other] = self._metas[other], self._metas[one]

    def drop(self) -> None:
        """Leave an account out."""
        if self._metas:
            self._metas.pop(self._random.randrange(len(self._metas)))

    def insert(self) -> None:
        """Add an account."""
        is_writable = bool(self._random.getrandbits(1))
        new = AccountMeta(self._random.choice(self._pool), is_signer=False, is_writable=is_writable)
        self._metas.insert(self._random.randint(0, len(self._metas)), new)

    def flag(self) -> None:
        """Turn one of an account's two flags round."""
        if self._metas:
            index, is_other = self._random.randrange(len(self._metas)), bool(self._random.getrandbits(1))
            old = self._metas[index]
            signer, writable = old.is_signer ^ is_other, old.is_writable ^ (not is_other)
            self._metas[index] = AccountMeta(old.pubkey, signer, writable)

    def cut(self) -> None:
        """End the data early."""
        del self._data[self._random.randrange(len(self._data) + 1) :]

    def grow(self) -> None:
        """Add to the data."""
        self._data.extend(self._random.randbytes(self._random.randint(1, INSERTED_BYTES_MAX)))

    def flip(self) -> None:
        """Turn a bit of the data round."""
        if self._data:
            self._data[self._random.randrange(len(self._data))] ^= 1 << self._random.randrange(8)

    def word(self) -> None:
        """Overwrite a word of the data, behind its name, with a number at some limit."""
        at = NAME_BYTES * self._random.randint(1, max(len(self._data) // NAME_BYTES - 1, 1))
        if at + NAME_BYTES <= len(self._data):
            self._data[at : at + NAME_BYTES] = self._random.choice(LIMITS).to_bytes(NAME_BYTES, "little")


# Those that get past the first checks more often than the others.
_CHANGES: Final[tuple[Callable[[Draft], None], ...]] = (
    *[Draft.exchange] * 10, *[Draft.word] * 5, *[Draft.flip] * 3, *[Draft.swap] * 2,
    Draft.drop, Draft.insert, Draft.flag, Draft.cut, Draft.grow,
)  # fmt: skip
