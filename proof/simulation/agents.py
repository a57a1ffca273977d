"""The agents under simulation: the product's account agent, and counters that forgive no repetition."""

from domain.decision import Decision, Read, Row
from events.codec import Event
from events.types import SpendRecorded
from streams.agent import Agent
from streams.agents.account import ACCOUNT

MANY = "*"  # a page of plans is about many campaigns
MARK_DAY, MARK_CURRENCY = "2026-01-01", "USD"


class CountRow(Row, frozen=True, tag="n"):
    """How many records there were and what they add up to; ``last`` makes their order count."""

    count: int = 0
    sum_micros: int = 0
    last: str = ""


def count(read: Read, event: Event) -> Decision:
    """Add a record to its campaign and publish the sum so far."""
    fact = event.data
    campaign = getattr(fact, "campaign", MANY)
    key = f"{event.envelope.subject}\0{campaign}".encode()
    row: CountRow = read(key) or CountRow()
    amount = fact.amount_micros if isinstance(fact, SpendRecorded) else 1
    now = CountRow(row.count + 1, row.sum_micros + amount, event.envelope.id)
    said = SpendRecorded(str(now.count), campaign, MARK_DAY, now.sum_micros, MARK_CURRENCY)
    return Decision({key: now}, (said,))


METER = Agent("meter", "increments", "meter", CountRow, count, {SpendRecorded.TYPE: "meters"})
TALLY = Agent("tally", "account-decisions", "tally", CountRow, count, {SpendRecorded.TYPE: "tallies"})
AGENTS = (ACCOUNT, METER, TALLY)
SOURCES = tuple(agent.topic for agent in AGENTS)


def changelog(agent: Agent) -> str:
    """Return the topic that an agent's table is kept in."""
    return f"{agent.table}-changelog"


def partitions(count_: int) -> dict[str, int]:
    """Return every topic with its number of partitions."""
    topics = (
        *SOURCES,
        *map(changelog, AGENTS),
        "platform-commands",
        "client-facts",
        "meters",
        "tallies",
        "dead-letters",
    )
    return dict.fromkeys(topics, count_)
