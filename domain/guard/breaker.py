"""The circuit breaker of a campaign: opens where money runs away, tries again after a while, and closes.

It never closes without having tried: from open it goes to half open, and from there, by what the campaign
spends on probation, to closed or back, with twice the cooldown.
"""

from typing import Final

from msgspec.structs import replace

from domain.decision import About
from domain.draft import Draft
from domain.forecast.nowcast import Nowcast
from domain.guard import agenda, overspending
from domain.guard.look import Look
from domain.guard.plans import planned_by
from domain.guard.rows import CLOSED, FREE, HALF_OPEN, OPEN, BreakerRow, breaker_key
from domain.pacing.days import DAY_MS
from domain.pacing.rows import campaign_key
from events.types import BreakerMoved, BreakerReason, BreakerState

MINUTE_MS: Final = 60_000
NAMES: Final[dict[int, BreakerState]] = {CLOSED: "closed", OPEN: "open", HALF_OPEN: "half_open"}
# Eight hours of cooldown at most with the default of one: after that a new day comes soon.
DOUBLINGS_MAX: Final = 3
# While the plan does not allow it, it is asked again; by then it may.
AGAIN_MS: Final = 900_000
# On probation it may spend twice its plan, and so much of its day, since a short while tells little.
PROBE_TIMES: Final = 2
PROBE_SLACK_PERMILLE: Final = 20


def watch(look: Look, now: Nowcast) -> None:
    """Open the breaker of a campaign whose money runs away; the pause that follows is the guard's."""
    row, breaker = look.row, look.breaker
    if not look.is_today or not row.target_micros:
        return
    if breaker.state == CLOSED:
        reason = overspending.reason_to_open(look)
        if reason is not None and may_open(look):
            opened(look, reason)
    elif breaker.state == HALF_OPEN and has_failed(look, now) and may_open(look):
        opened(look, "probe-failed")


def may_open(look: Look) -> bool:
    """Say whether no person has decided that the campaign runs."""
    return look.now_ms >= look.guard.keeps_off_until_ms


def opened(look: Look, reason: BreakerReason) -> None:
    """Open it; each time without a recovery between them it stays so for twice as long."""
    breaker, rules = look.breaker, look.rules
    doubled = 1 << min(breaker.trips, DOUBLINGS_MAX)
    cooldown_ms = max(1, rules.breaker_cooldown_minutes) * MINUTE_MS * doubled
    until_ms = min(look.now_ms + cooldown_ms, max(look.row.day_end_ms, look.now_ms + MINUTE_MS))
    move(look, OPEN, reason, until_ms, trips=breaker.trips + 1, rapid_ms=())


def due(look: Look) -> str | None:
    """Go on with a breaker whose time has come; return with which reason its campaign may run, if it may."""
    breaker, row = look.breaker, look.row
    if breaker.state == CLOSED or look.now_ms < breaker.until_ms:
        return None
    if breaker.state == OPEN:
        if look.now_ms >= row.day_end_ms:
            half_open(look, "new-day")
            return "new-day"
        if not allows(look):
            move_on(look, min(look.now_ms + AGAIN_MS, row.day_end_ms))
            return None
        half_open(look, "cooldown-over")
        return "breaker-probe"
    judge_probe(look)
    return None


def allows(look: Look) -> bool:
    """Say whether what was probably spent is within the plan by now."""
    plan, now = look.plan, look.nowcast()
    return plan is not None and now.median_micros <= planned_by(look.row, plan, look.now_ms)


def half_open(look: Look, reason: BreakerReason) -> None:
    """Let the campaign try whether it may spend."""
    probe_ms = max(1, look.rules.breaker_probe_minutes) * MINUTE_MS
    spent = look.nowcast().median_micros if look.is_today else 0
    move(look, HALF_OPEN, reason, look.now_ms + probe_ms, probe_micros=spent)


def judge_probe(look: Look) -> None:
    """Close a breaker whose campaign has kept to its plan on probation; wait on while nothing was told."""
    if look.row.as_of_ms <= look.breaker.since_ms and look.now_ms < look.breaker.since_ms + DAY_MS:
        move_on(look, look.now_ms + AGAIN_MS)
    elif look.is_today and has_failed(look, look.nowcast()) and may_open(look):
        opened(look, "probe-failed")
    else:
        move(look, CLOSED, "recovered", None, trips=0)


def has_failed(look: Look, now: Nowcast) -> bool:
    """Say whether a campaign on probation has spent far more since than its plan has for the time."""
    row, plan, breaker = look.row, look.plan, look.breaker
    if plan is None or row.as_of_ms <= breaker.since_ms:
        return False
    since_ms = max(breaker.since_ms, row.day_start_ms)
    planned = planned_by(row, plan, row.as_of_ms) - planned_by(row, plan, since_ms)
    slack = (row.target_micros or 0) * PROBE_SLACK_PERMILLE // 1000
    before = breaker.probe_micros if breaker.since_ms >= row.day_start_ms else 0
    return now.median_micros - before > planned * PROBE_TIMES + slack


def overruled(draft: Draft, subject: str, campaign: str, at_ms: int, until_ms: int) -> None:
    """Half open the breaker of a campaign that a person lets run: it is on probation for the day."""
    key = breaker_key(campaign_key(subject, campaign))
    breaker: BreakerRow | None = draft.get(key)
    if breaker is None or breaker.state != OPEN:
        return
    draft.changes[key] = replace(breaker, state=HALF_OPEN, since_ms=at_ms, until_ms=until_ms)
    moved = BreakerMoved(
        campaign=campaign,
        state="half_open",
        previous="open",
        reason="cooldown-over",
        at_ms=at_ms,
        until_ms=until_ms,
    )
    draft.facts.append(About(subject, moved))
    agenda.put(draft, until_ms, subject, campaign)


def move(look: Look, state: int, reason: BreakerReason, until_ms: int | None, **changes: object) -> None:
    """Bring the breaker into another state, and tell it."""
    before = look.breaker
    look.broken(state=state, since_ms=look.now_ms, until_ms=until_ms or 0, **changes)
    look.tell(
        BreakerMoved(
            campaign=look.campaign,
            state=NAMES[state],
            previous=NAMES[before.state],
            reason=reason,
            at_ms=look.now_ms,
            until_ms=until_ms,
        )
    )
    if until_ms:
        agenda.put(look.draft, until_ms, look.subject, look.campaign)


def move_on(look: Look, until_ms: int) -> None:
    """Come back to the breaker later."""
    look.broken(until_ms=until_ms)
    agenda.put(look.draft, until_ms, look.subject, look.campaign)


def holds(look: Look) -> bool:
    """Say whether an open breaker has its campaign run still, so that it is to be paused."""
    return look.breaker.state == OPEN and look.guard.state == FREE and look.guard.status == "enabled"
