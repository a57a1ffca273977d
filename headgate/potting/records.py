"""Writes to the log what people did with pots; each record may be repeated, and counts once."""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING, Final

from domain.treasury.rows import AnyRow, pot_key
from events.codec import Event
from events.envelope import Envelope, moment
from events.topics import changelog_name
from headgate import publishing, table
from headgate.potting.book import CLIENT_TOPIC, POTS_TOPIC
from infra.errors import FixInput
from streams.agents.account import ACCOUNT
from streams.agents.treasury import TREASURY
from streams.worker import GROUP

if TYPE_CHECKING:
    from collections.abc import Sequence

    from domain.treasury.rows import PotRow
    from events.types import PotLinked, PotOpened
    from headgate.potting.book import Book, Campaign, Known
    from infra.settings import Settings

SOURCE: Final = "headgate/pots"
ACCOUNT_TOPIC: Final = ACCOUNT.topic
CAMPAIGNS_A_POT_MAX: Final = 32


def opened(settings: Settings, client: str, fact: PotOpened) -> None:
    """Tell the treasury of a pot, and then the executors, who look at what the treasury may ask for."""
    event = _event(client, fact, f"pot.opened.{fact.pot[:32]}.{fact.at_ms}")
    for topic in (CLIENT_TOPIC, POTS_TOPIC):
        publishing.publish_all(settings.kafka_conf(), topic, [event], f"the pot {fact.name}")


def linked(settings: Settings, links: Sequence[tuple[str, PotLinked]]) -> None:
    """Tell the treasury who pays campaigns, and then the accounts' agent, who says how much they need."""
    clients, accounts = [], []
    for client, fact in links:
        place = f"{client}/{fact.platform}/{fact.account}"
        key = hashlib.sha256(f"{place}/{fact.campaign}".encode()).hexdigest()[:32]
        id_ = f"pot.linked.{key}.{fact.link_version}"
        clients.append(_event(client, fact, id_))
        accounts.append(_event(place, fact, id_))
    for topic, events in ((CLIENT_TOPIC, clients), (ACCOUNT_TOPIC, accounts)):
        publishing.publish_all(settings.kafka_conf(), topic, events, "who pays which campaigns")


def following_link(book: Book, client: str, at: Campaign, wanted: PotLinked) -> PotLinked:
    """Return the link as it is to be told: what is known already, word for word, or its next version."""
    before = book.links.get((client, at))
    if before is None:
        return wanted
    is_same = (before.pot, before.is_linked, before.check_minutes) == (
        wanted.pot,
        wanted.is_linked,
        wanted.check_minutes,
    )
    if is_same:
        return before
    fields = {name: getattr(wanted, name) for name in wanted.__struct_fields__}
    return type(wanted)(**{**fields, "link_version": before.link_version + 1})


def under_way(settings: Settings, known: Known) -> str | None:
    """Return which movement of a pot has no outcome yet, by the treasury agent's own table."""
    key = pot_key(known.client, "pot", known.opened.pot)
    changelog = changelog_name(GROUP, TREASURY.table)
    found = table.rows(settings.kafka_conf(), changelog, lambda one: one == key, AnyRow)
    row: PotRow | None = found.get(key)
    return None if row is None or row.open is None else row.open.movement_id


def check_room(book: Book, pot: str, more: list[Campaign]) -> None:
    """Raise when a pot would pay more campaigns than the treasury follows."""
    count = len({*book.paid_by(pot), *more})
    if count > CAMPAIGNS_A_POT_MAX:
        raise FixInput(
            f"The pot would pay {count} campaigns, and {CAMPAIGNS_A_POT_MAX} are allowed.",
            "Open another pot for some of them.",
        )


def _event(subject: str, fact: PotOpened | PotLinked, id_: str) -> Event:
    envelope = Envelope(
        id=id_,
        type=fact.TYPE,
        version=fact.VERSION,
        source=SOURCE,
        subject=subject,
        time=moment(fact.at_ms),
    )
    return Event(envelope, fact)
