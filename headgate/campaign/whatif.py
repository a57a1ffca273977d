"""Answers what a campaign's day would be planned like under other terms or rules, and touches nothing."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

import msgspec
from msgspec.structs import replace

from domain.account import planning
from domain.draft import Draft
from domain.pacing import plan
from domain.pacing.rows import (
    AccountRow,
    CampaignRow,
    PlanRow,
    TermsRow,
    campaign_key,
    plan_key,
    terms_key,
)
from headgate import policies, wishes
from infra.errors import FixInput

if TYPE_CHECKING:
    from collections.abc import Mapping

    from domain.account.rows import AnyRow
    from events.types import CampaignPlan
    from headgate.campaign.find import Known


class Planned(msgspec.Struct, frozen=True):
    """A day's plan; without one every hour is nothing."""

    target_micros: int
    strategy: str
    hours_micros: tuple[int, ...]
    low_micros: tuple[int, ...]
    high_micros: tuple[int, ...]
    confidence_permille: int | None
    history_days: int
    held_back_micros: int
    made_of: tuple[str, ...]
    made_of_permille: tuple[int, ...]


class Answer(msgspec.Struct, frozen=True):
    """A day as it is planned, and as it would be."""

    subject: str
    campaign: str
    day: str
    day_start_ms: int
    day_end_ms: int
    currency: str
    now: Planned | None
    then: Planned | None
    """Nothing where nothing would be planned, such as without a budget."""
    over_hours: int
    """So many hours of the day are over, and keep what they had."""

    @property
    def difference_micros(self) -> list[int]:
        """By how much each hour would be another one."""
        now = self.now.hours_micros if self.now else ()
        then = self.then.hours_micros if self.then else ()
        hours = max(len(now), len(then))
        pad = [(*one, *[0] * (hours - len(one))) for one in (then, now)]
        return [after - before for after, before in zip(*pad, strict=True)]


def answer(
    rows: Mapping[bytes, AnyRow], known: Known, given: Mapping[str, str], *, tomorrow: bool = False
) -> Answer:
    """Plan a campaign's day as the agent does, with some of its rows exchanged by what is asked."""
    key = campaign_key(known.subject, known.campaign)
    row, account = rows.get(key), rows.get(known.subject.encode())
    if not isinstance(row, CampaignRow) or not isinstance(account, AccountRow) or not row.day:
        raise FixInput(
            f"Nothing of {known.called} is planned yet.", "Its account has to be read for the first time."
        )
    changed: dict[bytes, Any] = dict(rows)
    if tomorrow:
        row = changed[key] = _next_day(row, known.time_zone)
    now = _made(changed, known, key) if tomorrow else _in_force(changed, known, key)
    rules = {name: text for name, text in given.items() if name in policies.THRESHOLDS}
    terms = {name: text for name, text in given.items() if name not in rules}
    if rules:
        wanted = policies.parsed(f"{name}={text}" for name, text in rules.items())
        changed[known.subject.encode()] = AccountRow(account.currency, policies.following(account, wanted))
    if terms:
        kept: Any = rows.get(terms_key(key))
        before = None if kept is None else kept.terms
        changed[terms_key(key)] = TermsRow(wishes.following(before, known.campaign, account.currency, terms))
    return Answer(
        subject=known.subject,
        campaign=known.campaign,
        day=row.day,
        day_start_ms=row.day_start_ms,
        day_end_ms=row.day_end_ms,
        currency=account.currency,
        now=now,
        then=_made(changed, known, key) if given else now,
        over_hours=0 if tomorrow else max(0, (row.as_of_ms - row.day_start_ms) // 3_600_000),
    )


def _made(rows: dict[bytes, Any], known: Known, key: bytes) -> Planned | None:
    """Plan as the clock's tick does; what comes out as the plan in force is that one."""
    planned = planning.plan_day(Draft(rows.get), known.subject, known.campaign)
    if planned is not None:
        return _told(planned[1])
    return _in_force(rows, known, key)


def _in_force(rows: dict[bytes, Any], known: Known, key: bytes) -> Planned | None:
    """Return the plan in force: what it was made of is not kept with it, so that is made again."""
    again = planning.plan_day(Draft({**rows, plan_key(key): None}.get), known.subject, known.campaign)
    if again is None:
        return None
    row: CampaignRow = rows[key]
    drawn: PlanRow | None = rows.get(plan_key(key))
    if drawn is None or drawn.day != row.day:
        return _told(again[1])
    hours = plan.hours(drawn.totals)
    return replace(_told(again[1]), hours_micros=hours, target_micros=sum(hours), strategy=drawn.strategy)


def _told(made: CampaignPlan) -> Planned:
    return Planned(
        target_micros=made.budget_micros,
        strategy=made.strategy,
        hours_micros=made.hours_micros,
        low_micros=made.low_micros,
        high_micros=made.high_micros,
        confidence_permille=made.confidence_permille,
        history_days=made.history_days,
        held_back_micros=made.held_back_micros,
        made_of=tuple(part.source for part in made.made_of),
        made_of_permille=tuple(part.share_permille for part in made.made_of),
    )


def _next_day(row: CampaignRow, time_zone: str) -> CampaignRow:
    day = date.fromisoformat(row.day) + timedelta(days=1)
    after = day + timedelta(days=1)
    end = datetime(after.year, after.month, after.day, tzinfo=ZoneInfo(time_zone)).astimezone(UTC)
    return replace(
        row,
        day=day.isoformat(),
        day_start_ms=row.day_end_ms,
        day_end_ms=int(end.timestamp()) * 1_000,
        as_of_ms=row.day_end_ms,
        spent_micros=0,
        recorded_micros=0,
        cells=b"",
        results=b"",
        plan=b"",
        closed_hours=0,
    )
