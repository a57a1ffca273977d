"""A client's lookup tables, with which more fundings fit a transaction; without them batches are smaller."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from solders.pubkey import Pubkey
from solders.token import ID as TOKEN_PROGRAM

from chain.addresses import pot_address
from chain.errors import ChainError
from chain.executor.clock import clock_ms
from chain.lookup import ADDRESSES_MAX, EXTENSION_MAX, create, extend, read_table, table_address
from chain.transactions import budget, compile_message, sign
from events.types import TableMade

if TYPE_CHECKING:
    from collections.abc import Iterable

    from solders.address_lookup_table_account import AddressLookupTableAccount
    from solders.instruction import Instruction

    from chain.executor.order import Order
    from chain.executor.tools import Tools
    from chain.lookup import LookupTable
    from chain.ports import Moment, Signer
    from chain.pot import Pot
    from events.types import FundPot

# As many fit a transaction without one.
POTS_MIN: Final = 7
POTS_MAX: Final = 2_000
TABLES_MAX: Final = 32
# A slot from which a table may be made is one of the last 512; later such a table cannot come to be.
SLOTS_MAX: Final = 512
UNITS_MAX: Final = 60_000
STEP_MS: Final = 2_000
REST_MS: Final = 60_000


class Tables:
    """Finds a client's tables again, and makes and fills them a step at a time, beside the orders."""

    def __init__(self, client: str, tools: Tools, made: Iterable[TableMade]) -> None:
        self._client, self._tools = client, tools
        self._made = {one.table: one for one in made}
        self._seen: dict[Pubkey, None] = {}
        self._pots = 0
        self._tables: dict[str, LookupTable] = {}
        self._slot = 0
        self._wait_until_height = -1
        self._due_ms = 0

    @property
    def usable(self) -> tuple[AddressLookupTableAccount, ...]:
        """The tables that a transaction may draw on: finalized, and not extended in the newest slot."""
        return tuple(
            table.as_account()
            for table in self._tables.values()
            if table.is_active and table.addresses and table.extended_slot < self._slot
        )

    def note(self, wish: FundPot, pot: Pot) -> None:
        """Take note of the addresses that a funding names, besides those that have to be in it anyway."""
        address = pot_address(self._tools.program, pot.campaign_id)
        if self._pots < POTS_MAX and address not in self._seen:
            self._pots += 1
            shared = (self._tools.mint, TOKEN_PROGRAM, Pubkey.from_string(wish.treasury))
            self._seen.update(dict.fromkeys((*shared, address, pot.vault)))

    async def tend(self, order: Order, moment: Moment) -> None:
        """Go one step on, if it is time for one; `order` says whose the table is."""
        now_ms = clock_ms()
        if now_ms < self._due_ms or not (self._made or self._pots >= POTS_MIN):
            return
        self._due_ms = now_ms + STEP_MS
        try:
            await self._step(order, moment)
        except ChainError as error:
            self._tools.watch.trouble(self._client, error, 0)
            self._due_ms = now_ms + REST_MS

    # ---- steps
    async def _step(self, order: Order, moment: Moment) -> None:
        await self._read(moment)
        held = {key for table in self._tables.values() for key in table.addresses}
        missing = [key for key in self._seen if key not in held]
        funder = self._tools.funder
        if funder is None or self._pots < POTS_MIN or not missing:
            self._due_ms += REST_MS
        elif moment.height > self._wait_until_height:
            # What was sent before has landed and been seen, or can land no more.
            await self._extend(order, moment, funder, missing)

    async def _read(self, moment: Moment) -> None:
        names = list(self._made)
        if not names:
            return
        snapshot = await self._tools.chain.snapshot([Pubkey.from_string(one) for one in names], moment.slot)
        for name, account in zip(names, snapshot.accounts, strict=True):
            if account is not None:
                seen = read_table(Pubkey.from_string(name), account)
                if seen != self._tables.get(name):
                    self._tables[name], self._wait_until_height = seen, -1
            elif self._made[name].slot + SLOTS_MAX < moment.slot:
                del self._made[name]
                self._tables.pop(name, None)
        self._slot = snapshot.slot

    async def _extend(self, order: Order, moment: Moment, funder: Signer, missing: list[Pubkey]) -> None:
        payer = funder.address
        room = next((one for one in self._tables.values() if self._has_room(one, payer)), None)
        if room is not None:
            more = missing[: min(EXTENSION_MAX, ADDRESSES_MAX - len(room.addresses))]
            await self._send(funder, [extend(room.address, payer, payer, more)])
        elif len(self._made) < TABLES_MAX and set(self._made) == set(self._tables):
            made = table_address(payer, moment.slot)
            fact = TableMade(str(made), str(payer), moment.slot, self._tools.time.now_ms())
            await self._tools.journal.table(order, fact)
            self._made[fact.table] = fact
            first = extend(made, payer, payer, missing[:EXTENSION_MAX])
            await self._send(funder, [create(payer, payer, moment.slot), first])

    @staticmethod
    def _has_room(table: LookupTable, authority: Pubkey) -> bool:
        is_ours = table.is_active and table.authority == authority
        return is_ours and len(table.addresses) < ADDRESSES_MAX

    async def _send(self, funder: Signer, instructions: list[Instruction]) -> None:
        blockhash = await self._tools.chain.blockhash()
        message = compile_message(funder.address, [*budget(UNITS_MAX, 0), *instructions], blockhash.hash)
        signed = await sign(message, [funder])
        self._wait_until_height = blockhash.last_valid_height
        await self._tools.chain.send(signed.raw)
