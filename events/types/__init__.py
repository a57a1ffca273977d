"""The newest version of every type that the log can carry."""

from events.types.campaigns import CampaignObservation, CampaignsObserved, CampaignStatus
from events.types.clock import ClockTicked
from events.types.fact import Fact
from events.types.pacing import Band, PaceDeviated
from events.types.policy import PolicySet
from events.types.spend import SpendObservation, SpendObserved, SpendRecorded, SpendRestated
from events.types.subjects import SubjectReleased

__all__ = [
    "Band",
    "CampaignObservation",
    "CampaignStatus",
    "CampaignsObserved",
    "ClockTicked",
    "Fact",
    "PaceDeviated",
    "PolicySet",
    "SpendObservation",
    "SpendObserved",
    "SpendRecorded",
    "SpendRestated",
    "SubjectReleased",
]
