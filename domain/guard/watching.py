"""Pauses a campaign whose day has cost more than its limit, and lets it run again on its next day."""

from msgspec.structs import replace

from domain import money
from domain.decision import About
from domain.draft import Draft
from domain.guard import agenda
from domain.guard.rows import FREE, PAUSED, PAUSING, RESUMING, GuardRow, guard_key
from domain.pacing.days import DAY_MS
from domain.pacing.rows import CLOCK_KEY, AccountRow, CampaignRow, ClockRow, campaign_key
from events.limits import AMOUNT_MICROS_MAX
from events.types import PauseCampaign, ResumeCampaign


def now_ms(draft: Draft, otherwise_ms: int) -> int:
    """Return what the log's clock says, or another moment while it has said nothing."""
    clock: ClockRow | None = draft.get(CLOCK_KEY)
    return otherwise_ms if clock is None else clock.now_ms


def watch(draft: Draft, subject: str, moved: dict[bytes, str], policy: AccountRow) -> None:
    """Pause those of the campaigns that have moved which are beyond their limit."""
    permille, changes = policy.policy.guard_pause_permille, draft.changes
    if not permille:
        return
    for key, campaign in moved.items():
        row: CampaignRow = changes[key]  # type: ignore[assignment]  # what moved is a campaign
        budget_micros = row.target_micros
        if not budget_micros:
            continue
        if (row.spent_micros + row.recorded_micros) * 1000 > budget_micros * permille:
            pause(draft, subject, campaign, row, policy)


def pause(draft: Draft, subject: str, campaign: str, row: CampaignRow, policy: AccountRow) -> None:
    """Command a pause for the rest of the account's day, unless there is one, or a person wants otherwise."""
    key = guard_key(campaign_key(subject, campaign))
    guard: GuardRow = draft.get(key) or GuardRow()
    at_ms = now_ms(draft, row.as_of_ms)
    may_act = guard.state == FREE and guard.status == "enabled" and at_ms >= guard.keeps_off_until_ms
    if not may_act or at_ms >= row.day_end_ms:
        return
    target_micros = row.target_micros or 0
    limit_micros = money.permille_of(target_micros, policy.policy.guard_pause_permille)
    draft.changes[key] = replace(guard, state=PAUSING, order=guard.order + 1, until_ms=row.day_end_ms)
    draft.facts.append(
        PauseCampaign(
            campaign=campaign,
            order=guard.order + 1,
            decided_ms=at_ms,
            not_after_ms=row.day_end_ms,
            reason="over-budget",
            day=row.day,
            spent_micros=min(row.spent_micros + row.recorded_micros, AMOUNT_MICROS_MAX),
            budget_micros=row.budget_micros,
            limit_micros=min(limit_micros, AMOUNT_MICROS_MAX),
            currency=policy.currency,
        )
    )
    agenda.put(draft, row.day_end_ms, subject, campaign)


def wake(draft: Draft, at_ms: int) -> None:
    """Let every campaign run again whose pause by us is over."""
    for subject, campaign in agenda.take(draft, at_ms):
        key = guard_key(campaign_key(subject, campaign))
        guard: GuardRow | None = draft.get(key)
        # While a pause is on its way its outcome decides, and a pause that a person ended is none of ours.
        if guard is not None and guard.state == PAUSED and guard.until_ms <= at_ms:
            resume(draft, subject, campaign, guard, at_ms)


def resume(draft: Draft, subject: str, campaign: str, guard: GuardRow, at_ms: int) -> None:
    """Command that a campaign runs again that we paused."""
    key = guard_key(campaign_key(subject, campaign))
    draft.changes[key] = replace(guard, state=RESUMING, order=guard.order + 1)
    command = ResumeCampaign(
        campaign=campaign,
        order=guard.order + 1,
        decided_ms=at_ms,
        not_after_ms=at_ms + DAY_MS,
        reason="new-day",
    )
    draft.facts.append(About(subject, command))
