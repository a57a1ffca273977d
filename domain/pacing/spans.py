"""A day's part of an amount that is for many days, by what each of them may be expected to spend."""

from collections.abc import Iterable
from typing import Final

from msgspec import Struct

from domain.local_time import HOUR_MS
from domain.pacing import dayparts
from events.types import TermsSet

DAY_MS: Final = 24 * HOUR_MS
WEEK: Final = 7
SUNDAY: Final = 6  # the day before the first of all ordinals
CLOCK_HOURS: Final = tuple(range(24))
HOURS_MS: Final = (HOUR_MS,) * 24

# So many average days are added to those that are known of a weekday, and none is further from the others.
PRIOR_DAYS: Final = 2
LEAST_PERMILLE: Final = 500
MOST_PERMILLE: Final = 2000
EVEN_WEEK: Final = (1000,) * WEEK


class Span(Struct, frozen=True):
    """A period of which a day is a part; each day weighs what it may be expected to spend."""

    amount_micros: int
    spent_micros: int
    """On the days before."""
    before: int
    today: int
    after: int
    is_kept: bool = True
    """Whether what a day leaves is spread over the days that follow."""


def target(span: Span) -> int:
    """Return what today is meant to cost; with what is spent it is never more than the amount."""
    left_micros = max(0, span.amount_micros - span.spent_micros)
    if not span.today:
        return 0
    if span.is_kept:
        return left_micros * span.today // (span.today + span.after)
    own_micros = span.amount_micros * span.today // (span.before + span.today + span.after)
    return min(own_micros, left_micros)


def weekday(ordinal: int) -> int:
    """Return which day of the week a day is; Monday is zero."""
    return (ordinal + SUNDAY) % WEEK


class Calendar(Struct, frozen=True):
    """Days around one day whose bounds are known; the others are taken for days of 24 hours."""

    today: int
    """Its number in the calendar of all days, as the others are told by."""
    start_ms: int
    hours_ms: tuple[int, ...]
    clock_hours: tuple[int, ...]
    terms: TermsSet
    week: tuple[int, ...] = EVEN_WEEK
    """What each weekday spends, Monday first."""

    def day_of(self, at_ms: int) -> int:
        """Return which day a moment is on."""
        return self.today + (at_ms - self.start_ms) // DAY_MS

    def weight(self, day: int) -> int:
        """Return what one day weighs: its weekday, as much as it is open."""
        is_today = day == self.today
        open_ms = dayparts.open_ms(
            self.terms,
            weekday(day),
            self.clock_hours if is_today else CLOCK_HOURS,
            self.hours_ms if is_today else HOURS_MS,
            self.start_ms + (day - self.today) * DAY_MS,
        )
        return self.week[weekday(day)] * sum(open_ms)

    def weights(self, first: int, last: int) -> int:
        """Return what the days from one to another weigh, both included, however many there are."""
        terms = self.terms
        begins = first if terms.start_ms is None else max(first, self.day_of(terms.start_ms))
        ends = last if terms.end_ms is None else min(last, self.day_of(terms.end_ms))
        edges = sorted({begins, ends})
        if begins > ends:
            return 0
        days = max(0, ends - begins - 1)
        full = [opened_ms(terms, day) * self.week[day] for day in range(WEEK)]
        weeks, rest = divmod(days, WEEK)
        between = weeks * sum(full) + sum(full[weekday(begins + 1 + day)] for day in range(rest))
        return between + sum(map(self.weight, edges))


def opened_ms(terms: TermsSet, day: int) -> int:
    """Return how long a day of the week is open."""
    return terms.open_hours[day].bit_count() * HOUR_MS if terms.open_hours else DAY_MS


def week_of(costs: Iterable[tuple[int, int]], terms: TermsSet) -> tuple[int, ...]:
    """Return what each weekday spends in thousandths of an average one, from past days and their cost.

    They are shrunk to each other, since some weeks tell little of a weekday and our own targets are in what
    was spent; under a week of days, all are the same.
    """
    counts, sums = [0] * WEEK, [0] * WEEK
    for day, micros in costs:
        open_ms = opened_ms(terms, weekday(day))
        if open_ms:
            counts[weekday(day)] += 1
            sums[weekday(day)] += micros * DAY_MS // open_ms
    total, days = sum(sums), sum(counts)
    if days < WEEK or not total:
        return EVEN_WEEK
    return tuple(_shrunk(count, micros, days, total) for count, micros in zip(counts, sums, strict=True))


def _shrunk(count: int, micros: int, days: int, total: int) -> int:
    permille = 1000 * (micros * days + PRIOR_DAYS * total) // ((count + PRIOR_DAYS) * total)
    return min(max(permille, LEAST_PERMILLE), MOST_PERMILLE)
