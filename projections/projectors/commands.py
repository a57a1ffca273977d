"""Commands to platforms, the attempts at them, and how they ended."""

from typing import Any, Final

from events.codec import Event
from events.types import CommandApplied, CommandFailed, CommandSuperseded, Fact, PauseCampaign, SetBudget
from events.types.commands import Action, ResumeCampaign
from projections.projection import Projection, Rows

ACTIONS: Final[dict[type[Fact], Action]] = {
    PauseCampaign: "pause",
    ResumeCampaign: "resume",
    SetBudget: "set-budget",
}
OUTCOMES: Final[dict[type[Fact], str]] = {
    CommandApplied: "applied",
    CommandFailed: "failed",
    CommandSuperseded: "superseded",
}
# What some commands say and others do not.
DETAILS: Final = (
    "day",
    "spent_micros",
    "budget_micros",
    "limit_micros",
    "from_micros",
    "to_micros",
    "target_micros",
    "stop_id",
)


def commands(event: Event) -> Rows:
    """Return the row of a command."""
    fact: Any = event.data
    said = event.envelope
    return [
        (
            said.id,
            ACTIONS[type(fact)],
            fact.campaign,
            fact.order,
            fact.decided_ms,
            fact.not_after_ms,
            getattr(fact, "reason", ""),
            *(getattr(fact, name, None) for name in DETAILS),
            getattr(fact, "currency", ""),
            said.causation_id or "",
            said.correlation_id or "",
            said.policy_version,
        )
    ]


def attempts(event: Event) -> Rows:
    """Return the row of an attempt."""
    fact: Any = event.data
    found = (fact.found_status, fact.found_budget_micros, fact.found_mark)
    return [(fact.command_id, fact.action, fact.campaign, fact.order, fact.attempt, fact.at_ms, *found)]


def outcomes(event: Event) -> Rows:
    """Return the row of an outcome."""
    fact: Any = event.data
    return [
        (
            fact.command_id,
            fact.action,
            fact.campaign,
            fact.order,
            OUTCOMES[type(fact)],
            fact.attempts,
            fact.at_ms,
            getattr(fact, "reason", ""),
            getattr(fact, "detail", ""),
            getattr(fact, "found_status", None),
            getattr(fact, "found_budget_micros", None),
        )
    ]


_ABOUT: Final = ("command_id", "action", "campaign", "order")
COMMANDS = Projection(
    "commands",
    (
        *_ABOUT,
        "decided_ms",
        "not_after_ms",
        "reason",
        *DETAILS,
        "currency",
        "causation_id",
        "correlation_id",
        "policy_version",
    ),
    commands,
)
ATTEMPTS = Projection(
    "attempts", (*_ABOUT, "attempt", "at_ms", "found_status", "found_budget_micros", "found_mark"), attempts
)
OUTCOME = Projection(
    "outcomes",
    (*_ABOUT, "outcome", "attempts", "at_ms", "reason", "detail", "found_status", "found_budget_micros"),
    outcomes,
)
