"""Which orders go together in a transaction, and what it says; pure.

Fundings from one treasury go together, since one instruction moves all of them or none. Settlements and
switches go alone: there are few of them, and one that is refused then holds up nobody.
"""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING, Final

from msgspec import Struct
from solders.hash import Hash
from solders.pubkey import Pubkey

from chain.errors import TooBig
from chain.executor.fees import units_max
from chain.instructions import Move
from chain.pot import Pot
from chain.transactions import budget, compile_message
from events.types import FundPot, PausePot, SettlePot

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from solders.address_lookup_table_account import AddressLookupTableAccount
    from solders.instruction import Instruction
    from solders.message import Message, MessageV0

    from chain.executor.entry import Entry
    from chain.executor.order import Movement
    from chain.instructions import PotProgram

_EPOCH: Final = date(1970, 1, 1)


class Payers(Struct, frozen=True):
    """The keys by address: the funder pays all fees."""

    funder: Pubkey
    spender: Pubkey | None


class Recipe(Struct, frozen=True):
    """All that a transaction's bytes depend on besides its orders and its blockhash."""

    program: PotProgram
    payers: Payers
    tables: tuple[AddressLookupTableAccount, ...]

    def message(self, group: Sequence[Entry], blockhash: Hash, price: int = 0) -> Message | MessageV0:
        """Put the transaction of a group together; `TooBig` if it does not fit."""
        instructions = [*budget(units_max(len(group)), price), self._instruction(group)]
        tables = self.tables if len(group) > 1 else ()
        return compile_message(self.payers.funder, instructions, blockhash, tables)

    def groups(self, entries: Sequence[Entry], batch_max: int) -> Iterator[list[Entry]]:
        """Cut orders into groups that fit a transaction each."""
        fundings: dict[str, list[Entry]] = {}
        for entry in entries:
            wish = entry.order.wish
            if isinstance(wish, FundPot):
                fundings.setdefault(wish.treasury, []).append(entry)
            else:
                yield [entry]
        for of_one in fundings.values():
            yield from self._cut(of_one, batch_max)

    def _cut(self, entries: Sequence[Entry], batch_max: int) -> Iterator[list[Entry]]:
        """Cut fundings: those that may go with few others last, and those of one lookup table together."""
        ranks = {key: rank for rank, table in enumerate(self.tables) for key in table.addresses}
        left = sorted(
            entries,
            key=lambda entry: (
                -entry.group_max(batch_max),
                ranks.get(self.program.pot(_pot_id(entry)), len(self.tables)),
            ),
        )
        while left:
            count = self._fitting(left, batch_max)
            yield left[:count]
            left = left[count:]

    def _fitting(self, left: Sequence[Entry], batch_max: int) -> int:
        count = min(batch_max, len(left))
        while left[count - 1].group_max(batch_max) < count:
            count -= 1
        while count > 1:
            try:
                self.message(left[:count], Hash.default(), price=1)
            except TooBig:
                count -= 1
            else:
                break
        return count

    def _instruction(self, group: Sequence[Entry]) -> Instruction:
        wish = group[0].order.wish
        if isinstance(wish, FundPot):
            moves = [_move(entry) for entry in group]
            treasury = Pubkey.from_string(wish.treasury)
            if len(group) == 1:
                return self.program.fund(self.payers.funder, treasury, moves[0])
            return self.program.fund_many(self.payers.funder, treasury, moves)
        return self._of_one(group[0])

    def _of_one(self, entry: Entry) -> Instruction:
        wish = entry.order.wish
        if isinstance(wish, SettlePot):
            settlement = Pubkey.from_string(wish.settlement)
            spender = self.payers.spender or self.payers.funder
            return self.program.settle(spender, settlement, _move(entry), unix_day(wish.day))
        change = self.program.pause if isinstance(wish, PausePot) else self.program.resume
        return change(self.payers.funder, _pot_id(entry))


def unix_day(day: str) -> int:
    """Return the number of a day since 1970."""
    return (date.fromisoformat(day) - _EPOCH).days


def halves(group: Sequence[Entry]) -> tuple[Sequence[Entry], Sequence[Entry]]:
    """Split a group that would be refused, to find out by whom."""
    middle = (len(group) + 1) // 2
    return group[:middle], group[middle:]


def _pot_id(entry: Entry) -> bytes:
    return bytes.fromhex(entry.order.wish.pot)


def _move(entry: Entry) -> Move:
    wish: Movement = entry.order.wish  # type: ignore[assignment] # only movements get here
    vault = entry.pot.vault if isinstance(entry.pot, Pot) else None
    return Move(_pot_id(entry), wish.sequence, bytes.fromhex(wish.movement), wish.amount_micro_usdc, vault)
