"""Averages by hour of the week, packed: nine lines of 24 hours, two for kinds of days and seven for weekdays.

A day is either a working day or at a weekend; a weekday never seen is first of all a day of its kind.
"""

import struct
from typing import Final

from msgspec import Struct

HOURS: Final = 24
_LINES: Final = 9
_SATURDAY: Final = 5


class Grid(Struct, frozen=True):
    """How the averages of one kind of row are packed, and how slowly they come to forget."""

    values: struct.Struct
    counts: struct.Struct
    fine: int
    """By how many bits a value is finer than a weight."""
    kind_days_max: int
    weekday_days_max: int

    @property
    def nothing(self) -> bytes:
        """Return the values of one who knows nothing."""
        return bytes(_LINES * self.values.size)

    @property
    def unseen(self) -> bytes:
        """Return the counts of one who has seen nothing."""
        return bytes(_LINES * self.counts.size)

    def line(self, packed: bytes, number: int) -> tuple[int, ...]:
        """Return the values of one line."""
        return self.values.unpack_from(packed, number * self.values.size)

    def count(self, packed: bytes, number: int) -> tuple[int, ...]:
        """Return how often each hour of a line was seen."""
        return self.counts.unpack_from(packed, number * self.counts.size)

    def fold(
        self, shape: bytes, seen: bytes, weekday: int, hours: list[tuple[int, int]]
    ) -> tuple[bytes, bytes]:
        """Return values and counts with the hours of one day in them, each its clock hour and weight."""
        for number, most in ((kind(weekday), self.kind_days_max), (2 + weekday, self.weekday_days_max)):
            values, counts = list(self.line(shape, number)), list(self.count(seen, number))
            for hour, weight in hours:
                count = counts[hour]
                if count < most:
                    count += 1
                    counts[hour] = count
                old = values[hour]
                # Half of the divisor rounds, else every average would sink.
                values[hour] = old + ((weight << self.fine) - old + count // 2) // count
            shape = _put(shape, number * self.values.size, self.values.pack(*values))
            seen = _put(seen, number * self.counts.size, self.counts.pack(*counts))
        return shape, seen


# Two weeks tell a campaign's kinds of days, eight a weekday; what many share moves slowly and is kept finer.
OWN: Final = Grid(struct.Struct("<24H"), struct.Struct("<24B"), 0, 14, 8)
POOLED: Final = Grid(struct.Struct("<24I"), struct.Struct("<24H"), 12, 512, 256)


def kind(weekday: int) -> int:
    """Return the line of a weekday's kind: working days, or the weekend."""
    return int(weekday >= _SATURDAY)


def _put(packed: bytes, start: int, part: bytes) -> bytes:
    return packed[:start] + part + packed[start + len(part) :]
