"""The only time that deciders know."""

from typing import ClassVar

from events.limits import TimeMs
from events.types.fact import Fact


class ClockTicked(Fact, frozen=True):
    """It is `now_ms`; written into every partition that an agent reads."""

    TYPE: ClassVar[str] = "clock.ticked"
    VERSION: ClassVar[int] = 1

    now_ms: TimeMs
