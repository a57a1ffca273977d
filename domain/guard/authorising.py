"""Says whether a campaign may spend an amount, why not, and holds the amount for a while if asked to."""

from itertools import islice
from typing import Final

from domain import local_time, money
from domain.draft import Draft
from domain.guard.look import Look
from domain.guard.rows import FREE, OPEN, HoldsRow, holds_key
from domain.pacing import cells, pace
from domain.pacing.rows import AccountRow
from events.limits import AMOUNT_MICROS_MAX
from events.types import AuthorisedFor, SpendAnswered, SpendRecorded, SpendRequested

# Whoever holds more than that at once holds nothing more: what is held is read with every request.
HOLDS_MAX: Final = 500

Hold = tuple[str, int, int]


def answer(draft: Draft, subject: str, request: SpendRequested, account: AccountRow) -> None:
    """Publish whether the campaign may spend the amount."""
    look = Look(draft, subject, request.campaign, account)
    held = in_force(draft, look)
    mine = next((one for one in held if one[0] == request.request_id), None)
    others = tuple(one for one in held if one is not mine)
    left_micros = remaining_micros(look, sum(micros for _, micros, _ in others))
    refused = reason_to_refuse(look, request.amount_micros, left_micros, others)
    until_ms = look.now_ms + request.hold_ms if request.hold_ms and refused is None else None
    if until_ms is not None:
        keep(draft, look.key, (*others, (request.request_id, request.amount_micros, until_ms)))
        left_micros -= request.amount_micros
    elif mine is not None:
        keep(draft, look.key, others)
    look.tell(
        SpendAnswered(
            request_id=request.request_id,
            campaign=request.campaign,
            verdict="allowed" if refused is None else "refused",
            reason=refused or "within-plan",
            amount_micros=request.amount_micros,
            remaining_micros=min(max(left_micros, 0), AMOUNT_MICROS_MAX),
            held_until_ms=until_ms,
        )
    )


def recorded(draft: Draft, key: bytes, spend: SpendRecorded) -> None:
    """Free what was held for a spend that has been counted; the key is the campaign's."""
    row: HoldsRow | None = draft.get(holds_key(key))
    if row is None:
        return
    left = tuple(one for one in row.holds if one[0] != spend.transaction_id)
    if len(left) < len(row.holds):
        keep(draft, key, left)


def in_force(draft: Draft, look: Look) -> tuple[Hold, ...]:
    """Return what is held and has not expired."""
    row: HoldsRow | None = draft.get(holds_key(look.key))
    return tuple(one for one in row.holds if one[2] > look.now_ms) if row is not None else ()


def keep(draft: Draft, key: bytes, holds: tuple[Hold, ...]) -> None:
    """Keep what is held."""
    draft.changes[holds_key(key)] = HoldsRow(holds) if holds else None


def remaining_micros(look: Look, held_micros: int) -> int:
    """Return what the campaign may still spend today."""
    row = look.row
    target_micros = row.target_micros or 0
    return target_micros - (look.spent_micros if is_its_day(look) else 0) - held_micros


def is_its_day(look: Look) -> bool:
    """Say whether what the row knows is of the day that it is; before the first page it is of none."""
    return bool(look.row.day) and look.now_ms < look.row.day_end_ms


def reason_to_refuse(
    look: Look, amount_micros: int, left_micros: int, others: tuple[Hold, ...]
) -> AuthorisedFor | None:
    """Return why the campaign may not spend the amount, if it may not."""
    if look.draft.get(look.key) is None:
        return "unknown-campaign"
    standing = reason_to_stand(look)
    if standing is not None:
        return standing
    if look.row.target_micros is None:
        return "no-budget"
    if amount_micros > left_micros or len(others) >= HOLDS_MAX:
        return "over-budget"
    if is_over_hour(look, amount_micros + sum(micros for _, micros, _ in others)):
        return "over-hour"
    return "overpacing" if is_its_day(look) and look.row.band == pace.CRITICAL else None


def reason_to_stand(look: Look) -> AuthorisedFor | None:
    """Return why a campaign spends nothing at all now, if it does not."""
    if look.is_stopped:
        return "stopped"
    if look.breaker.state == OPEN:
        return "circuit-breaker"
    guard = look.guard
    return "paused" if guard.state != FREE or guard.status != "enabled" else None


def is_over_hour(look: Look, amount_micros: int) -> bool:
    """Say whether the running hour would cost more than an hour may of a day."""
    row = look.row
    if not is_its_day(look):
        return False
    limit = money.permille_of(row.target_micros or 0, look.rules.plan_hour_max_permille)
    hour = local_time.hour_at(row.day_start_ms, look.now_ms)
    spent = next(islice(cells.totals(row.cells), hour, None), 0)
    return spent + amount_micros > limit
