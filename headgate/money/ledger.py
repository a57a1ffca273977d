"""The ledger as the projections know it, and the proof that it balances and is what the chain has."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Final

import msgspec

from headgate.money import history, pots
from headgate.money.history import Move, Proof
from projections import query

if TYPE_CHECKING:
    from headgate.money.pots import Pot
    from infra.settings import Settings

ROWS_MAX: Final = 10_000
MOVES_MAX: Final = 100_000
LOOK_EACH_SECONDS: Final = 1
_OF_CLIENT: Final = "WHERE ({client:String} = '' OR client = {client:String})"
# The accounts of days that are over are closed, and would only be in the way.
BALANCES_SQL: Final = f"""
SELECT client, account, unit, debits_pending, debits_posted, credits_pending, credits_posted, balance
FROM ledger_balances
{_OF_CLIENT}
    AND ({{pot:String}} = '' OR account = concat('pot:', {{pot:String}}))
    AND NOT (
        debits_pending = 0 AND credits_pending = 0 AND balance = 0
        AND splitByChar(':', account)[1] IN ('platform', 'client', 'pot-limit')
    )
ORDER BY client, unit = 'lamport', account
"""  # noqa: S608 - of our own words alone, and parameters
TRANSFERS_SQL: Final = f"""
SELECT client, id, debit, credit, amount, unit, state, pending_id, booked_by, movement_id, at_ms
FROM ledger_lines
{_OF_CLIENT}
    AND ({{pot:String}} = '' OR pot = {{pot:String}})
ORDER BY at_ms DESC, place DESC
"""  # noqa: S608 - likewise
SUMS_SQL: Final = f"SELECT * FROM ledger_proof {_OF_CLIENT} ORDER BY client, unit"  # noqa: S608 - likewise
FAULTS_SQL: Final = f"SELECT client, id, fault FROM ledger_faults {_OF_CLIENT} ORDER BY client, id"  # noqa: S608 - likewise
CHECKS_SQL: Final = f"""
SELECT client, pot, chain_micro_usdc, gifts_micro_usdc, facts_micro_usdc, ledger_micro_usdc, later_micro_usdc,
    behind_micro_usdc, ledger_less_chain_micro_usdc, facts_agree, ledger_agrees
FROM pot_proof
{_OF_CLIENT} AND ({{pot:String}} = '' OR pot = {{pot:String}})
ORDER BY client, pot
"""  # noqa: S608 - likewise
MOVES_SQL: Final = """
SELECT sequence, kind, movement, amount_micro_usdc
FROM pot_movements
WHERE client = {client:String} AND pot = {pot:String}
ORDER BY sequence DESC
"""


class Account(msgspec.Struct, frozen=True):
    """What an account of the ledger was debited and credited."""

    client: str
    account: str
    unit: str
    debits_pending: int
    debits_posted: int
    credits_pending: int
    credits_posted: int
    balance: int


class Line(msgspec.Struct, frozen=True):
    """One line of the ledger."""

    client: str
    id: str
    debit: str
    credit: str
    amount: int
    unit: str
    state: str
    pending_id: str
    booked_by: str
    movement_id: str
    at_ms: int


class Sums(msgspec.Struct, frozen=True):
    """All accounts of a client in one unit, together."""

    client: str
    unit: str
    debits_pending: int
    credits_pending: int
    debits_posted: int
    credits_posted: int
    is_balanced: bool


class Fault(msgspec.Struct, frozen=True):
    """Something that must not be in a ledger."""

    client: str
    id: str
    fault: str


class Check(msgspec.Struct, frozen=True):
    """A pot on chain, by facts and in the ledger."""

    client: str
    pot: str
    chain_micro_usdc: int
    gifts_micro_usdc: int
    facts_micro_usdc: int
    ledger_micro_usdc: int
    later_micro_usdc: int
    behind_micro_usdc: int
    ledger_less_chain_micro_usdc: int
    facts_agree: bool
    ledger_agrees: bool
    called: str = ""
    history: str = ""
    proof: Proof | None = None

    @property
    def agrees(self) -> bool:
        """Whether chain, ledger and facts are one, and the running hash with them."""
        return (
            self.facts_agree
            and self.ledger_agrees
            and self.proof is not None
            and self.proof.verdict == "proved"
        )


class Proven(msgspec.Struct, frozen=True):
    """What a ledger was asked, and how it answers."""

    sums: list[Sums]
    faults: list[Fault]
    pots: list[Check]
    unread: list[str]
    """Pots that the chain was never read for, so nothing can be said of them."""

    @property
    def is_unknown(self) -> bool:
        """Whether nothing is wrong, as far as the log and the chain have told."""
        proofs = [one.proof for one in self.pots if one.proof is not None]
        return (
            not self.balances
            and not self.faults
            and all(one.is_balanced for one in self.sums)
            and all(one.ledger_agrees for one in self.pots)
            and all(one.verdict != "differs" for one in proofs)
        )

    @property
    def balances(self) -> bool:
        """Whether everything that can be proved is."""
        return (
            not self.faults
            and not self.unread
            and all(one.is_balanced for one in self.sums)
            and all(one.agrees for one in self.pots)
        )


def balances(settings: Settings, client: str | None, pot: str | None = None) -> list[Account]:
    """Return the accounts on which something is."""
    return msgspec.convert(_ask(settings, BALANCES_SQL, client, pot), list[Account], strict=False)


def transfers(settings: Settings, client: str | None, pot: str | None, most: int) -> list[Line]:
    """Return the newest lines."""
    return msgspec.convert(_ask(settings, TRANSFERS_SQL, client, pot, most), list[Line], strict=False)


def prove_patiently(settings: Settings, client: str | None, pot: str | None, wait_seconds: int) -> Proven:
    """Prove a ledger; where something differs, look again for a while, as it may only be under way."""
    until = time.monotonic() + wait_seconds
    while True:
        known = [one for one in pots.found(settings, client) if pot in {None, one.pot}]
        proven = prove(settings, client, known, pot)
        if proven.balances or time.monotonic() >= until:
            return proven
        time.sleep(LOOK_EACH_SECONDS)


def prove(settings: Settings, client: str | None, known: list[Pot], pot: str | None = None) -> Proven:
    """Compute everything again that there is to prove, from de-duplicated rows."""
    by_pot = {(one.client, one.pot): one for one in known}
    checks = msgspec.convert(_ask(settings, CHECKS_SQL, client, pot), list[Check], strict=False)
    return Proven(
        msgspec.convert(_ask(settings, SUMS_SQL, client), list[Sums], strict=False),
        msgspec.convert(_ask(settings, FAULTS_SQL, client), list[Fault], strict=False),
        [_whole(settings, one, by_pot.get((one.client, one.pot))) for one in checks],
        [f"{one.client}/{one.called}" for one in known if not one.is_seen],
    )


def history_of(settings: Settings, pot: Pot) -> Proof:
    """Compute a pot's running hash again from the movements that the log knows."""
    params: dict[str, object] = {"client": pot.client, "pot": pot.pot}
    rows = query.ask(settings, MOVES_SQL, params, limit=MOVES_MAX).dicts()
    known = msgspec.convert(rows, list[Move], strict=False)
    return history.prove(pot.address, pot.next_sequence, pot.history, known)


def _whole(settings: Settings, check: Check, pot: Pot | None) -> Check:
    if pot is None:
        return msgspec.structs.replace(check, called=check.pot)
    return msgspec.structs.replace(
        check, called=pot.called, history=pot.history, proof=history_of(settings, pot)
    )


def _ask(
    settings: Settings, sql: str, client: str | None, pot: str | None = None, most: int = ROWS_MAX
) -> list[dict[str, object]]:
    params: dict[str, object] = {"client": client or ""}
    if "{pot:String}" in sql:
        params["pot"] = pot or ""
    return query.ask(settings, sql, params, limit=most).dicts()
