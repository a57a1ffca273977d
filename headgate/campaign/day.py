"""What the projections tell of one campaign's day: its plan and band, its spend by hour, how it stands."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

import msgspec

from domain.forecast.rows import ForecastRow
from events.types import TermsSet
from headgate.campaign.plans import HOUR_MS, planned_micros
from headgate.meters import Meter
from infra.errors import FixInput
from projections import query

if TYPE_CHECKING:
    from headgate.campaign.find import Known
    from infra.settings import Settings

DAYS_BACK: Final = 35
NOW_SQL: Final = """
SELECT status, day, budget_micros, target_micros, last_action, last_outcome, last_reason, last_decided_ms,
    breaker, seen_ms, spend_as_of_ms
FROM campaign_now WHERE subject = {subject:String} AND campaign = {campaign:String}
"""
PLAN_SQL: Final = """
SELECT * EXCEPT (subject, campaign)
FROM plan_now WHERE subject = {subject:String} AND campaign = {campaign:String} AND day = {day:String}
"""
HOURS_SQL: Final = """
SELECT day, hour, spend_micros, impressions, clicks, conversions, as_of_ms, day_start_ms, day_end_ms
FROM spend
WHERE subject = {subject:String} AND campaign = {campaign:String}
    AND day > toString(toDate({day:String}) - {days:Int32}) AND day <= {day:String}
ORDER BY day, hour
"""
READ_SQL: Final = """
SELECT completed_ms, complete_until_ms FROM freshness WHERE subject = {subject:String} AND kind = 'spend'
"""
INCREMENTS_SQL: Final = """
SELECT sum(amount_micros) AS recorded FROM increments
WHERE subject = {subject:String} AND campaign = {campaign:String} AND day = {day:String}
"""
ALERTS_SQL: Final = """
SELECT kind, severity, raised_ms, episode, observed, bound, unit, day, spent_micros, budget_micros,
    ratio_permille, currency
FROM open_alerts WHERE subject = {subject:String} AND campaign IN ({campaign:String}, '')
ORDER BY indexOf(['critical', 'high', 'warning', 'info'], severity), raised_ms
"""
FORECAST_SQL: Final = """
SELECT day, made_ms, model, q025_micros, q100_micros, q500_micros, q900_micros, q975_micros
FROM forecast_now WHERE subject = {subject:String} AND campaign = {campaign:String} AND day = {day:String}
"""
PERIOD_SQL: Final = """
SELECT sum(spend_micros) AS spent FROM spend_by_day
WHERE subject = {subject:String} AND campaign = {campaign:String} AND day >= {first:String}
"""
TERMS_SQL: Final = """
SELECT * EXCEPT (subject, version), version AS terms_version
FROM terms_now WHERE subject = {subject:String} AND campaign = {campaign:String}
"""


class Standing(msgspec.Struct, frozen=True):
    """How a campaign stands now."""

    status: str
    day: str
    budget_micros: int | None
    target_micros: int | None
    last_action: str
    last_outcome: str
    last_reason: str
    last_decided_ms: int | None
    breaker: str
    seen_ms: int
    spend_as_of_ms: int | None

    @property
    def status_now(self) -> str:
        """How it stands on its platform: as it was listed, or as we have set it since."""
        if self.last_outcome == "applied" and (self.last_decided_ms or 0) >= self.seen_ms:
            return "paused" if self.last_action == "pause" else "enabled"
        return self.status

    @property
    def is_held(self) -> bool:
        """Whether it stands still by our doing."""
        is_ours = self.last_action == "pause" and self.last_outcome == "applied"
        return is_ours and self.status_now == "paused"


class PlanOfDay(msgspec.Struct, frozen=True):
    """The plan in force of a day."""

    day: str
    budget_micros: int
    strategy: str
    hours_micros: list[int]
    day_start_ms: int
    day_end_ms: int
    from_ms: int
    low_micros: list[int]
    high_micros: list[int]
    confidence_permille: int | None
    history_days: int
    held_back_micros: int
    made_of: list[str]
    made_of_permille: list[int]
    policy_version: int | None


class SpentHour(msgspec.Struct, frozen=True):
    """What an hour has cost and brought, as far as it was reported."""

    day: str
    hour: int
    spend_micros: int
    impressions: int
    clicks: int
    conversions: int
    as_of_ms: int
    day_start_ms: int
    day_end_ms: int


class OpenAlert(msgspec.Struct, frozen=True):
    """An alert that is not over."""

    kind: str
    severity: str
    raised_ms: int
    episode: int
    observed: int
    bound: int
    unit: str
    day: str | None = None
    spent_micros: int | None = None
    budget_micros: int | None = None
    ratio_permille: int | None = None
    currency: str = ""


class CampaignDay(msgspec.Struct, frozen=True):
    """A campaign's day, whole; `past` are the hours of the five weeks up to it."""

    subject: str
    campaign: str
    name: str
    currency: str
    time_zone: str
    day: str
    now_ms: int
    """The moment that it is looked at; of a day that is over, its end."""
    day_start_ms: int
    day_end_ms: int
    is_today: bool
    standing: Standing
    plan: PlanOfDay | None
    spent_micros: list[int]
    recorded_micros: int
    as_of_ms: int
    complete_until_ms: int
    alerts: list[OpenAlert]
    terms: TermsSet | None
    period_left_micros: int | None
    """What is left of the amount of its terms, if they have one for more than a day."""
    forecast: ForecastRow | None
    past: list[SpentHour]

    @property
    def total_micros(self) -> int:
        """What the day has cost, as far as it was reported."""
        return sum(self.spent_micros) + self.recorded_micros

    @property
    def target_micros(self) -> int:
        """What the day is meant to cost; nothing while nothing is planned."""
        return self.plan.budget_micros if self.plan else 0

    @property
    def hours(self) -> int:
        """How many hours the day has, 23 to 25."""
        return -(-(self.day_end_ms - self.day_start_ms) // HOUR_MS)

    @property
    def running_hour(self) -> int:
        """Which hour it is; behind the last one when the day is over."""
        return min(self.hours, max(0, self.now_ms - self.day_start_ms) // HOUR_MS)

    @property
    def expected_micros(self) -> int | None:
        """What should have been spent when the newest figures were true; nothing is known without a plan."""
        if self.plan is None:
            return None
        day_ms = self.day_end_ms - self.day_start_ms
        since_ms = self.as_of_ms - self.day_start_ms if self.is_today else day_ms
        return planned_micros(self.plan.hours_micros, since_ms, day_ms)

    @property
    def meter(self) -> Meter:
        """What it spent of its target."""
        return Meter(self.total_micros, self.target_micros, self.expected_micros)

    @property
    def days(self) -> dict[str, list[int]]:
        """What each hour of each known day has cost, the oldest day first."""
        found: dict[str, list[int]] = {}
        for one in self.past:
            hours = found.setdefault(one.day, [])
            hours.extend([0] * (one.hour + 1 - len(hours)))
            hours[one.hour] = one.spend_micros
        return found


def look(settings: Settings, known: Known, now_ms: int, day: str | None = None) -> CampaignDay:
    """Return a campaign's day, today's if none is named."""
    where: dict[str, object] = {"subject": known.subject, "campaign": known.campaign}
    (standing,) = msgspec.convert(_rows(settings, NOW_SQL, where), list[Standing], strict=False)
    wanted = day or standing.day
    if not wanted:
        raise FixInput(
            f"Nothing has been read of {known.called}'s account yet.",
            "`headgate status` says why, if it is known.",
        )
    dated = {**where, "day": wanted}
    plans = msgspec.convert(_rows(settings, PLAN_SQL, dated), list[PlanOfDay], strict=False)
    hours = msgspec.convert(
        _rows(settings, HOURS_SQL, {**dated, "days": DAYS_BACK}), list[SpentHour], strict=False
    )
    plan, today = (plans[0] if plans else None), [one for one in hours if one.day == wanted]
    bounds = plan or (today[0] if today else None)
    if bounds is None:
        raise FixInput(
            f"Nothing is known of {known.called} on {wanted}.", f"Its newest day is {standing.day or 'none'}."
        )
    read = _rows(settings, READ_SQL, {"subject": known.subject})
    terms = next(iter(msgspec.convert(_rows(settings, TERMS_SQL, where), list[TermsSet], strict=False)), None)
    return CampaignDay(
        **where,  # type: ignore[arg-type]  # both are texts
        name=known.called,
        currency=known.currency,
        time_zone=known.time_zone,
        day=wanted,
        now_ms=min(max(now_ms, bounds.day_start_ms), bounds.day_end_ms),
        day_start_ms=bounds.day_start_ms,
        day_end_ms=bounds.day_end_ms,
        is_today=wanted == standing.day and now_ms < bounds.day_end_ms,
        standing=standing,
        plan=plan,
        spent_micros=_by_hour(today),
        recorded_micros=int(_rows(settings, INCREMENTS_SQL, dated)[0]["recorded"]),
        as_of_ms=max((one.as_of_ms for one in today), default=bounds.day_start_ms),
        complete_until_ms=min((int(one["complete_until_ms"] or 0) for one in read), default=0),
        alerts=msgspec.convert(_rows(settings, ALERTS_SQL, where), list[OpenAlert], strict=False),
        terms=terms,
        period_left_micros=_left(settings, terms, dated),
        forecast=_forecast(settings, dated),
        past=hours,
    )


def _left(settings: Settings, terms: TermsSet | None, dated: dict[str, object]) -> int | None:
    if terms is None or terms.amount_micros is None or terms.budget == "day":
        return None
    first = f"{str(dated['day'])[:7]}-01" if terms.budget == "month" else terms.first_day or ""
    spent = _rows(settings, PERIOD_SQL, {**dated, "first": first})[0]["spent"]
    return max(0, terms.amount_micros - int(spent))


def _forecast(settings: Settings, dated: dict[str, object]) -> ForecastRow | None:
    for row in _rows(settings, FORECAST_SQL, dated):
        cells: dict[str, Any] = {name: tuple(v) if isinstance(v, list) else v for name, v in row.items()}
        return ForecastRow(**cells)
    return None


def _by_hour(seen: list[SpentHour]) -> list[int]:
    hours = [0] * (max((one.hour for one in seen), default=-1) + 1)
    for one in seen:
        hours[one.hour] = one.spend_micros
    return hours


def _rows(settings: Settings, sql: str, where: dict[str, object]) -> list[dict[str, Any]]:
    return query.ask(settings, sql, where, limit=10_000).dicts()
