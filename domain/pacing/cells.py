"""The cells of a day: one total an hour, of which the newest ``as_of`` wins whatever order they come in."""

Totals = tuple[int, ...]
UNKNOWN = -1  # the ``as_of`` of an hour that nobody has told us of


def newer(
    micros: Totals, as_of: Totals, hour: int, total_micros: int, total_as_of: int
) -> tuple[Totals, Totals] | None:
    """Return both rows of cells with this total in, or ``None`` if they know something newer.

    Of two totals with the same ``as_of`` the larger one stands, so that order does not matter.
    """
    missing = hour - len(micros)
    if missing >= 0:
        return (
            (*micros, *(0,) * missing, total_micros),
            (*as_of, *(UNKNOWN,) * missing, total_as_of),
        )
    if total_as_of < as_of[hour] or (total_as_of == as_of[hour] and total_micros <= micros[hour]):
        return None
    after = hour + 1
    return (
        (*micros[:hour], total_micros, *micros[after:]),
        (*as_of[:hour], total_as_of, *as_of[after:]),
    )
