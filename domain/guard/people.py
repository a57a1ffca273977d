"""Respects people: a status or a budget that we did not set is somebody's decision; the guard keeps off."""

from msgspec.structs import replace

from domain.decision import About
from domain.draft import Draft
from domain.guard import breaker
from domain.guard.holding import hours_between
from domain.guard.rows import FREE, PAUSED, GuardRow, SteerRow, guard_key, steer_key
from domain.pacing.days import DAY_MS
from domain.pacing.rows import CampaignRow, TermsRow, campaign_key, terms_key
from events.types import CampaignObservation, EditObserved

# A list that was asked for just after our write may still show what was before it; read as a person's
# edit, that would leave a campaign paused for ever. A real edit is in the next list as well.
SETTLING_MS = 120_000


def observe_status(draft: Draft, subject: str, seen: CampaignObservation, as_of_ms: int) -> None:
    """Take a campaign's status as the platform shows it; the newest counts."""
    campaign = campaign_key(subject, seen.campaign)
    key = guard_key(campaign)
    guard: GuardRow | None = draft.get(key)
    if guard is None:
        if seen.status != "enabled":
            draft.changes[key] = GuardRow(status=seen.status, status_as_of_ms=as_of_ms, since_ms=as_of_ms)
        return
    settling_ms = SETTLING_MS if guard.state == PAUSED else 0
    if seen.status == guard.status or as_of_ms <= guard.status_as_of_ms + settling_ms:
        return
    after = replace(guard, status=seen.status, status_as_of_ms=as_of_ms)
    if guard.state == PAUSED:
        after = replace(after, state=FREE)
        if seen.status == "enabled":
            after = told_edit(draft, subject, seen.campaign, after, as_of_ms)
    draft.changes[key] = runs_since(draft, campaign, after, as_of_ms)


def runs_since(draft: Draft, campaign: bytes, guard: GuardRow, at_ms: int) -> GuardRow:
    """Return the guard with what its status says of whether the campaign runs; note hours it did not."""
    if guard.status != "enabled":
        return guard if guard.since_ms else replace(guard, since_ms=at_ms)
    if not guard.since_ms:
        return guard
    row: CampaignRow | None = draft.get(campaign)
    if row is not None and row.day:
        held = row.closed_hours | hours_between(row, guard.since_ms, at_ms)
        draft.changes[campaign] = replace(row, closed_hours=held)
    return replace(guard, since_ms=0)


def told_edit(draft: Draft, subject: str, campaign: str, guard: GuardRow, as_of_ms: int) -> GuardRow:
    """Publish that a person has undone our pause; return the guard, which keeps off until the next day."""
    off_ms = guard.until_ms or as_of_ms + DAY_MS
    row: CampaignRow | None = draft.get(campaign_key(subject, campaign))
    if row is not None and row.day_start_ms <= as_of_ms < row.day_end_ms:
        off_ms = max(off_ms, row.day_end_ms)
    edit = EditObserved(
        campaign=campaign,
        what="status",
        ours="paused",
        theirs=guard.status,
        ours_micros=None,
        theirs_micros=None,
        as_of_ms=as_of_ms,
        keeps_off_until_ms=off_ms,
    )
    draft.facts.append(About(subject, edit))
    breaker.overruled(draft, subject, campaign, as_of_ms, off_ms)
    return replace(guard, keeps_off_until_ms=off_ms)


def observe_budget(draft: Draft, subject: str, campaign: str, shown: int | None, as_of_ms: int) -> bool:
    """Say whether another budget than before is a person's word; what we set ourselves is none.

    The campaign's row has the budget already, if nothing newer was known.
    """
    key = campaign_key(subject, campaign)
    row: CampaignRow = draft.get(key) or CampaignRow()
    if row.budget_as_of_ms != as_of_ms or row.budget_micros != shown:
        return False  # an older list
    steering: SteerRow | None = draft.get(steer_key(key))
    if steering is None or steering.ours_micros is None:
        return not has_other_target(draft, key)
    if shown == steering.ours_micros:
        return False
    is_settling = bool(steering.acting) or as_of_ms <= steering.set_ms + SETTLING_MS
    if shown == steering.before_micros and is_settling:
        if not steering.acting:
            draft.changes[key] = replace(row, budget_micros=steering.ours_micros)
        return False
    off_ms = row.day_end_ms if row.day_end_ms > as_of_ms else as_of_ms + DAY_MS
    edit = EditObserved(
        campaign=campaign,
        what="budget",
        ours=None,
        theirs=None,
        ours_micros=steering.ours_micros,
        theirs_micros=shown,
        as_of_ms=as_of_ms,
        keeps_off_until_ms=off_ms,
    )
    draft.facts.append(About(subject, edit))
    draft.changes[steer_key(key)] = replace(
        steering, ours_micros=None, before_micros=None, keeps_off_until_ms=off_ms
    )
    return True


def has_other_target(draft: Draft, key: bytes) -> bool:
    """Say whether a person's terms give a campaign's target, and not what its platform shows."""
    row: TermsRow | None = draft.get(terms_key(key))
    return row is not None and row.terms.budget != "platform"
