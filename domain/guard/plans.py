"""What a plan has for a moment, an hour or a day, read from its running totals."""

import struct
from collections.abc import Sequence
from typing import Final

from domain.guard.rows import GuardRow
from domain.local_time import HOUR_MS
from domain.pacing.rows import CampaignRow, PlanRow

_TOTAL: Final = struct.Struct("<q")


def planned_by(row: CampaignRow, plan: PlanRow, at_ms: int) -> int:
    """Return what a plan has for its day up to a moment."""
    totals, size = plan.totals, _TOTAL.size
    hours, since_ms = len(totals) // size, at_ms - row.day_start_ms
    hour = since_ms // HOUR_MS
    if since_ms <= 0 or not hours:
        return 0
    if hour >= hours or at_ms >= row.day_end_ms:
        return last_micros(plan)
    before = _TOTAL.unpack_from(totals, (hour - 1) * size)[0] if hour else 0
    after: int = _TOTAL.unpack_from(totals, hour * size)[0]
    length_ms = min(HOUR_MS, row.day_end_ms - row.day_start_ms - hour * HOUR_MS)
    planned: int = before + (after - before) * (since_ms - hour * HOUR_MS) // length_ms
    return planned


def normal_by(row: CampaignRow, plan: PlanRow, at_ms: int) -> int:
    """Return what a plan would have by a moment if its first hours were not limited.

    That limit is no reason to call a campaign too fast which spends its day as it comes: what was held
    back is in the plan of the hours after it, in proportion.
    """
    planned, since_ms = planned_by(row, plan, at_ms), at_ms - row.day_start_ms
    first_ms = plan.held_hours * HOUR_MS
    if not plan.held_micros or since_ms <= 0:
        return planned
    if since_ms < first_ms:
        return planned + plan.held_micros * since_ms // first_ms
    whole = last_micros(plan)
    after_micros = whole - planned_by(row, plan, row.day_start_ms + first_ms)
    return planned + plan.held_micros * (whole - planned) // after_micros if after_micros > 0 else planned


def last_micros(plan: PlanRow) -> int:
    """Return what a plan has for its whole day."""
    size = _TOTAL.size
    whole: int = _TOTAL.unpack_from(plan.totals, len(plan.totals) - size)[0] if plan.totals else 0
    return whole


def of_hour(totals: bytes, hour: int) -> int:
    """Return what running totals have for one hour; nothing for one that they don't have."""
    size = _TOTAL.size
    if not 0 <= hour < len(totals) // size:
        return 0
    before = _TOTAL.unpack_from(totals, (hour - 1) * size)[0] if hour else 0
    micros: int = _TOTAL.unpack_from(totals, hour * size)[0] - before
    return micros


def free_hours(row: CampaignRow, plan: PlanRow, guard: GuardRow) -> list[int]:
    """Return what a plan has for each hour, without the time in which the campaign was not free to spend.

    Of a pause that is over only its hours are known; of those at its ends half is taken.
    """
    hours = len(plan.totals) // _TOTAL.size
    planned = [of_hour(plan.totals, hour) for hour in range(hours)]
    held = row.closed_hours
    for hour in range(hours):
        if held >> hour & 1:
            is_inside = held >> (hour + 1) & 1 and (hour == 0 or held >> (hour - 1) & 1)
            planned[hour] = 0 if is_inside else planned[hour] // 2
        free_ms = guard.since_ms - row.day_start_ms - hour * HOUR_MS
        if guard.since_ms and free_ms < HOUR_MS:
            planned[hour] = planned[hour] * max(0, free_ms) // HOUR_MS
    return planned


def paced_hours(row: CampaignRow, planned: list[int], rates: Sequence[tuple[int, int]]) -> list[int]:
    """Return what is planned for each hour at the pace that a platform has since budgets were edited."""
    if not rates:
        return planned
    until = [*(since_ms for since_ms, _ in rates[1:]), row.day_end_ms]
    paced = []
    for hour, micros in enumerate(planned):
        start_ms = row.day_start_ms + hour * HOUR_MS
        sped = 0
        for (since_ms, permille), until_ms in zip(rates, until, strict=True):
            sped += max(0, min(start_ms + HOUR_MS, until_ms) - max(start_ms, since_ms)) * permille
        paced.append(micros * sped // (HOUR_MS * 1000))
    return paced


def reached_ms(row: CampaignRow, plan: PlanRow, micros: int) -> int:
    """Return when a plan comes to an amount, at the latest when its day ends."""
    before = 0
    for hour, (after,) in enumerate(_TOTAL.iter_unpack(plan.totals)):
        if after >= micros:
            into_ms: int = (micros - before) * HOUR_MS // max(1, after - before)
            return min(row.day_start_ms + hour * HOUR_MS + max(0, into_ms), row.day_end_ms)
        before = after
    return row.day_end_ms
