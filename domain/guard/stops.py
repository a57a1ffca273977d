"""Emergency stops: what a person orders to stand still does so until the person lifts it.

A person who lets one of the campaigns run again on its platform has decided later than the stop was
ordered, and is respected for the day.
"""

from collections.abc import Iterable
from typing import Final

from domain.draft import Draft
from domain.guard import watching
from domain.guard.look import Look, now_ms
from domain.guard.rows import FREE, PAUSED, StopRow, account_stop_key, stop_key
from domain.pacing.rows import AccountRow, campaign_key
from events.types import StopLifted, StopOrdered

# So many stops of one campaign or account are kept apart; a later one than that is covered by the others.
STOPS_MAX: Final = 32


def order(draft: Draft, subject: str, stop: StopOrdered, campaigns: Iterable[str]) -> None:
    """Pause the campaign that a stop names, or all of the account's, and keep them so."""
    account: AccountRow | None = draft.get(subject.encode())
    if account is None:
        return
    if stop.campaign is None:
        note(draft, account_stop_key(subject), stop.stop_id)
        names = campaigns
    else:
        note(draft, stop_key(campaign_key(subject, stop.campaign)), stop.stop_id)
        names = (stop.campaign,)
    for campaign in names:
        look = Look(draft, subject, campaign, account, at_ms=now_ms(draft, stop.at_ms))
        watching.pause(look, "emergency-stop", until_ms=0, stop_id=stop.stop_id, is_ordered=True)


def lift(draft: Draft, subject: str, lifted: StopLifted, campaigns: Iterable[str]) -> None:
    """End a stop, and let run again what it paused."""
    account: AccountRow | None = draft.get(subject.encode())
    if account is None:
        return
    was_all = forget(draft, account_stop_key(subject), lifted.stop_id)
    for campaign in campaigns:
        if not forget(draft, stop_key(campaign_key(subject, campaign)), lifted.stop_id) and not was_all:
            continue
        look = Look(draft, subject, campaign, account, at_ms=now_ms(draft, lifted.at_ms))
        if look.guard.state == PAUSED and look.guard.until_ms <= look.now_ms:
            watching.resume(look, "stop-lifted")


def enforce(look: Look) -> None:
    """Pause a campaign that runs though it is stopped: one that is new, or whose pause has failed."""
    stop_id = in_force(look)
    if stop_id is not None and look.guard.state == FREE and look.guard.status == "enabled":
        watching.pause(look, "emergency-stop", until_ms=0, stop_id=stop_id)


def in_force(look: Look) -> str | None:
    """Return the newest stop that holds a campaign, if one does."""
    for key in (stop_key(look.key), account_stop_key(look.subject)):
        row: StopRow | None = look.draft.get(key)
        if row is not None and row.stops:
            return row.stops[-1]
    return None


def note(draft: Draft, key: bytes, stop_id: str) -> None:
    """Keep a stop in force, once."""
    row: StopRow = draft.get(key) or StopRow()
    if stop_id not in row.stops:
        draft.changes[key] = StopRow((*row.stops[1 - STOPS_MAX :], stop_id))


def forget(draft: Draft, key: bytes, stop_id: str) -> bool:
    """End a stop; say whether it was in force here."""
    row: StopRow | None = draft.get(key)
    if row is None or stop_id not in row.stops:
        return False
    left = tuple(one for one in row.stops if one != stop_id)
    draft.changes[key] = StopRow(left) if left else None
    return True
