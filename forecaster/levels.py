"""Which quantiles are asked for: those of the log, or those that bound the levels that somebody names."""

from __future__ import annotations

from typing import Final

from infra.errors import FixInput

# Per mille, so that a level and its quantiles are exact: what `forecast.made` carries.
LOG_QUANTILES: Final = (25, 100, 500, 900, 975)
MEDIAN: Final = 500
LEVELS_MAX: Final = 10


def quantiles_of(levels: str) -> tuple[int, ...]:
    """Return the quantiles, per mille, of levels such as `0.8,0.95`; `FixInput` when one is no level."""
    found = {MEDIAN}
    names = [name.strip() for name in levels.split(",") if name.strip()]
    if not 0 < len(names) <= LEVELS_MAX:
        raise _refusal(levels)
    for name in names:
        try:
            permille = round(float(name) * 1000)
        except (ValueError, OverflowError):
            raise _refusal(levels) from None
        # The bounds of a level lie half of what it leaves out from either end.
        if not 0 < permille < 1000 or permille % 2 or abs(float(name) * 1000 - permille) > 1e-6:  # noqa: PLR2004 - per mille, to a rounding error
            raise _refusal(levels)
        found |= {(1000 - permille) // 2, (1000 + permille) // 2}
    return tuple(sorted(found))


def column(quantile_permille: int) -> str:
    """Return the name of a quantile's column, such as `q0.025`."""
    return f"q0.{quantile_permille:03}".rstrip("0")


def _refusal(levels: str) -> FixInput:
    return FixInput(
        f"--levels {levels} are no levels of confidence.",
        f"Give up to {LEVELS_MAX} between 0 and 1 in steps of 0.002, divided by commas, such as 0.8,0.95.",
    )
