"""How often the last days were within their bands: the model's own promise, held against what came."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import numpy as np

from forecaster.panel import day_values

if TYPE_CHECKING:
    from forecaster.arrays import Floats
    from forecaster.ledger import Account
    from forecaster.panel import Row

# The places of a band's lower and upper quantile among those of the log.
BANDS: Final = {"80": (1, 3), "95": (0, 4)}
# Today's, tomorrow's, and those of a day that is not whole yet, of every account.
DAYS_REMEMBERED: Final = 4


class Proof:
    """The forecasts of the days that are not over, until they are."""

    def __init__(self) -> None:
        self._made: dict[str, dict[str, dict[str, Floats]]] = {}

    def remember(self, day_of: dict[str, str], rows: list[Row], quantiles: Floats) -> None:
        """Keep what was said of each account's day before it was over."""
        for row, said in zip(rows, quantiles, strict=True):
            days = self._made.setdefault(row.subject, {})
            days.setdefault(day_of[row.subject], {})[row.campaign] = said.astype(np.float32)
        for days in self._made.values():
            for name in sorted(days)[:-DAYS_REMEMBERED]:
                del days[name]

    def settle(self, accounts: dict[str, Account]) -> dict[str, int] | None:
        """Return per mille of hours within each band, over days that have become whole; None without any."""
        inside, hours = dict.fromkeys(BANDS, 0), 0
        for subject, days in self._made.items():
            account = accounts.get(subject)
            for name in [name for name in days if account is not None and _is_whole(account, name)]:
                for campaign, said in days.pop(name).items():
                    came = day_values(account, campaign, name) if account is not None else None
                    if came is None:
                        continue
                    known = np.isfinite(came)
                    hours += int(known.sum())
                    for band, (low, high) in BANDS.items():
                        within = (came >= said[:, low]) & (came <= said[:, high]) & known
                        inside[band] += int(within.sum())
        return {band: count * 1000 // hours for band, count in inside.items()} if hours else None


def _is_whole(account: Account, name: str) -> bool:
    day = account.days.get(name)
    return day is not None and account.told_until_ms >= day.end_ms
