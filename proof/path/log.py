"""The whole log of a run, read once and folded by the harness itself, without the deciders."""

from collections import Counter, defaultdict
from dataclasses import dataclass, field
from typing import Any

from events import topics
from events.codec import Event, decode
from events.types import (
    CommandApplied,
    CommandAttempted,
    CommandFailed,
    CommandSuperseded,
    EditObserved,
    PauseCampaign,
    ResumeCampaign,
    SetBudget,
    SpendObserved,
)
from streams import dead_letters, reading
from streams.shell import DEAD_LETTERS

Cell = tuple[str, str, str, int]
"""Account, campaign, day, hour."""
Outcome = CommandApplied | CommandFailed | CommandSuperseded
Command = PauseCampaign | ResumeCampaign | SetBudget
Place = tuple[str, int, int]
DECIDED = ("account-facts", "account-decisions", "platform-commands", "platform-attempts")


@dataclass
class Order:
    """A command with everything that followed from it."""

    subject: str
    command: Command
    attempts: list[CommandAttempted] = field(default_factory=list)
    outcomes: list[Outcome] = field(default_factory=list)

    @property
    def wish(self) -> tuple[str, str | int]:
        """Return what of the campaign is to be how, as the platform's journal calls it."""
        if isinstance(self.command, SetBudget):
            return "budget", self.command.to_micros
        return "status", "paused" if isinstance(self.command, PauseCampaign) else "enabled"


@dataclass
class Log:
    """What lies in the log."""

    records: Counter[str] = field(default_factory=Counter)
    spend: dict[Cell, tuple[int, int]] = field(default_factory=dict)
    """The newest total of each cell, with when it was true."""
    orders: dict[str, Order] = field(default_factory=dict)
    stray: list[str] = field(default_factory=list)
    """Attempts and outcomes of commands that nobody gave."""
    edits: list[tuple[str, EditObserved]] = field(default_factory=list)
    parked: dict[Place, str] = field(default_factory=dict)
    ids: dict[str, Counter[str]] = field(default_factory=lambda: defaultdict(Counter))

    def cells(self) -> dict[Cell, int]:
        """Return what was spent in each hour in which anything was."""
        return {cell: micros for cell, (_, micros) in self.spend.items() if micros}

    @property
    def repeated(self) -> list[str]:
        """Return the ids that stand in a topic of our own records more than once."""
        return [f"{topic} {one}" for topic in self.ids for one, times in self.ids[topic].items() if times > 1]

    def open_orders(self) -> int:
        """Return how many commands have no outcome yet."""
        return sum(not order.outcomes for order in self.orders.values())


def read(conf: dict[str, str]) -> Log:
    """Read the topics from their beginnings to where they end now."""
    log = Log()
    # With the markers of what was replayed.
    log.records[DEAD_LETTERS] = sum(1 for _ in reading.read(conf, DEAD_LETTERS))
    for letter in dead_letters.letters(conf):
        log.parked[letter.origin.topic, letter.origin.partition, letter.origin.offset] = letter.origin.reason
    late: list[tuple[str, CommandAttempted | Outcome]] = []
    for topic in DECIDED:
        for message in reading.read(conf, topic):
            log.records[topic] += 1
            place = (topic, message.partition() or 0, message.offset() or 0)
            if place not in log.parked:
                event = decode(message.headers(), message.value())  # type: ignore[arg-type]  # the stubs are wider
                _take(log, topic, event, late)
    for command_id, fact in late:
        order = log.orders.get(command_id)
        if order is None:
            log.stray.append(command_id)
        elif isinstance(fact, CommandAttempted):
            order.attempts.append(fact)
        else:
            order.outcomes.append(fact)
    return log


def known_topics() -> list[str]:
    """Return every topic that carries records and no state."""
    return [topic.name for topic in topics.load().topics if topic.carries != (topics.STATE,)]


def _take(log: Log, topic: str, event: Event, late: list[tuple[str, Any]]) -> None:
    data, subject = event.data, event.envelope.subject
    if topic != "account-facts" or isinstance(data, Outcome):
        # A page may be told twice, and says the same; what is decided or done may not.
        log.ids[topic][event.envelope.id] += 1
    if isinstance(data, SpendObserved):
        for seen in data.observations:
            cell, said = (subject, seen.campaign, data.day, seen.hour), (data.as_of_ms, seen.spend_micros)
            log.spend[cell] = max(said, log.spend.get(cell, said))
    elif isinstance(data, Command):
        log.orders[event.envelope.id] = Order(subject, data)
    elif isinstance(data, CommandAttempted | Outcome):
        late.append((data.command_id, data))
    elif isinstance(data, EditObserved):
        log.edits.append((subject, data))
