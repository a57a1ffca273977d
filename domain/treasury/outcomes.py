"""How movements end: posted once, whoever tells first; voided when it is certain; booked if another's."""

from typing import Final

from msgspec.structs import replace

from domain.treasury import agenda, alerting
from domain.treasury.deciding import decide, failed
from domain.treasury.ledger import FEE_PAYER, FEES, OUTSIDE, SETTLEMENT, TREASURY, Line
from domain.treasury.look import DAY_MS, Look
from domain.treasury.rows import UNKNOWN, OpenMovement
from events.types import (
    FundingPosted,
    FundingVoided,
    MovementFailed,
    MovementLanded,
    MovementSeen,
    PotMoved,
    SettlementPosted,
    SettlementVoided,
)

KINDS: Final = ("fund", "settle", "withdraw")
REMEMBERED_MAX: Final = 32


def landed(look: Look, fact: MovementLanded) -> None:
    """Hear from the executor that a movement has landed, and what that has cost."""
    row, movement = look.row, look.row.open
    if movement is not None and movement.movement_id == fact.movement_id:
        _post(look, movement, fact.slot, fact.at_ms, fact)
        _through_executor(look, movement.sequence)
        decide(look)
    elif fact.movement_id in row.awaiting:
        left = tuple(one for one in row.awaiting if one != fact.movement_id)
        look.row = replace(row, awaiting=left)
        look.book("fee", _fee(fact.fee_lamports), slot=fact.slot, at_ms=fact.at_ms)


def fell(look: Look, fact: MovementFailed) -> None:
    """Hear that a movement is certain never to land: what was set aside for it is free again."""
    row, movement = look.row, look.row.open
    if movement is None or movement.movement_id != fact.movement_id:
        return
    transfers = (*look.ledger.void(movement.movement_id), *look.ledger.book(_fee(fact.fee_lamports)))
    paid = row.paid_micro_usdc - (movement.amount_micro_usdc if movement.kind == "settle" else 0)
    told = UNKNOWN if fact.next_sequence is None else fact.next_sequence
    look.row = replace(row, open=None, paid_micro_usdc=paid, next_sequence=max(row.next_sequence, told))
    voided = FundingVoided if movement.kind == "fund" else SettlementVoided
    look.tell(
        voided(
            movement_id=movement.movement_id,
            pot=look.pot,
            sequence=movement.sequence,
            amount_micro_usdc=movement.amount_micro_usdc,
            reason=fact.reason,
            detail=fact.detail,
            at_ms=fact.at_ms,
            transfers=transfers,
        )
    )
    alerting.end(look, "funding_stuck")
    _learn(look, fact)
    if fact.reason != "number-taken":
        failed(look)
    agenda.soon(look)


def moved(look: Look, fact: PotMoved) -> None:
    """Hear from the pot itself of its next movement: ours that is open, ours that is posted, or another's."""
    chain, row, seen = look.chain, look.row, fact.seen
    # What it had before it was first observed, is booked as a sum.
    if chain.through == UNKNOWN or seen.sequence <= chain.through:
        return
    ahead = tuple(one for one in chain.ahead if one > seen.sequence)
    look.chain = replace(chain, through=seen.sequence, ahead=ahead)
    look.row = row = replace(row, next_sequence=max(row.next_sequence, seen.sequence + 1))
    if seen.sequence in chain.ahead:
        return
    if (movement := row.open) is not None and _is_of(seen, movement):
        kept = (*row.awaiting[1 - REMEMBERED_MAX :], movement.movement_id)
        look.row = replace(row, awaiting=kept)
        _post(look, movement, seen.slot, fact.at_ms, None)
        decide(look)
    else:
        _book(look, fact)
        agenda.soon(look)


def _post(look: Look, movement: OpenMovement, slot: int, at_ms: int, told: MovementLanded | None) -> None:
    """Make a movement final in the ledger."""
    fee = _fee(told.fee_lamports) if told is not None else []
    transfers = (*look.ledger.post(movement.movement_id), *look.ledger.book(fee))
    row = look.row
    look.row = replace(
        row, open=None, failures=0, next_sequence=max(row.next_sequence, movement.sequence + 1)
    )
    _count(look, movement.kind, movement.amount_micro_usdc, slot)
    posted = FundingPosted if movement.kind == "fund" else SettlementPosted
    look.tell(
        posted(
            movement_id=movement.movement_id,
            pot=look.pot,
            sequence=movement.sequence,
            amount_micro_usdc=movement.amount_micro_usdc,
            slot=slot,
            signature=told.signature if told is not None else None,
            at_ms=at_ms,
            transfers=transfers,
        )
    )
    alerting.end(look, "funding_stuck")
    if not look.switch.reasons:
        alerting.end(look, "funding_failing")


def _book(look: Look, fact: PotMoved) -> None:
    """Follow a movement that is none of ours."""
    seen = fact.seen
    lines = {
        "fund": Line(look.account, TREASURY, seen.amount_micro_usdc),
        "settle": Line(SETTLEMENT, look.account, seen.amount_micro_usdc),
        "withdraw": Line(OUTSIDE, look.account, seen.amount_micro_usdc),
    }
    what = "withdrawn" if seen.kind == "withdraw" else "foreign-movement"
    look.book(what, [lines[seen.kind]], slot=seen.slot, at_ms=fact.at_ms, movement=seen.movement)
    _count(look, seen.kind, seen.amount_micro_usdc, seen.slot)
    if seen.kind == "settle":
        paid = look.row.paid_micro_usdc + seen.amount_micro_usdc
        look.row = replace(look.row, paid_micro_usdc=paid)
    if seen.kind != "withdraw":
        detail = f"the pot has movement {seen.sequence} ({seen.kind}) that the treasury did not ask for"
        alerting.begin(look, "ledger_differs", alerting.Figure(seen.amount_micro_usdc, 0), detail)


def _count(look: Look, kind: str, amount: int, slot: int) -> None:
    """Keep what the ledger has booked of a pot, to be compared with what the chain says."""
    chain, place = look.chain, KINDS.index(kind)
    booked = list(chain.booked)
    booked[place] += amount
    since = chain.since
    if kind == "fund" and slot > chain.slot:
        since = (*since[1 - REMEMBERED_MAX :], (slot, look.utc_day, amount))
    look.chain = replace(chain, booked=(booked[0], booked[1], booked[2]), since=since)


def _through_executor(look: Look, sequence: int) -> None:
    """Remember that a movement is in the ledger that the pot itself has not told of."""
    chain = look.chain
    if sequence > chain.through:
        look.chain = replace(chain, ahead=(*chain.ahead[1 - REMEMBERED_MAX :], sequence))


def _learn(look: Look, fact: MovementFailed) -> None:
    """Take a refusal for what it says of the pot, until it is observed again."""
    chain = look.chain
    if fact.slot <= chain.slot:
        return
    if fact.reason == "pot-paused":
        look.chain = replace(chain, is_paused=True)
    elif fact.reason == "pot-closed":
        look.chain = replace(chain, is_closed=True)
    elif fact.reason == "pot-cap":
        full = chain.cap_micro_usdc
        look.chain = replace(chain, cap_day=look.now_ms // DAY_MS, cap_used_micro_usdc=full)


def _is_of(seen: MovementSeen, movement: OpenMovement) -> bool:
    ours = movement.kind, movement.movement, movement.sequence, movement.amount_micro_usdc
    return ours == (seen.kind, seen.movement, seen.sequence, seen.amount_micro_usdc)


def _fee(lamports: int) -> list[Line]:
    return [Line(FEES, FEE_PAYER, lamports)] if lamports else []
