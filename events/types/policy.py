"""The rules by which decisions are made, themselves facts."""

from typing import Annotated, ClassVar

from msgspec import Meta

from events.limits import Version
from events.types.fact import Fact

Threshold = Annotated[
    int, Meta(ge=0, le=100_000)
]  # a hundred times the plan: above that nobody would be told
Hysteresis = Annotated[int, Meta(ge=0, le=1000)]


class PolicySetV1(Fact, frozen=True):
    """The thresholds of pace, before the guard came."""

    TYPE: ClassVar[str] = "policy.set"
    VERSION: ClassVar[int] = 1

    policy_version: Version
    pace_warning_permille: Threshold = 1500
    pace_critical_permille: Threshold = 2000
    pace_under_permille: Threshold = 500
    pace_hysteresis_permille: Hysteresis = 100

    def __post_init__(self) -> None:
        check_pace(self)


class PolicySet(Fact, frozen=True):
    """From here on an account is decided by these thresholds; ratios are in thousandths of plan or budget."""

    TYPE: ClassVar[str] = "policy.set"
    VERSION: ClassVar[int] = 2

    policy_version: Version
    pace_warning_permille: Threshold = 1500
    pace_critical_permille: Threshold = 2000
    pace_under_permille: Threshold = 500
    pace_hysteresis_permille: Hysteresis = 100
    guard_pause_permille: Threshold = 1100
    """A campaign is paused when its day has cost more than this of its budget; zero never pauses."""

    def __post_init__(self) -> None:
        check_pace(self)


def check_pace(policy: PolicySet | PolicySetV1) -> None:
    """Refuse thresholds of which no ratio could tell where it belongs."""
    bounds = (policy.pace_under_permille, policy.pace_warning_permille, policy.pace_critical_permille)
    if not bounds[0] < bounds[1] < bounds[2]:
        raise ValueError("thresholds must rise: pace_under, pace_warning, pace_critical")
    if policy.pace_hysteresis_permille >= min(bounds[1] - bounds[0], bounds[2] - bounds[1]):
        raise ValueError("pace_hysteresis_permille must be smaller than the distance of two thresholds")
