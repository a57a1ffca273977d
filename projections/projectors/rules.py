"""The rules that decisions are made by, and the time they are made at."""

from typing import Any

from events.codec import Event
from projections.projection import Projection, Rows


def policies(event: Event) -> Rows:
    """Return the row of a policy."""
    fact: Any = event.data
    pace = (fact.pace_warning_permille, fact.pace_critical_permille, fact.pace_under_permille)
    return [(fact.policy_version, *pace, fact.pace_hysteresis_permille, fact.guard_pause_permille)]


def ticks(event: Event) -> Rows:
    """Return the row of a tick."""
    fact: Any = event.data
    return [(fact.now_ms,)]


POLICIES = Projection(
    "policies",
    (
        "version",
        "pace_warning_permille",
        "pace_critical_permille",
        "pace_under_permille",
        "pace_hysteresis_permille",
        "guard_pause_permille",
    ),
    policies,
)
TICKS = Projection("ticks", ("now_ms",), ticks)
