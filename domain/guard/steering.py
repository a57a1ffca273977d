"""Steps a campaign's daily budget on its platform so that its day ends on target, by few edits.

The price of a budget moves by factors towards the one with which the rest of the day comes out as it should,
by the nowcast and by what the platform makes of budgets. The rest aims a little high, the more the later it
is: a day that is spent is stopped, while one that fell short cannot be mended.
"""

from typing import Final

from domain import local_time
from domain.forecast.nowcast import Nowcast
from domain.guard import edits, fixed, gains, platforms
from domain.guard.look import Look
from domain.guard.plans import last_micros, of_hour, planned_by
from domain.local_time import HOUR_MS
from domain.pacing import cells
from domain.pacing.rows import PlanRow, TermsRow, terms_key
from events.limits import AMOUNT_MICROS_MAX

PPM: Final = fixed.PPM
PERMILLE: Final = 1000
# The rest of a day is to cost this of what is left, and so much more by its end.
AIM_PERMILLE: Final = 1000
AIM_LATE_PERMILLE: Final = 600
# A budget that is too large can be stopped, so it is left as it is for longer than one that is too small.
LOWER_TIMES: Final = 3
# How much of the way to the right price one edit goes: what was learned of the day is not certain.
WAY_PERMILLE: Final = 850
# Less than that of a day is not worth an edit.
REST_MIN_PERMILLE: Final = 30
# Where a platform does not pace, a budget is all spent when so many hours brought a tenth of their plan.
STILL_HOURS: Final = 2
STILL_TIMES: Final = 10
# A platform that spends what it is given and no more gets this of its target to catch up with, and its target
# back when so much may be spent: then it ends the day itself.
EXACT_MOST_PERMILLE: Final = 1100
EXACT_NEAR_PERMILLE: Final = 850
# So many edits are free at any hour; the others come as the plan goes by, when more is known.
START_EDITS: Final = 2
# A day begins no further above its target: nobody knows yet what it will be like.
START_MOST_PERMILLE: Final = 1500
# A factor that differs by less is not worth a row.
GAIN_STEP_PPM: Final = 10_000


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
        gains.of_today(look)
    if not edits.may_edit(look):
        return
    if is_on(look):
        to_micros = wanted_micros(look, now, plan)
        if to_micros is not None:
            edits.set_budget(look, to_micros, "steering")
    elif has_target_of_its_own(look):
        to_micros = platforms.rounded(row.target_micros, platforms.of(look.subject).minimum_micros)
        edits.set_budget(look, to_micros, "terms")


def wanted_micros(look: Look, now: Nowcast, plan: PlanRow) -> int | None:
    """Return the budget that the rest of the day needs, if it is another one than there is."""
    row, rules = look.row, look.rules
    target_micros, budget_micros = row.target_micros or 0, row.budget_micros or 0
    rest_micros = target_micros - now.median_micros
    planned = planned_by(row, plan, row.as_of_ms)
    whole = last_micros(plan)
    if is_to_end(look, now):
        return bounded(look, target_micros)
    if rest_micros <= 0 or (whole - planned) * 1000 <= whole * REST_MIN_PERMILLE:
        return None
    if not platforms.of(look.subject).paces:
        return beyond_cap(look, now, plan)
    gain_ppm = gains.learned(look, now, plan)
    if abs(gain_ppm - look.steer.gain_ppm) > GAIN_STEP_PPM:
        look.steered(gain_ppm=gain_ppm)
    if not is_worth_an_edit(look, planned * 1000 // max(1, whole)):
        return None
    aim_micros = rest_micros * (AIM_PERMILLE + AIM_LATE_PERMILLE * planned // max(1, whole)) // 1000
    comes_micros = max(budget_micros * gain_ppm // PPM - now.median_micros, rest_micros // 10, 1)
    needs_permille = rest_micros * 1000 // comes_micros - 1000
    # Who waited for its plan is cut short by the next stop; a smaller budget would only keep it from running.
    lowest = -PERMILLE if look.guard.early else -rules.steer_dead_permille * LOWER_TIMES
    # Late in the day nothing is left to make up for what is missing, and a stop is near for what is too much.
    highest = rules.steer_dead_permille * (whole - planned) // max(1, whole)
    if lowest <= needs_permille <= highest:
        return None
    needed = (now.median_micros + aim_micros) * PPM // gain_ppm
    price_ppm = fixed.towards(
        price_of(budget_micros, target_micros), price_of(needed, target_micros), WAY_PERMILLE
    )
    return bounded(look, target_micros * price_ppm // PPM)


def is_to_end(look: Look, now: Nowcast) -> bool:
    """Say whether a platform that spends all of its budget has more than it is to spend, and comes near."""
    target_micros = look.row.target_micros or 0
    if platforms.of(look.subject).overdelivery_permille > PERMILLE:
        return False
    is_near = now.high_micros * 1000 > target_micros * EXACT_NEAR_PERMILLE
    return is_near and (look.row.budget_micros or 0) > target_micros


def beyond_cap(look: Look, now: Nowcast, plan: PlanRow) -> int | None:
    """Return the budget that lets through the target, once one is all spent where a platform does not pace.

    What it makes of a budget is known when spend stands still, and not before.
    """
    row = look.row
    since_ms = max(look.guard.since_ms, look.steer.set_ms, row.day_start_ms)
    hour = local_time.hour_at(row.day_start_ms, row.as_of_ms)
    if row.closed_hours >> max(0, hour - STILL_HOURS - 1):
        return None
    if row.as_of_ms - since_ms < (STILL_HOURS + 1) * HOUR_MS or not now.median_micros:
        return None
    spent = list(cells.totals(row.cells))
    still = sum(spent[hour - STILL_HOURS : hour])
    meant = sum(of_hour(plan.totals, at) for at in range(hour - STILL_HOURS, hour))
    if still * STILL_TIMES > meant:
        return None
    return bounded(look, (row.budget_micros or 0) * (row.target_micros or 0) // now.median_micros)


def price_of(budget_micros: int, target_micros: int) -> int:
    """Return a budget as a factor of the target, above zero."""
    return max(1, budget_micros * PPM // target_micros)


def is_worth_an_edit(look: Look, planned_permille: int) -> bool:
    """Keep some of the day's edits for its later hours, when more is known and less can be mended."""
    most = look.rules.steer_edits_a_day_max
    return edits.edits_today(look) * 1000 < START_EDITS * 1000 + (most - START_EDITS) * planned_permille


def bounded(look: Look, micros: int) -> int | None:
    """Return the budget that policy and platform allow instead, if it is another one than there is."""
    row, rules, platform = look.row, look.rules, platforms.of(look.subject)
    if (row.target_micros or 0) < platform.minimum_micros:
        return None
    budget_micros, target_micros = row.budget_micros or 0, row.target_micros or 0
    step = budget_micros * rules.steer_step_permille // 1000
    lowest = max(target_micros * rules.steer_floor_permille // 1000, platform.lowest_micros(target_micros))
    highest = target_micros * rules.steer_ceiling_permille // 1000
    if platform.overdelivery_permille <= PERMILLE:
        highest = min(highest, target_micros * EXACT_MOST_PERMILLE // 1000)
    within = min(max(micros, budget_micros - step), budget_micros + step)
    within = min(max(within, lowest), highest, AMOUNT_MICROS_MAX)
    to_micros = platforms.rounded(within, platform.minimum_micros)
    return None if to_micros == budget_micros else to_micros


def new_day(look: Look) -> None:
    """Take the budget back to its target at the end of an account's day, as the platform usually makes it."""
    row, steering = look.row, look.steer
    is_over = steering.ours_micros is not None and steering.day_end_ms <= look.now_ms
    if not is_over or not row.target_micros or not row.budget_micros or steering.acting or look.is_stopped:
        return
    if look.now_ms < steering.keeps_off_until_ms or not look.rules.steer_edits_a_day_max:
        return
    usual_ppm = gains.usual(steering)
    needed = row.target_micros * PPM // max(usual_ppm, gains.GAIN_MIN_PPM)
    lowest = platforms.of(look.subject).lowest_micros(row.target_micros)
    highest = row.target_micros * min(look.rules.steer_ceiling_permille, START_MOST_PERMILLE) // 1000
    start = min(max(needed, lowest), highest)
    to_micros = platforms.rounded(start, platforms.of(look.subject).minimum_micros)
    if abs(to_micros * 1000 // row.budget_micros - 1000) > look.rules.steer_dead_permille:
        edits.set_budget(look, to_micros, "new-day")


def has_target_of_its_own(look: Look) -> bool:
    """Say whether a person's terms give the target, and not the platform's own budget."""
    row: TermsRow | None = look.draft.get(terms_key(look.key))
    return row is not None and row.terms.budget != "platform"
