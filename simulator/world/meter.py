"""What one campaign has truly spent in one account: exact, monotone, and the same whenever it is asked."""

from __future__ import annotations

from typing import TYPE_CHECKING

from simulator.world import traffic
from simulator.world.calendar import HOUR_MS

if TYPE_CHECKING:
    from simulator.world.calendar import Day
    from simulator.world.model import Traits, WorldTerms
    from simulator.world.timeline import Standing, Timeline

# More than any report covers; older days are computed again when asked for.
DAYS_KEPT_MAX = 40


class Meter:
    """Sums up a campaign's day, in micros times milliseconds per hour so that no split loses a fraction."""

    def __init__(self, terms: WorldTerms, traits: Traits, timeline: Timeline) -> None:
        self._terms = terms
        self._traits = traits
        self._timeline = timeline
        # By day: the sums at the ends of its hours that are over.
        self._sums: dict[str, tuple[int, list[int]]] = {}

    def totals(self, day: Day, at_ms: int) -> list[int]:
        """Return what was spent on a day up to the end of each hour that has begun, in micros, so far."""
        over = self._over(day, at_ms)
        sums = self._sums[day.name][1][:over]
        if over < len(day.clock_hours) and at_ms > day.start_ms + over * HOUR_MS:
            sums.append(self._after(day, over, at_ms, sums[-1] if sums else 0))
        return [one // HOUR_MS for one in sums]

    def forget(self, from_ms: int) -> None:
        """Compute again what lies after a moment, since something was changed then."""
        for start_ms, sums in self._sums.values():
            del sums[max(0, (from_ms - start_ms) // HOUR_MS) :]

    def _over(self, day: Day, at_ms: int) -> int:
        """Return how many hours of a day are over, with their sums at hand."""
        if day.name not in self._sums and len(self._sums) >= DAYS_KEPT_MAX:
            del self._sums[next(iter(self._sums))]
        sums = self._sums.setdefault(day.name, (day.start_ms, []))[1]
        hours = len(day.clock_hours)
        while len(sums) < hours and day.hour_end_ms(len(sums)) <= at_ms:
            hour = len(sums)
            sums.append(self._after(day, hour, day.hour_end_ms(hour), sums[-1] if sums else 0))
        if at_ms >= day.end_ms:
            return hours
        return min(len(sums), max(0, at_ms - day.start_ms) // HOUR_MS)

    def _after(self, day: Day, hour: int, until_ms: int, total: int) -> int:
        """Return the day's sum at a moment of an hour, given the sum at the hour's start."""
        pace = self._pace(day, hour)
        for duration_ms, standing in self._timeline.stretches(day.start_ms + hour * HOUR_MS, until_ms):
            if standing.is_delivering:
                total = self._add(total, duration_ms, standing, pace)
        return total

    def _add(self, total: int, duration_ms: int, standing: Standing, pace: int) -> int:
        budget = standing.budget_micros
        daily = self._traits.demand_micros if budget is None else budget
        # Thousandths thrice (weight, noise, factor) and once more for the appetite.
        rate = daily * pace * standing.factor_permille // (traffic.DAY_WEIGHT * 10**9)
        grown = total + rate * duration_ms
        if budget is None:
            return grown
        # A budget that was lowered below what is spent takes nothing back.
        return max(total, min(grown, budget * self._terms.overdelivery_permille // 1_000 * HOUR_MS))

    def _pace(self, day: Day, hour: int) -> int:
        seed, campaign = self._terms.seed, self._traits.campaign
        times = traffic.runaway_times(seed, campaign, day.name, hour, permille=self._terms.runaway_permille)
        noise = traffic.noise_permille(seed, campaign, day.name, hour)
        weight = traffic.weight(self._traits, day.clock_hours[hour])
        return self._traits.appetite_permille * weight * noise * times
