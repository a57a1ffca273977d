"""A list that TikTok hands out in pages, read whole or not at all.

Its pages are numbered, so what moves between two requests could be had twice or be missed. It names a total:
the list counts only when that stood still, as many rows came, and none came twice. The unpaged CHUNK mode
names none, so what it left out could not be noticed, and it ends at 20,000 rows; it is not used.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, Generic, TypeVar

from msgspec import Struct, field

from connectors.errors import InvalidRequest, Transient
from connectors.tiktok.errors import NAME

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Hashable

T = TypeVar("T")

# Ten thousand campaigns, each with an hour of the longest day.
ROWS_MAX: Final = 250_000


class PageInfo(Struct, frozen=True):
    """Where a page stands in its list."""

    page: int
    page_size: int
    total_number: int
    total_page: int


class Page(Struct, Generic[T], frozen=True):
    """A page of a list."""

    page_info: PageInfo
    rows: list[T] = field(name="list")


async def whole(
    what: str,
    fetch: Callable[[int], Awaitable[Page[T]]],
    key: Callable[[T], Hashable],
    rows_max: int = ROWS_MAX,
) -> list[T]:
    """Return all rows of a list; ``Transient`` when they do not add up."""
    first = await fetch(1)
    total, pages = first.page_info.total_number, first.page_info.total_page
    if total > rows_max:
        raise InvalidRequest(NAME, f"{what} has {total} rows, of which {rows_max} at most can be read")
    if not 0 <= pages <= max(1, total):
        raise Transient(NAME, f"{what} has {total} rows on {pages} pages, which cannot be")
    rows = list(first.rows)
    for number in range(2, pages + 1):
        page = await fetch(number)
        if page.page_info.total_number != total or page.page_info.page != number:
            now = f"{page.page_info.total_number} rows at page {page.page_info.page}"
            raise Transient(
                NAME, f"{what} changed while it was read: {total} rows at first, {now} of {number}"
            )
        rows += page.rows
        if len(rows) > total:
            break
    if len(rows) != total:
        raise Transient(NAME, f"{what} should have {total} rows and brought {len(rows)}")
    if len({key(row) for row in rows}) != total:
        raise Transient(NAME, f"{what} brought a row twice, so another one is missing")
    return rows
