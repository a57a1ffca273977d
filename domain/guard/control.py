"""Control, after pacing has judged: what the account agent asks of the guard and of the alerts.

Most campaigns are on track and below every limit, and nothing can follow for them: `control` lets them
pass at the cost of a few comparisons, and looks closely at the others, and at each once an hour.
"""

from collections.abc import Set as AbstractSet
from typing import Final

from domain.draft import Draft
from domain.guard import outcomes, people, watching
from domain.guard.outcomes import Outcome
from domain.pacing.rows import AccountRow
from events.types import CampaignObservation

NO_KEYS: Final[frozenset[bytes]] = frozenset()


def control(
    draft: Draft,
    subject: str,
    moved: dict[bytes, str],
    account: AccountRow,
    *,
    is_new_hour: AbstractSet[bytes] = NO_KEYS,
) -> None:
    """Let pass what is on track; look closely at what may need something done."""
    watching.watch(draft, subject, moved, account)


def listed(
    draft: Draft, subject: str, seen: CampaignObservation, as_of_ms: int, *, is_other_budget: bool
) -> bool:
    """Take a campaign as a list shows it, after its budget was taken; respect what a person has edited.

    Returns whether the budget shown is a person's word, so that it becomes the campaign's target: the
    caller holds the campaign to it (`judging.retarget`) and has it planned again.
    """
    people.observe_status(draft, subject, seen, as_of_ms)
    return is_other_budget


def hear(draft: Draft, subject: str, outcome: Outcome) -> None:
    """Take in how a pause, a resume or a set-budget ended."""
    outcomes.hear(draft, subject, outcome)


def wake(draft: Draft, at_ms: int) -> None:
    """Do what is due by now, of all accounts of the partition."""
    watching.wake(draft, at_ms)
