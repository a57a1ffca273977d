"""One account agent without a broker: its decider, its rows, and the moments that a proof's days have."""

from datetime import date, timedelta
from typing import Final

from domain.account.decider import decide
from domain.decision import About, Row
from events.codec import Event
from events.envelope import Envelope
from events.types import Fact

FIRST_DAY: Final = date(2026, 3, 2)  # a Monday, as the weeks of traffic begin
FIRST_MS: Final = 1_772_409_600_000
DAY_MS: Final = 86_400_000
HOUR_MS: Final = 3_600_000
CURRENCY: Final = "USD"
SOURCE: Final = "/headgate/proof"


def day_name(day: int) -> str:
    """Return a day as the log calls it."""
    return (FIRST_DAY + timedelta(days=day)).isoformat()


class Agent:
    """The real decider over rows in a dict; every fact is of one account, or the clock's."""

    def __init__(self, subject: str) -> None:
        self.subject = subject
        self.rows: dict[bytes, Row] = {}

    def take(self, fact: Fact, subject: str = "") -> list[Fact]:
        """Decide a fact, keep what changes, and return what is published."""
        return self.decided(self.event(fact, subject))

    def event(self, fact: Fact, subject: str = "") -> Event:
        """Return a fact as it is on the log."""
        return Event(Envelope("id", fact.TYPE, fact.VERSION, SOURCE, subject or self.subject), fact)

    def decided(self, event: Event) -> list[Fact]:
        """Decide an event, keep what changes, and return what is published."""
        decision = decide(self.rows.get, event)
        for key, row in decision.changes.items():
            if row is None:
                self.rows.pop(key, None)
            else:
                self.rows[key] = row
        return [said.fact if isinstance(said, About) else said for said in decision.facts]
