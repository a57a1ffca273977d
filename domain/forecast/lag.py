"""How much of what was spent a platform has reported by then, learned from what it reported in the end.

Of each hour the account's total is noted at certain ages. When it is two days old, nearly nothing comes any
more, restatements are in, and what was noted is compared with what it has become. What that means for a
campaign's day, `domain.forecast.nowcast` says.
"""

import struct
from bisect import bisect_right
from typing import Final

from msgspec.structs import replace

from domain.decision import Row
from domain.draft import Draft
from domain.local_time import HOUR_MS
from domain.pacing import hours
from domain.pacing.rows import HoursRow
from events.types import PollCompleted

MINUTE_MS: Final = 60_000
PPM: Final = 1_000_000
# Ages of an hour, from its end; before that it is still running.
AGES_MS: Final = tuple(
    minutes * MINUTE_MS for minutes in (-45, -30, -15, 0, 15, 30, 60, 120, 180, 360, 720, 1440)
)
RIPE_MS: Final = 72 * HOUR_MS  # after its day's start: then also its last hour is two days old
DAYS_MAX: Final = 5
HOURS_MAX: Final = 26
LATE_MS: Final = 15 * MINUTE_MS  # a note may be so much older than the age that it stands for
COUNTED_MAX: Final = 14  # two weeks of days: what is older fades
HOURS_MIN: Final = 3  # fewer hours of a day tell more of themselves than of the day's lag
SHARE_MAX_PPM: Final = 4 * PPM
# While days are few, a share is taken to differ from day to day as it does when a lag differs by a fifth:
# by a quarter of what is both there and missing.
FIRST_OFF_PART: Final = 4

_NOTE: Final = struct.Struct("<q")
_NOTHING: Final = -1
_NOTE_MAX: Final = 2**63 - 1
_EMPTY: Final = _NOTE.pack(_NOTHING) * (len(AGES_MS) * HOURS_MAX)

Stats = tuple[int, int, int]
"""How many days were compared at an age, which part was reported by then, and by how much days differ."""
Noted = tuple[str, int, bytes]
"""A day, when it began, and its hours' totals at each age."""


class LagRow(Row, frozen=True, tag="l"):
    """What is known of a platform's lag for one account."""

    delay_ms: int = 0  # what the connector says: up to here before now the figures are whole
    stats: tuple[Stats, ...] = ((0, 0, 0),) * len(AGES_MS)
    noted: tuple[Noted, ...] = ()


def lag_key(subject: str) -> bytes:
    """Return where an account's lag lies; no campaign has an empty name."""
    return f"{subject}\0\0lag".encode()


def learn(draft: Draft, subject: str, completed: PollCompleted) -> None:
    """Take in how an account's hours stand after a read of one of its days."""
    if completed.kind != "spend" or completed.day is None:
        return
    key = lag_key(subject)
    row: LagRow = draft.get(key) or LagRow()
    learned = replace(row, delay_ms=max(0, completed.as_of_ms - completed.complete_until_ms))
    seen = hours.of_day(draft.get, subject, completed.day)
    if seen is not None and seen.start_ms <= completed.as_of_ms < seen.start_ms + RIPE_MS:
        learned = _with_notes(learned, seen, completed.as_of_ms)
    learned = _ripened(draft, subject, learned, completed.as_of_ms)
    if learned != row:
        draft.changes[key] = learned


def _with_notes(row: LagRow, seen: HoursRow, as_of_ms: int) -> LagRow:
    """Return the row with the day's hours noted that have just come to an age."""
    day, start_ms, totals = seen.day, seen.start_ms, seen.hours_micros
    known = {name: notes for name, _, notes in row.noted}
    notes = bytearray(known.get(day, _EMPTY))
    for hour in range(HOURS_MAX):
        age_ms = as_of_ms - start_ms - (hour + 1) * HOUR_MS
        if age_ms < AGES_MS[0]:
            break
        number = _age_reached(age_ms)
        where = (hour * len(AGES_MS) + number) * _NOTE.size
        if number >= 0 and _NOTE.unpack_from(notes, where)[0] == _NOTHING:
            micros = totals[hour] if hour < len(totals) else 0
            # Of a running hour the share of what it should have by now counts, so it is noted as a whole one.
            whole = micros * HOUR_MS // (HOUR_MS + age_ms) if age_ms < 0 else micros
            _NOTE.pack_into(notes, where, min(max(whole, 0), _NOTE_MAX))
    if bytes(notes) == known.get(day):
        return row
    others = [one for one in row.noted if one[0] != day]
    return replace(row, noted=tuple(sorted([*others, (day, start_ms, bytes(notes))])[-DAYS_MAX:]))


def _age_reached(age_ms: int) -> int:
    """Return the number of the age that an hour has just reached, or one below zero."""
    number = bisect_right(AGES_MS, age_ms) - 1
    following = AGES_MS[number + 1] if number + 1 < len(AGES_MS) else AGES_MS[number] * 2
    return number if age_ms - AGES_MS[number] <= max(LATE_MS, (following - AGES_MS[number]) // 4) else -1


def _ripened(draft: Draft, subject: str, row: LagRow, now_ms: int) -> LagRow:
    """Return the row with what the days that are ripe have taught, and without their notes."""
    ripe = [one for one in row.noted if now_ms >= one[1] + RIPE_MS]
    if not ripe:
        return row
    stats = list(row.stats)
    for day, _, notes in ripe:
        became = hours.of_day(draft.get, subject, day)
        _compare(stats, notes, became.hours_micros if became is not None else ())
    return replace(row, stats=tuple(stats), noted=tuple(one for one in row.noted if one not in ripe))


def _compare(stats: list[Stats], notes: bytes, totals: tuple[int, ...]) -> None:
    """Hold what was noted of a day's hours against what they have become."""
    values = [note for (note,) in _NOTE.iter_unpack(notes)]
    for number in range(len(AGES_MS)):
        noted = [
            (note, final)
            for note, final in zip(values[number :: len(AGES_MS)], totals, strict=False)
            if note != _NOTHING and final > 0
        ]
        if len(noted) >= HOURS_MIN:
            share = sum(note for note, _ in noted) * PPM // sum(final for _, final in noted)
            stats[number] = _averaged(stats[number], min(share, SHARE_MAX_PPM))


def _averaged(stats: Stats, share_ppm: int) -> Stats:
    """Return an age's statistics with another day; it is held against what was known without it."""
    count, mean_ppm, off_ppm = stats
    count = min(count + 1, COUNTED_MAX)
    if count == 1:
        return count, share_ppm, share_ppm * max(0, PPM - share_ppm) // (PPM * FIRST_OFF_PART)
    off = abs(share_ppm - mean_ppm)
    return count, mean_ppm + (share_ppm - mean_ppm) // count, off_ppm + (off - off_ppm) // count
