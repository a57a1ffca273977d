"""The agents under chaos: the product's account agent, and two that count without any forgiveness."""

from dataclasses import replace

from domain.decision import NOTHING, Decision, Read, Row
from events.codec import Event
from events.types import SpendRecorded
from streams.agent import Agent
from streams.agents.account import ACCOUNT

DAY, CURRENCY = "2026-03-01", "USD"


class CountRow(Row, frozen=True, tag="n"):
    """How many records there were and what they sum up to; ``last`` makes their order count too."""

    count: int = 0
    sum_micros: int = 0
    last: str = ""


def account(run: str) -> Agent:
    """Return the product's agent on the topics of a run."""
    decisions = f"{run}-decisions"
    return replace(
        ACCOUNT,
        name=f"account-{run}",
        topic=f"{run}-facts",
        routes=dict.fromkeys(ACCOUNT.routes, decisions),
    )


def meter(run: str) -> Agent:
    """Return an agent to which a repeated record is a new one, so that it shows what the engine alone does.

    The account agent forgives repetitions by its nature; behind it, a defect of the engine could hide.
    """
    return Agent(f"meter-{run}", f"{run}-increments", "meter", CountRow, count, _routes(f"{run}-meters"))


def tally(run: str) -> Agent:
    """Return the second agent of the chain: it reads what the account agent decides."""
    return Agent(f"tally-{run}", f"{run}-decisions", "tally", CountRow, count, _routes(f"{run}-tallies"))


def count(read: Read, event: Event) -> Decision:
    """Add one record to its campaign's row and publish the sum so far."""
    campaign = getattr(event.data, "campaign", None)
    if campaign is None:
        return NOTHING
    key = f"{event.envelope.subject}\0{campaign}".encode()
    row: CountRow = read(key) or CountRow()
    now = CountRow(row.count + 1, row.sum_micros + amount_of(event), event.envelope.id)
    said = SpendRecorded(str(now.count), campaign, DAY, now.sum_micros, CURRENCY)
    return Decision({key: now}, (said,))


def amount_of(event: Event) -> int:
    """Return what a record adds: its increment, or one for a decision."""
    return event.data.amount_micros if isinstance(event.data, SpendRecorded) else 1


def _routes(topic: str) -> dict[str, str]:
    return {SpendRecorded.TYPE: topic}
