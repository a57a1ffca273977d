"""The newest plan of each campaign, as the decider told it, in the library's words."""

from __future__ import annotations

from typing import TYPE_CHECKING

from domain.guard.plans import normal_by
from events.types import PlanSet
from headgate.pacer.amounts import to_amount, to_ratio
from headgate.pacer.shapes import HourlyAllocation

if TYPE_CHECKING:
    from connectors.ports import LocalDay
    from domain.pacing.rows import CampaignRow, PlanRow
    from events.types import CampaignPlan, Fact
    from headgate.pacer.calendar import Calendar


class Plans:
    """What each campaign's newest day is meant to cost, hour by hour."""

    def __init__(self) -> None:
        self._newest: dict[tuple[str, str], tuple[str, CampaignPlan]] = {}

    def hear(self, subject: str, fact: Fact) -> None:
        """Keep the newest plan of each campaign."""
        if isinstance(fact, PlanSet):
            for one in fact.plans:
                self._newest[subject, one.campaign] = (fact.day, one)

    def of_day(self, subject: str, campaign: str, day: str) -> CampaignPlan | None:
        """Return a campaign's plan of a day, if it has one."""
        known, newest = self._newest.get((subject, campaign), ("", None))
        return newest if known == day else None


def allocations(calendar: Calendar, day: LocalDay, planned: CampaignPlan | None) -> list[HourlyAllocation]:
    """Return a plan hour by hour; a campaign without a budget has hours of nothing."""
    starts = calendar.hours(day)
    hours = planned.hours_micros if planned is not None else (0,) * len(starts)
    whole = sum(hours)
    lows, highs = (planned.low_micros, planned.high_micros) if planned is not None else ((), ())
    confidence = None if planned is None else planned.confidence_permille
    return [
        HourlyAllocation(
            hour=hour,
            starts_at=starts_at,
            amount=to_amount(micros),
            share=to_ratio(micros * 1000 // whole) if whole else 0.0,
            low=to_amount(lows[hour]) if lows else None,
            high=to_amount(highs[hour]) if highs else None,
            confidence=None if confidence is None else to_ratio(confidence),
        )
        for hour, (starts_at, micros) in enumerate(zip(starts, hours, strict=True))
    ]


def pace_ratio(row: CampaignRow, drawn: PlanRow | None) -> float:
    """Return what was spent of what should have been by now: 1 is on plan, infinity where nothing should.

    What the limit on a day's first hours has held back is no reason to be called too fast.
    """
    is_of_day = drawn is not None and drawn.day == row.day
    expected = normal_by(row, drawn, row.as_of_ms) if drawn is not None and is_of_day else 0
    spent = row.spent_micros + row.recorded_micros
    if not expected:
        return float("inf") if spent else 1.0
    return to_ratio(spent * 1000 // expected)
