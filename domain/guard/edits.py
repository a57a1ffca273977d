"""Edits of budgets: whether one may be made now, its command, and how it ended."""

from typing import Final

from msgspec.structs import replace

from domain.draft import Draft
from domain.guard import agenda, gains, platforms
from domain.guard.look import Look
from domain.guard.rows import FREE, SteerRow, steer_key
from domain.local_time import HOUR_MS
from domain.pacing.days import DAY_MS
from domain.pacing.rows import CampaignRow, campaign_key
from events.types import BudgetSetFor, CommandApplied, CommandFailed, CommandSuperseded, SetBudget

RETRY_MS = 3_600_000
EDITS_KEPT: Final = 24  # as many as a policy may allow in a day

Outcome = CommandApplied | CommandFailed | CommandSuperseded


def edits_today(look: Look) -> int:
    """Return how often the budget was edited since the day began."""
    return sum(at_ms >= look.row.day_start_ms for at_ms in look.steer.edits_ms)


def may_edit(look: Look) -> bool:
    """Say whether the budget may be edited at all now."""
    guard, steering, most = look.guard, look.steer, look.rules.steer_edits_a_day_max
    if guard.state != FREE or guard.status != "enabled" or steering.acting or look.is_stopped:
        return False
    if look.now_ms < max(guard.keeps_off_until_ms, steering.keeps_off_until_ms):
        return False
    recent = sum(at_ms > look.now_ms - HOUR_MS for at_ms in steering.edits_ms)
    return edits_today(look) < most and recent < platforms.of(look.subject).edits_an_hour


def set_budget(look: Look, to_micros: int, reason: BudgetSetFor) -> None:
    """Command another daily budget; what is learned of it begins here."""
    row, guard, plan = look.row, look.guard, look.plan
    if row.budget_micros is None or to_micros == row.budget_micros:
        return
    if plan is not None and look.is_today:
        gains.mark(look, plan, row.as_of_ms)
        gains.speed(look, plan, to_micros)
    order, steering = guard.order + 1, look.steer
    look.guarded(order=order)
    look.steered(
        acting=order,
        before_micros=row.budget_micros,
        ours_micros=to_micros,
        set_ms=look.now_ms,
        edits_ms=(*steering.edits_ms[1 - EDITS_KEPT :], look.now_ms),
    )
    look.tell(
        SetBudget(
            campaign=look.campaign,
            order=order,
            decided_ms=look.now_ms,
            not_after_ms=row.day_end_ms if look.is_today else look.now_ms + DAY_MS,
            from_micros=row.budget_micros,
            to_micros=to_micros,
            currency=look.account.currency,
            reason=reason,
            target_micros=row.target_micros or 0,
        )
    )
    if look.is_today and steering.ours_micros is None:
        agenda.put(look.draft, row.day_end_ms, look.subject, look.campaign)


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
