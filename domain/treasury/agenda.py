"""Which pots are looked at when: the clock's ticks find them without looking at all of them."""

from bisect import insort
from collections.abc import Iterator
from typing import Final

from msgspec.structs import replace

from domain.draft import Draft
from domain.treasury.look import MINUTE_MS, Look
from domain.treasury.rows import AGENDA_KEY, AgendaRow, DueRow, due_key

POTS_A_ROW_MAX: Final = 50
# Pots that are due beyond it wait for the next tick, so that no tick floods the log.
POTS_A_TICK_MAX: Final = 100


def soon(look: Look) -> None:
    """Look at a pot with the next minute's tick, together with all that comes until then."""
    at(look, look.now_ms + 1)


def at(look: Look, due_ms: int) -> None:
    """Look at a pot at a moment, at most a minute later, unless that is sooner already."""
    due_ms = -(-max(due_ms, look.now_ms + 1) // MINUTE_MS) * MINUTE_MS
    row = look.row
    if row.due_ms and row.due_ms <= due_ms:
        return
    look.row = replace(row, due_ms=due_ms)
    _put(look.draft, due_ms, look.client, look.pot)


def take(draft: Draft, now_ms: int) -> Iterator[Look]:
    """Yield the pots that are due by now and strike them off, as many as a tick may take."""
    taken = 0
    while taken < POTS_A_TICK_MAX:
        agenda: AgendaRow | None = draft.get(AGENDA_KEY)
        if agenda is None or not agenda.due or agenda.due[0][0] > now_ms:
            return
        due_ms, number = agenda.due[0]
        row: DueRow = draft.get(due_key(due_ms, number)) or DueRow()
        if taken + len(row.pots) > POTS_A_TICK_MAX:
            return
        draft.changes[due_key(due_ms, number)] = None
        left = ((due_ms, number - 1), *agenda.due[1:]) if number > 1 else agenda.due[1:]
        draft.changes[AGENDA_KEY] = AgendaRow(left) if left else None
        taken += len(row.pots)
        for client, pot in row.pots:
            look = Look(draft, client, pot)
            # It may have been noted for an earlier moment since, and then was looked at before.
            if look.row.due_ms == due_ms:
                look.row = replace(look.row, due_ms=0)
                yield look


def _put(draft: Draft, due_ms: int, client: str, pot: str) -> None:
    agenda: AgendaRow = draft.get(AGENDA_KEY) or AgendaRow()
    last = dict(agenda.due).get(due_ms, 0)
    row: DueRow = draft.get(due_key(due_ms, last)) or DueRow() if last else DueRow()
    if not last or len(row.pots) >= POTS_A_ROW_MAX:
        last, row = last + 1, DueRow()
        due = [entry for entry in agenda.due if entry[0] != due_ms]
        insort(due, (due_ms, last))
        draft.changes[AGENDA_KEY] = AgendaRow(tuple(due))
    draft.changes[due_key(due_ms, last)] = DueRow((*row.pots, (client, pot)))
