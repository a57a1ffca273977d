"""Which campaigns an account has, since a table can be asked for one row at a time only."""

from collections.abc import Iterable, Iterator
from typing import Final

from domain.decision import Read
from domain.draft import Draft
from domain.pacing.rows import IndexRow, index_key

NAMES_A_ROW_MAX: Final = 500
ROWS_MAX: Final = 200  # a hundred thousand campaigns; an account with more is none that a platform has


def add(draft: Draft, subject: str, campaigns: Iterable[str]) -> None:
    """Note campaigns that were not seen before."""
    number, row = _last(draft.get, subject)
    names = list(row.campaigns)
    for campaign in campaigns:
        if len(names) >= NAMES_A_ROW_MAX:
            draft.changes[index_key(subject, number)] = IndexRow(tuple(names))
            number, names = number + 1, []
        names.append(campaign)
    draft.changes[index_key(subject, number)] = IndexRow(tuple(names))


def names(read: Read, subject: str) -> Iterator[str]:
    """Return the names of all of an account's campaigns."""
    for number in range(ROWS_MAX):
        row: IndexRow | None = read(index_key(subject, number))
        if row is None:
            return
        yield from row.campaigns


def _last(read: Read, subject: str) -> tuple[int, IndexRow]:
    number, row = 0, IndexRow()
    while (following := read(index_key(subject, number))) is not None:
        row = following
        if len(row.campaigns) < NAMES_A_ROW_MAX:
            break
        number += 1
    return number, (row if len(row.campaigns) < NAMES_A_ROW_MAX else IndexRow())
