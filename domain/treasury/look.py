"""A pot while it is decided: its rows as they stand by now, its client's rules, and what is told of it."""

from typing import Any, Final

from domain.decision import About
from domain.draft import Draft
from domain.treasury.ledger import Ledger, Line
from domain.treasury.rows import (
    CLOCK_KEY,
    ChainRow,
    ClientRow,
    ClockRow,
    OpenedRow,
    PotRow,
    SwitchRow,
    client_key,
    pot_key,
)
from events.types import Fact, FundingPolicySet, LedgerBooked, PotOpened
from events.types.funding import TRANSFERS_MAX

MINUTE_MS: Final = 60_000
HOUR_MS: Final = 60 * MINUTE_MS
DAY_MS: Final = 24 * HOUR_MS


class Look:
    """One pot of a client; without a name it is the client's treasury."""

    __slots__ = ("client", "draft", "ledger", "now_ms", "pot")

    def __init__(self, draft: Draft, client: str, pot: str = "") -> None:
        self.draft, self.client, self.pot = draft, client, pot
        self.ledger = Ledger(draft, client)
        self.now_ms = now_ms(draft)

    def get(self, what: str) -> Any:  # noqa: ANN401 - which row it is, the key says
        """Return a row of the pot."""
        return self.draft.get(pot_key(self.client, what, self.pot))

    def keep(self, what: str, row: Any) -> None:  # noqa: ANN401 - as it was read
        """Write a row of the pot; None forgets it."""
        self.draft.changes[pot_key(self.client, what, self.pot)] = row

    @property
    def row(self) -> PotRow:
        """Return what was asked of it."""
        row: PotRow | None = self.get("pot")
        return row or PotRow()

    @row.setter
    def row(self, row: PotRow) -> None:
        self.keep("pot", row)

    @property
    def chain(self) -> ChainRow:
        """Return what the chain says of it."""
        row: ChainRow | None = self.get("chain")
        return row or ChainRow()

    @chain.setter
    def chain(self, row: ChainRow) -> None:
        self.keep("chain", row)

    @property
    def switch(self) -> SwitchRow:
        """Return why we have paused it."""
        row: SwitchRow | None = self.get("switch")
        return row or SwitchRow()

    @switch.setter
    def switch(self, row: SwitchRow) -> None:
        self.keep("switch", row)

    @property
    def opened(self) -> PotOpened | None:
        """Return where it is; None if nobody has opened it."""
        row: OpenedRow | None = self.get("opened")
        return row.opened if row is not None else None

    @property
    def of_client(self) -> ClientRow:
        """Return what holds for all of the client's money."""
        row: ClientRow | None = self.draft.get(client_key(self.client))
        return row or ClientRow()

    @of_client.setter
    def of_client(self, row: ClientRow) -> None:
        self.draft.changes[client_key(self.client)] = row

    @property
    def policy(self) -> FundingPolicySet:
        """Return the client's rules."""
        return self.of_client.policy

    @property
    def account(self) -> str:
        """Return what the pot is called in the ledger."""
        return f"pot:{self.pot}"

    @property
    def utc_day(self) -> int:
        """Return the day it is, counted from 1970."""
        return self.now_ms // DAY_MS

    def tell(self, fact: Fact, subject: str = "") -> None:
        """Publish a fact, about the client unless it says about whom."""
        version = self.policy.policy_version
        self.draft.facts.append(About(subject or self.client, fact, version))

    def book(
        self, what: str, lines: list[Line], *, slot: int, at_ms: int, movement: str | None = None
    ) -> None:
        """Follow in the ledger what has happened, and say so; nothing where nothing moved."""
        transfers = self.ledger.book(lines)
        for first in range(0, len(transfers), TRANSFERS_MAX):
            part = transfers[first : first + TRANSFERS_MAX]
            self.tell(LedgerBooked(what, self.pot or None, movement, slot, at_ms, part))  # type: ignore[arg-type]  # one of its words


def now_ms(draft: Draft) -> int:
    """Return the time as the log's clock told it; zero if it has not yet."""
    clock: ClockRow | None = draft.get(CLOCK_KEY)
    return clock.now_ms if clock is not None else 0
