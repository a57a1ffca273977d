"""What opens a campaign's circuit breaker: the budget nearly gone ahead of plan, or money spent too fast."""

from itertools import islice
from typing import Final

from domain.alerts import performance
from domain.guard.look import Look
from domain.guard.plans import normal_by, of_hour
from domain.local_time import HOUR_MS
from domain.pacing import cells, pace
from events.types import BreakerReason

MINUTE_MS: Final = 60_000
# An hour that is small in its day may be many times its plan, and is no runaway.
HOUR_FLOOR_PERMILLE: Final = 50
# So is a stretch between two pages; and pages that come at once tell of no stretch.
STRETCH_FLOOR_PERMILLE: Final = 10
STRETCH_MS_MIN: Final = 300_000


def reason_to_open(look: Look) -> BreakerReason | None:
    """Return why a campaign's breaker opens, if it does."""
    if is_budget_gone(look):
        return "budget"
    if is_too_fast(look):
        return "velocity"
    if is_rapid(look):
        return "rapid"
    if performance.is_wasted(look):
        return "performance"
    return None


def is_budget_gone(look: Look) -> bool:
    """Say whether most of the target is spent while the campaign is ahead of its plan."""
    rules, target_micros = look.rules, look.row.target_micros or 0
    limit = rules.breaker_budget_permille
    if not limit or look.spent_micros * 1000 <= target_micros * limit:
        return False
    return is_ahead(look, rules.breaker_ahead_permille)


def is_ahead(look: Look, permille: int) -> bool:
    """Say whether more is spent than so much of what the plan has by the same instant."""
    plan, row = look.plan, look.row
    if not permille or plan is None:
        return not permille
    return look.spent_micros * 1000 > normal_by(row, plan, row.as_of_ms) * permille


def is_too_fast(look: Look) -> bool:
    """Say whether an hour has cost many times its plan, more than it ever might, and much of the day."""
    row, rules, plan = look.row, look.rules, look.plan
    if not rules.breaker_velocity_permille or plan is None or not row.cells:
        return False
    hour = (row.as_of_ms - row.day_start_ms) // HOUR_MS
    floor = (row.target_micros or 0) * HOUR_FLOOR_PERMILLE // 1000
    newest = islice(cells.totals(row.cells), max(0, hour - 1), hour + 1)
    for at, micros in enumerate(newest, max(0, hour - 1)):
        limit = of_hour(plan.totals, at) * rules.breaker_velocity_permille // 1000
        if micros > max(limit, of_hour(plan.highs, at), floor) and is_ahead(look, 1000):
            return True
    return False


def is_rapid(look: Look) -> bool:
    """Count stretches between pages in which far too much was spent; say whether there were too many."""
    row, rules, plan, breaker = look.row, look.rules, look.plan, look.breaker
    if not rules.breaker_rapid_count or plan is None or row.band < pace.OVER:
        return False
    if row.as_of_ms < breaker.seen_ms + STRETCH_MS_MIN:
        return False
    rapid = tuple(at_ms for at_ms in breaker.rapid_ms if at_ms > row.as_of_ms - window_ms(look))
    if breaker.seen_ms >= row.day_start_ms:
        planned = normal_by(row, plan, row.as_of_ms) - normal_by(row, plan, breaker.seen_ms)
        floor = (row.target_micros or 0) * STRETCH_FLOOR_PERMILLE // 1000
        spent = look.spent_micros - breaker.seen_micros
        if spent > max(planned * rules.pace_critical_permille // 1000, floor):
            rapid = (*rapid, row.as_of_ms)
    look.broken(seen_ms=row.as_of_ms, seen_micros=look.spent_micros, rapid_ms=rapid)
    return len(rapid) >= rules.breaker_rapid_count


def window_ms(look: Look) -> int:
    """Return how near to each other stretches must lie to be counted together."""
    return look.rules.breaker_rapid_minutes * MINUTE_MS
