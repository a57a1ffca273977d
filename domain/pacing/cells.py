"""The cells of a day: one total an hour, of which the newest ``as_of`` wins whatever order they come in.

Twelve bytes an hour (total, and when it was true), in one string of bytes: a row is read and written for
every observation, and unpacking one cell costs a fraction of unpacking a day of them.
"""

import struct
from collections.abc import Iterator

_CELL = struct.Struct("<qI")
_SIZE = _CELL.size
_UNHEARD = _CELL.pack(0, 0)

# ``as_of`` counts milliseconds since the day began, plus one: zero means that nobody told of the hour.
SINCE_START_MS_MAX = 2**32 - 2  # 49 days


def put(cells: bytes, hour: int, micros: int, since_start_ms: int) -> tuple[bytes, int] | None:
    """Return the cells with this total in and the total before, or ``None`` if they know something newer.

    Of two totals with the same ``as_of`` the larger one stands, so that order does not matter.
    """
    start = hour * _SIZE
    heard = since_start_ms + 1
    if start >= len(cells):
        missing = hour - len(cells) // _SIZE
        return cells + _UNHEARD * missing + _CELL.pack(micros, heard), 0
    before, known = _CELL.unpack_from(cells, start)
    if heard < known or (heard == known and micros <= before):
        return None
    return cells[:start] + _CELL.pack(micros, heard) + cells[start + _SIZE :], before


def is_known(cells: bytes, hour: int) -> bool:
    """Say whether anybody has told of an hour before."""
    start = hour * _SIZE
    return start < len(cells) and _CELL.unpack_from(cells, start)[1] > 0


def totals(cells: bytes) -> Iterator[int]:
    """Return the total of each hour."""
    return (micros for micros, _ in _CELL.iter_unpack(cells))
