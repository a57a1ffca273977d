"""Hears how the guard's commands ended; what does not answer the newest command says nothing new."""

from collections.abc import Callable

from msgspec.structs import replace

from domain.draft import Draft
from domain.guard import agenda
from domain.guard.look import Look, now_ms
from domain.guard.people import runs_since, told_edit
from domain.guard.rows import FREE, PAUSED, PAUSING, RESUMING, GuardRow, guard_key
from domain.guard.watching import over
from domain.pacing.rows import AccountRow, campaign_key
from events.types import CommandApplied, CommandFailed, CommandSuperseded

# After a command that the platform refused nothing is gained by trying at once: a person has to repair it.
RETRY_MS = 900_000

Outcome = CommandApplied | CommandFailed | CommandSuperseded
ACTIONS = {"pause": PAUSING, "resume": RESUMING}


def hear(draft: Draft, subject: str, outcome: Outcome) -> None:
    """Take the guard's row of a campaign on to what follows from how a pause or a resume ended."""
    campaign = campaign_key(subject, outcome.campaign)
    key = guard_key(campaign)
    guard: GuardRow | None = draft.get(key)
    if guard is None or guard.acting != outcome.order or guard.state != ACTIONS.get(outcome.action):
        return
    handle = HANDLERS[type(outcome), guard.state]
    after = handle(draft, subject, guard, outcome)
    draft.changes[key] = runs_since(draft, campaign, after, outcome.at_ms)
    at_ms = now_ms(draft, outcome.at_ms)
    account: AccountRow | None = draft.get(subject.encode())
    if account is not None and after.state == PAUSED and after.until_ms <= at_ms:
        over(Look(draft, subject, outcome.campaign, account, at_ms))


def paused(_draft: Draft, _subject: str, guard: GuardRow, applied: CommandApplied) -> GuardRow:
    """Note that our pause is in force."""
    return replace(guard, state=PAUSED, status="paused", status_as_of_ms=applied.at_ms)


def resumed(_draft: Draft, _subject: str, guard: GuardRow, applied: CommandApplied) -> GuardRow:
    """Note that the campaign runs again, and is nobody's prisoner."""
    return replace(guard, state=FREE, status="enabled", status_as_of_ms=applied.at_ms)


def pause_failed(draft: Draft, subject: str, guard: GuardRow, failed: CommandFailed) -> GuardRow:
    """Leave it for a while; a page that still shows too much spend after that asks again."""
    off_ms = now_ms(draft, failed.at_ms) + RETRY_MS
    agenda.put(draft, off_ms, subject, failed.campaign)  # an emergency stop waits for no page
    status = "removed" if failed.reason == "not-found" else guard.status
    return replace(guard, state=FREE, status=status, keeps_off_until_ms=off_ms)


def resume_failed(draft: Draft, subject: str, guard: GuardRow, failed: CommandFailed) -> GuardRow:
    """Come back later: a campaign that we paused must not stay so for ever."""
    if failed.reason == "not-found":
        return replace(guard, state=FREE, status="removed")
    again_ms = now_ms(draft, failed.at_ms) + RETRY_MS
    agenda.put(draft, again_ms, subject, failed.campaign)
    return replace(guard, state=PAUSED, until_ms=again_ms)


def pause_superseded(draft: Draft, subject: str, guard: GuardRow, left: CommandSuperseded) -> GuardRow:
    """Let go: somebody was there before us, or has changed what the pause was decided from."""
    free = replace(guard, state=FREE, status=left.found_status or guard.status, status_as_of_ms=left.at_ms)
    if left.reason == "removed":
        return replace(free, status="removed")
    if left.reason == "foreign-edit" and left.attempts:  # our pause was in force, and was undone
        return told_edit(draft, subject, left.campaign, free, left.at_ms)
    return free


def resume_superseded(draft: Draft, subject: str, guard: GuardRow, left: CommandSuperseded) -> GuardRow:
    """Leave the campaign to whoever decided about it; a command that came too late comes again."""
    if left.reason == "expired":
        return replace(guard, state=PAUSED, until_ms=left.at_ms)
    status = "removed" if left.reason == "removed" else left.found_status or guard.status
    free = replace(guard, state=FREE, status=status, status_as_of_ms=left.at_ms)
    if status == "enabled" and not left.attempts and left.at_ms < guard.until_ms:
        # Who let it run before we did, while our pause was meant to hold, is not paused again.
        return told_edit(draft, subject, left.campaign, free, left.at_ms)
    return free


HANDLERS: dict[tuple[type[Outcome], int], Callable[..., GuardRow]] = {
    (CommandApplied, PAUSING): paused,
    (CommandApplied, RESUMING): resumed,
    (CommandFailed, PAUSING): pause_failed,
    (CommandFailed, RESUMING): resume_failed,
    (CommandSuperseded, PAUSING): pause_superseded,
    (CommandSuperseded, RESUMING): resume_superseded,
}
