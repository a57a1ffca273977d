"""Alerts about a campaign's money: its pace, its budget, its breaker, and that it stands still."""

from typing import Final

from msgspec.structs import replace

from domain.alerts import performance
from domain.alerts.raising import Figure, begin, end, is_raised
from domain.alerts.rows import BITS, AlertsRow, FreshRow, alerts_key, fresh_key
from domain.forecast.lag import LagRow, lag_key
from domain.forecast.nowcast import Nowcast
from domain.guard import agenda
from domain.guard.look import Look
from domain.guard.plans import last_micros, planned_by
from domain.guard.rows import CLOSED, FREE, OPEN
from domain.local_time import HOUR_MS
from domain.pacing import cells, pace
from events.types import AlertKind, Severity

MINUTE_MS: Final = 60_000
# What a new day ends, whatever comes of it.
OF_A_DAY: Final[tuple[AlertKind, ...]] = (
    "warning_overpacing",
    "critical_overpacing",
    "emergency_stop_required",
    "performance_degradation",
    "under_delivery",
    "low_ctr",
    "high_cpc",
    "low_conversion_rate",
    "budget_utilisation",
    "performance_drop",
)
# While one of these is raised, every page may end it.
AT_ONCE: Final = sum(
    BITS[kind]
    for kind in (
        "warning_overpacing",
        "critical_overpacing",
        "emergency_stop_required",
        "circuit_breaker_open",
        "stopped_campaign",
    )
)
ON_PLAN_PERMILLE: Final = 1000
# Before a quarter of the day's plan, a slow start is no news.
DELIVERED_FROM_PERMILLE: Final = 250
STANDING_FLOOR_PERMILLE: Final = 20
LEFT_PERMILLE: Final = 900


def watch(look: Look, now: Nowcast) -> None:
    """Raise and clear what follows from how a campaign stands; results and delivery once an hour."""
    end_of_day(look)
    watch_pace(look)
    watch_budget(look)
    watch_breaker(look)
    if is_raised(look, "stopped_campaign") and not is_standing(look):
        end(look, "stopped_campaign", "recovered")
    if look.turned:
        watch_delivery(look, now)
        performance.watch(look)
        watch_standing(look)
        note_standing(look)


def end_of_day(look: Look) -> None:
    """Clear what belongs to a day that is over."""
    if not look.row.alerts:
        return
    known: AlertsRow | None = look.draft.get(alerts_key(look.key))
    if known is not None and known.day != look.row.day:
        for kind in OF_A_DAY:
            end(look, kind, "new-day")
        look.draft.changes[alerts_key(look.key)] = replace(known, day=look.row.day)


def watch_pace(look: Look) -> None:
    """Tell of a pace far above the plan."""
    band, rules = look.row.band, look.rules
    ratio = look.ratio_permille or 0
    if band == pace.CRITICAL:
        figure = Figure(ratio, rules.pace_critical_permille, "permille")
        begin(look, "critical_overpacing", "critical", figure)
        return
    end(look, "critical_overpacing", "recovered")
    if band == pace.OVER:
        begin(look, "warning_overpacing", "warning", Figure(ratio, rules.pace_warning_permille, "permille"))
    else:
        end(look, "warning_overpacing", "recovered")


def watch_budget(look: Look) -> None:
    """Tell of a budget that is nearly gone while the campaign is ahead of its plan.

    One that ends its day as planned comes to its last tenth too, and nobody wants to hear of it.
    """
    rules, target_micros = look.rules, look.row.target_micros
    if not target_micros:
        return
    ratio = look.ratio_permille
    used = look.spent_micros * 1000 // target_micros
    is_ahead = ratio is None or ratio > rules.breaker_ahead_permille
    is_back = ratio is not None and ratio <= ON_PLAN_PERMILLE
    limits: tuple[tuple[AlertKind, Severity, int], ...] = (
        ("emergency_stop_required", "critical", rules.alert_budget_permille),
        ("budget_utilisation", "info", rules.alert_utilisation_permille),
    )
    for kind, severity, limit in limits:
        if limit and used > limit and is_ahead:
            begin(look, kind, severity, Figure(used, limit, "permille"))
        elif is_back or used * 1000 <= limit * (1000 - rules.alert_hysteresis_permille):
            end(look, kind, "recovered")


def watch_breaker(look: Look) -> None:
    """Tell that a breaker is open, until it has closed."""
    breaker = look.breaker
    if breaker.state == OPEN:
        figure = Figure(look.ratio_permille or 0, look.rules.breaker_ahead_permille, "permille")
        begin(look, "circuit_breaker_open", "critical", figure)
    elif breaker.state == CLOSED:
        end(look, "circuit_breaker_open", "recovered")


def watch_delivery(look: Look, now: Nowcast) -> None:
    """Tell of a campaign that will not get its money spent."""
    row, plan, rules = look.row, look.plan, look.rules
    if look.guard.state != FREE or look.guard.status != "enabled":
        end(look, "under_delivery", "paused")
        return
    if plan is None or not plan.history_days:
        return  # what is unknown is nobody's fault
    planned, whole = planned_by(row, plan, row.as_of_ms), last_micros(plan)
    if not planned or planned * 1000 < whole * DELIVERED_FROM_PERMILLE:
        return
    back = rules.pace_under_permille * (1000 + rules.alert_hysteresis_permille) // 1000
    if now.high_micros * 1000 < planned * rules.pace_under_permille:
        figure = Figure(now.median_micros * 1000 // planned, rules.pace_under_permille, "permille")
        begin(look, "under_delivery", "warning", figure)
    elif now.median_micros * 1000 >= planned * back:
        end(look, "under_delivery", "recovered")


def note_standing(look: Look) -> None:
    """Come back to see whether the campaign still spends; one that does not brings no page to do it by."""
    minutes = look.rules.alert_stopped_minutes
    known: AlertsRow = look.draft.get(alerts_key(look.key)) or AlertsRow()
    if not minutes or not look.row.target_micros or known.due_ms > look.now_ms:
        return
    due_ms = agenda.minute(look.now_ms + minutes * MINUTE_MS)
    look.draft.changes[alerts_key(look.key)] = replace(known, due_ms=due_ms)
    agenda.put(look.draft, due_ms, look.subject, look.campaign)


def due(look: Look) -> None:
    """See whether a campaign stands still though it should spend, if the time for that has come."""
    known: AlertsRow | None = look.draft.get(alerts_key(look.key))
    if known is None or not known.due_ms or known.due_ms > look.now_ms:
        return
    watch_standing(look)
    if look.now_ms < look.row.day_end_ms:
        note_standing(look)


def watch_standing(look: Look) -> None:
    """Tell of a campaign that stands still."""
    if is_standing(look):
        quiet = (read_until_ms(look) - spent_until_ms(look)) // MINUTE_MS
        figure = Figure(quiet, look.rules.alert_stopped_minutes, "minutes")
        begin(look, "stopped_campaign", "high", figure)


def is_standing(look: Look) -> bool:
    """Say whether an enabled campaign with money and a plan has spent nothing for too long."""
    row, plan, minutes = look.row, look.plan, look.rules.alert_stopped_minutes
    if plan is None or not row.target_micros or not minutes or not row.day:
        return False
    if look.guard.state != FREE or look.guard.status != "enabled" or look.is_stopped:
        return False
    since_ms, until_ms = spent_until_ms(look), read_until_ms(look)
    if (
        until_ms - since_ms < minutes * MINUTE_MS
        or look.spent_micros * 1000 >= row.target_micros * LEFT_PERMILLE
    ):
        return False
    planned = planned_by(row, plan, until_ms) - planned_by(row, plan, since_ms)
    return planned * 1000 >= last_micros(plan) * STANDING_FLOOR_PERMILLE


def spent_until_ms(look: Look) -> int:
    """Return until when the campaign has spent anything today, at the most."""
    row = look.row
    last = max((hour for hour, micros in enumerate(cells.totals(row.cells)) if micros), default=-1)
    ended_ms = row.day_start_ms + (last + 1) * HOUR_MS
    began_ms = look.guard.status_as_of_ms if look.guard.status == "enabled" else 0
    return max(min(ended_ms, row.day_end_ms), began_ms)


def read_until_ms(look: Look) -> int:
    """Return up to when the account's figures are whole, as far as the day goes."""
    lag: LagRow | None = look.draft.get(lag_key(look.subject))
    fresh: FreshRow | None = look.draft.get(fresh_key(look.subject))
    read_ms = fresh.read_ms if fresh is not None else look.row.as_of_ms
    return min(read_ms, look.row.day_end_ms) - (lag.delay_ms if lag is not None else 0)


def paused_by_others(look: Look) -> None:
    """Tell of a campaign that somebody paused in the middle of its day, with much of its money left."""
    guard, row = look.guard, look.row
    if guard.state != FREE or guard.status == "enabled":
        end(look, "paused_with_budget", "recovered")
    elif guard.status == "removed":
        end(look, "paused_with_budget", "gone")
    elif look.is_today and row.target_micros:
        used = look.spent_micros * 1000 // row.target_micros
        if used < LEFT_PERMILLE:
            begin(look, "paused_with_budget", "info", Figure(used, LEFT_PERMILLE, "permille"))
