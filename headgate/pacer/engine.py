"""Runs the account agent's decider over a dictionary of rows: the server's decisions, without its log."""

from collections import deque
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any, Final

from domain.account.decider import decide
from domain.decision import About, Decision, Refused, Row
from domain.pacing.nights import NIGHTS_KEY
from domain.pacing.rows import CLOCK_KEY, AccountRow, ClockRow
from events.codec import Event
from events.envelope import Envelope
from events.types import ClockTicked, Fact
from headgate.pacer.amounts import Unusable
from headgate.pacer.calendar import Calendar
from headgate.pacer.platform import Platform

SOURCE: Final = "headgate/pacer"
CLOCK: Final = "clock"
NIGHT_TICKS_MAX: Final = 10_000
Hear = Callable[[str, Fact], None]


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of a fact: the rows that it wrote itself, and all that was said about which subject."""

    rows: tuple[Row | None, ...]
    facts: list[tuple[str, Fact]]


class Engine:
    """Rows, and what becomes of a fact: a decision, its commands obeyed, their outcomes decided too."""

    def __init__(self, calendar: Calendar, hear: Hear) -> None:
        self.rows: dict[bytes, Row] = {}
        self.calendar = calendar
        self.platform = Platform()
        self._hear = hear
        self._before: dict[bytes, Row | None] | None = None

    def read(self, key: bytes) -> Any:  # noqa: ANN401 - which row lies under a key, the key says
        """Return the row under a key, or ``None``."""
        return self.rows.get(key)

    def account(self, subject: str) -> AccountRow | None:
        """Return what holds for a channel, if it was ever used."""
        found: AccountRow | None = self.read(subject.encode())
        return found

    def tell(self, subject: str, fact: Fact) -> Outcome:
        """Decide a fact and all that follows from it.

        One that must not count raises ``Unusable``, and then nothing of it has.
        """
        outcome = self._decided(subject, fact)
        waiting, facts = deque(outcome.facts), list(outcome.facts)
        while waiting:
            about, said = waiting.popleft()
            self._hear(about, said)
            done = self.platform.obey(about, said, self.calendar.now_ms())
            if done is not None:
                following = self._decided(about, done).facts
                waiting += following
                facts += following
        return Outcome(outcome.rows, facts)

    def tick(self) -> None:
        """Let the time pass until now, and do what has become due, the night's planning too."""
        clock: ClockRow | None = self.read(CLOCK_KEY)
        if clock is None or self.calendar.now_ms() > clock.now_ms:
            self.tell(CLOCK, ClockTicked(self.calendar.now_ms()))
        for _ in range(NIGHT_TICKS_MAX):
            if NIGHTS_KEY not in self.rows:
                return
            self.tell(CLOCK, ClockTicked(self.calendar.next_ms()))

    @contextmanager
    def all_or_nothing(self) -> Iterator[None]:
        """Take back every row that was written within, if any of the facts told within cannot count."""
        self._before = {}
        try:
            yield
        except Unusable:
            for key, row in self._before.items():
                self._write(key, row)
            raise
        finally:
            self._before = None

    def foresee(self, subject: str, fact: Fact) -> Decision:
        """Return what a fact would lead to, were it told now; nothing comes of it."""
        event = Event(Envelope("local", fact.TYPE, fact.VERSION, SOURCE, subject), fact)
        try:
            return decide(self.read, event)
        except Refused as refused:
            raise Unusable(
                f"{refused.detail[:1].upper()}{refused.detail[1:]}, so it cannot count ({refused.reason}).",
                "Correct what is said; nothing of the call has counted.",
            ) from refused

    def _decided(self, subject: str, fact: Fact) -> Outcome:
        decision = self.foresee(subject, fact)
        for key, row in decision.changes.items():
            if self._before is not None:
                self._before.setdefault(key, self.rows.get(key))
            self._write(key, row)
        return Outcome(tuple(decision.changes.values()), [_about(subject, said) for said in decision.facts])

    def _write(self, key: bytes, row: Row | None) -> None:
        if row is None:
            self.rows.pop(key, None)
        else:
            self.rows[key] = row


def _about(subject: str, said: Fact | About) -> tuple[str, Fact]:
    return (said.subject, said.fact) if isinstance(said, About) else (subject, said)
