"""Respects people: a status that we did not set is somebody's decision, and the guard keeps off."""

from msgspec.structs import replace

from domain.decision import About
from domain.draft import Draft
from domain.guard.rows import FREE, PAUSED, GuardRow, guard_key
from domain.pacing.rows import campaign_key
from events.types import CampaignObservation, EditObserved

# A list that was asked for just after our write may still show what was before it; read as a person's
# edit, that would leave a campaign paused for ever. A real edit is in the next list as well.
SETTLING_MS = 120_000


def observe_status(draft: Draft, subject: str, seen: CampaignObservation, as_of_ms: int) -> None:
    """Take a campaign's status as the platform shows it; the newest counts."""
    key = guard_key(campaign_key(subject, seen.campaign))
    guard: GuardRow | None = draft.get(key)
    if guard is None:
        if seen.status != "enabled":
            draft.changes[key] = GuardRow(status=seen.status, status_as_of_ms=as_of_ms)
        return
    settling_ms = SETTLING_MS if guard.state == PAUSED else 0
    if seen.status == guard.status or as_of_ms <= guard.status_as_of_ms + settling_ms:
        return
    after = replace(guard, status=seen.status, status_as_of_ms=as_of_ms)
    if guard.state == PAUSED:
        after = replace(after, state=FREE)
        if seen.status == "enabled":
            after = told_edit(draft, subject, seen.campaign, after, as_of_ms)
    draft.changes[key] = after


def told_edit(draft: Draft, subject: str, campaign: str, guard: GuardRow, as_of_ms: int) -> GuardRow:
    """Publish that a person has undone our pause; return the guard, which keeps off until the next day."""
    edit = EditObserved(
        campaign=campaign,
        what="status",
        ours="paused",
        theirs=guard.status,
        ours_micros=None,
        theirs_micros=None,
        as_of_ms=as_of_ms,
        keeps_off_until_ms=guard.until_ms,
    )
    draft.facts.append(About(subject, edit))
    return replace(guard, keeps_off_until_ms=guard.until_ms)
