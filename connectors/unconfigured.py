"""A platform without credentials: it has nothing, and says so."""

# ruff: noqa: ARG002 - the port's signatures, whose arguments nobody looks at here

from __future__ import annotations

from typing import TYPE_CHECKING, NoReturn

from connectors.errors import NotConfigured

if TYPE_CHECKING:
    from collections.abc import Sequence

    from connectors.ports import Account, Campaign, DaySpend, HourSpend, LocalDay


class Unconfigured:
    """Stands in for a platform that cannot be asked; every call raises ``NotConfigured``."""

    lag_ms = 0
    writes_max = 1

    def __init__(self, name: str, detail: str) -> None:
        self.name = name
        self._detail = detail

    async def validate(self, account: str) -> Account:
        """Raise."""
        self._refuse()

    async def list_campaigns(self, account: str, only: Sequence[str] | None = None) -> list[Campaign]:
        """Raise."""
        self._refuse()

    async def read_hours(self, account: Account, day: LocalDay) -> list[HourSpend]:
        """Raise."""
        self._refuse()

    async def read_days(self, account: Account, first: str, last: str) -> list[DaySpend]:
        """Raise."""
        self._refuse()

    async def pause(self, account: str, campaigns: Sequence[str]) -> None:
        """Raise."""
        self._refuse()

    async def resume(self, account: str, campaigns: Sequence[str]) -> None:
        """Raise."""
        self._refuse()

    async def set_budget(self, account: str, campaign: str, daily_budget_micros: int) -> None:
        """Raise."""
        self._refuse()

    async def close(self) -> None:
        """Do nothing, as nothing is open."""

    def _refuse(self) -> NoReturn:
        raise NotConfigured(self.name, self._detail)
