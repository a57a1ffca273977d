"""Alerts about what spend led to: today's rates against fixed limits, and against the campaign's own past.

Conversions come hours after their clicks, so the past is compared with hours alone that lie some time back,
and with enough of them that chance does not look like a fall.
"""

from typing import Final

from msgspec import Struct

from domain import local_time
from domain.alerts.raising import Figure, above, below
from domain.forecast import performance
from domain.forecast.rows import HistoryRow, history_key
from domain.guard.look import Look
from domain.local_time import HOUR_MS
from domain.pacing import cells, results

PPM: Final = 1_000_000
SETTLED_MS: Final = 3 * HOUR_MS
# Of fewer expected conversions a quarter is missing by chance, more than once in twenty days.
EXPECTED_MIN: Final = 40
# Of so many expected, seven tenths are missing by chance once in a thousand days.
WASTED_EXPECTED_MIN: Final = 12
HISTORY_DAYS_MIN: Final = 3
DOLLARS_CPC_MICROS: Final = 4_000_000


class Settled(Struct, frozen=True):
    """The conversions of hours that lie some time back, and what the campaign's past would have brought."""

    conversions: int
    by_clicks: int
    by_money: int


def watch(look: Look) -> None:
    """Raise or clear what today's results say; asked once an hour."""
    impressions, clicks, conversions = results.totals(look.row.results)
    rules = look.rules
    if impressions and impressions >= rules.alert_impressions_min:
        ctr = Figure(clicks * 1000 // impressions, rules.alert_ctr_permille, "permille")
        below(look, "low_ctr", "warning", ctr)
    if clicks and clicks >= rules.alert_clicks_min:
        if limit := click_limit_micros(look):
            above(look, "high_cpc", "warning", Figure(look.row.spent_micros // clicks, limit, "micros"))
        rate = Figure(conversions * 1000 // clicks, rules.alert_conversion_permille, "permille")
        if conversions:  # who counts no conversions has no rate of them
            below(look, "low_conversion_rate", "warning", rate)
    settled = settled_results(look)
    if settled is None or not rules.alert_drop_permille:
        return
    kept = 1000 - rules.alert_drop_permille
    if settled.by_clicks >= EXPECTED_MIN:
        of_clicks = Figure(settled.conversions * 1000 // settled.by_clicks, kept, "permille")
        below(look, "performance_degradation", "high", of_clicks)
    if settled.by_money >= EXPECTED_MIN:
        of_money = Figure(settled.conversions * 1000 // settled.by_money, kept, "permille")
        below(look, "performance_drop", "warning", of_money)


def click_limit_micros(look: Look) -> int:
    """Return what a click may cost on average; zero where nobody has said so."""
    limit = look.rules.alert_cpc_micros
    if limit is not None:
        return limit
    return DOLLARS_CPC_MICROS if look.account.currency == "USD" else 0


def is_wasted(look: Look) -> bool:
    """Say whether money brings next to nothing of what it used to."""
    floor = look.rules.breaker_performance_permille
    if not floor or not look.turned:
        return False
    settled = settled_results(look)
    if settled is None or settled.by_money < WASTED_EXPECTED_MIN:
        return False
    return settled.conversions * 1000 < settled.by_money * floor


def settled_results(look: Look) -> Settled | None:
    """Return what the hours that lie some time back have brought; nothing is known without a past."""
    row = look.row
    history: HistoryRow | None = look.draft.get(history_key(look.key))
    if history is None or history.days < HISTORY_DAYS_MIN or not row.results:
        return None
    hours = local_time.clock_hours(row.day_start_ms, row.day_end_ms)
    rates = performance.conversions_ppm(history.hours, hours)
    costs = performance.click_micros(history.hours, hours)
    if rates is None or costs is None or not any(rates):
        return None
    conversions = by_clicks = by_money = 0
    over = max(0, row.as_of_ms - row.day_start_ms - SETTLED_MS) // HOUR_MS
    spent = list(cells.totals(row.cells))[:over]
    seen = list(results.hours(row.results))[:over]
    for micros, (_, clicked, converted), rate, cost in zip(spent, seen, rates, costs, strict=False):
        conversions += converted
        by_clicks += clicked * rate
        by_money += micros * rate // max(1, cost)
    return Settled(conversions, by_clicks // PPM, by_money // PPM)
