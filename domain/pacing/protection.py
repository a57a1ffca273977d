"""Limits of single hours: what one may not have goes to others that may, and nothing of the day is lost.

Shares of the day are counted in parts of `WHOLE`, so that a plan's shape is the same whatever its amount.
"""

from collections.abc import Sequence
from typing import Final

from domain import money
from domain.local_time import HOUR_MS

WHOLE: Final = 10**12

Shares = tuple[int, ...]


def protect(weights: Sequence[int], open_ms: Sequence[int], first: Shares, every: Shares) -> Shares | None:
    """Return each hour's share of `WHOLE` in proportion to weights, or ``None`` if those need no limits.

    Where the limits leave too little room for the whole, those of the `first` hours give way to those of
    `every` hour, and then these to what is open, evenly.
    """
    caps = tuple(map(min, first, every))
    whole = sum(weights)
    if all(weight * WHOLE <= cap * whole for weight, cap in zip(weights, caps, strict=True)):
        return None
    room = sum(caps)
    if room >= WHOLE:
        return filled(WHOLE, weights, caps, open_ms)
    if sum(every) < WHOLE:
        return money.spread(WHOLE, open_ms)
    more = tuple(high - low for high, low in zip(every, caps, strict=True))
    return tuple(map(sum, zip(caps, filled(WHOLE - room, weights, more, open_ms), strict=True)))


def trimmed(hours: Shares, first: Shares, every: Shares) -> Shares:
    """Return the amounts with none above its limit by the micro that dividing rounds up, if there is room."""
    whole = sum(hours)
    for limits in (tuple(map(min, first, every)), every):
        caps = [limit * whole // WHOLE for limit in limits]
        if sum(caps) >= whole:
            return _within(hours, caps)
        if sum(limits) >= WHOLE:
            break  # there would be room but for the rounding
    return hours


def _within(hours: Shares, caps: Sequence[int]) -> Shares:
    kept = list(map(min, hours, caps))
    over = sum(hours) - sum(kept)
    while over:
        # A micro each, so that a plan stays in proportion.
        for hour, cap in enumerate(caps):
            if over and kept[hour] < cap:
                kept[hour] += 1
                over -= 1
    return tuple(kept)


def filled(whole: int, weights: Sequence[int], caps: Shares, open_ms: Sequence[int]) -> Shares:
    """Divide in proportion to weights, no part above its cap; there is room for the whole in the caps.

    What is over when all that have weight are full, those that have none take evenly.
    """
    parts, left = [0] * len(caps), whole
    free = [at for at, cap in enumerate(caps) if cap]
    while free:
        of = [weights[at] for at in free]
        if not any(of):
            of = [open_ms[at] for at in free]
        total = sum(of)
        full = [at for at, weight in zip(free, of, strict=True) if left * weight >= caps[at] * total]
        if not full:
            for at, part in zip(free, money.spread(left, of), strict=True):
                parts[at] = part
            break
        for at in full:
            parts[at] = caps[at]
            left -= caps[at]
        free = [at for at in free if not parts[at]]
    return tuple(parts)


def first_hours(
    ahead: Sequence[int], day_ms: int, hours: int, permille: int, scale: tuple[int, int]
) -> Shares:
    """Return what the first hours of a day may have of an even one, and the others without a limit.

    `scale` is the day's amount over what of it is to be divided; an even hour is one of the open day.
    """
    over, under = WHOLE * scale[0] * permille, 1000 * day_ms * scale[1]
    return tuple(
        (over * open_ms // under if hour < hours else WHOLE) if open_ms else 0
        for hour, open_ms in enumerate(ahead)
    )


def every_hour(ahead: Sequence[int], permille: int, scale: tuple[int, int]) -> Shares:
    """Return what any hour may have of a day's amount; half an hour may have half of it."""
    over, under = WHOLE * scale[0] * permille, 1000 * HOUR_MS * scale[1]
    return tuple(min(WHOLE, over * open_ms // under) for open_ms in ahead)
