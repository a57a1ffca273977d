"""Plans campaigns' days: learns from the days that are over, finds what a day may cost, and spreads it."""

from collections.abc import Iterator
from datetime import date
from typing import Final

from msgspec.structs import replace

from domain import local_time
from domain.decision import About
from domain.draft import Draft
from domain.forecast.evidence import evidence
from domain.forecast.history import learn
from domain.forecast.model import Ahead, Evidence, PastDay
from domain.forecast.rows import CurveRow, ForecastRow, HistoryRow, curve_key, forecast_key, history_key
from domain.guard import control
from domain.pacing import cells, days, nights, plan, planning, results
from domain.pacing.judging import aimed
from domain.pacing.rows import (
    CLOCK_KEY,
    DAYS_KEPT,
    AccountRow,
    CampaignRow,
    ClockRow,
    DayRow,
    PlanRow,
    TermsRow,
    campaign_key,
    day_key,
    plan_key,
    terms_key,
)
from events.types import CampaignPlan, TermsSet

# What a platform says of yesterday still changes; it is learned for today's plan alone, and again tomorrow.
SETTLED_DAYS: Final = 2
FORECAST_DAYS: Final = 4  # those of a few days are kept: one that is over is judged by how it came
THURSDAY: Final = 3  # the first of 1970
WEEK_DAYS: Final = 7


def work(draft: Draft) -> None:
    """Plan those who have waited longest, as many as a tick may."""
    told: dict[str, list[tuple[CampaignRow, CampaignPlan]]] = {}
    for subject, campaign in nights.take(draft):
        planned = plan_day(draft, subject, campaign)
        if planned is not None:
            told.setdefault(subject, []).append(planned)
    for subject, plans in told.items():
        account: AccountRow = draft.get(subject.encode())
        version = account.policy_version or None
        draft.facts += [About(subject, fact, version) for fact in plan.told(plans)]


def plan_day(draft: Draft, subject: str, campaign: str) -> tuple[CampaignRow, CampaignPlan] | None:
    """Put a plan of the campaign's day into force; return it if it is another one than was told."""
    key = campaign_key(subject, campaign)
    row: CampaignRow | None = draft.get(key)
    account: AccountRow | None = draft.get(subject.encode())
    if row is None or account is None or not row.day:
        return None
    history, curve = learned(draft, subject, key, row)
    known = foreseen(draft, key, row, history, curve)
    kept: TermsRow | None = draft.get(terms_key(key))
    terms = kept.terms if kept is not None else None
    row = aimed(draft, key, row, kept)
    before: PlanRow | None = draft.get(plan_key(key))
    if not row.target_micros:
        draft.changes[key] = replace(row, plan=b"")
        return None
    made, wanted = ask(account, row, terms, known, before)
    drawn = PlanRow(
        day=row.day,
        strategy=wanted.strategy,
        totals=b"",
        highs=plan.pack(made.high_micros),
        history_days=made.history_days,
        confidence_permille=made.confidence_permille,
        held_micros=made.held_first_micros,
        held_hours=account.policy.plan_frontload_hours,
        has_forecast=any(shape.source == "forecast" for shape in known.shapes),
    )
    row = draft.changes[key] = plan.put(draft, key, row, drawn, made.hours_micros)
    control.planned(draft, subject, campaign, account)
    if draft.get(plan_key(key)) == before:
        return None
    return row, planning.named(campaign, row.target_micros or 0, wanted.strategy, made)


def ask(
    account: AccountRow, row: CampaignRow, terms: TermsSet | None, known: Evidence, before: PlanRow | None
) -> tuple[planning.Plan, planning.Ask]:
    """Return the plan of a campaign's day, and what it was made from; `before` is what was in force."""
    is_fixed = before is not None and before.day == row.day and not before.is_provisional
    question = planning.Ask(
        target_micros=row.target_micros or 0,
        ahead=ahead(row),
        hours_ms=local_time.hour_lengths_ms(row.day_start_ms, row.day_end_ms),
        strategy=planning.strategy_of(terms, account.policy),
        terms=terms,
        policy=account.policy,
        evidence=known,
        day_start_ms=row.day_start_ms,
        # What nobody has planned yet is no promise that the rest of the day would have to keep.
        kept_micros=plan.kept_micros(row, plan.hours(before.totals))
        if before is not None and is_fixed
        else (),
    )
    return planning.make(question), question


def foreseen(
    draft: Draft, key: bytes, row: CampaignRow, history: HistoryRow | None, curve: CurveRow | None
) -> Evidence:
    """Return all that is known of a campaign's day; a forecast that is too old is no part of it."""
    clock: ClockRow | None = draft.get(CLOCK_KEY)
    at_ms = clock.now_ms if clock is not None else row.as_of_ms
    return evidence(history, curve, forecast_of(draft, key, row.day), ahead(row), at_ms)


def ahead(row: CampaignRow) -> Ahead:
    """Return the campaign's day as learning names it."""
    return Ahead(weekday(days.number(row.day)), local_time.clock_hours(row.day_start_ms, row.day_end_ms))


def learned(
    draft: Draft, subject: str, key: bytes, row: CampaignRow
) -> tuple[HistoryRow | None, CurveRow | None]:
    """Return what is known of a campaign up to yesterday; keep what is settled of it."""
    history: HistoryRow | None = draft.get(history_key(key))
    curve: CurveRow | None = draft.get(curve_key(subject))
    today = days.number(row.day)
    for number, past in past_days(draft, key, history, today):
        forecast = forecast_of(draft, key, name(number))
        history, curve = learn(history, curve, past, number, forecast)
        if number <= today - SETTLED_DAYS:
            draft.changes[history_key(key)] = history
            draft.changes[curve_key(subject)] = curve
    return history, curve


def past_days(
    draft: Draft, key: bytes, history: HistoryRow | None, today: int
) -> Iterator[tuple[int, PastDay]]:
    """Return the days that are over and not learned yet, with their numbers."""
    first = today - DAYS_KEPT
    if history is not None:
        first = max(first, history.through + 1)
    is_first = history is None
    for number in range(first, today):
        row: DayRow | None = draft.get(day_key(key, name(number)))
        if row is not None and row.cells:
            yield number, past_day(number, row, is_first=is_first)
            is_first = False


def past_day(number: int, row: DayRow, *, is_first: bool) -> PastDay:
    """Return a day that is over as learning takes it.

    Of a campaign's first day the hours before it spent anything are unknown: perhaps it was not there yet.
    """
    end_ms = row.end_ms or row.start_ms + days.DAY_MS
    clock_hours = local_time.clock_hours(row.start_ms, end_ms)
    spent = list(cells.totals(row.cells))[: len(clock_hours)]
    seen = list(results.hours(row.results))[: len(clock_hours)]
    before = (1 << next((hour for hour, micros in enumerate(spent) if micros), 0)) - 1
    return PastDay(
        weekday=weekday(number),
        clock_hours=clock_hours,
        hours_micros=(*spent, *[0] * (len(clock_hours) - len(spent))),
        open=(1 << len(clock_hours)) - 1 & ~row.closed_hours & ~(before if is_first else 0),
        results=(*seen, *[(0, 0, 0)] * (len(clock_hours) - len(seen))) if seen else (),
    )


def forecast_of(draft: Draft, key: bytes, day: str) -> ForecastRow | None:
    """Return the newest forecast of a campaign's day, if one was made."""
    row: ForecastRow | None = draft.get(forecast_place(key, days.number(day)))
    return row if row is not None and row.day == day else None


def forecast_place(key: bytes, number: int) -> bytes:
    """Return where the forecast of a day lies, in the place of one that is over."""
    return forecast_key(key) + b"\0%d" % (number % FORECAST_DAYS)


def weekday(number: int) -> int:
    """Return which day of the week a day is; Monday is zero."""
    return (number + THURSDAY) % WEEK_DAYS


def name(number: int) -> str:
    """Return what a day is called."""
    return date.fromordinal(number + days.EPOCH_ORDINAL).isoformat()
