"""The account agent: what its campaigns spend, and how that compares with the plan."""

from domain.pacing.decider import decide
from domain.pacing.rows import AnyRow
from events.types import PaceDeviated, SpendRestated
from streams.agent import Agent

ACCOUNT = Agent(
    name="account",
    topic="account-facts",
    table="account-state",
    rows=AnyRow,
    decide=decide,
    routes={PaceDeviated.TYPE: "account-decisions", SpendRestated.TYPE: "account-decisions"},
)
