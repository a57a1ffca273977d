"""Decides a pot's next movement: what people want first, then what days have cost, then what is needed."""

from msgspec.structs import replace

from domain.treasury import agenda, alerting, funding, reserving, spending, switching
from domain.treasury.look import MINUTE_MS, Look
from domain.treasury.rows import FAILING, UNKNOWN, QueueRow
from domain.treasury.spending import Books
from events.limits import AMOUNT_MICROS_MAX
from events.types import PotOpened


def decide(look: Look) -> None:
    """Ask for a pot's next movement, if it needs one and has none that is open."""
    opened = look.opened
    if opened is None or look.now_ms == 0:
        return
    switching.ensure(look)
    row = look.row
    if row.open is not None:
        _watch(look)
    elif row.next_sequence != UNKNOWN and not _move(look, opened):
        books = spending.books(look)
        if books.next_ms:
            agenda.at(look, books.next_ms)


def _move(look: Look, opened: PotOpened) -> bool:
    if _serve(look, opened):
        return True
    # Who lets a pot go on that has failed so often is a person, and what it owes is moved then.
    if look.switch.reasons & FAILING or look.chain.is_foreign:
        return False
    books = spending.books(look)
    held = max(0, look.ledger.room(look.account))
    if 0 < books.due_micro_usdc <= held:
        return _settle(look, opened, books, held)
    if funding.by_need(look, opened, books):
        return True
    # Nothing more is to be had for it, so what there is goes to pay for what was spent.
    return _settle(look, opened, books, held)


def _settle(look: Look, opened: PotOpened, books: Books, held_micro_usdc: int) -> bool:
    amount = min(books.due_micro_usdc, held_micro_usdc, AMOUNT_MICROS_MAX)
    if amount <= 0:
        return False
    spending.freeze(look)
    reserving.settle(look, opened, amount, books.day)
    return True


def _serve(look: Look, opened: PotOpened) -> bool:
    """Take what people want in their order, until one of their wishes leads to a movement."""
    queue: QueueRow | None = look.get("queue")
    wishes = queue.wishes if queue is not None else ()
    while wishes:
        wish, wishes = wishes[0], wishes[1:]
        look.keep("queue", QueueRow(wishes) if wishes else None)
        if funding.by_hand(look, opened, wish):
            return True
    return False


def _watch(look: Look) -> None:
    """Tell people of a movement that is open for too long."""
    movement = look.row.open
    if movement is None:
        return
    minutes = look.policy.stuck_minutes
    since_minutes = (look.now_ms - movement.since_ms) // MINUTE_MS
    if since_minutes < minutes:
        agenda.at(look, movement.since_ms + minutes * MINUTE_MS)
        return
    detail = f"{movement.movement_id} has no outcome yet; nothing else of this pot moves before it has"
    alerting.begin(look, "funding_stuck", alerting.Figure(since_minutes, minutes, "minutes"), detail)


def failed(look: Look) -> None:
    """Count a movement that failed, and pause the pot when too many have in a row."""
    row, most = look.row, look.policy.failures_max
    look.row = replace(row, failures=row.failures + 1)
    if row.failures + 1 < most:
        return
    detail = f"{row.failures + 1} movements in a row have failed; look into it, then let the pot go on"
    alerting.begin(look, "funding_failing", alerting.Figure(row.failures + 1, most, "times"), detail)
    switching.pause(look, FAILING, "failing")
    switching.stop_campaigns(look, detail)
