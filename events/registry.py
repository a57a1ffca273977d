"""The table of every type and version, and the way from an old version to the newest."""

from collections.abc import Callable
from typing import Any, Final

from events import types, upcasters
from events.types.commands import PauseCampaignV1, ResumeCampaignV1, SetBudgetV1
from events.types.fact import Fact
from events.types.guard import EditObservedV1
from events.types.pacing import PlanSetV1
from events.types.policy import PolicySetV1, PolicySetV2
from events.types.spend import SpendRecordedV1

NEWEST: Final[tuple[type[Fact], ...]] = (
    types.AlertCleared,
    types.AlertRaised,
    types.AttemptSigned,
    types.BreakerMoved,
    types.CampaignMetered,
    types.CampaignsObserved,
    types.ClockTicked,
    types.CommandApplied,
    types.CommandAttempted,
    types.CommandFailed,
    types.CommandSuperseded,
    types.EditObserved,
    types.ForecastMade,
    types.FundPot,
    types.FundingAlertCleared,
    types.FundingAlertRaised,
    types.FundingPolicySet,
    types.FundingPosted,
    types.FundingRefused,
    types.FundingRequested,
    types.FundingReserved,
    types.FundingVoided,
    types.FxRateSet,
    types.LedgerBooked,
    types.MovementFailed,
    types.MovementJudged,
    types.MovementLanded,
    types.PaceDeviated,
    types.PauseCampaign,
    types.PausePot,
    types.PlanSet,
    types.PolicySet,
    types.PollCompleted,
    types.PollFailed,
    types.PotLinked,
    types.PotMoved,
    types.PotOpened,
    types.PotSwitchFailed,
    types.PotSwitched,
    types.PotsObserved,
    types.ResumeCampaign,
    types.ResumePot,
    types.SetBudget,
    types.SettlePot,
    types.SettlementPosted,
    types.SettlementReserved,
    types.SettlementVoided,
    types.SpendAnswered,
    types.SpendObserved,
    types.SpendRecorded,
    types.SpendRequested,
    types.SpendRestated,
    types.StopLifted,
    types.StopOrdered,
    types.SubjectReleased,
    types.TableMade,
    types.TermsSet,
    types.WebhookReceived,
)

# Each old version beside the one step that leads away from it. The step's argument is that very class,
# which a table of several classes cannot express; a test holds each step to its class.
OLD: Final[tuple[tuple[type[Fact], Callable[[Any], Fact]], ...]] = (
    (EditObservedV1, upcasters.edit_observed_1_to_2),
    (PauseCampaignV1, upcasters.pause_campaign_1_to_2),
    (PlanSetV1, upcasters.plan_set_1_to_2),
    (PolicySetV1, upcasters.policy_set_1_to_2),
    (PolicySetV2, upcasters.policy_set_2_to_3),
    (ResumeCampaignV1, upcasters.resume_campaign_1_to_2),
    (SetBudgetV1, upcasters.set_budget_1_to_2),
    (SpendRecordedV1, upcasters.spend_recorded_1_to_2),
)

STEPS: Final[dict[type[Fact], Callable[[Any], Fact]]] = dict(OLD)

ALL: Final[dict[tuple[str, int], type[Fact]]] = {
    (fact.TYPE, fact.VERSION): fact for fact in (*NEWEST, *(old for old, _ in OLD))
}

NEWEST_VERSIONS: Final[dict[str, int]] = {fact.TYPE: fact.VERSION for fact in NEWEST}


def upcast(fact: Fact) -> Fact:
    """Bring a fact to the newest version of its type, step by step."""
    while (step := STEPS.get(type(fact))) is not None:
        fact = step(fact)
    return fact
