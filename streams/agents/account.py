"""The account agent: what its campaigns spend, how that compares with the plan, and what has to be done."""

from typing import Final

from domain.account.decider import decide
from domain.account.rows import AnyRow
from events import types
from streams.agent import Agent

DECISIONS: Final = (
    types.AlertCleared,
    types.AlertRaised,
    types.BreakerMoved,
    types.EditObserved,
    types.PaceDeviated,
    types.PlanSet,
    types.SpendAnswered,
    types.SpendRestated,
)
COMMANDS: Final = (types.PauseCampaign, types.ResumeCampaign, types.SetBudget)

ACCOUNT = Agent(
    name="account",
    topic="account-facts",
    table="account-state",
    rows=AnyRow,
    decide=decide,
    routes={
        **{fact.TYPE: "account-decisions" for fact in DECISIONS},
        **{command.TYPE: "platform-commands" for command in COMMANDS},
        types.CampaignMetered.TYPE: "client-facts",
    },
)
