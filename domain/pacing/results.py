"""What a day's spend led to: impressions, clicks and conversions of each hour, in one string of bytes."""

import struct
from collections.abc import Iterator

_HOUR = struct.Struct("<III")
_SIZE = _HOUR.size
_NOTHING = _HOUR.pack(0, 0, 0)
COUNT_KEPT_MAX = 2**32 - 1  # an hour of more is kept as this: rates are what they are for

Results = tuple[int, int, int]


def put(results: bytes, hour: int, impressions: int, clicks: int, conversions: int) -> bytes:
    """Return the results with an hour's totals in."""
    if impressions <= COUNT_KEPT_MAX and clicks <= COUNT_KEPT_MAX and conversions <= COUNT_KEPT_MAX:
        packed = _HOUR.pack(impressions, clicks, conversions)
    else:
        packed = _HOUR.pack(*(min(count, COUNT_KEPT_MAX) for count in (impressions, clicks, conversions)))
    start = hour * _SIZE
    if start >= len(results):
        return results + _NOTHING * (hour - len(results) // _SIZE) + packed
    return results[:start] + packed + results[start + _SIZE :]


def hours(results: bytes) -> Iterator[Results]:
    """Return impressions, clicks and conversions of each hour."""
    return _HOUR.iter_unpack(results)


def totals(results: bytes) -> Results:
    """Return impressions, clicks and conversions of the whole day so far."""
    impressions = clicks = conversions = 0
    for one in _HOUR.iter_unpack(results):
        impressions += one[0]
        clicks += one[1]
        conversions += one[2]
    return impressions, clicks, conversions
