"""The spend that is durable: the account agent's rows, read from its changelog as they are committed."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

import msgspec

from domain.account.rows import AnyRow
from domain.pacing import cells
from domain.pacing.rows import AccountRow, CampaignRow, DayRow
from streams.engine.values import VERSION_BYTES

if TYPE_CHECKING:
    from headgate.demo.ledger import CampaignDay

_decode = msgspec.msgpack.Decoder(AnyRow).decode


class DurableSpend:
    """Spend per campaign and day, and its sum by currency, of all rows taken so far."""

    def __init__(self) -> None:
        self.spend: dict[CampaignDay, int] = {}
        self._currencies: dict[str, str] = {}
        self._by_subject: Counter[str] = Counter()
        # A campaign's newest day lies in its own row, and there may be an older row of that same day.
        self._newest: dict[tuple[str, str], tuple[str, int]] = {}
        self._days: dict[CampaignDay, int] = {}

    def totals(self) -> Counter[str]:
        """Return the sums by currency."""
        sums: Counter[str] = Counter()
        for subject, micros in list(self._by_subject.items()):
            if currency := self._currencies.get(subject):
                sums[currency] += micros
        return sums

    def take(self, key: bytes, value: bytes | None) -> None:
        """Take a row, or its deletion."""
        if key.startswith(b"\0"):
            return
        subject, *rest = key.decode().split("\0")
        row = None if value is None else _decode(value[VERSION_BYTES:])
        match rest:
            case []:
                if isinstance(row, AccountRow):
                    self._currencies[subject] = row.currency
            case [campaign]:
                self._campaign(subject, campaign, row)
            case [campaign, day]:
                self._day((subject, campaign, day), row)
            case _:
                pass  # the transaction ids already counted

    def _campaign(self, subject: str, campaign: str, row: object) -> None:
        before, _ = self._newest.get((subject, campaign), ("", 0))
        if isinstance(row, CampaignRow):
            self._newest[subject, campaign] = (row.day, row.spent_micros + row.recorded_micros)
        else:
            self._newest.pop((subject, campaign), None)
        for day in {before, row.day if isinstance(row, CampaignRow) else ""} - {""}:
            self._settle((subject, campaign, day))

    def _day(self, where: CampaignDay, row: object) -> None:
        if isinstance(row, DayRow):
            self._days[where] = sum(cells.totals(row.cells)) + row.recorded_micros
        else:
            self._days.pop(where, None)
        self._settle(where)

    def _settle(self, where: CampaignDay) -> None:
        subject, campaign, day = where
        newest, micros = self._newest.get((subject, campaign), ("", 0))
        known = micros if newest == day else self._days.get(where)
        self._by_subject[subject] += (known or 0) - self.spend.get(where, 0)
        if known is None:
            self.spend.pop(where, None)
        else:
            self.spend[where] = known
