"""Pauses a campaign whose day is beyond what it may cost, and lets it run again when it may."""

from typing import Final

from domain import money
from domain.forecast.nowcast import Nowcast, likely_permille
from domain.guard import agenda, gains, platforms, steering
from domain.guard.look import Look
from domain.guard.opening import next_day_opens_ms, opens_ms
from domain.guard.plans import planned_by, reached_ms
from domain.guard.rows import FREE, OPEN, PAUSED, PAUSING, RESUMING, GuardRow
from domain.pacing.days import DAY_MS
from events.limits import AMOUNT_MICROS_MAX
from events.types import PauseCampaign, PausedFor, ResumeCampaign, ResumedFor

# What is back below its limit by less may be beyond it again with the next page.
ALLOWS_PERMILLE: Final = 980
# Where a platform does not pace, no plan tells when to go on: as soon as it is known that there is room.
KNOWN_PERMILLE: Final = 990
KNOWN_AFTER_MS: Final = 3_600_000  # sooner, the next page would pause it again
# So far ahead of its plan, of its target, a campaign can wait for what is not reported yet.
WAITS_PERMILLE: Final = 20
# For that the band is taken this much wider: from eight tenths to nearly all.
WIDER_TIMES: Final = 2
PAUSES_AFTER_MS: Final = 600_000
# A campaign that keeps going to and fro is left to its next day.
EARLY_MAX: Final = 4
EARLY_MS_MIN: Final = 600_000
AGAIN_MS: Final = 900_000
AGAIN_MS_MAX: Final = 3_600_000  # by then late figures may say that less was spent
EMERGENCY_MS: Final = 7 * DAY_MS
SPENT_FOR: Final = ("over-budget", "likely-over-budget", "day-spent")


def watch(look: Look, now: Nowcast) -> None:
    """Command the pause or the resume that follows from how a campaign stands, if one does."""
    guard = look.guard
    if guard.state == PAUSED:
        if guard.reason in SPENT_FOR and allows(look, guard, now):
            resume(look, "plan-allows")
        elif guard.reason in SPENT_FOR:
            come_back(look, now)
        return
    if guard.state != FREE or guard.status != "enabled" or look.now_ms >= look.row.day_end_ms:
        return
    reason = reason_to_pause(look, now)
    if reason is not None:
        pause(look, reason, until_ms=look.row.day_end_ms)
    elif (until_ms := opens_ms(look)) is not None:
        pause(look, "closed-hours", until_ms=until_ms)


def reason_to_pause(look: Look, now: Nowcast) -> PausedFor | None:
    """Return why the day is over for a campaign, if it is."""
    rules, target_micros = look.rules, look.row.target_micros
    if target_micros is None or not rules.guard_pause_permille:
        return None
    if not target_micros and not look.row.budget_micros:
        return None  # nothing is to be spent, and the platform knows
    if look.spent_micros * 1000 > target_micros * rules.guard_pause_permille:
        return "over-budget"
    likely = rules.guard_likely_permille
    if likely and likely_permille(now, limit_micros(look)) > likely:
        return "likely-over-budget"
    return "day-spent" if steering.is_on(look) and is_day_spent(look, now) else None


def is_day_spent(look: Look, now: Nowcast) -> bool:
    """Say whether a day has probably cost its target, or may well have while it is ahead of its plan.

    Who is ahead loses nothing by waiting: what was spent becomes known, and the plan comes up to it.
    """
    row, plan = look.row, look.plan
    stop_micros = money.permille_of(row.target_micros or 0, look.rules.steer_stop_permille)
    if not stop_micros or plan is None:
        return False
    planned = planned_by(row, plan, look.now_ms)
    # A pause takes effect with the next poll or so; until then it spends on.
    coming_micros = planned_by(row, plan, look.now_ms + PAUSES_AFTER_MS) - planned
    if now.median_micros + coming_micros >= stop_micros:
        return True
    most_micros = now.median_micros + (now.high_micros - now.median_micros) * WIDER_TIMES + coming_micros
    # Where a platform does not pace, spend is no more ahead of a plan in the morning than it is at night.
    is_ahead = not platforms.of(look.subject).paces
    is_ahead |= (now.median_micros - planned) * 1000 > stop_micros * WAITS_PERMILLE
    return is_ahead and most_micros >= stop_micros


def limit_micros(look: Look) -> int:
    """Return what a campaign's day may cost before it is paused."""
    limit = money.permille_of(look.row.target_micros or 0, look.rules.guard_pause_permille)
    return min(limit, AMOUNT_MICROS_MAX)


def allows(look: Look, guard: GuardRow, now: Nowcast) -> bool:
    """Say whether a campaign that was paused for its spend is within its plan again, today."""
    row, plan = look.row, look.plan
    if plan is None or not row.target_micros or guard.early >= EARLY_MAX or look.breaker.state == OPEN:
        return False
    if not look.is_today or look.now_ms + EARLY_MS_MIN > row.day_end_ms:
        return False
    if now.median_micros * 1000 >= row.target_micros * ALLOWS_PERMILLE:
        return False
    if not platforms.of(look.subject).paces:
        has_waited = look.now_ms - guard.since_ms >= KNOWN_AFTER_MS
        return has_waited and now.high_micros * 1000 < row.target_micros * KNOWN_PERMILLE
    return now.median_micros <= planned_by(row, plan, look.now_ms)


def come_back(look: Look, now: Nowcast) -> None:
    """Look again when the plan has come up to what was spent; no page may come by then."""
    row, plan, guard = look.row, look.plan, look.guard
    if plan is None or look.now_ms < guard.again_ms or look.now_ms + EARLY_MS_MIN > row.day_end_ms:
        return
    reached = min(reached_ms(row, plan, now.median_micros), look.now_ms + AGAIN_MS_MAX)
    again_ms = agenda.minute(max(reached, look.now_ms + AGAIN_MS))
    if again_ms < row.day_end_ms:
        look.guarded(again_ms=again_ms)
        agenda.put(look.draft, again_ms, look.subject, look.campaign)


def pause(
    look: Look, reason: PausedFor, *, until_ms: int, stop_id: str | None = None, is_ordered: bool = False
) -> bool:
    """Command a pause, unless there is one, or a person wants otherwise; say whether it was."""
    guard, row = look.guard, look.row
    may_act = is_ordered or look.now_ms >= guard.keeps_off_until_ms
    if guard.state != FREE or guard.status != "enabled" or not may_act:
        return False
    order, is_emergency = guard.order + 1, stop_id is not None
    look.guarded(state=PAUSING, order=order, acting=order, reason=reason, until_ms=until_ms)
    # While another budget is on its way nobody knows which one the pause will find.
    is_any_budget = is_emergency or look.steer.acting
    look.tell(
        PauseCampaign(
            campaign=look.campaign,
            order=order,
            decided_ms=look.now_ms,
            not_after_ms=look.now_ms + EMERGENCY_MS if is_emergency else row.day_end_ms,
            reason=reason,
            day=row.day or None,
            spent_micros=min(look.spent_micros, AMOUNT_MICROS_MAX),
            budget_micros=None if is_any_budget else row.budget_micros,
            limit_micros=None if is_emergency else limit_micros(look),
            currency=look.account.currency,
            stop_id=stop_id,
        )
    )
    gains.hold(look)
    if until_ms:
        agenda.put(look.draft, until_ms, look.subject, look.campaign)
    return True


def over(look: Look) -> None:
    """Let a campaign run again whose pause is over, or once its hours open if a person's terms close some."""
    guard = look.guard
    if guard.reason == "emergency-stop":
        resume(look, "stop-lifted")
        return
    if guard.reason == "closed-hours" and look.now_ms < look.row.day_end_ms:
        resume(look, "open-hours")
        return
    opens = next_day_opens_ms(look)
    if look.now_ms < opens:
        look.guarded(until_ms=opens, reason="closed-hours")
        agenda.put(look.draft, opens, look.subject, look.campaign)
    else:
        resume(look, "open-hours" if opens > look.row.day_end_ms else "new-day")


def resume(look: Look, reason: ResumedFor) -> None:
    """Command that a campaign runs again that we paused, unless a person has stopped it."""
    guard = look.guard
    if guard.state != PAUSED or look.is_stopped:
        return
    early = guard.early + 1 if reason == "plan-allows" else 0 if reason == "new-day" else guard.early
    order = guard.order + 1
    look.guarded(state=RESUMING, order=order, acting=order, early=early, again_ms=0)
    gains.release(look)
    look.tell(
        ResumeCampaign(
            campaign=look.campaign,
            order=order,
            decided_ms=look.now_ms,
            not_after_ms=look.now_ms + DAY_MS,
            reason=reason,
        )
    )
