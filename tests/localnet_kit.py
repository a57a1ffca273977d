"""What tests of the local chain share: a chain in process, one that is served, pots on it, and who signs."""

from __future__ import annotations

import base64
from contextlib import asynccontextmanager
from hashlib import sha256
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from msgspec import Struct
from solders.hash import Hash
from solders.message import Message
from solders.pubkey import Pubkey
from solders.signature import Signature
from solders.system_program import TransferParams, transfer
from solders.transaction import Transaction

import chain.program
from chain.addresses import vault_address
from chain.admin.tokens import make_associated
from chain.instructions import Move, PotKeys, PotProgram
from chain.localnet.chain import LocalChain
from chain.localnet.server import Server
from chain.ports import AccountSeen
from chain.pot import read_pot

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Sequence

    from solders.instruction import Instruction
    from solders.keypair import Keypair

PROGRAM: Final = (Path(chain.program.__file__).parent / "campaign_pot.so").read_bytes()
USDC: Final = 1_000_000
PROCESSED: Final = {"commitment": "processed"}


def fresh_chain(**terms: Any) -> LocalChain:  # noqa: ANN401 - those of `LocalChain.in_memory`
    """Return a chain in memory with the pot program on it, the same for the same terms."""
    return LocalChain.in_memory(PROGRAM, **terms)


@asynccontextmanager
async def served(chain: LocalChain | None = None, *, slot_ms: int | None = 5) -> AsyncIterator[Server]:
    """Serve a chain on a free port; without `slot_ms` its slots pass only by hand."""
    async with Server(chain or fresh_chain(), slot_ms=slot_ms) as server:
        yield server


def signed(chain: LocalChain, instructions: Sequence[Instruction], *signers: Keypair) -> Transaction:
    """Return a transaction with the newest blockhash; the first signer pays."""
    known = chain.call("getLatestBlockhash", [PROCESSED])["value"]["blockhash"]
    blockhash = Hash.from_string(known)
    message = Message.new_with_blockhash(instructions, signers[0].pubkey(), blockhash)
    return Transaction(signers, message, blockhash)


def sending(transaction: Transaction | bytes, **options: object) -> list[Any]:
    """Return the parameters with which a transaction is sent, without a trial unless it is asked for."""
    text = base64.b64encode(bytes(transaction)).decode("ascii")
    return [text, {"encoding": "base64", "skipPreflight": True, **options}]


def send(chain: LocalChain, instructions: Sequence[Instruction], *signers: Keypair) -> Signature:
    """Sign and send, and return the signature."""
    params = sending(signed(chain, instructions, *signers))
    return Signature.from_string(chain.call("sendTransaction", params))


def status(chain: LocalChain, signature: Signature, *, searched: bool = True) -> dict[str, Any] | None:
    """Return what the chain says of a signature."""
    options = {"searchTransactionHistory": searched}
    found: list[dict[str, Any] | None] = chain.call("getSignatureStatuses", [[str(signature)], options])[
        "value"
    ]
    return found[0]


def gift(
    chain: LocalChain, to: Pubkey, lamports: int = 1_000_000_000
) -> tuple[Sequence[Instruction], Keypair]:
    """Return a transfer of SOL by the funder, and who signs it."""
    funder = chain.genesis.funder
    params = TransferParams(from_pubkey=funder.pubkey(), to_pubkey=to, lamports=lamports)
    return [transfer(params)], funder


def balance(chain: LocalChain, address: Pubkey, commitment: str = "processed") -> int:
    """Return an account's lamports."""
    lamports: int = chain.call("getBalance", [str(address), {"commitment": commitment}])["value"]
    return lamports


class Pots(Struct, frozen=True):
    """A chain whose program is set up, with a rich funder, and pots that can be opened and funded."""

    chain: LocalChain
    program: PotProgram

    @property
    def treasury(self) -> Pubkey:
        """The funder's token account."""
        return vault_address(self.chain.genesis.funder.pubkey(), self.program.mint)

    def open(self, campaign_id: bytes, cap_micro_usdc: int = 10**15) -> Pubkey:
        """Open a campaign's pot, and return its address."""
        known, pot = self.chain.genesis, self.program.pot(campaign_id)
        authority = known.authority.pubkey()
        keys = PotKeys(authority, known.funder.pubkey(), known.spender.pubkey())
        vault = make_associated(authority, pot, self.program.mint)
        opening = self.program.initialize_pot(authority, authority, campaign_id, keys, cap_micro_usdc)
        landed(self.chain, [vault, opening], known.authority)
        return pot

    def funding(self, campaign_id: bytes, sequence: int, amount_micro_usdc: int) -> Instruction:
        """Return a funding under a number; its id follows from campaign and number."""
        movement = sha256(campaign_id + sequence.to_bytes(8, "little")).digest()
        move = Move(campaign_id, sequence, movement, amount_micro_usdc)
        return self.program.fund(self.chain.genesis.funder.pubkey(), self.treasury, move)

    def next_sequence(self, campaign_id: bytes, commitment: str = "processed") -> int:
        """Return the number that a pot's next movement has to carry."""
        params = [str(self.program.pot(campaign_id)), {"encoding": "base64", "commitment": commitment}]
        value = self.chain.call("getAccountInfo", params)["value"]
        data = base64.b64decode(value["data"][0])
        seen = AccountSeen(Pubkey.from_string(value["owner"]), value["lamports"], data)
        return read_pot(seen, self.program.address).next_sequence

    def held(self, campaign_id: bytes, commitment: str = "processed") -> int:
        """Return what lies in a pot."""
        vault = vault_address(self.program.pot(campaign_id), self.program.mint)
        params = [str(vault), {"commitment": commitment}]
        return int(self.chain.call("getTokenAccountBalance", params)["value"]["amount"])


def landed(chain: LocalChain, instructions: Sequence[Instruction], *signers: Keypair) -> Signature:
    """Send, and insist that it landed and did what it says."""
    signature = send(chain, instructions, *signers)
    found = status(chain, signature)
    assert found is not None
    assert found["err"] is None, found["err"]
    return signature


def with_pots(chain: LocalChain, micro_usdc: int = 10**15) -> Pots:
    """Set the program up, and make the funder rich."""
    known = chain.genesis
    program = PotProgram(known.program, known.usdc_mint)
    authority = known.authority.pubkey()
    landed(chain, [program.initialize(authority, authority, authority)], known.authority)
    chain.call("headgate_requestUsdc", [str(known.funder.pubkey()), micro_usdc])
    return Pots(chain, program)
