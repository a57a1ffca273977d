"""Notices accounts whose spend has not been read for too long, by the agenda alone."""

from typing import Final

from msgspec.structs import replace

from domain.alerts.rows import FreshRow, fresh_key
from domain.decision import About
from domain.draft import Draft
from domain.guard import agenda
from domain.pacing.rows import AccountRow
from events.types import AlertCleared, AlertRaised, PollCompleted

MINUTE_MS: Final = 60_000
ACCOUNT: Final = ""  # who is due without a campaign is the account


def polled(draft: Draft, subject: str, completed: PollCompleted) -> None:
    """Note that an account was read; an alert that it was not is over."""
    key = fresh_key(subject)
    known: FreshRow = draft.get(key) or FreshRow()
    account: AccountRow | None = draft.get(subject.encode())
    if completed.kind != "spend" or account is None or completed.as_of_ms <= known.read_ms:
        return
    row = replace(known, read_ms=completed.as_of_ms)
    if known.raised_ms:
        cleared = AlertCleared(
            kind="stale_data",
            campaign=None,
            episode=known.episode,
            raised_ms=known.raised_ms,
            at_ms=max(completed.as_of_ms, known.raised_ms),
            reason="recovered",
        )
        draft.facts.append(About(subject, cleared))
        row = replace(row, raised_ms=0)
    draft.changes[key] = noted(draft, subject, row, account)


def noted(draft: Draft, subject: str, row: FreshRow, account: AccountRow) -> FreshRow:
    """Return the row with a moment at which to come back; one is enough."""
    minutes = account.policy.alert_stale_minutes
    if row.due_ms or not minutes:
        return row
    due_ms = agenda.minute(row.read_ms + minutes * MINUTE_MS + 1)
    agenda.put(draft, due_ms, subject, ACCOUNT)
    return replace(row, due_ms=due_ms)


def due(draft: Draft, subject: str, at_ms: int) -> None:
    """Raise an alert for an account that was not read since, or come back later."""
    key = fresh_key(subject)
    known: FreshRow | None = draft.get(key)
    account: AccountRow | None = draft.get(subject.encode())
    if known is None or account is None or not known.due_ms or at_ms < known.due_ms:
        return
    row, minutes = replace(known, due_ms=0), account.policy.alert_stale_minutes
    quiet = (at_ms - row.read_ms) // MINUTE_MS
    if not minutes or quiet <= minutes:
        draft.changes[key] = noted(draft, subject, row, account)
        return
    if not row.raised_ms:
        row = replace(row, raised_ms=at_ms, episode=row.episode + 1)
        raised = AlertRaised(
            kind="stale_data",
            severity="high",
            campaign=None,
            episode=row.episode,
            at_ms=at_ms,
            observed=quiet,
            limit=minutes,
            unit="minutes",
            currency=account.currency,
        )
        draft.facts.append(About(subject, raised, account.policy_version or None))
    draft.changes[key] = row
