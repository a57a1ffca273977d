"""What is due when: the clock's ticks find the campaigns that wait without looking at all of them."""

from bisect import insort
from collections.abc import Iterator
from typing import Final

from domain.draft import Draft
from domain.guard.rows import AGENDA_KEY, AgendaRow, DueRow, due_key

CAMPAIGNS_A_ROW_MAX: Final = 500
# A midnight of more paused campaigns goes on with the next ticks, so that no tick floods the log.
ROWS_A_TICK_MAX: Final = 10
MINUTE_MS: Final = 60_000


def minute(at_ms: int) -> int:
    """Return the minute that ends at a moment or after it: so moments share their rows."""
    return -(-at_ms // MINUTE_MS) * MINUTE_MS


def put(draft: Draft, due_ms: int, subject: str, campaign: str) -> None:
    """Note a campaign for a moment."""
    agenda: AgendaRow = draft.get(AGENDA_KEY) or AgendaRow()
    numbers = dict(agenda.due)
    last = numbers.get(due_ms, 0)
    row: DueRow = draft.get(due_key(due_ms, last)) or DueRow() if last else DueRow()
    if not last or len(row.campaigns) >= CAMPAIGNS_A_ROW_MAX:
        last, row = last + 1, DueRow()
        due = [entry for entry in agenda.due if entry[0] != due_ms]
        insort(due, (due_ms, last))
        draft.changes[AGENDA_KEY] = AgendaRow(tuple(due))
    draft.changes[due_key(due_ms, last)] = DueRow((*row.campaigns, (subject, campaign)))


def take(draft: Draft, now_ms: int) -> Iterator[tuple[str, str]]:
    """Yield the campaigns that are due by now and strike them off, as many as a tick may take."""
    agenda: AgendaRow | None = draft.get(AGENDA_KEY)
    if agenda is None or not agenda.due or agenda.due[0][0] > now_ms:
        return
    left, budget = [], ROWS_A_TICK_MAX
    for due_ms, numbers in agenda.due:
        now = 0 if due_ms > now_ms else min(numbers, budget)
        budget -= now
        for number in range(numbers, numbers - now, -1):
            row: DueRow = draft.get(due_key(due_ms, number)) or DueRow()
            draft.changes[due_key(due_ms, number)] = None
            yield from row.campaigns
        if numbers > now:
            left.append((due_ms, numbers - now))
    draft.changes[AGENDA_KEY] = AgendaRow(tuple(left)) if left else None
