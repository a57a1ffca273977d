"""What to do about a command, from what was attempted and what the platform shows; pure.

An attempt is durable before its write leaves, so a command without one was certainly never acted on, and
with one the platform is looked at before anything is written again.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from msgspec import Struct

from events.types import CommandAttempted, PauseCampaign, SetBudget, SupersededFor

if TYPE_CHECKING:
    from connectors.executor.command import Command
    from connectors.ports import Campaign

ATTEMPTS_MAX: Final = 1000  # as many as an attempt can count


class Act(Struct, frozen=True):
    """Make an intent durable, then write."""


class LookAgain(Struct, frozen=True):
    """Write nothing yet: a write that left may still come to be seen."""


class Applied(Struct, frozen=True):
    """It is as wanted, by our doing."""


class GaveUp(Struct, frozen=True):
    """It was tried for as long as a command is tried."""

    detail: str


class Superseded(Struct, frozen=True):
    """The world has moved on."""

    reason: SupersededFor


Verdict = Act | LookAgain | Applied | GaveUp | Superseded


class Situation(Struct, frozen=True):
    """All that a verdict depends on besides the command and the campaign."""

    now_ms: int
    gives_up_ms: int
    settles_ms: int
    """Until then the last write may have taken effect without being seen."""
    attempt: CommandAttempted | None
    """The last one; none means that nothing was ever written for this command."""
    has_newer: bool
    """Whether a newer command wants to set the same."""
    own_budgets: tuple[int, ...] = ()
    """Budgets that our own commands have set since this one was decided."""


def before_looking(command: Command, situation: Situation) -> Superseded | None:
    """Return why a command that was never acted on need not even be looked at, if there is a reason."""
    if situation.attempt is not None:
        return None
    if situation.has_newer:
        return Superseded("newer-command")
    if situation.now_ms > command.wish.not_after_ms:
        return Superseded("expired")
    return None


def decide(command: Command, situation: Situation, found: Campaign | None) -> Verdict:
    """Decide from what the platform shows now; None is a campaign that is not there."""
    if found is None or found.status == "removed":
        return Superseded("removed")
    if situation.attempt is None:
        return before_looking(command, situation) or _first(command, situation, found)
    if command.is_met_by(found):
        return Applied()
    if has_changed(situation.attempt, found):
        # Ours may have taken effect and been undone by a person, who is not written over.
        return Superseded("foreign-edit")
    if situation.now_ms < situation.settles_ms:
        return LookAgain()
    return _again(command, situation, situation.attempt)


def has_changed(attempt: CommandAttempted, found: Campaign) -> bool:
    """Say whether anybody has changed a campaign since an attempt looked at it."""
    before = (attempt.found_mark, attempt.found_status, attempt.found_budget_micros)
    return before != (found.mark, found.status, found.daily_budget_micros)


def _first(command: Command, situation: Situation, found: Campaign) -> Verdict:
    if command.is_met_by(found):
        return Superseded("already-so")
    match command.wish:
        case PauseCampaign(budget_micros=decided_from) | SetBudget(from_micros=decided_from):
            # A person's other budget is another word: it is to be decided again. One that we have set
            # ourselves in the meantime is not, since what it was decided by is the target behind both.
            expected = (decided_from, *situation.own_budgets)
            is_ours = decided_from is None or found.daily_budget_micros in expected
            return Act() if is_ours else Superseded("foreign-edit")
        case _:
            return Act()


def _again(command: Command, situation: Situation, attempt: CommandAttempted) -> Verdict:
    """Decide about a command whose write has certainly not taken effect."""
    if situation.has_newer:
        return Superseded("newer-command")
    if situation.now_ms > command.wish.not_after_ms:
        return Superseded("expired")
    if situation.now_ms >= situation.gives_up_ms or attempt.attempt >= ATTEMPTS_MAX:
        return GaveUp(f"{attempt.attempt} writes were not refused, and none took effect")
    return Act()
