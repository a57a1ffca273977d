"""What a day is meant to cost: its part of a month, of a lifetime or of a flight, or its own budget."""

from calendar import monthrange
from collections.abc import Callable
from datetime import date
from typing import Any, Final

from msgspec import Struct
from msgspec.structs import replace

from domain import local_time
from domain.decision import Read, Refused, Row
from domain.pacing import cells, dayparts, spans
from domain.pacing.rows import DAYS_KEPT, CampaignRow, DayRow, TermsRow, day_key, terms_key
from events.types import TermsSet

# A lifetime without an end is spread over so many days ahead of each day.
AHEAD_DAYS: Final = 28
# What Google charges in a month at most, of an average daily budget.
MONTH_CAP_PERMILLE: Final = 30_400
MONTH_CAPPED: Final = "google"
# Of so many days it is learned what weekdays spend.
WEEKDAY_DAYS: Final = 28
SPANNING: Final = frozenset({"month", "lifetime", "flight"})

Changes = dict[bytes, Row | None]
Get = Callable[[bytes], Any]


class PeriodRow(Row, frozen=True, tag="q"):
    """What of a campaign's past must be known for longer than its days, or a budget, are kept."""

    since: str = ""  # the first day of the terms that the next counts for
    buried_micros: int = 0  # what days have cost that are buried
    budget_micros: int = 0  # the platform's own, as last seen
    budget_day: str = ""  # on which it was changed
    budget_after_micros: int = 0  # what that month had cost by then


class Asked(Struct, frozen=True):
    """A campaign's day, and what is wanted of it."""

    get: Get
    key: bytes
    terms: TermsSet
    row: CampaignRow
    today: date


def period_key(campaign: bytes) -> bytes:
    """Return where a campaign's long past lies."""
    return campaign + b"\0period"


def day_target(
    read: Read,
    changes: Changes,
    key: bytes,
    terms: TermsSet | None,
    row: CampaignRow,
    listed_micros: int | None,
) -> int | None:
    """Return what a campaign's day is meant to cost; ``None`` where nobody has said anything of a budget.

    `listed_micros` is the daily budget that people have given it on its platform. Zero is a target too:
    that of a day outside of the terms' period, without an open hour, or with nothing left of the amount.
    """
    is_own = terms is not None and terms.budget != "platform"
    micros = terms.amount_micros if terms is not None and is_own else listed_micros
    if micros is None:
        return None
    if not row.day:
        return micros if terms is None else unseen(terms, micros)
    get = _over(read, changes)
    if terms is not None and (is_outside(terms, row.day) or not any(_open_ms(terms, row))):
        return 0
    if terms is not None and terms.budget in SPANNING:
        return spans.target(_span(Asked(get, key, terms, row, date.fromisoformat(row.day)), micros))
    if not is_own and is_capped(key, terms):
        return _under_month_cap(get, changes, key, row, micros)
    return micros


def is_outside(terms: TermsSet, day: str) -> bool:
    """Say whether a day is before the first or after the last day of its terms."""
    return day < (terms.first_day or day) or day > (terms.last_day or day)


def _open_ms(terms: TermsSet, row: CampaignRow) -> dayparts.OpenMs:
    return dayparts.open_ms(
        terms,
        date.fromisoformat(row.day).weekday(),
        local_time.clock_hours(row.day_start_ms, row.day_end_ms),
        local_time.hour_lengths_ms(row.day_start_ms, row.day_end_ms),
        row.day_start_ms,
    )


def unseen(terms: TermsSet, micros: int) -> int:
    """Return what a day may cost as long as nobody knows which day it is: the average of the period."""
    if terms.budget == "month":
        return micros * 1000 // MONTH_CAP_PERMILLE
    if terms.budget in SPANNING:
        if terms.first_day is None or terms.last_day is None:
            return micros // AHEAD_DAYS
        return micros // (_ordinal(terms.last_day) - _ordinal(terms.first_day) + 1)
    return micros


def is_capped(key: bytes, terms: TermsSet | None) -> bool:
    """Say whether a campaign's platform charges a month no more than so many of its daily budgets."""
    if terms is not None and terms.channel is not None:
        return terms.channel == "google_ads"
    subject = key.split(b"\0", 1)[0].decode().split("/")
    return len(subject) > 1 and subject[1].startswith(MONTH_CAPPED)


def carry(read: Read, changes: Changes, key: bytes, day: str, past: DayRow | None = None) -> None:
    """Keep what a day has cost before it is buried, where its campaign's terms reach so far back.

    `past` is for a day that is buried without having had a row of its own.
    """
    kept: TermsRow | None = read(terms_key(key))
    if kept is None or kept.terms.budget not in {"lifetime", "flight"}:
        return
    get, since = _over(read, changes), kept.terms.first_day or ""
    past = past or get(day_key(key, day))
    if past is None or day < since:
        return
    row: PeriodRow = get(period_key(key)) or PeriodRow()
    before = row.buried_micros if row.since == since else 0
    changes[period_key(key)] = replace(row, since=since, buried_micros=before + cost(past))


def _over(read: Read, changes: Changes) -> Get:
    """Return rows as they stand by now."""

    def get(key: bytes) -> Any:  # noqa: ANN401 - which row lies under a key, the key says
        return changes[key] if key in changes else read(key)

    return get


def cost(past: DayRow) -> int:
    """Return what a day that is over has cost."""
    return sum(cells.totals(past.cells)) + past.recorded_micros


def _span(asked: Asked, amount_micros: int) -> spans.Span:
    """Return the period that the day is a part of, as far as it is known."""
    terms, row, today = asked.terms, asked.row, asked.today.toordinal()
    kind = terms.budget
    first = _ordinal(terms.first_day) if terms.first_day is not None else None
    last = _ordinal(terms.last_day) if terms.last_day is not None else None
    if kind == "month":
        began = today - asked.today.day + 1
        first, last = max(first or began, began), min(last or today + DAYS_KEPT, _month_end(asked.today))
    costs = _costs(asked.get, asked.key, today, DAYS_KEPT)
    recent = [(day, micros) for day, micros, is_whole in costs if is_whole and day >= today - WEEKDAY_DAYS]
    calendar = spans.Calendar(
        today=today,
        start_ms=row.day_start_ms,
        hours_ms=local_time.hour_lengths_ms(row.day_start_ms, row.day_end_ms),
        clock_hours=local_time.clock_hours(row.day_start_ms, row.day_end_ms),
        terms=terms,
        week=spans.week_of(recent, terms),
    )
    if last is None and terms.end_ms is not None:
        last = max(today, calendar.day_of(terms.end_ms))
    is_endless = last is None
    known = sum(micros for day, micros, _ in costs if first is None or day >= first)
    return spans.Span(
        amount_micros=amount_micros,
        spent_micros=known + (_buried(asked) if kind != "month" else 0),
        before=calendar.weights(first, today - 1) if first is not None else 0,
        today=calendar.weight(today),
        after=calendar.weights(today + 1, today + AHEAD_DAYS - 1 if last is None else last),
        # Where a period has no beginning or no end, no day has a share of its own that could be lost.
        is_kept=terms.rollover == "keep" or first is None or is_endless,
    )


def _costs(get: Get, key: bytes, today: int, days: int) -> list[tuple[int, int, bool]]:
    """Return the days that are over and still kept, what each has cost, and if it was free all day."""
    found = []
    for day in range(today - days, today):
        past: DayRow | None = get(day_key(key, date.fromordinal(day).isoformat())) if day > 0 else None
        if past is not None:
            found.append((day, cost(past), not past.closed_hours))
    return found


def _buried(asked: Asked) -> int:
    row: PeriodRow | None = asked.get(period_key(asked.key))
    return row.buried_micros if row is not None and row.since == (asked.terms.first_day or "") else 0


def _under_month_cap(get: Get, changes: Changes, key: bytes, row: CampaignRow, budget_micros: int) -> int:
    """Return a daily budget, or what the platform may still charge this month where that is less.

    After a change that is the new budget for each day that was left of the month, whatever the days before
    have cost.
    """
    today = date.fromisoformat(row.day)
    spent = sum(micros for _, micros, _ in _costs(get, key, today.toordinal(), today.day - 1))
    before: PeriodRow = get(period_key(key)) or PeriodRow()
    kept = before
    if before.budget_micros != budget_micros:
        kept = replace(before, budget_micros=budget_micros)
        if before.budget_micros:
            kept = replace(kept, budget_day=row.day, budget_after_micros=spent)
        changes[period_key(key)] = kept
    cap = budget_micros * MONTH_CAP_PERMILLE // 1000
    if kept.budget_day[:7] == row.day[:7] and int(kept.budget_day[8:]) > 1:
        days = monthrange(today.year, today.month)[1] - int(kept.budget_day[8:]) + 1
        cap = kept.budget_after_micros + budget_micros * days
    return min(budget_micros, max(0, cap - spent))


def _month_end(day: date) -> int:
    return day.toordinal() - day.day + monthrange(day.year, day.month)[1]


def _ordinal(day: str) -> int:
    return date.fromisoformat(day).toordinal()


def check(terms: TermsSet) -> None:
    """Refuse terms whose first or last day is in no calendar."""
    for day in (terms.first_day, terms.last_day):
        try:
            date.fromisoformat(day or "2026-01-01")
        except ValueError as error:
            raise Refused("no-such-day", f"{day} is in no calendar") from error
