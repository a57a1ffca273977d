"""The newest version of every type that the log can carry."""

from events.types.campaigns import CampaignObservation, CampaignsObserved, CampaignStatus
from events.types.clock import ClockTicked
from events.types.commands import (
    Action,
    CommandApplied,
    CommandAttempted,
    CommandFailed,
    CommandSuperseded,
    FailedFor,
    PauseCampaign,
    ResumeCampaign,
    SetBudget,
    SupersededFor,
)
from events.types.fact import Fact
from events.types.guard import EditObserved
from events.types.pacing import Band, CampaignPlan, PaceDeviated, PlanSet, Strategy
from events.types.policy import PolicySet
from events.types.polls import PollCompleted, PollFailed, PollKind, PollTrouble
from events.types.spend import SpendObservation, SpendObserved, SpendRecorded, SpendRestated
from events.types.subjects import SubjectReleased

__all__ = [
    "Action",
    "Band",
    "CampaignObservation",
    "CampaignPlan",
    "CampaignStatus",
    "CampaignsObserved",
    "ClockTicked",
    "CommandApplied",
    "CommandAttempted",
    "CommandFailed",
    "CommandSuperseded",
    "EditObserved",
    "Fact",
    "FailedFor",
    "PaceDeviated",
    "PauseCampaign",
    "PlanSet",
    "PolicySet",
    "PollCompleted",
    "PollFailed",
    "PollKind",
    "PollTrouble",
    "ResumeCampaign",
    "SetBudget",
    "SpendObservation",
    "SpendObserved",
    "SpendRecorded",
    "SpendRestated",
    "Strategy",
    "SubjectReleased",
    "SupersededFor",
]
