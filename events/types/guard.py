"""What the guard notices about the people who run the campaigns."""

from typing import ClassVar

from events.limits import Id, TimeMs
from events.types.campaigns import CampaignStatus
from events.types.fact import Fact


class EditObserved(Fact, frozen=True):
    """A person has decided otherwise than we did about a campaign; the guard keeps off it for the day."""

    TYPE: ClassVar[str] = "edit.observed"
    VERSION: ClassVar[int] = 1

    campaign: Id
    ours: CampaignStatus
    theirs: CampaignStatus
    as_of_ms: TimeMs
    keeps_off_until_ms: TimeMs
