"""The chain itself: blocks, accounts and the VM moving together, forward a slot or back to before one."""

from __future__ import annotations

from typing import TYPE_CHECKING

from msgspec import structs

from chain.localnet import fees, meta, rent, transaction
from chain.localnet.accounts import Accounts
from chain.localnet.block import Landed, Paid
from chain.localnet.blocks import LAG_BLOCKS_MAX, WINDOW_BLOCKS, Blocks
from chain.localnet.dice import PERMILLE, Dice
from chain.localnet.vm import Ran, Vm

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from solders.account import Account
    from solders.pubkey import Pubkey
    from solders.signature import Signature

    from chain.localnet.block import Block
    from chain.localnet.store import Store
    from chain.localnet.transaction import Incoming, Keys

# A process that starts again leaves out slots, so that it has no slot twice with something else in it.
SLOTS_LEFT_OUT = 3
SLOT_HASHES = 512


class Core:
    """Built anew from its store at each start; all that is not there is lost by then."""

    def __init__(
        self,
        store: Store,
        now_ms: Callable[[int], int],
        *,
        final_blocks: int,
        dice: Dice,
        skip_permille: int,
        slot_at_least: int = 0,
    ) -> None:
        self.store = store
        self._now_ms = now_ms
        self._dice = dice
        self._skip_permille = skip_permille
        final_slot = int(store.facts().get("final_slot", "0"))
        self.accounts = Accounts(store.accounts())
        for slot, address, account in store.changes():
            self.accounts.put(slot, address, account)
        kept = store.blocks(max(WINDOW_BLOCKS + 2, final_blocks) + LAG_BLOCKS_MAX)
        self.blocks = Blocks(kept, final_blocks, readable_from=final_slot)
        self.vm = Vm(self.accounts)
        self._open: dict[Signature, Landed] = {}
        self._open_messages: set[bytes] = set()
        after = self.blocks.open.slot
        self._begin(max(slot_at_least, after + (SLOTS_LEFT_OUT if after else 1)))

    def read(self, address: Pubkey, slot: int) -> Account | None:
        """Return an account as it stood after a slot; what the VM brings along stands as it always did."""
        return self.accounts.at(address, slot) if self.accounts.knows(address) else self.vm.read(address)

    def landed(self, signature: Signature) -> Landed | None:
        """Return what landed with a signature."""
        return self._open.get(signature) or self.store.landed(signature)

    def is_known(self, incoming: Incoming) -> bool:
        """Say whether this or the same with another signature has landed."""
        if incoming.signature in self._open or incoming.message_hash in self._open_messages:
            return True
        return self.store.has_landed(incoming.signature, incoming.message_hash)

    def submit(self, incoming: Incoming) -> object:
        """Let a transaction land in the open block; else return why it cannot, which leaves no trace."""
        if not self.blocks.is_good(incoming.message.recent_blockhash):
            return "BlockhashNotFound"
        if self.is_known(incoming):
            return "AlreadyProcessed"
        fee = fees.fee_of(incoming.message)
        keys = self._keys(incoming, self.blocks.open)
        before = {address: self._now(address) for address in keys.all}
        payer = before[incoming.payer]
        if payer is None:
            return "AccountNotFound"
        if payer.lamports < fee.lamports:
            return "InsufficientFundsForFee"
        if fee.haste:
            # The VM knows only the fee for signatures.
            self.vm.write(incoming.payer, _less(payer, fee.haste))
        ran = self._held_to_rent(self.vm.run(incoming.transaction), incoming, keys, before)
        if ran.error is not None and not self._was_charged(incoming.payer, payer.lamports - fee.haste):
            self.vm.write(incoming.payer, payer)
            return ran.error
        self._record(incoming, keys, before, meta.describe(keys, ran, fee, before, self.vm.read))
        self.blocks.open.paid.append(Paid(fee.price, frozenset(keys.written)))
        return None

    def try_out(self, incoming: Incoming, block: Block, state_slot: int, *, verify: bool) -> Ran:
        """Run a transaction on accounts as they stood after a slot, and change nothing."""
        fee = fees.fee_of(incoming.message)
        keys = self._keys(incoming, block)
        standing = {
            address: self.accounts.at(address, state_slot)
            for address in (*keys.all, *keys.tables)
            if self.accounts.knows(address)
        }
        payer = self.read(incoming.payer, state_slot)
        if payer is not None and fee.haste:
            if payer.lamports < fee.lamports:
                return Ran("InsufficientFundsForFee", [], 0, [], None, {})
            standing[incoming.payer] = _less(payer, fee.haste)
        self._tell_time(block)
        try:
            with self.vm.as_if(standing):
                ran = self.vm.try_out(incoming.transaction, verify=verify)
        finally:
            self._tell_time(self.blocks.open)
        before = {address: self.read(address, state_slot) for address in keys.all}
        place = rent.first_short(keys, before, ran.accounts.get, self.vm.rent_exempt)
        return ran if place is None else structs.replace(ran, error=_short_of_rent(place), accounts={})

    def advance(self) -> Block:
        """Complete the open block, make final what is deep enough, and open the next one."""
        closed = self.blocks.close()
        self._begin(closed.slot + 1)
        final = self.blocks.at("finalized").slot
        self.store.seal(closed, self.accounts.changed_in(closed.slot), final)
        closed.landed.clear()
        self.accounts.fold(self.blocks.oldest_readable())
        return closed

    def fork(self, depth: int, is_dropped: Callable[[Landed], bool]) -> list[Signature]:
        """Leave the newest blocks, none of them final, for others; return what is in none of these."""
        final_slot = self.blocks.at("finalized").slot
        open_slot = self.blocks.open.slot
        loose = [block for block in self.blocks.newest(depth, self.blocks.open) if block.slot > final_slot]
        landed = [*self.store.landed_after(loose[-1].slot - 1), *self._open.values()]
        self.blocks.abandon(len(loose))
        self._roll_back_to(self.blocks.open.slot)
        self._begin(open_slot + 1)
        return [
            known.signature
            for known in landed
            if is_dropped(known) or self.submit(transaction.parse(known.raw)) is not None
        ]

    def _roll_back_to(self, slot: int) -> None:
        for address in self.accounts.drop_after(slot):
            self.vm.write(address, self.accounts.at(address, slot))
        self.store.drop_after(slot)

    def _begin(self, slot: int) -> None:
        while self._dice.at(slot, PERMILLE, "skipped slot") < self._skip_permille:
            slot += 1
        opened = self.blocks.begin(slot, self._now_ms(slot))
        self._open.clear()
        self._open_messages.clear()
        self._tell_time(opened)

    def _tell_time(self, block: Block) -> None:
        self.vm.set_time(block.slot, block.time_ms // 1000)

    def _now(self, address: Pubkey) -> Account | None:
        return self.read(address, self.blocks.open.slot)

    def _keys(self, incoming: Incoming, block: Block) -> Keys:
        if incoming.needs_slot_hashes:
            newest = self.blocks.newest(SLOT_HASHES, block)
            hashes = [(known.slot, known.hash) for known in newest if known.hash is not None]
            self.vm.set_slot_hashes(block.slot, hashes)
        return transaction.keys_of(incoming, lambda address: self.read(address, block.slot))

    def _held_to_rent(
        self, ran: Ran, incoming: Incoming, keys: Keys, before: Mapping[Pubkey, Account | None]
    ) -> Ran:
        """Take a transaction back, but for its fee, that leaves an account with too little."""
        place = None
        if ran.error is None:
            place = rent.first_short(keys, before, self.vm.read, self.vm.rent_exempt)
        if place is None:
            return ran
        for address in keys.written:
            self.vm.write(address, before[address])
        payer = before[incoming.payer]
        if payer is not None:
            self.vm.write(incoming.payer, _less(payer, fees.fee_of(incoming.message).lamports))
        return structs.replace(ran, error=_short_of_rent(place))

    def _was_charged(self, payer: Pubkey, lamports: int) -> bool:
        left = self.vm.read(payer)
        return (0 if left is None else left.lamports) < lamports

    def _record(
        self,
        incoming: Incoming,
        keys: Keys,
        before: Mapping[Pubkey, Account | None],
        told: Mapping[str, object],
    ) -> None:
        block = self.blocks.open
        for address in keys.written:
            account = self.vm.read(address)
            if account != before[address]:
                self.accounts.put(block.slot, address, account)
        touched = tuple(dict.fromkeys(keys.all))
        place = len(block.landed)
        landed = Landed(
            incoming.signature, incoming.message_hash, block.slot, place, incoming.raw, dict(told), touched
        )
        block.landed.append(landed)
        self._open[landed.signature] = landed
        self._open_messages.add(landed.message_hash)


def _short_of_rent(place: int) -> dict[str, dict[str, int]]:
    return {"InsufficientFundsForRent": {"account_index": place}}


def _less(account: Account, lamports: int) -> Account:
    return type(account)(
        lamports=account.lamports - lamports,
        data=account.data,
        owner=account.owner,
        executable=account.executable,
        rent_epoch=account.rent_epoch,
    )
