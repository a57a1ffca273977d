"""What happens to a subject as such, whatever it is about."""

from typing import Annotated, ClassVar

from msgspec import Meta

from events.limits import REASON_CHARS_MAX
from events.types.fact import Fact


class SubjectReleased(Fact, frozen=True):
    """A person lets a stopped subject go on, and says why."""

    TYPE: ClassVar[str] = "subject.released"
    VERSION: ClassVar[int] = 1

    reason: Annotated[str, Meta(min_length=1, max_length=REASON_CHARS_MAX)]
