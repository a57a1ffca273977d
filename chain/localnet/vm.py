"""The virtual machine: runs a transaction on accounts as they stand, and can be set back."""

from __future__ import annotations

import json
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from msgspec import Struct
from solders.account import Account
from solders.litesvm import LiteSVM
from solders.pubkey import Pubkey
from solders.transaction_metadata import FailedTransactionMetadata, SimulatedTransactionInfo

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    from solders.hash import Hash
    from solders.transaction import VersionedTransaction

_NOTHING = Account(lamports=0, data=b"", owner=Pubkey.default(), executable=False, rent_epoch=0)


class Ran(Struct, frozen=True):
    """What came of a transaction."""

    error: Any
    """As JSON-RPC says it; None when it succeeded."""
    logs: list[str]
    units: int
    inner: list[dict[str, Any]]
    returned: dict[str, Any] | None
    accounts: Mapping[Pubkey, Account]
    """What it would leave behind; only of a trial."""


class Vm:
    """LiteSVM without its own memory of blockhashes and signatures, since those are the chain's."""

    def __init__(self, accounts: Iterable[tuple[Pubkey, Account]]) -> None:
        self._svm = LiteSVM().with_blockhash_check(False).with_transaction_history(0)  # noqa: FBT003 - its own form
        # A program's data has to be there before the program is.
        for address, account in sorted(accounts, key=lambda known: known[1].executable):
            self._svm.set_account(address, account)
        self._slot_hashes_of = -1

    def read(self, address: Pubkey) -> Account | None:
        """Return an account as it stands; one without lamports is none."""
        account = self._svm.get_account(address)
        return None if account is None or account.lamports == 0 else account

    def write(self, address: Pubkey, account: Account | None) -> None:
        """Set an account, or remove it."""
        self._svm.set_account(address, _NOTHING if account is None else account)

    def rent_exempt(self, length: int) -> int:
        """Return the lamports that an account with so many bytes has to have."""
        return self._svm.minimum_balance_for_rent_exemption(length)

    def set_time(self, slot: int, unix_seconds: int) -> None:
        """Tell programs which slot and which time it is."""
        clock = self._svm.get_clock()
        clock.slot = slot
        clock.unix_timestamp = unix_seconds
        self._svm.set_clock(clock)

    def set_slot_hashes(self, slot: int, hashes: Sequence[tuple[int, Hash]]) -> None:
        """Tell programs the latest blocks, newest first, unless they know."""
        if self._slot_hashes_of != slot:
            self._svm.set_slot_hashes(hashes)
            self._slot_hashes_of = slot

    def run(self, transaction: VersionedTransaction) -> Ran:
        """Run a transaction for good."""
        result = self._svm.send_transaction(transaction)
        return _ran(json.loads(result.to_json()), _inner(result), {})

    def try_out(self, transaction: VersionedTransaction, *, verify: bool) -> Ran:
        """Run a transaction and change nothing."""
        self._svm.with_sigverify(verify)
        try:
            result = self._svm.simulate_transaction(transaction)
        finally:
            self._svm.with_sigverify(True)  # noqa: FBT003 - its own form
        left = dict(result.post_accounts()) if isinstance(result, SimulatedTransactionInfo) else {}
        return _ran(json.loads(result.to_json()), _inner(result), left)

    @contextmanager
    def as_if(self, accounts: Mapping[Pubkey, Account | None]) -> Iterator[None]:
        """Let accounts stand otherwise for a while."""
        now = {address: self.read(address) for address in accounts}
        different = {address for address, account in accounts.items() if account != now[address]}
        for address in different:
            self.write(address, accounts[address])
        try:
            yield
        finally:
            for address in different:
                self.write(address, now[address])


def _ran(told: dict[str, Any], inner: list[dict[str, Any]], left: Mapping[Pubkey, Account]) -> Ran:
    meta = told.get("meta", told)
    data = bytes(meta["return_data"]["data"])
    returned = None
    if data:
        returned = {"programId": bytes(meta["return_data"]["program_id"]), "data": data}
    return Ran(told.get("err"), meta["logs"], meta["compute_units_consumed"], inner, returned, left)


def _inner(result: object) -> list[dict[str, Any]]:
    """Return the instructions that programs have called, by the instruction that called them."""
    meta = (
        result.meta() if isinstance(result, FailedTransactionMetadata | SimulatedTransactionInfo) else result
    )
    calls: list[dict[str, Any]] = []
    for index, called in enumerate(meta.inner_instructions()):  # type: ignore[attr-defined] # of one of three kinds
        if called:
            calls.append({"index": index, "instructions": [_call(inner) for inner in called]})
    return calls


def _call(inner: Any) -> dict[str, Any]:  # noqa: ANN401 - solders exports no name for it
    instruction = inner.instruction()
    return {
        "programIdIndex": instruction.program_id_index,
        "accounts": list(bytes(instruction.accounts)),
        "data": bytes(instruction.data),
        "stackHeight": inner.stack_height(),
    }
