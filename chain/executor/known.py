"""What their topic tells of each client: its pots and lookup tables on chain, and verdicts of people."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from solders.pubkey import Pubkey

from events.codec import decode
from events.errors import Unreadable
from events.types import MovementJudged, PotOpened, TableMade
from infra import logs

if TYPE_CHECKING:
    from collections.abc import Iterator

    from events.types.fact import Fact

_log = logs.get(__name__)


class Known:
    """Pots, tables and verdicts of the clients whose orders are ours; of each the newest counts."""

    def __init__(self) -> None:
        self._pots: dict[str, dict[str, PotOpened]] = {}
        self._tables: dict[str, dict[str, TableMade]] = {}
        self._judged: dict[tuple[str, str], MovementJudged] = {}
        self._partitions: dict[str, int] = {}

    def take(self, message: Any) -> str | None:  # noqa: ANN401 - the client's message
        """Note a record; return the client that it tells of, or None if it tells nothing."""
        try:
            event = decode(message.headers(), message.value())
        except Unreadable as error:
            _log.error("executor.pot_unreadable", offset=message.offset(), reason=str(error))
            return None
        client, fact = event.envelope.subject, event.data
        if not _has_addresses(fact):
            _log.error("executor.no_address", offset=message.offset(), type=event.envelope.type)
            return None
        match fact:
            case PotOpened():
                self._pots.setdefault(client, {})[fact.pot] = fact
                self._partitions[client] = message.partition()
            case TableMade():
                self._tables.setdefault(client, {})[fact.table] = fact
            case MovementJudged():
                self._judged[client, fact.movement_id] = fact
            case _:
                _log.error("executor.no_pot", offset=message.offset(), type=event.envelope.type)
                return None
        return client

    def made(self, client: str, table: TableMade) -> None:
        """Note a table that is made by this process; the topic tells of it a moment later."""
        self._tables.setdefault(client, {})[table.table] = table

    def judgement(self, client: str, movement_id: str) -> MovementJudged | None:
        """Return what people have found out of a movement last, if anybody has."""
        return self._judged.get((client, movement_id))

    def clients(self) -> Iterator[str]:
        """Return the clients that have pots."""
        return iter(self._pots)

    def partition(self, client: str) -> int:
        """Return where a client's records stand."""
        return self._partitions[client]

    def pots(self, client: str) -> tuple[PotOpened, ...]:
        """Return a client's pots, in a steady order."""
        found = self._pots.get(client, {})
        return tuple(found[pot] for pot in sorted(found))

    def tables(self, client: str) -> tuple[TableMade, ...]:
        """Return a client's lookup tables, the oldest first."""
        return tuple(self._tables.get(client, {}).values())


def _has_addresses(fact: Fact) -> bool:
    """Say whether what stands for an address is one: the form alone does not tell."""
    named: tuple[str, ...] = ()
    match fact:
        case PotOpened():
            named = (fact.address, fact.vault, fact.treasury, fact.funder)
        case TableMade():
            named = (fact.table, fact.owner)
        case _:
            pass
    try:
        for name in named:
            Pubkey.from_string(name)
    except ValueError:
        return False
    return True
