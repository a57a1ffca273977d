"""The account agent: what its campaigns spend, how that compares with the plan, and what has to stop."""

from domain.account.decider import decide
from domain.account.rows import AnyRow
from events.types import EditObserved, PaceDeviated, PauseCampaign, PlanSet, ResumeCampaign, SpendRestated
from streams.agent import Agent

ACCOUNT = Agent(
    name="account",
    topic="account-facts",
    table="account-state",
    rows=AnyRow,
    decide=decide,
    routes={
        PlanSet.TYPE: "account-decisions",
        PaceDeviated.TYPE: "account-decisions",
        SpendRestated.TYPE: "account-decisions",
        EditObserved.TYPE: "account-decisions",
        PauseCampaign.TYPE: "platform-commands",
        ResumeCampaign.TYPE: "platform-commands",
    },
)
