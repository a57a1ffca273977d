"""What a campaign's money brought, and what the hours of a day are expected to bring."""

from __future__ import annotations

from datetime import date, timedelta
from typing import TYPE_CHECKING, Final

from domain.forecast.evidence import evidence
from domain.forecast.model import Ahead
from domain.forecast.rows import curve_key, forecast_key, history_key
from domain.pacing.rows import campaign_key
from headgate.pacer.amounts import to_amount, to_ratio
from headgate.pacer.book import subject_of
from headgate.pacer.shapes import HourPrediction, Performance

if TYPE_CHECKING:
    from collections.abc import Sequence

    from headgate.pacer.book import Book, Hour
    from headgate.pacer.shapes import ChannelType

DAYS_KEPT: Final = 35
WHOLE_PPM: Final = 1_000_000


class Values:
    """What conversions were worth, where anybody told; the decider does not ask for it."""

    def __init__(self) -> None:
        self._by_day: dict[tuple[str, ChannelType], dict[str, int]] = {}

    def add(self, campaign: str, channel: ChannelType, day: str, micros: int) -> None:
        """Add to a day, and forget days that nobody asks for any more."""
        known = self._by_day.setdefault((campaign, channel), {})
        known[day] = known.get(day, 0) + micros
        for old in sorted(known)[:-DAYS_KEPT]:
            del known[old]

    def of_days(self, campaign: str, channel: ChannelType, days: Sequence[str]) -> int | None:
        """Return the value of some days, or ``None`` where nobody told of any."""
        known = self._by_day.get((campaign, channel), {})
        found = [known[day] for day in days if day in known]
        return sum(found) if found else None


def days_until(day: str, count: int) -> list[str]:
    """Return so many days, the last of them given."""
    last = date.fromisoformat(day)
    return [(last - timedelta(days=back)).isoformat() for back in reversed(range(count))]


def totals(book: Book, campaign: str, channel: ChannelType, days: Sequence[str]) -> Hour:
    """Return what some days cost and brought together."""
    hours = [hour for day in days for hour in book.hours_of(campaign, channel, day)]
    micros, impressions, clicks, conversions = (sum(column) for column in zip((0,) * 4, *hours, strict=True))
    return micros, impressions, clicks, conversions


def performance(brought: Sequence[Hour], value_micros: int | None) -> Performance:
    """Return totals with the rates that they make."""
    micros, impressions, clicks, conversions = (
        sum(column) for column in zip((0,) * 4, *brought, strict=True)
    )
    return Performance(
        spend=to_amount(micros),
        impressions=impressions,
        clicks=clicks,
        conversions=conversions,
        value=None if value_micros is None else to_amount(value_micros),
        click_through_rate=clicks / impressions if impressions else None,
        conversion_rate=conversions / clicks if clicks else None,
        cost_per_click=to_amount(micros // clicks) if clicks else None,
        cost_per_acquisition=to_amount(micros // conversions) if conversions else None,
        return_on_ad_spend=value_micros / micros if value_micros is not None and micros else None,
    )


def predictions(book: Book, campaign: str, channel: ChannelType, day: str) -> list[HourPrediction]:
    """Return what each hour of a day is expected to cost and to bring."""
    subject = subject_of(channel)
    key = campaign_key(subject, campaign)
    bounds = book.calendar.day_of(day)
    starts = book.calendar.hours(bounds)
    ahead = Ahead(date.fromisoformat(day).weekday(), tuple(moment.hour for moment in starts))
    read = book.engine.read
    known = evidence(
        read(history_key(key)),
        read(curve_key(subject)),
        read(forecast_key(key)),
        ahead,
        book.calendar.now_ms(),
    )
    confidence = None if known.confidence_permille is None else to_ratio(known.confidence_permille)
    return [
        HourPrediction(
            hour=hour,
            starts_at=starts_at,
            spend=None if known.expected_micros is None else to_amount(known.expected_micros[hour]),
            conversion_rate=None
            if known.conversions_ppm is None
            else known.conversions_ppm[hour] / WHOLE_PPM,
            cost_per_click=None if known.click_micros is None else to_amount(known.click_micros[hour]),
            performance_multiplier=to_ratio(known.performance_permille[hour])
            if known.performance_permille
            else 1.0,
            confidence=confidence,
        )
        for hour, starts_at in enumerate(starts)
    ]
