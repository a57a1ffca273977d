"""What the account agent decided for itself and for readers: plans, paces, edits that it noticed."""

from typing import Any

from events.codec import Event
from projections.projection import Projection, Rows


def plans(event: Event) -> Rows:
    """Return one row a campaign's plan."""
    fact: Any = event.data
    day = (fact.day, fact.day_start_ms, fact.day_end_ms, fact.from_ms)
    return [
        (
            one.campaign,
            *day,
            one.budget_micros,
            one.strategy,
            list(one.hours_micros),
            one.confidence_permille,
            list(one.low_micros),
            list(one.high_micros),
            one.history_days,
            one.held_back_micros,
            [part.source for part in one.made_of],
            [part.share_permille for part in one.made_of],
            event.envelope.policy_version,
        )
        for one in fact.plans
    ]


def paces(event: Event) -> Rows:
    """Return the row of a pace that moved into another band."""
    fact: Any = event.data
    return [
        (
            fact.campaign,
            fact.day,
            fact.as_of_ms,
            fact.spent_micros,
            fact.budget_micros,
            fact.expected_micros,
            fact.ratio_permille,
            fact.band,
            fact.previous_band,
            event.envelope.policy_version,
        )
    ]


def edits(event: Event) -> Rows:
    """Return the row of an edit."""
    fact: Any = event.data
    status = (fact.ours or "", fact.theirs or "")
    budget = (fact.ours_micros, fact.theirs_micros)
    return [(fact.campaign, fact.what, *status, *budget, fact.as_of_ms, fact.keeps_off_until_ms)]


PLANS = Projection(
    "plans",
    (
        "campaign",
        "day",
        "day_start_ms",
        "day_end_ms",
        "from_ms",
        "budget_micros",
        "strategy",
        "hours_micros",
        "confidence_permille",
        "low_micros",
        "high_micros",
        "history_days",
        "held_back_micros",
        "made_of",
        "made_of_permille",
        "policy_version",
    ),
    plans,
)
PACES = Projection(
    "paces",
    (
        "campaign",
        "day",
        "as_of_ms",
        "spent_micros",
        "budget_micros",
        "expected_micros",
        "ratio_permille",
        "band",
        "previous_band",
        "policy_version",
    ),
    paces,
)
EDITS = Projection(
    "edits",
    (
        "campaign",
        "what",
        "ours",
        "theirs",
        "ours_micros",
        "theirs_micros",
        "as_of_ms",
        "keeps_off_until_ms",
    ),
    edits,
)
