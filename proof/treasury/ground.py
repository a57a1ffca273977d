"""The chain under one run: the local chain in process, from a copy of one that is set up."""

from __future__ import annotations

from typing import TYPE_CHECKING

from solders.token import ID as TOKEN_PROGRAM
from spl.token.instructions import MintToParams, get_associated_token_address, mint_to

from chain.instructions import Move
from chain.localnet import transaction
from chain.localnet.block import Block
from chain.localnet.chain import LocalChain
from chain.localnet.store import Store
from chain.ports import AccountSeen, Blockhash, Landed
from chain.pot import Pot, read_pot
from chain.program.build import PROGRAM_FILE
from chain.rpc.answers import error_text
from chain.tokens import read_token_account
from events.types import PotOpened
from proof.treasury.beginning import FINAL_BLOCKS, addresses, beginning, submit
from proof.treasury.days import ORIGIN_MS

if TYPE_CHECKING:
    from collections.abc import Callable

    from solders.pubkey import Pubkey
    from solders.signature import Signature

    from chain.localnet.blocks import Commitment
    from proof.treasury.beginning import PotPlace

SLOT_SECONDS = 0.4
WINDOW_BLOCKS = 150


class Ground:
    """A chain, its keys, and what people do on it without asking us."""

    def __init__(
        self, now_ms: Callable[[], int], pots: int, cap_micro_usdc: int, seed: int, so: bytes | None = None
    ) -> None:
        begun = beginning(so or PROGRAM_FILE.read_bytes())
        self.keys, self.program, self.pots = begun.keys, begun.program, begun.pots[:pots]
        self.treasury, self.settlement = addresses(begun.keys)
        self.cap_micro_usdc = cap_micro_usdc
        store = Store()
        first = Block(begun.slot, begun.height, begun.slot, ORIGIN_MS, begun.hash)
        store.create(begun.facts, begun.accounts, first)
        self.chain = LocalChain(store, now_ms=now_ms, final_blocks=FINAL_BLOCKS, seed=seed)
        self._withdrawals = 0
        for pot in self.pots:
            self._authority_does(
                self.program.set_daily_cap(self.authority, bytes.fromhex(pot.pot), cap_micro_usdc)
            )

    @property
    def authority(self) -> Pubkey:
        """Whose the pots are."""
        return self.keys.authority.pubkey()

    # ---- what is read
    def block(self, commitment: Commitment, behind: int = 0) -> Block:
        """Return the newest block of a commitment, as one sees it who is some blocks behind."""
        return self.chain.core.blocks.at(commitment, behind)

    def account(self, address: Pubkey, slot: int) -> AccountSeen | None:
        """Return an account as it stood after a slot."""
        found = self.chain.core.read(address, slot)
        return None if found is None else AccountSeen(found.owner, found.lamports, bytes(found.data))

    def landed(self, signature: Signature, slot: int) -> Landed | None:
        """Return what had landed with a signature by the end of a slot."""
        found = self.chain.core.landed(signature)
        if found is None or found.slot > slot:
            return None
        return Landed(found.slot, error_text(found.meta["err"]), found.meta["fee"])

    def blockhash(self) -> Blockhash:
        """Return a recent blockhash, confirmed."""
        blocks = self.chain.core.blocks
        block = blocks.newest_hash(blocks.at("confirmed"))
        if block.hash is None:
            raise AssertionError("a complete block has a hash")
        return Blockhash(block.hash, block.height + WINDOW_BLOCKS)

    def simulate(self, raw: bytes) -> str | None:
        """Return why a transaction would be refused now."""
        block = self.block("confirmed")
        ran = self.chain.core.try_out(transaction.parse(raw), block, block.slot, verify=False)
        return error_text(ran.error)

    def send(self, raw: bytes) -> None:
        """Take a transaction; whether it lands, nobody says."""
        self.chain.deliver(transaction.parse(raw))

    def pot(self, place: PotPlace, slot: int | None = None) -> Pot:
        """Return a pot, now or as it stood after a slot."""
        account = self.account(place.address, self.chain.slot if slot is None else slot)
        if account is None:
            raise AssertionError("a pot is gone")
        return read_pot(account, self.program.address)

    def tokens(self, address: Pubkey) -> int:
        """Return what a token account holds now."""
        account = self.account(address, self.chain.slot)
        return 0 if account is None else read_token_account(account).amount

    # ---- what people do
    def mint(self, to: Pubkey, micro_usdc: int) -> None:
        """Give USDC to a token account."""
        faucet = self.keys.faucet
        given = mint_to(
            MintToParams(
                program_id=TOKEN_PROGRAM,
                mint=self.keys.usdc_mint,
                dest=to,
                mint_authority=faucet.pubkey(),
                amount=micro_usdc,
            )
        )
        submit(self.chain, [given], [faucet])

    def withdraw(self, place: PotPlace, micro_usdc: int) -> object:
        """Take something out of a pot as its authority, under the next number; say what refused it."""
        self._withdrawals += 1
        id_ = b"w" + self._withdrawals.to_bytes(31, "big")
        move = Move(bytes.fromhex(place.pot), self.pot(place).next_sequence, id_, micro_usdc)
        to = get_associated_token_address(self.authority, self.keys.usdc_mint)
        return self._authority_does(self.program.withdraw(self.authority, to, move))

    def opened(self, place: PotPlace, at_ms: int) -> PotOpened:
        """Say that a pot is there."""
        return PotOpened(
            pot=place.pot,
            name=f"pot {place.pot[:4]}",
            address=str(place.address),
            vault=str(place.vault),
            mint=str(self.keys.usdc_mint),
            treasury=str(self.treasury),
            settlement=str(self.settlement),
            funder=str(self.keys.funder.pubkey()),
            spender=str(self.keys.spender.pubkey()),
            authority=str(self.authority),
            daily_cap_micro_usdc=self.cap_micro_usdc,
            at_ms=at_ms,
        )

    def _authority_does(self, *instructions: object) -> object:
        return submit(self.chain, list(instructions), [self.keys.authority])  # type: ignore[arg-type]  # instructions
