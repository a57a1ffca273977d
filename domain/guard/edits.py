"""Hears how the guard's edits of budgets ended."""

from msgspec.structs import replace

from domain.draft import Draft
from domain.guard.rows import SteerRow, steer_key
from domain.pacing.days import DAY_MS
from domain.pacing.rows import CampaignRow, campaign_key
from events.types import CommandApplied, CommandFailed, CommandSuperseded

RETRY_MS = 3_600_000

Outcome = CommandApplied | CommandFailed | CommandSuperseded


def hear(draft: Draft, subject: str, outcome: Outcome) -> None:
    """Take on what follows from how a set-budget ended; one that is not the newest says nothing new."""
    key = campaign_key(subject, outcome.campaign)
    steering: SteerRow | None = draft.get(steer_key(key))
    if steering is None or not steering.acting or steering.acting != outcome.order:
        return
    row: CampaignRow = draft.get(key) or CampaignRow()
    if isinstance(outcome, CommandApplied) or is_met(outcome):
        after = replace(steering, acting=0, set_ms=outcome.at_ms)
        if steering.ours_micros is not None and row.budget_as_of_ms <= outcome.at_ms:
            shown = replace(row, budget_micros=steering.ours_micros, budget_as_of_ms=outcome.at_ms)
            draft.changes[key] = shown
    else:
        off_ms = outcome.at_ms + (DAY_MS if is_final(outcome) else RETRY_MS)
        after = replace(
            steering,
            acting=0,
            ours_micros=None if steering.ours_micros is None else steering.before_micros,
            keeps_off_until_ms=max(off_ms, steering.keeps_off_until_ms),
        )
    draft.changes[steer_key(key)] = after


def is_met(outcome: Outcome) -> bool:
    """Say whether the platform has the budget that was wanted, though not by our doing."""
    return isinstance(outcome, CommandSuperseded) and outcome.reason == "already-so"


def is_final(outcome: Outcome) -> bool:
    """Say whether the platform would refuse the same again."""
    return isinstance(outcome, CommandFailed) and outcome.reason != "gave-up"
