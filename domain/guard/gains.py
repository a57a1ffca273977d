"""What a platform makes of a budget: a little more or less each day, learned while the day goes by.

Budgets that were in force spend, by the plan's hours, what they say; what was spent beside that is the
platform's factor. A platform spreads what is left of a budget over the rest of the day, whenever the budget
is edited, so that only the part of the day counts in which each one was in force.
"""

from math import isqrt
from typing import Final

from domain.forecast.nowcast import Nowcast
from domain.guard import agenda, platforms
from domain.guard.look import Look
from domain.guard.plans import last_micros, planned_by
from domain.guard.rows import SteerRow
from domain.pacing.rows import PlanRow

PPM: Final = 1_000_000
# Less than that of a day tells nothing.
PART_MIN_PPM: Final = 20_000
# Days differ by a fifth.
DAY_DOUBT_PPM: Final = 40_000
UNSURE_PERMILLE: Final = 800
USUAL_PERMILLE: Final = 250
# Slower than this is chance, and demand rarely allows faster.
SPEED_MIN_PERMILLE, SPEED_MAX_PERMILLE = 100, 2500
SPEEDS_KEPT: Final = 16
GAIN_MIN_PPM, GAIN_MAX_PPM = 200_000, 5_000_000
# From the 10th to the 90th percentile of a normal distribution are so many deviations, in thousandths.
BAND_DEVIATIONS_PERMILLE: Final = 2563


def of_today(look: Look) -> None:
    """Begin the campaign's day of edits, if it has none yet: of what was learned the usual remains."""
    row, before = look.row, look.steer
    if before.day_end_ms == row.day_end_ms:
        return
    usual_ppm = usual(before)
    look.steered(
        day_end_ms=row.day_end_ms,
        usual_ppm=usual_ppm,
        gain_ppm=usual_ppm,
        mark_plan_micros=0,
        base_micros=0,
        rates=((row.day_start_ms, (row.budget_micros or 0) * 1000 // max(1, row.target_micros or 0)),),
    )
    if before.ours_micros is not None:
        agenda.put(look.draft, row.day_end_ms, look.subject, look.campaign)


def usual(steering: SteerRow) -> int:
    """Return what a platform usually makes of a budget, the last day counted in."""
    usual_ppm = steering.usual_ppm or PPM
    return usual_ppm + ((steering.gain_ppm or usual_ppm) - usual_ppm) * USUAL_PERMILLE // 1000


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
        look.steered(mark_plan_micros=planned_by(look.row, plan, look.now_ms))
        speed(look, plan, look.row.budget_micros or 0)


def speed(look: Look, plan: PlanRow, budget_micros: int) -> None:
    """Note how fast a campaign spends from now on: what a budget leaves, over what its plan leaves.

    The later in the day a budget is edited, the faster all of the difference goes.
    """
    steering = look.steer
    rest_micros = last_micros(plan) - steering.mark_plan_micros
    if rest_micros <= 0 or steering.day_end_ms != look.row.day_end_ms or not platforms.of(look.subject).paces:
        return
    permille = max(0, budget_micros - steering.base_micros) * 1000 // rest_micros
    rate = min(max(permille, SPEED_MIN_PERMILLE), SPEED_MAX_PERMILLE)
    look.steered(rates=(*steering.rates[1 - SPEEDS_KEPT :], (look.now_ms, rate)))


def mark(look: Look, plan: PlanRow, at_ms: int) -> None:
    """Note what budgets would have spent by a moment, since from then on something else holds."""
    base_micros, planned = base_by(look, plan, at_ms), planned_by(look.row, plan, at_ms)
    look.steered(base_micros=base_micros, mark_plan_micros=planned)
