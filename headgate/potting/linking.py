"""Which pot pays a campaign: told in an order that can be broken off, with the next version of the link."""

from __future__ import annotations

from typing import TYPE_CHECKING

from events.types import PotLinked
from headgate.potting import records
from infra.errors import FixInput

if TYPE_CHECKING:
    from collections.abc import Sequence

    from headgate.potting.book import Book, Campaign, Known
    from infra.settings import Settings


def link(  # noqa: PLR0913 - what a link is made of
    settings: Settings,
    book: Book,
    client: str,
    pot: str,
    campaigns: Sequence[Campaign],
    *,
    check_minutes: int,
    at_ms: int,
) -> list[PotLinked]:
    """Let a pot pay campaigns from now on; one that it pays already is merely told again."""
    records.check_room(book, pot, list(campaigns))
    told = []
    for at in campaigns:
        wanted = wanted_link(pot, at, check_minutes, at_ms, is_linked=True)
        told.append(records.following_link(book, client, at, wanted))
    _tell(settings, client, told)
    return told


def unlink(
    settings: Settings, book: Book, known: Known, campaigns: Sequence[Campaign], at_ms: int
) -> list[PotLinked]:
    """Let a pot pay campaigns no longer."""
    told = []
    for at in campaigns:
        before = book.links.get((known.client, at))
        if before is None or before.pot != known.opened.pot:
            paid = ", ".join("/".join(one) for one in book.paid_by(known.opened.pot)) or "nothing"
            raise FixInput(f"{'/'.join(at)} is not paid by {known.called}.", f"It pays: {paid}.")
        wanted = wanted_link(known.opened.pot, at, before.check_minutes, at_ms, is_linked=False)
        told.append(records.following_link(book, known.client, at, wanted))
    _tell(settings, known.client, told)
    return told


def _tell(settings: Settings, client: str, links: Sequence[PotLinked]) -> None:
    records.linked(settings, [(client, one) for one in links])


def wanted_link(pot: str, at: Campaign, check_minutes: int, at_ms: int, *, is_linked: bool) -> PotLinked:
    """Return a campaign's first link to a pot."""
    platform, account, campaign = at
    return PotLinked(
        pot=pot,
        platform=platform,
        account=account,
        campaign=campaign,
        link_version=1,
        is_linked=is_linked,
        check_minutes=check_minutes,
        at_ms=at_ms,
    )
