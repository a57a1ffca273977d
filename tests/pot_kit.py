"""A Solana runtime in process with the pot program, and a world of keys, tokens and pots to test it in."""

from __future__ import annotations

import hashlib
import itertools
import struct
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from msgspec import Struct
from solders.account import Account
from solders.hash import Hash
from solders.instruction import AccountMeta, Instruction
from solders.keypair import Keypair
from solders.litesvm import LiteSVM
from solders.message import Message
from solders.pubkey import Pubkey
from solders.system_program import TransferParams, transfer
from solders.transaction import Transaction, VersionedTransaction
from solders.transaction_metadata import FailedTransactionMetadata, TransactionMetadata
from solders.transaction_status import InstructionErrorCustom, TransactionErrorInstructionError

import chain.program
from chain.program.generate import ADDRESSES, discriminator, idl, snake

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

LIBRARY: Final = Path(chain.program.__file__).parent / "campaign_pot.so"
IDL: Final = idl()
ERRORS: Final[dict[str, int]] = {error["name"]: error["code"] for error in IDL["errors"]}
SYSTEM: Final = Pubkey.from_string(ADDRESSES["SYSTEM_PROGRAM"])
TOKEN: Final = Pubkey.from_string(ADDRESSES["TOKEN_PROGRAM"])
LOADER: Final = Pubkey.from_string(ADDRESSES["UPGRADEABLE_LOADER"])
ASSOCIATED_TOKEN: Final = Pubkey.from_string("ATokenGPvbdGVxr1b2hvZbsiqW5xWH25efTNsLJA8knL")
DAY_SECONDS: Final = 86_400
START_SECONDS: Final = 20_500 * DAY_SECONDS + 3_600
START_SLOT: Final = 1_000
USDC: Final = 1_000_000
RICH: Final = 10**13
INSTRUCTIONS: Final = {snake(entry["name"]): entry for entry in IDL["instructions"]}
_FORMATS: Final = {"u8": "<B", "u64": "<Q", "i64": "<q"}


def key(name: str) -> Keypair:
    """Return the same key for the same name, always."""
    return Keypair.from_seed(hashlib.sha256(f"pot kit {name}".encode()).digest())


PROGRAM: Final = key("program").pubkey()


class Result(Struct, frozen=True):
    """What became of a transaction: `error` is None when it did what it says."""

    error: str | None
    code: int | None
    """The program's own code, if it was that which refused."""
    units: int
    logs: tuple[str, ...]


class Runtime:
    """LiteSVM with the pot program under the upgradeable loader."""

    def __init__(self, library: bytes | None = None, upgrade_authority: Pubkey | None = None) -> None:
        svm = LiteSVM().with_blockhash_check(False).with_transaction_history(0)  # noqa: FBT003 - as it is
        self.svm: Final = svm
        self._numbers = itertools.count(1)
        self.set_clock(START_SLOT, START_SECONDS)
        deploy(svm, library or LIBRARY.read_bytes(), upgrade_authority or key("upgrade").pubkey())
        svm.set_clock(svm.get_clock())

    def set_clock(self, slot: int | None = None, seconds: int | None = None) -> None:
        """Set the chain's clock."""
        clock = self.svm.get_clock()
        clock.slot = clock.slot if slot is None else slot
        clock.unix_timestamp = clock.unix_timestamp if seconds is None else seconds
        self.svm.set_clock(clock)

    def rich(self, *keys: Keypair) -> None:
        """Give keys enough for fees and rent."""
        for each in keys:
            self.svm.airdrop(each.pubkey(), RICH)

    def put(self, address: Pubkey, owner: Pubkey, data: bytes, lamports: int = 10**9) -> None:
        """Put an account there, whatever the runtime would say."""
        self.svm.set_account(address, Account(lamports, data, owner))

    def data(self, address: Pubkey) -> bytes:
        """Return an account's data; none when there is no account."""
        account = self.svm.get_account(address)
        return b"" if account is None else bytes(account.data)

    def tokens(self, address: Pubkey) -> int:
        """Return a token account's amount; 0 when there is none."""
        data = self.data(address)
        return int(struct.unpack_from("<Q", data, 64)[0]) if data else 0

    def send(self, instructions: Sequence[Instruction], signers: Sequence[Keypair]) -> Result:
        """Send a transaction that nobody has sent before; the first signer pays."""
        nonce = Hash(next(self._numbers).to_bytes(32, "big"))
        message = Message.new_with_blockhash(list(instructions), signers[0].pubkey(), nonce)
        return self.submit(Transaction(list(signers), message, nonce))

    def submit(self, transaction: Transaction | VersionedTransaction) -> Result:
        """Send a signed transaction."""
        answer = self.svm.send_transaction(transaction)
        if isinstance(answer, TransactionMetadata):
            return Result(None, None, answer.compute_units_consumed(), tuple(answer.logs()))
        return _refused(answer)


def _refused(answer: FailedTransactionMetadata) -> Result:
    error, meta = answer.err(), answer.meta()
    inner = error.err if isinstance(error, TransactionErrorInstructionError) else None
    code = inner.code if isinstance(inner, InstructionErrorCustom) else None
    return Result(repr(inner or error), code, meta.compute_units_consumed(), tuple(meta.logs()))


def deploy(svm: LiteSVM, library: bytes, upgrade_authority: Pubkey | None) -> None:
    """Put the program there as the upgradeable loader leaves it, so that `initialize` finds its owner."""
    data_address = program_data()
    holder = b"\1" + bytes(upgrade_authority) if upgrade_authority else bytes(33)
    record = struct.pack("<IQ", 3, 0) + holder + library
    svm.set_account(data_address, Account(10**12, record, LOADER))
    record = struct.pack("<I", 2) + bytes(data_address)
    svm.set_account(PROGRAM, Account(10**9, record, LOADER, True))  # noqa: FBT003 - executable


def program_data(program: Pubkey = PROGRAM) -> Pubkey:
    """Return where the loader keeps a program's bytes."""
    return Pubkey.find_program_address([bytes(program)], LOADER)[0]


def config_address() -> Pubkey:
    """Return where the config lies."""
    return Pubkey.find_program_address([b"config"], PROGRAM)[0]


def pot_address(campaign: bytes) -> Pubkey:
    """Return where a campaign's pot lies."""
    return Pubkey.find_program_address([b"pot", campaign], PROGRAM)[0]


def token_address(owner: Pubkey, mint: Pubkey) -> Pubkey:
    """Return where an owner's associated token account lies."""
    return Pubkey.find_program_address([bytes(owner), bytes(TOKEN), bytes(mint)], ASSOCIATED_TOKEN)[0]


def instruction(name: str, values: Mapping[str, Any], extra: Sequence[Pubkey] = ()) -> Instruction:
    """Build an instruction from its accounts and arguments by the IDL's names, in snake case.

    `values` may hold more than is needed; `extra` are writable accounts behind the named ones.
    """
    entry = INSTRUCTIONS[name]
    metas = [
        AccountMeta(values[snake(each["name"])], each["isSigner"], each["isMut"])
        for each in entry["accounts"]
    ]
    metas += [AccountMeta(address, is_signer=False, is_writable=True) for address in extra]
    data = b"".join(encode(field["type"], values[snake(field["name"])]) for field in entry["args"])
    return Instruction(PROGRAM, discriminator("global", name) + data, metas)


def names(name: str) -> set[str]:
    """Return what an instruction's accounts and arguments are called."""
    entry = INSTRUCTIONS[name]
    return {snake(each["name"]) for each in (*entry["accounts"], *entry["args"])}


def encode(kind: Any, value: Any) -> bytes:  # noqa: ANN401 - whatever the IDL has
    """Write a value as borsh does."""
    if isinstance(kind, str) and kind in _FORMATS:
        return struct.pack(_FORMATS[kind], value)
    if isinstance(kind, dict) and "vec" in kind:
        return struct.pack("<I", len(value)) + b"".join(encode(kind["vec"], each) for each in value)
    if isinstance(kind, dict) and "defined" in kind:
        fields = next(each for each in IDL["types"] if each["name"] == kind["defined"])["type"]["fields"]
        return b"".join(encode(field["type"], each) for field, each in zip(fields, value, strict=True))
    return bytes(value)


def token_account(mint: Pubkey, owner: Pubkey, amount: int = 0, **also: object) -> bytes:
    """Give a token account's bytes; `also`: delegate, state, close_authority."""
    delegate, close = also.get("delegate"), also.get("close_authority")
    return (
        bytes(mint) + bytes(owner) + struct.pack("<Q", amount)
        + _optional(delegate) + bytes([int(str(also.get("state", 1)))])
        + bytes(12) + struct.pack("<Q", amount if delegate else 0) + _optional(close)
    )  # fmt: skip


def mint_account(authority: Pubkey, decimals: int = 6, supply: int = 2**63) -> bytes:
    """Give a mint's bytes."""
    return _optional(authority) + struct.pack("<QBB", supply, decimals, 1) + bytes(36)


def _optional(address: object) -> bytes:
    return struct.pack("<I", 1) + bytes(address) if isinstance(address, Pubkey) else bytes(36)


def send_lamports(giver: Pubkey, address: Pubkey, amount: int) -> Instruction:
    """Send lamports to an address."""
    return transfer(TransferParams(from_pubkey=giver, to_pubkey=address, lamports=amount))


def unsigned(entry: Instruction, index: int) -> Instruction:
    """Give an instruction without a signature that it needs."""
    metas = list(entry.accounts)
    old = metas[index]
    metas[index] = AccountMeta(old.pubkey, is_signer=False, is_writable=old.is_writable)
    return Instruction(entry.program_id, entry.data, metas)
