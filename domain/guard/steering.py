"""Steps a campaign's daily budget on its platform so that its day ends on target, by few edits.

A platform makes of a budget what it makes of it, a little more or less each day. That factor is what is
learned of a day while it goes by, from the nowcast against the plan since the budget is what it is, weighed
by how sure each is; the price of the budget then moves by factors towards the one with which the rest of
the day comes out as it should. The rest aims a little high: a day that is spent is stopped, while one that
fell short cannot be mended.
"""

from math import isqrt
from typing import Final

from msgspec.structs import replace

from domain.forecast.nowcast import Nowcast
from domain.guard import agenda, fixed, platforms
from domain.guard.look import Look
from domain.guard.plans import last_micros, planned_by
from domain.guard.rows import FREE, SteerRow, steer_key
from domain.local_time import HOUR_MS
from domain.pacing.days import DAY_MS
from domain.pacing.rows import PlanRow, TermsRow, terms_key
from events.limits import AMOUNT_MICROS_MAX
from events.types import BudgetSetFor, SetBudget

PPM: Final = fixed.PPM
PERMILLE: Final = 1000
# The rest of a day is to cost this of what is left: it can be cut short, but not be made longer.
AIM_PERMILLE: Final = 1000
AIM_LATE_PERMILLE: Final = 400
LOWER_TIMES: Final = 3
# How much of the way to the right price one edit goes: what was learned of the day is not certain.
WAY_PERMILLE: Final = 850
# Less than that of a day tells nothing, and is not worth an edit.
PART_MIN_PPM: Final = 20_000
REST_MIN_PERMILLE: Final = 30
# Days differ by a fifth.
DAY_DOUBT_PPM: Final = 40_000
UNSURE_PERMILLE: Final = 800
USUAL_PERMILLE: Final = 250
GAIN_MIN_PPM, GAIN_MAX_PPM = 200_000, 5_000_000
# From the 10th to the 90th percentile of a normal distribution are so many deviations, in thousandths.
BAND_DEVIATIONS_PERMILLE: Final = 2563
CAP_PERMILLE: Final = 750
START_EDITS: Final = 2
EDITS_KEPT: Final = 24  # as many as a policy may allow in a day


def is_on(look: Look) -> bool:
    """Say whether a campaign's budget may be stepped: by policy, and since there is evidence enough."""
    row, plan, rules = look.row, look.plan, look.rules
    if not rules.steer_edits_a_day_max or not row.target_micros or not row.budget_micros or plan is None:
        return False
    return plan.history_days >= rules.steer_history_days_min


def steer(look: Look, now: Nowcast) -> None:
    """Once an hour, give a campaign the budget with which its day comes out as it should."""
    row, plan = look.row, look.plan
    if not look.is_today or not row.target_micros or not row.budget_micros or plan is None:
        return
    if is_on(look):
        of_today(look)
    if not may_edit(look):
        return
    if is_on(look):
        to_micros = wanted_micros(look, now, plan)
        if to_micros is not None:
            set_budget(look, to_micros, "steering")
    elif has_target_of_its_own(look):
        to_micros = platforms.rounded(row.target_micros, platforms.of(look.subject).minimum_micros)
        set_budget(look, to_micros, "terms")


def of_today(look: Look) -> None:
    """Begin the campaign's day of edits, if it has none yet: of what was learned the usual remains."""
    row, before = look.row, look.steer
    if before.day_end_ms == row.day_end_ms:
        return
    usual_ppm = usual(before)
    put(
        look,
        replace(
            before,
            day_end_ms=row.day_end_ms,
            usual_ppm=usual_ppm,
            gain_ppm=usual_ppm or PPM,
            mark_plan_micros=0,
            base_micros=0,
        ),
    )
    if before.ours_micros is not None:
        agenda.put(look.draft, row.day_end_ms, look.subject, look.campaign)


def usual(steering: SteerRow) -> int:
    """Return what a platform usually makes of a budget, the last day counted in; zero while unknown."""
    usual_ppm = steering.usual_ppm or steering.gain_ppm
    return usual_ppm + (steering.gain_ppm - usual_ppm) * USUAL_PERMILLE // 1000


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


def wanted_micros(look: Look, now: Nowcast, plan: PlanRow) -> int | None:
    """Return the budget that the rest of the day needs, if it is another one than there is."""
    row, steering, rules = look.row, look.steer, look.rules
    target_micros, budget_micros = row.target_micros or 0, row.budget_micros or 0
    rest_micros = target_micros - now.median_micros
    planned = planned_by(row, plan, row.as_of_ms)
    whole = last_micros(plan)
    if rest_micros <= 0 or (whole - planned) * 1000 <= whole * REST_MIN_PERMILLE:
        return None
    if not platforms.of(look.subject).paces:
        return beyond_cap(look, now, rest_micros)
    gain_ppm = learned(look, now, plan)
    put(look, replace(steering, gain_ppm=gain_ppm))
    if not is_worth_an_edit(look, planned * 1000 // max(1, whole)):
        return None
    aim_micros = rest_micros * (AIM_PERMILLE + AIM_LATE_PERMILLE * planned // max(1, whole)) // 1000
    comes_micros = max(budget_micros * gain_ppm // PPM - now.median_micros, rest_micros // 10, 1)
    over_permille = aim_micros * 1000 // comes_micros - 1000
    # Who waited for its plan is cut short by the next stop; a smaller budget would only keep it from running.
    lowest = -PERMILLE if look.guard.early else -rules.steer_dead_permille * LOWER_TIMES
    if lowest <= over_permille <= rules.steer_dead_permille:
        return None
    needed = (now.median_micros + aim_micros) * PPM // gain_ppm
    price_ppm = fixed.towards(
        price_of(budget_micros, target_micros), price_of(needed, target_micros), WAY_PERMILLE
    )
    return bounded(look, target_micros * price_ppm // PPM)


def beyond_cap(look: Look, now: Nowcast, rest_micros: int) -> int | None:
    """Return a larger budget where a platform that does not pace would soon end the day with this one."""
    budget_micros = look.row.budget_micros or 0
    needed = (now.median_micros + rest_micros) * 1000 // CAP_PERMILLE
    if now.median_micros * 1000 < budget_micros * CAP_PERMILLE or needed <= budget_micros:
        return None
    return bounded(look, needed)


def price_of(budget_micros: int, target_micros: int) -> int:
    """Return a budget as a factor of the target, above zero."""
    return max(1, budget_micros * PPM // target_micros)


def is_worth_an_edit(look: Look, planned_permille: int) -> bool:
    """Keep some of the day's edits for its later hours, when more is known and less can be mended."""
    most = look.rules.steer_edits_a_day_max
    return edits_today(look) * 1000 < START_EDITS * 1000 + (most - START_EDITS) * planned_permille


def bounded(look: Look, micros: int) -> int | None:
    """Return the budget that policy and platform allow instead, if it is another one than there is."""
    row, rules, platform = look.row, look.rules, platforms.of(look.subject)
    if (row.target_micros or 0) < platform.minimum_micros:
        return None
    budget_micros, target_micros = row.budget_micros or 0, row.target_micros or 0
    step = budget_micros * rules.steer_step_permille // 1000
    lowest = max(target_micros * rules.steer_floor_permille // 1000, platform.lowest_micros(target_micros))
    highest = target_micros * rules.steer_ceiling_permille // 1000
    within = min(max(micros, budget_micros - step), budget_micros + step)
    within = min(max(within, lowest), highest, AMOUNT_MICROS_MAX)
    to_micros = platforms.rounded(within, platform.minimum_micros)
    return None if to_micros == budget_micros else to_micros


def learned(look: Look, now: Nowcast, plan: PlanRow) -> int:
    """Return what the platform makes of budgets today, of them, in ppm: what is usual, and what is seen.

    How much of a day typically comes at another hour than expected tells how wrong the plan's part of it
    may be, and the nowcast says itself how sure it is.
    """
    steering = look.steer
    usual_ppm = steering.usual_ppm or PPM
    base_micros = base_by(look, plan, look.row.as_of_ms)
    part_ppm = planned_by(look.row, plan, look.row.as_of_ms) * PPM // max(1, last_micros(plan))
    if part_ppm < PART_MIN_PPM or not base_micros:
        return usual_ppm
    seen_ppm = now.median_micros * PPM // base_micros
    misplaced = 1000 - (plan.confidence_permille or UNSURE_PERMILLE)
    of_shape = misplaced * isqrt((PPM - min(part_ppm, PPM)) * PPM // part_ppm)
    of_lag = (now.high_micros - now.low_micros) * 1000 // BAND_DEVIATIONS_PERMILLE * PPM // base_micros
    doubt_ppm = (of_shape**2 + of_lag**2) // PPM
    weight_ppm = DAY_DOUBT_PPM * PPM // (DAY_DOUBT_PPM + doubt_ppm)
    gain_ppm = usual_ppm + (seen_ppm - usual_ppm) * weight_ppm // PPM
    return min(max(gain_ppm, GAIN_MIN_PPM), GAIN_MAX_PPM)


def base_by(look: Look, plan: PlanRow, at_ms: int) -> int:
    """Return what the day's budgets would have spent up to a moment, had the platform kept to them.

    A platform spreads what is left of a budget over the rest of the day, whenever the budget is edited.
    """
    steering, budget_micros = look.steer, look.row.budget_micros or 0
    rest_micros = last_micros(plan) - steering.mark_plan_micros
    since_micros = max(0, planned_by(look.row, plan, at_ms) - steering.mark_plan_micros)
    if rest_micros <= 0:
        return steering.base_micros
    return steering.base_micros + (budget_micros - steering.base_micros) * since_micros // rest_micros


def hold(look: Look) -> None:
    """Note how far a campaign came that now stands still."""
    plan = look.plan
    if plan is not None and look.is_today and look.steer.day_end_ms == look.row.day_end_ms:
        mark(look, plan, look.row.as_of_ms)


def release(look: Look) -> None:
    """Go on from here with a campaign that runs again: while it stood still, its plan went on."""
    plan = look.plan
    if plan is not None and look.is_today and look.steer.day_end_ms == look.row.day_end_ms:
        put(look, replace(look.steer, mark_plan_micros=planned_by(look.row, plan, look.now_ms)))


def mark(look: Look, plan: PlanRow, at_ms: int) -> None:
    """Note what budgets would have spent by a moment, since from then on something else holds."""
    base_micros, planned = base_by(look, plan, at_ms), planned_by(look.row, plan, at_ms)
    put(look, replace(look.steer, base_micros=base_micros, mark_plan_micros=planned))


def new_day(look: Look) -> None:
    """Take the budget back to its target at the end of an account's day, as the platform usually makes it."""
    row, steering = look.row, look.steer
    is_over = steering.ours_micros is not None and steering.day_end_ms <= look.now_ms
    if not is_over or not row.target_micros or not row.budget_micros or steering.acting or look.is_stopped:
        return
    if look.now_ms < steering.keeps_off_until_ms or not look.rules.steer_edits_a_day_max:
        return
    usual_ppm = usual(steering) or PPM
    needed = row.target_micros * PPM // max(usual_ppm, GAIN_MIN_PPM)
    lowest = platforms.of(look.subject).lowest_micros(row.target_micros)
    start = min(max(needed, lowest), row.target_micros * look.rules.steer_ceiling_permille // 1000)
    to_micros = platforms.rounded(start, platforms.of(look.subject).minimum_micros)
    if abs(to_micros * 1000 // row.budget_micros - 1000) > look.rules.steer_dead_permille:
        set_budget(look, to_micros, "new-day")


def has_target_of_its_own(look: Look) -> bool:
    """Say whether a person's terms give the target, and not the platform's own budget."""
    row: TermsRow | None = look.draft.get(terms_key(look.key))
    return row is not None and row.terms.budget != "platform"


def set_budget(look: Look, to_micros: int, reason: BudgetSetFor) -> None:
    """Command another daily budget; what is learned of it begins here."""
    row, guard, plan = look.row, look.guard, look.plan
    if row.budget_micros is None or to_micros == row.budget_micros:
        return
    if plan is not None and look.is_today:
        mark(look, plan, row.as_of_ms)
    order, steering = guard.order + 1, look.steer
    look.guarded(order=order)
    put(
        look,
        replace(
            steering,
            acting=order,
            before_micros=row.budget_micros,
            ours_micros=to_micros,
            set_ms=look.now_ms,
            edits_ms=(*steering.edits_ms[1 - EDITS_KEPT :], look.now_ms),
        ),
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


def put(look: Look, steering: SteerRow) -> None:
    """Keep how the budget is stepped."""
    look.draft.changes[steer_key(look.key)] = steering
