"""A campaign's plan of a day as it is kept, and what should have been spent by an instant.

A plan is kept to the micro, as the running total at each hour's end, in a row of its own. The campaign's row
carries its shape, so that judging an observation reads nothing else.
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
_SHARE: Final = struct.Struct("<H")
_SHARES: Final = struct.Struct("<HH")
WHOLE: Final = 2**16 - 1

# With the longest names and amounts a fact of so many plans still fits into a body.
PLANS_A_FACT_MAX: Final = 100

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


def shares(totals: bytes) -> bytes:
    """Return a plan as a campaign's row carries it: the share of the day at each hour's end, two bytes each.

    A ratio against it is within a thousandth of that against the plan itself, and the row stays short.
    """
    ends = [total for (total,) in _TOTAL.iter_unpack(totals)]
    whole = ends[-1] or 1
    return b"".join(_SHARE.pack((WHOLE * end + whole // 2) // whole) for end in ends)


def expected_micros(row: CampaignRow) -> int:
    """Return what should have been spent when the campaign's newest total was true."""
    day_ms, since_start_ms = row.day_end_ms - row.day_start_ms, row.as_of_ms - row.day_start_ms
    target_micros = row.target_micros or 0
    if since_start_ms >= day_ms:
        return target_micros
    hour, into_ms = divmod(since_start_ms, HOUR_MS)
    if hour:
        before, after = _SHARES.unpack_from(row.plan, (hour - 1) * _SHARE.size)
    else:
        before, (after,) = 0, _SHARE.unpack_from(row.plan)
    hour_ms = min(HOUR_MS, day_ms - hour * HOUR_MS)
    planned: int = target_micros * (before * hour_ms + (after - before) * into_ms) // (WHOLE * hour_ms)
    return planned


def start(draft: Draft, key: bytes, row: CampaignRow) -> CampaignRow:
    """Return a new day with a plan until the night has made its own: the last day's shape, if it fits."""
    if not row.target_micros:
        return row
    hours_ms = local_time.hour_lengths_ms(row.day_start_ms, row.day_end_ms)
    last: PlanRow | None = draft.get(plan_key(key))
    shape = hours(last.totals) if last else ()
    if last is None or len(shape) != len(hours_ms) or not any(shape):
        last, shape = PlanRow(row.day, FIRST, b""), hours_ms
    last = replace(last, day=row.day, held_micros=0, has_forecast=False, is_provisional=True)
    return put(draft, key, row, last, money.spread(row.target_micros, shape))


def put(draft: Draft, key: bytes, row: CampaignRow, plan: PlanRow, hours_micros: Hours) -> CampaignRow:
    """Put a plan into force; return the campaign with its shape."""
    kept = replace(plan, totals=pack(hours_micros))
    draft.changes[plan_key(key)] = kept
    return replace(row, plan=shares(kept.totals))


def changed(draft: Draft, key: bytes, row: CampaignRow) -> CampaignRow:
    """Fit the plan in force to a new target.

    The hours that are over keep what they had, as far as the target reaches, and the rest of it goes to the
    rest of the day: a raise at noon does not make the morning slow.
    """
    plan: PlanRow | None = draft.get(plan_key(key))
    if not row.target_micros:
        return replace(row, plan=b"")
    if plan is None or plan.day != row.day:
        return start(draft, key, row)
    before = hours(plan.totals)
    kept = kept_micros(row, before)
    rest = before[len(kept) :]
    left_micros = row.target_micros - sum(kept)
    if not any(rest):
        rest = local_time.hour_lengths_ms(row.day_start_ms, row.day_end_ms)[len(kept) :]
    # After the last hour nothing is left to plan, and the last hour takes it.
    planned = (*kept, *money.spread(left_micros, rest)) if rest else (*kept[:-1], kept[-1] + left_micros)
    return put(draft, key, row, plan, planned)


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
