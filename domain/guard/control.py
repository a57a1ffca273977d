"""Control, after pacing has judged: what the account agent asks of the guard and of the alerts.

Most campaigns are on track and below every limit, and nothing can follow for them: `control` lets them
pass at the cost of a few comparisons, and looks closely at the others. Who is stepped is looked at once an
hour, and each of the others every few hours, when the agenda has it.
"""

from collections.abc import Set as AbstractSet
from typing import Final

from domain.alerts import freshness
from domain.alerts import watching as alerts
from domain.draft import Draft
from domain.forecast.lag import LagRow, lag_key
from domain.guard import agenda, breaker, edits, opening, outcomes, people, steering, stops, watching
from domain.guard.look import CLOSELY, HOURLY, Look
from domain.guard.outcomes import Outcome
from domain.guard.rows import CLOSED, FREE, PAUSED
from domain.metering import meter
from domain.pacing.rows import AccountRow, CampaignRow, campaign_key
from events.types import CampaignObservation

NO_KEYS: Final[frozenset[bytes]] = frozenset()
AT_ONCE: Final = alerts.AT_ONCE | CLOSELY
NO_LIMIT_PERMILLE: Final = 1000
LATE_MS: Final = 900_000  # with a lag of more, a campaign may be far beyond what is told of it


def control(
    draft: Draft,
    subject: str,
    moved: dict[bytes, str],
    account: AccountRow,
    *,
    ahead: AbstractSet[bytes] = NO_KEYS,
    is_new_hour: AbstractSet[bytes] = NO_KEYS,
) -> None:
    """Let pass what is on track; look closely at what may need something done."""
    changes, near = draft.changes, near_permille(account)
    lag: LagRow | None = draft.get(lag_key(subject))
    is_late = lag is not None and lag.delay_ms > LATE_MS
    for key, campaign in moved.items():
        row: CampaignRow = changes[key]  # type: ignore[assignment]  # what moved is a campaign
        is_due = row.alerts & AT_ONCE or (row.alerts & HOURLY and key in is_new_hour)
        if row.band <= 0 and not is_due and key not in ahead:
            spent, target = row.spent_micros + row.recorded_micros, row.target_micros or 0
            # Who is on plan, comes near its target every evening.
            is_left = spent <= target and not row.alerts & HOURLY and not is_late
            if is_left or spent * 1000 <= target * near:
                continue
        look = Look(draft, subject, campaign, account)
        look.turned = key in is_new_hour
        closely(look)


def near_permille(account: AccountRow) -> int:
    """Return up to which part of its target a campaign need not be looked at closely."""
    rules = account.policy
    limits = (
        rules.alert_utilisation_permille,
        rules.alert_budget_permille,
        rules.breaker_budget_permille,
        rules.guard_pause_permille,
        NO_LIMIT_PERMILLE,
    )
    return min(limit for limit in limits if limit)


def closely(look: Look) -> None:
    """Do whatever follows from how one campaign stands."""
    if not look.row.day:
        return
    now = look.nowcast()
    watching.watch(look, now)
    if look.guard.state == FREE:  # what stands still already needs no breaker
        breaker.watch(look, now)
        if breaker.holds(look) and look.rules.guard_pause_permille:
            watching.pause(look, "breaker-open", until_ms=look.row.day_end_ms)
    if look.turned:
        if look.guard.state == FREE:
            steering.steer(look, now)
        note_closing(look)
    alerts.watch(look, now)
    target_micros = look.row.target_micros or 0
    is_near = now.high_micros * 1000 > target_micros * near_permille(look.account)
    is_held = look.guard.state != FREE or look.breaker.state != CLOSED
    look.watched(CLOSELY, is_on=is_near or is_held)
    meter.ahead(look)


def planned(draft: Draft, subject: str, campaign: str, account: AccountRow) -> None:
    """Prepare to watch over a day that has been planned."""
    look = Look(draft, subject, campaign, account)
    closes_ms = opening.closes_ms(look) if look.is_today else None
    is_stepped = steering.is_on(look) or steering.has_target_of_its_own(look)
    look.watched(HOURLY, is_on=is_stepped or closes_ms is not None)
    note_closing(look)
    alerts.note_standing(look)


def note_closing(look: Look) -> None:
    """Come back when a person's terms close the hours that are open now."""
    closes_ms = opening.closes_ms(look) if look.is_today else None
    if closes_ms is not None:
        agenda.put(look.draft, closes_ms, look.subject, look.campaign)


def listed(
    draft: Draft, subject: str, seen: CampaignObservation, as_of_ms: int, *, is_other_budget: bool
) -> bool:
    """Take a campaign as a list shows it, after its budget was taken; respect what a person has edited.

    Returns whether the budget shown is a person's word, so that it becomes the campaign's target: the
    caller holds the campaign to it (`judging.retarget`) and has it planned again.
    """
    people.observe_status(draft, subject, seen, as_of_ms)
    is_persons = is_other_budget and found(draft, subject, seen.campaign, seen.daily_budget_micros, as_of_ms)
    account: AccountRow | None = draft.get(subject.encode())
    if account is not None:
        look = Look(draft, subject, seen.campaign, account)
        stops.enforce(look)
        if seen.status != "enabled" or look.row.alerts:
            alerts.paused_by_others(look)
    return is_persons


def found(draft: Draft, subject: str, campaign: str, budget_micros: int | None, as_of_ms: int) -> bool:
    """Say whether another budget than was known, found on the platform and taken, is a person's word."""
    return people.observe_budget(draft, subject, campaign, budget_micros, as_of_ms)


def hear(draft: Draft, subject: str, outcome: Outcome) -> None:
    """Take in how a pause, a resume or a set-budget ended."""
    if outcome.action == "set-budget":
        edits.hear(draft, subject, outcome)
        return
    outcomes.hear(draft, subject, outcome)
    account: AccountRow | None = draft.get(subject.encode())
    if account is not None:
        stops.enforce(Look(draft, subject, outcome.campaign, account))


def wake(draft: Draft, at_ms: int) -> None:
    """Do what is due by now, of all accounts of the partition."""
    # All are taken before any is woken: who is woken may be noted again.
    for subject, campaign in list(agenda.take(draft, at_ms)):
        account: AccountRow | None = draft.get(subject.encode())
        if not campaign:
            freshness.due(draft, subject, at_ms)
        elif account is not None and draft.get(campaign_key(subject, campaign)) is not None:
            woken(Look(draft, subject, campaign, account, at_ms))
        else:
            meter.unseen(draft, subject, campaign, at_ms)


def woken(look: Look) -> None:
    """Go on with one campaign for which a moment was noted, whatever it was noted for."""
    may_run = breaker.due(look)
    guard = look.guard
    if guard.state == PAUSED and guard.reason == "breaker-open" and may_run == "breaker-probe":
        watching.resume(look, "breaker-probe")
    elif guard.state == PAUSED and guard.until_ms <= look.now_ms:
        watching.over(look)
    stops.enforce(look)
    if look.is_today:
        look.turned = not look.row.alerts & HOURLY  # the others have their hours
        closely(look)
    else:
        steering.new_day(look)
    alerts.due(look)
    alerts.watch_breaker(look)
    meter.due(look)
