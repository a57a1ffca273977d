"""Which facts become rows of which table."""

from typing import Final

from events import types
from events.types import Fact
from projections.projection import Projection
from projections.projectors import alerts, commands, decisions, forecasts, platform, rules, spend

PROJECTIONS: Final[dict[type[Fact], Projection]] = {
    types.AlertCleared: alerts.ALERTS,
    types.AlertRaised: alerts.ALERTS,
    types.BreakerMoved: alerts.BREAKERS,
    types.CampaignsObserved: platform.CAMPAIGNS,
    types.ClockTicked: rules.TICKS,
    types.CommandApplied: commands.OUTCOME,
    types.CommandAttempted: commands.ATTEMPTS,
    types.CommandFailed: commands.OUTCOME,
    types.CommandSuperseded: commands.OUTCOME,
    types.EditObserved: decisions.EDITS,
    types.ForecastMade: forecasts.FORECASTS,
    types.PaceDeviated: decisions.PACES,
    types.PauseCampaign: commands.COMMANDS,
    types.PlanSet: decisions.PLANS,
    types.PolicySet: rules.POLICIES,
    types.PollCompleted: platform.POLLS,
    types.PollFailed: platform.POLLS,
    types.ResumeCampaign: commands.COMMANDS,
    types.SetBudget: commands.COMMANDS,
    types.SpendAnswered: spend.ANSWERED,
    types.SpendObserved: spend.OBSERVED,
    types.SpendRecorded: spend.RECORDED,
    types.SpendRequested: spend.REQUESTED,
    types.SpendRestated: spend.RESTATED,
    types.StopLifted: rules.STOPS,
    types.StopOrdered: rules.STOPS,
    types.TermsSet: rules.TERMS,
}

# Nothing is asked about these that raw could not answer.
ONLY_RAW: Final[frozenset[type[Fact]]] = frozenset({types.SubjectReleased})
