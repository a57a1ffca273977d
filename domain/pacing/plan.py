"""A campaign's plan of a day: what each hour may cost, in amounts that add up to the budget.

A plan is kept as the running total at each hour's end, eight bytes an hour, so that what should have been
spent at an instant is two numbers away whatever strategy made it. An even plan of a whole day is kept as no
bytes at all: a formula gives the same numbers, and most rows would be twice as long with them.
"""

import struct
from collections.abc import Callable, Iterator
from itertools import accumulate
from typing import Final

from domain import local_time, money
from domain.local_time import HOUR_MS
from domain.pacing.rows import CampaignRow
from events.types import CampaignPlan, Fact, PlanSet, Strategy

_TOTAL: Final = struct.Struct("<q")
_SIZE: Final = _TOTAL.size

# With the longest names and amounts a fact of so many plans still fits into a body.
PLANS_A_FACT_MAX: Final = 150

Hours = tuple[int, ...]


def even(budget_micros: int, hours_ms: Hours) -> Hours:
    """Give each hour as much as its length is of the day."""
    return money.spread(budget_micros, hours_ms)


STRATEGIES: Final[dict[Strategy, Callable[[int, Hours], Hours]]] = {"EVEN": even}
DEFAULT: Final[Strategy] = "EVEN"
EVEN_DAY: Final = b""


def pack(hours_micros: Hours) -> bytes:
    """Return a plan as it is kept."""
    return b"".join(map(_TOTAL.pack, accumulate(hours_micros)))


def hours(row: CampaignRow) -> Hours:
    """Return what each hour of a campaign's day may cost."""
    if not row.plan:
        if row.plan is None:
            return ()
        return even(row.budget_micros or 0, local_time.hour_lengths_ms(row.day_start_ms, row.day_end_ms))
    totals = [total for (total,) in _TOTAL.iter_unpack(row.plan)]
    return tuple(after - before for before, after in zip([0, *totals], totals, strict=False))


def expected_micros(row: CampaignRow) -> int:
    """Return what should have been spent when the campaign's newest total was true."""
    plan, since_start_ms = row.plan, row.as_of_ms - row.day_start_ms
    day_ms = row.day_end_ms - row.day_start_ms
    if not plan or since_start_ms >= day_ms:
        return (row.budget_micros or 0) * min(since_start_ms, day_ms) // day_ms
    hour, into_ms = divmod(since_start_ms, HOUR_MS)
    (total,) = _TOTAL.unpack_from(plan, hour * _SIZE)
    before = _TOTAL.unpack_from(plan, (hour - 1) * _SIZE)[0] if hour else 0
    planned: int = before + (total - before) * into_ms // min(HOUR_MS, day_ms - hour * HOUR_MS)
    return planned


def made(row: CampaignRow, before: Hours = (), strategy: Strategy = DEFAULT) -> bytes | None:
    """Return the plan of a campaign's day; without a budget there is none.

    Where a plan was in force, the hours that are over keep what they had `before`, as far as the new budget
    reaches, and the rest of it goes to the rest of the day: a raise at noon does not make the morning slow.
    """
    if not row.budget_micros:
        return None
    kept = tuple(_over(row, before))
    if not kept and strategy == "EVEN":
        return EVEN_DAY
    hours_ms = local_time.hour_lengths_ms(row.day_start_ms, row.day_end_ms)
    left_micros = row.budget_micros - sum(kept)
    if len(kept) >= len(hours_ms):
        return pack((*kept[:-1], kept[-1] + left_micros))
    return pack((*kept, *STRATEGIES[strategy](left_micros, hours_ms[len(kept) :])))


def _over(row: CampaignRow, before: Hours) -> Iterator[int]:
    """Return the allocations of the hours that are over, cut where a smaller budget ends."""
    left_micros = row.budget_micros or 0
    for hour in before[: max(0, local_time.hour_at(row.day_start_ms, row.as_of_ms))]:
        allocated = min(hour, left_micros)
        left_micros -= allocated
        yield allocated


def told(rows: list[tuple[str, CampaignRow]], strategy: Strategy = DEFAULT) -> list[Fact]:
    """Return the facts that these campaigns of one account have new plans; those of a day go together."""
    days: dict[tuple[str, int, int], list[tuple[str, CampaignRow]]] = {}
    for campaign, row in rows:
        days.setdefault((row.day, row.day_start_ms, row.day_end_ms), []).append((campaign, row))
    return [
        _fact(group[first : first + PLANS_A_FACT_MAX], strategy)
        for _, group in sorted(days.items())
        for first in range(0, len(group), PLANS_A_FACT_MAX)
    ]


def _fact(group: list[tuple[str, CampaignRow]], strategy: Strategy) -> PlanSet:
    newest = group[0][1]
    return PlanSet(
        day=newest.day,
        day_start_ms=newest.day_start_ms,
        day_end_ms=newest.day_end_ms,
        from_ms=max(row.as_of_ms for _, row in group) or newest.day_start_ms,
        plans=tuple(
            CampaignPlan(campaign, row.budget_micros or 0, strategy, hours(row)) for campaign, row in group
        ),
    )
