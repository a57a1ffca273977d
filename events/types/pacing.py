"""What pacing decided about a campaign's day."""

from typing import ClassVar, Literal

from events.limits import AmountMicros, Day, Id, Permille, TimeMs
from events.types.fact import Fact

Band = Literal["under", "on_track", "over", "critical"]


class PaceDeviated(Fact, frozen=True):
    """A campaign's spend against its plan has moved into another band."""

    TYPE: ClassVar[str] = "pace.deviated"
    VERSION: ClassVar[int] = 1

    campaign: Id
    day: Day
    as_of_ms: TimeMs
    spent_micros: AmountMicros
    budget_micros: AmountMicros
    expected_micros: AmountMicros
    ratio_permille: Permille
    band: Band
    previous_band: Band
