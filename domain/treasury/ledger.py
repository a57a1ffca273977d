"""Double entry: immutable lines from one account to another, pending until they are posted or voided, once.

An account's debits and credits are kept apart, and of each what is pending. `TotalsRow` sums all accounts up
as they are written, so that a line which is not in both of its accounts is found before it is kept.
"""

import re
from collections.abc import Iterable, Sequence
from hashlib import sha256
from typing import Final, NamedTuple

from msgspec.structs import replace

from domain.draft import Draft
from domain.treasury.rows import AccountRow, PendingRow, TotalsRow, account_key, pending_key, totals_key
from events.limits import AMOUNT_MICROS_MAX
from events.types import Transfer, TransferState, TransferUnit

TREASURY, OUTSIDE, SETTLEMENT = "treasury", "outside", "settlement"
FEES, FEE_PAYER, ALLOWANCE = "fees", "fee-payer", "allowance"
# What is held may not be given away twice; what is allowed may not be used twice.
HELD: Final = ("treasury", "pot")
ALLOWED: Final = ("platform", "client", "pot-limit")
LAMPORT_ACCOUNTS: Final = (FEES, FEE_PAYER)
ID_CLIENT_CHARS_MAX: Final = 24  # so that a movement id of it stays an id
PLAIN: Final = re.compile(r"[A-Za-z0-9_.-]{1,128}").fullmatch


class LedgerError(AssertionError):
    """A line that must never be; deciders ask for the room first, so it is a defect and nothing is kept."""


class Line(NamedTuple):
    """What one account is to be debited and another to be credited."""

    debit: str
    credit: str
    amount: int


class Ledger:
    """A client's ledger, as of a draft."""

    __slots__ = ("client", "draft")

    def __init__(self, draft: Draft, client: str) -> None:
        self.draft, self.client = draft, client

    def account(self, name: str) -> AccountRow:
        """Return an account as it stands; one that nothing was booked on is empty."""
        row: AccountRow | None = self.draft.get(account_key(self.client, name))
        return row or AccountRow()

    def room(self, name: str) -> int:
        """Return how much can still be taken from an account, what is pending counted as taken."""
        row = self.account(name)
        if name.partition(":")[0] in HELD:
            return row.debits_posted - row.credits_posted - row.credits_pending
        return row.credits_posted - row.debits_posted - row.debits_pending

    def worth(self, name: str) -> int:
        """Return what an account holds with all that is pending."""
        row = self.account(name)
        return row.debits_posted + row.debits_pending - row.credits_posted - row.credits_pending

    def reserve(self, movement_id: str, lines: Sequence[Line]) -> tuple[Transfer, ...]:
        """Keep lines pending, under a movement that has none; none may take more than there is."""
        key = pending_key(self.client, movement_id)
        if self.draft.get(key) is not None:
            raise LedgerError(f"{movement_id} is reserved already")
        transfers = tuple(self._line(line, "pending") for line in lines if line.amount)
        self.draft.changes[key] = PendingRow(transfers)
        self._check_limits(lines)
        return transfers

    def post(self, movement_id: str) -> tuple[Transfer, ...]:
        """Make a movement's pending lines final."""
        return tuple(self._settle(one, "posted") for one in self._take(movement_id))

    def void(self, movement_id: str) -> tuple[Transfer, ...]:
        """Take a movement's pending lines back."""
        return tuple(self._settle(one, "voided") for one in self._take(movement_id))

    def book(self, lines: Iterable[Line]) -> tuple[Transfer, ...]:
        """Follow what has happened already, whether there was room for it or not."""
        booked: list[Transfer] = []
        for debit, credit, amount in lines:
            left = amount
            while left > 0:
                part = min(left, AMOUNT_MICROS_MAX)
                booked.append(self._line(Line(debit, credit, part), "posted"))
                left -= part
        return tuple(booked)

    def close(self, name: str) -> None:
        """Forget an account on which nothing is left: its debits are its credits, and nothing is pending."""
        row = self.account(name)
        if row.debits_pending or row.credits_pending or row.debits_posted != row.credits_posted:
            raise LedgerError(f"{name} cannot be closed: {row}")
        self._write({name: None})

    # ---- one line
    def _line(self, line: Line, state: TransferState) -> Transfer:
        debit, credit, amount = line
        if amount <= 0 or debit == credit or unit_of(debit) != unit_of(credit):
            raise LedgerError(f"{line} cannot be booked")
        pending, posted = (amount, 0) if state == "pending" else (0, amount)
        self._move(debit, credit, pending, posted)
        return self._transfer(line, state, None)

    def _settle(self, one: Transfer, state: TransferState) -> Transfer:
        self._move(one.debit, one.credit, -one.amount, one.amount if state == "posted" else 0)
        return self._transfer(Line(one.debit, one.credit, one.amount), state, one.id)

    def _take(self, movement_id: str) -> tuple[Transfer, ...]:
        key = pending_key(self.client, movement_id)
        row: PendingRow | None = self.draft.get(key)
        if row is None:
            raise LedgerError(f"{movement_id} has nothing pending: it was posted or voided before")
        self.draft.changes[key] = None
        return row.transfers

    def _move(self, debit: str, credit: str, pending: int, posted: int) -> None:
        of_debit, of_credit = self.account(debit), self.account(credit)
        debited = replace(
            of_debit,
            debits_pending=of_debit.debits_pending + pending,
            debits_posted=of_debit.debits_posted + posted,
        )
        credited = replace(
            of_credit,
            credits_pending=of_credit.credits_pending + pending,
            credits_posted=of_credit.credits_posted + posted,
        )
        self._write({debit: debited, credit: credited})

    def _write(self, accounts: dict[str, AccountRow | None]) -> None:
        """Keep accounts, and hold the sums over all of them to be in balance."""
        (unit,) = {unit_of(name) for name in accounts}
        totals = self.totals()
        whole = totals.usdc if unit == "micro-usdc" else totals.lamports
        for name, row in accounts.items():
            whole = _plus(_plus(whole, row or AccountRow(), 1), self.account(name), -1)
            self.draft.changes[account_key(self.client, name)] = row
        check(unit, whole)
        kept = replace(totals, usdc=whole) if unit == "micro-usdc" else replace(totals, lamports=whole)
        self.draft.changes[totals_key(self.client)] = kept

    def totals(self) -> TotalsRow:
        """Return the sums over all accounts."""
        row: TotalsRow | None = self.draft.get(totals_key(self.client))
        return row or TotalsRow()

    def _transfer(self, line: Line, state: TransferState, pending_id: str | None) -> Transfer:
        totals = self.totals()
        totals = replace(totals, lines=totals.lines + 1)
        self.draft.changes[totals_key(self.client)] = totals
        id_ = f"{short(self.client)}.{totals.lines}"
        return Transfer(id_, *line, unit=unit_of(line.debit), state=state, pending_id=pending_id)

    def _check_limits(self, lines: Sequence[Line]) -> None:
        for debit, credit, _amount in lines:
            if credit.partition(":")[0] in HELD and self.room(credit) < 0:
                raise LedgerError(f"{credit} would give more than it has: {self.account(credit)}")
            if debit.partition(":")[0] in ALLOWED and self.room(debit) < 0:
                raise LedgerError(f"{debit} would go beyond its limit: {self.account(debit)}")


def check(unit: TransferUnit, whole: AccountRow) -> None:
    """Hold that debits are credits, pending and posted apart."""
    if whole.debits_pending != whole.credits_pending or whole.debits_posted != whole.credits_posted:
        raise LedgerError(f"the ledger is out of balance in {unit}: {whole}")
    if whole.debits_pending < 0:
        raise LedgerError(f"more was settled than was pending in {unit}: {whole}")


def unit_of(name: str) -> TransferUnit:
    """Return what an account is kept in."""
    return "lamport" if name in LAMPORT_ACCOUNTS else "micro-usdc"


def short(client: str) -> str:
    """Return a client's name for ids, which are limited: itself, or of a long one a hash."""
    if len(client) <= ID_CLIENT_CHARS_MAX:
        return client
    return sha256(client.encode()).hexdigest()[:ID_CLIENT_CHARS_MAX]


def safe(name: str) -> str:
    """Return a platform's name as accounts may carry it: itself, or of an odd one a hash."""
    return name if PLAIN(name) else sha256(name.encode()).hexdigest()


def _plus(whole: AccountRow, row: AccountRow, sign: int) -> AccountRow:
    return AccountRow(
        whole.debits_pending + sign * row.debits_pending,
        whole.debits_posted + sign * row.debits_posted,
        whole.credits_pending + sign * row.credits_pending,
        whole.credits_posted + sign * row.credits_posted,
    )
