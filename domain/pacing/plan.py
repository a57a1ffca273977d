"""A campaign's plan of a day as it is kept, and what should have been spent by an instant.

A plan is kept as the running total at each hour's end in a row of its own; the campaign's row carries the
slice of the hour that it is, so that judging an observation reads nothing else.
"""

import struct
from collections.abc import Iterator
from itertools import accumulate
from typing import Final

from msgspec.structs import replace

from domain import local_time, money
from domain.draft import Draft
from domain.local_time import HOUR_MS
from domain.pacing.rows import CampaignRow, PlanRow, plan_key
from events.types import CampaignPlan, PlanPart, PlanSet, Strategy

_TOTAL: Final = struct.Struct("<q")

# With the longest names and amounts a fact of so many plans still fits into a body.
PLANS_A_FACT_MAX: Final = 100

NO_HOUR: Final = -1
FIRST: Final[Strategy] = "EVEN"
EVEN_PARTS: Final = (PlanPart("even", 1000),)

Hours = tuple[int, ...]


def pack(hours_micros: Hours) -> bytes:
    """Return running totals as they are kept."""
    return b"".join(map(_TOTAL.pack, accumulate(hours_micros)))


def hours(totals: bytes) -> Hours:
    """Return what each hour may cost."""
    ends = [total for (total,) in _TOTAL.iter_unpack(totals)]
    return tuple(after - before for before, after in zip([0, *ends], ends, strict=False))


def expected_micros(row: CampaignRow) -> int:
    """Return what should have been spent when the campaign's newest total was true."""
    day_ms, since_start_ms = row.day_end_ms - row.day_start_ms, row.as_of_ms - row.day_start_ms
    if since_start_ms >= day_ms:
        return row.target_micros or 0
    start_ms = row.plan_hour * HOUR_MS
    into_ms = since_start_ms - start_ms
    return row.plan_before_micros + row.plan_hour_micros * into_ms // min(HOUR_MS, day_ms - start_ms)


def turned(draft: Draft, key: bytes, row: CampaignRow) -> CampaignRow:
    """Return the campaign with the slice of its plan for the hour that its newest total is of."""
    hour = local_time.hour_at(row.day_start_ms, row.as_of_ms)
    plan: PlanRow | None = draft.get(plan_key(key)) if row.target_micros else None
    if plan is None or plan.day != row.day:
        return replace(row, plan_hour=NO_HOUR) if row.plan_hour != NO_HOUR else row
    return sliced(row, plan.totals, hour)


def sliced(row: CampaignRow, totals: bytes, hour: int) -> CampaignRow:
    """Return the campaign with one hour of its plan."""
    size, last = _TOTAL.size, len(totals) // _TOTAL.size - 1
    before = _TOTAL.unpack_from(totals, (min(hour, last + 1) - 1) * size)[0] if hour > 0 else 0
    after = _TOTAL.unpack_from(totals, hour * size)[0] if 0 <= hour <= last else before
    return replace(row, plan_hour=hour, plan_before_micros=before, plan_hour_micros=after - before)


def start(draft: Draft, key: bytes, row: CampaignRow) -> CampaignRow:
    """Give a new day a plan until the night's work has made its own: the last day's shape, if it fits.

    Plans say what the night's work makes of a day; that this was here before, a replay tells.
    """
    if not row.target_micros:
        return row
    hours_ms = local_time.hour_lengths_ms(row.day_start_ms, row.day_end_ms)
    last: PlanRow | None = draft.get(plan_key(key))
    shape = hours(last.totals) if last else ()
    if last is None or len(shape) != len(hours_ms) or not any(shape):
        last, shape = last or PlanRow(row.day, FIRST, b""), hours_ms
    totals = pack(money.spread(row.target_micros, shape))
    draft.changes[plan_key(key)] = replace(last, day=row.day, totals=totals)
    return row


def changed(draft: Draft, key: bytes, row: CampaignRow) -> CampaignRow:
    """Fit the plan in force to a new target.

    The hours that are over keep what they had, as far as the target reaches, and the rest of it goes to the
    rest of the day: a raise at noon does not make the morning slow.
    """
    plan: PlanRow | None = draft.get(plan_key(key))
    if not row.target_micros or plan is None or plan.day != row.day:
        return turned(draft, key, start(draft, key, row))
    before = hours(plan.totals)
    kept = kept_micros(row, before)
    rest = before[len(kept) :]
    left_micros = row.target_micros - sum(kept)
    if not any(rest):
        rest = local_time.hour_lengths_ms(row.day_start_ms, row.day_end_ms)[len(kept) :]
    # After the last hour nothing is left to plan, and the last hour takes it.
    planned = (*kept, *money.spread(left_micros, rest)) if rest else (*kept[:-1], kept[-1] + left_micros)
    draft.changes[plan_key(key)] = replace(plan, totals=pack(planned))
    return turned(draft, key, row)


def kept_micros(row: CampaignRow, before: Hours) -> Hours:
    """Return the allocations of the hours that are over, cut where a smaller target ends."""
    return tuple(
        _kept(row.target_micros or 0, before[: max(0, local_time.hour_at(row.day_start_ms, row.as_of_ms))])
    )


def _kept(left_micros: int, over: Hours) -> Iterator[int]:
    for hour in over:
        allocated = min(hour, left_micros)
        left_micros -= allocated
        yield allocated


def provisional(campaign: str, row: CampaignRow, plan: PlanRow) -> CampaignPlan:
    """Return how a plan is told that no night's work has made."""
    return CampaignPlan(
        campaign=campaign,
        budget_micros=row.target_micros or 0,
        strategy=plan.strategy,
        hours_micros=hours(plan.totals),
        history_days=plan.history_days,
        made_of=EVEN_PARTS if plan.strategy == FIRST else (),
    )


def told(plans: list[tuple[CampaignRow, CampaignPlan]]) -> list[PlanSet]:
    """Return the facts that these campaigns of one account have new plans; those of a day go together."""
    days: dict[tuple[str, int, int], list[tuple[CampaignRow, CampaignPlan]]] = {}
    for row, plan in plans:
        days.setdefault((row.day, row.day_start_ms, row.day_end_ms), []).append((row, plan))
    return [
        PlanSet(
            day=day,
            day_start_ms=start_ms,
            day_end_ms=end_ms,
            from_ms=max(row.as_of_ms for row, _ in some) or start_ms,
            plans=tuple(plan for _, plan in some),
        )
        for (day, start_ms, end_ms), group in sorted(days.items())
        for first in range(0, len(group), PLANS_A_FACT_MAX)
        for some in [group[first : first + PLANS_A_FACT_MAX]]
    ]
