"""Which pots the log knows, and which campaigns they pay; read from the log itself, which is never late."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final

from events.codec import decode
from events.types import PotLinked, PotOpened, TableMade
from infra.errors import FixInput
from streams import reading

if TYPE_CHECKING:
    from collections.abc import Iterable

    from streams.engine.options import KafkaConf

POTS_TOPIC: Final = "chain-pots"
CLIENT_TOPIC: Final = "client-facts"
SHOWN_MAX: Final = 5
_OPENED, _LINKED, _TABLE = (one.TYPE.encode() for one in (PotOpened, PotLinked, TableMade))

Campaign = tuple[str, str, str]
"""Platform, account and campaign."""


@dataclass(frozen=True, slots=True)
class Known:
    """A pot that was opened, and whose."""

    client: str
    opened: PotOpened

    @property
    def campaign_id(self) -> bytes:
        """The bytes by which it is found on chain."""
        return bytes.fromhex(self.opened.pot)

    @property
    def called(self) -> str:
        """How people call it."""
        return f"{self.client}/{self.opened.name}"


@dataclass(slots=True)
class Book:
    """All pots and links, the newest of each."""

    pots: dict[str, Known] = field(default_factory=dict)
    links: dict[tuple[str, Campaign], PotLinked] = field(default_factory=dict)
    tables: list[str] = field(default_factory=list)
    """Lookup tables that were to be made, the newest last."""

    def take(self, client: str, fact: object) -> None:
        """Note what the log says."""
        match fact:
            case PotOpened():
                known = self.pots.get(fact.pot)
                if known is None or known.opened.at_ms < fact.at_ms:
                    self.pots[fact.pot] = Known(client, fact)
            case PotLinked():
                key = client, (fact.platform, fact.account, fact.campaign)
                before = self.links.get(key)
                if before is None or before.link_version < fact.link_version:
                    self.links[key] = fact
            case TableMade():
                self.tables.append(fact.table)
            case _:
                return

    def find(self, wanted: str) -> Known:
        """Return the pot that is meant: by its name, client/name, or a beginning of its hex."""
        text = wanted.strip().lower()
        named = [one for one in self.pots.values() if text in {one.opened.name.lower(), one.called.lower()}]
        fit = named or [one for one in self.pots.values() if text and one.opened.pot.startswith(text)]
        if len(fit) == 1:
            return fit[0]
        shown = sorted(f"{one.called} ({one.opened.pot[:12]})" for one in fit or self.pots.values())
        what = f"{len(fit)} pots are meant by {wanted}." if fit else f"There is no pot {wanted}."
        told = "; ".join(shown[:SHOWN_MAX]) or "none yet; `headgate pots open` makes one"
        raise FixInput(what, f"Name one of: {told}.")

    def named(self, client: str, name: str) -> Known | None:
        """Return a client's pot of that name."""
        own = (one for one in self.pots.values() if one.client == client)
        return next((one for one in own if one.opened.name.lower() == name.lower()), None)

    def paid_by(self, pot: str) -> list[Campaign]:
        """Return the campaigns that a pot pays."""
        return sorted(at for (_, at), one in self.links.items() if one.pot == pot and one.is_linked)


def read(conf: KafkaConf) -> Book:
    """Read the book out of the log."""
    book = Book()
    _read(book, reading.read(conf, POTS_TOPIC), {_OPENED, _TABLE})
    _read(book, reading.read(conf, CLIENT_TOPIC), {_OPENED, _LINKED})
    return book


def _read(book: Book, messages: Iterable[Any], wanted: set[bytes]) -> None:
    for message in messages:
        headers = message.headers() or []
        # Most of a client's facts are others, so a record is read only if its header says that it must be.
        if next((value for name, value in headers if name == "ce_type"), b"") in wanted:
            event = decode(headers, message.value())
            book.take(event.envelope.subject, event.data)
