"""Sets money aside and asks for its movement: one open movement a pot, under the number that is its turn."""

from collections.abc import Sequence
from hashlib import sha256
from typing import Literal

from msgspec.structs import replace

from domain.treasury import agenda, limits
from domain.treasury.ledger import ALLOWANCE, SETTLEMENT, TREASURY, Line, short
from domain.treasury.look import MINUTE_MS, Look
from domain.treasury.rows import OpenMovement
from events.types import (
    FundingPart,
    FundingReserved,
    FundPot,
    PotOpened,
    SettlementReserved,
    SettlePot,
)


def fund(
    look: Look,
    opened: PotOpened,
    parts: Sequence[FundingPart],
    mode: Literal["planned", "ahee", "by-hand"],
    request_id: str | None = None,
) -> None:
    """Set a funding aside, in the treasury and of every limit that it counts against."""
    amount = sum(part.amount_micro_usdc for part in parts)
    policy, platforms = look.policy, by_platform(parts)
    allowed = {
        limits.of_client(look): policy.client_limit_micro_usdc,
        limits.of_pot(look): policy.pot_limit_micro_usdc,
    }
    lines = [Line(look.account, TREASURY, amount), *(Line(name, ALLOWANCE, amount) for name in allowed)]
    for platform, part in platforms.items():
        name = limits.of_platform(look, platform)
        allowed[name] = limits.limit_of(policy, platform)
        lines.append(Line(name, ALLOWANCE, part))
    limits.open_for(look, allowed)
    movement = _open(look, "fund", amount)
    transfers = look.ledger.reserve(movement.movement_id, lines)
    id_, at_ms = movement.movement_id, look.now_ms
    look.tell(
        FundingReserved(
            movement_id=id_,
            pot=look.pot,
            sequence=movement.sequence,
            amount_micro_usdc=amount,
            parts=tuple(parts),
            mode=mode,
            request_id=request_id,
            at_ms=at_ms,
            transfers=transfers,
        )
    )
    look.tell(
        FundPot(
            movement_id=id_,
            movement=movement.movement,
            pot=look.pot,
            sequence=movement.sequence,
            amount_micro_usdc=amount,
            treasury=opened.treasury,
            authority=opened.authority,
            decided_ms=at_ms,
            not_after_ms=at_ms + look.policy.sign_minutes * MINUTE_MS,
        )
    )


def settle(look: Look, opened: PotOpened, amount_micro_usdc: int, day: str) -> None:
    """Set aside in the pot what days have cost."""
    movement = _open(look, "settle", amount_micro_usdc)
    transfers = look.ledger.reserve(movement.movement_id, [Line(SETTLEMENT, look.account, amount_micro_usdc)])
    look.row = replace(look.row, paid_micro_usdc=look.row.paid_micro_usdc + amount_micro_usdc)
    id_, sequence, at_ms = movement.movement_id, movement.sequence, look.now_ms
    look.tell(SettlementReserved(id_, look.pot, sequence, amount_micro_usdc, day, at_ms, transfers))
    look.tell(
        SettlePot(
            movement_id=id_,
            movement=movement.movement,
            pot=look.pot,
            sequence=sequence,
            amount_micro_usdc=amount_micro_usdc,
            day=day,
            settlement=opened.settlement,
            decided_ms=at_ms,
            not_after_ms=at_ms + look.policy.sign_minutes * MINUTE_MS,
        )
    )


def by_platform(parts: Sequence[FundingPart]) -> dict[str, int]:
    """Return what each platform's parts come to."""
    sums: dict[str, int] = {}
    for part in parts:
        sums[part.platform] = sums.get(part.platform, 0) + part.amount_micro_usdc
    return sums


def _open(look: Look, kind: Literal["fund", "settle"], amount_micro_usdc: int) -> OpenMovement:
    """Give a movement its number, and a name for ever: what was voided leaves its number, not its count."""
    row = look.row
    count = row.movements + 1
    id_ = f"{short(look.client)}.{look.pot}.{row.next_sequence}.{count}"
    hashed = sha256(id_.encode()).hexdigest()
    movement = OpenMovement(id_, hashed, kind, row.next_sequence, amount_micro_usdc, look.now_ms)
    look.row = replace(row, movements=count, open=movement)
    agenda.at(look, look.now_ms + look.policy.stuck_minutes * MINUTE_MS)
    return movement
