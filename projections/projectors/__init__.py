"""Which facts become rows of which table."""

from typing import Final

from events import types
from events.types import Fact
from projections.projection import Projection
from projections.projectors import (
    alerts,
    chain,
    commands,
    decisions,
    forecasts,
    funding,
    platform,
    pots,
    rules,
    spend,
)

PROJECTIONS: Final[dict[type[Fact], Projection]] = {
    types.AlertCleared: alerts.ALERTS,
    types.AlertRaised: alerts.ALERTS,
    types.AttemptSigned: chain.ATTEMPTS,
    types.BreakerMoved: alerts.BREAKERS,
    types.CampaignMetered: pots.METERINGS,
    types.CampaignsObserved: platform.CAMPAIGNS,
    types.ClockTicked: rules.TICKS,
    types.CommandApplied: commands.OUTCOME,
    types.CommandAttempted: commands.ATTEMPTS,
    types.CommandFailed: commands.OUTCOME,
    types.CommandSuperseded: commands.OUTCOME,
    types.EditObserved: decisions.EDITS,
    types.ForecastMade: forecasts.FORECASTS,
    types.FundingAlertCleared: funding.ALERTS,
    types.FundingAlertRaised: funding.ALERTS,
    types.FundingPolicySet: funding.RULES,
    types.FundingPosted: funding.MOVEMENTS,
    types.FundingRefused: funding.REFUSALS,
    types.FundingRequested: funding.REQUESTS,
    types.FundingReserved: funding.MOVEMENTS,
    types.FundingVoided: funding.MOVEMENTS,
    types.FundPot: chain.COMMANDS,
    types.FxRateSet: funding.RATES,
    types.LedgerBooked: funding.BOOKINGS,
    types.MovementFailed: chain.OUTCOMES,
    types.MovementJudged: chain.JUDGEMENTS,
    types.MovementLanded: chain.OUTCOMES,
    types.PaceDeviated: decisions.PACES,
    types.PauseCampaign: commands.COMMANDS,
    types.PausePot: chain.COMMANDS,
    types.PlanSet: decisions.PLANS,
    types.PolicySet: rules.POLICIES,
    types.PollCompleted: platform.POLLS,
    types.PollFailed: platform.POLLS,
    types.PotLinked: pots.LINKS,
    types.PotMoved: pots.MOVES,
    types.PotOpened: pots.POTS,
    types.PotsObserved: pots.TREASURIES,
    types.PotSwitched: pots.SWITCHES,
    types.PotSwitchFailed: pots.SWITCHES,
    types.ResumeCampaign: commands.COMMANDS,
    types.ResumePot: chain.COMMANDS,
    types.SetBudget: commands.COMMANDS,
    types.SettlementPosted: funding.MOVEMENTS,
    types.SettlementReserved: funding.MOVEMENTS,
    types.SettlementVoided: funding.MOVEMENTS,
    types.SettlePot: chain.COMMANDS,
    types.SpendAnswered: spend.ANSWERED,
    types.SpendObserved: spend.OBSERVED,
    types.SpendRecorded: spend.RECORDED,
    types.SpendRequested: spend.REQUESTED,
    types.SpendRestated: spend.RESTATED,
    types.StopLifted: rules.STOPS,
    types.StopOrdered: rules.STOPS,
    types.TableMade: chain.TABLES,
    types.TermsSet: rules.TERMS,
    types.WebhookReceived: pots.WEBHOOKS,
}

# What some facts hold besides, one row an item: lines of the ledger, what campaigns need, pots of a snapshot.
ALSO: Final[dict[type[Fact], tuple[Projection, ...]]] = {
    types.FundingPosted: (funding.TRANSFERS,),
    types.FundingReserved: (funding.PARTS, funding.TRANSFERS),
    types.FundingVoided: (funding.TRANSFERS,),
    types.LedgerBooked: (funding.TRANSFERS,),
    types.PotsObserved: (pots.POTS_SEEN,),
    types.SettlementPosted: (funding.TRANSFERS,),
    types.SettlementReserved: (funding.TRANSFERS,),
    types.SettlementVoided: (funding.TRANSFERS,),
}

# Nothing is asked about these that raw could not answer.
ONLY_RAW: Final[frozenset[type[Fact]]] = frozenset({types.SubjectReleased})
