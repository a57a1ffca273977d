"""What a platform can be asked, and in which words it answers; each platform's folder speaks them."""

from collections.abc import Sequence
from typing import Protocol

from msgspec import Struct

from events.types import CampaignStatus


class Account(Struct, frozen=True):
    """An ad account as the platform shows it."""

    account: str
    name: str
    currency: str
    time_zone: str


class Campaign(Struct, frozen=True):
    """A campaign as it stands on the platform."""

    campaign: str
    name: str
    status: CampaignStatus
    daily_budget_micros: int | None
    """Without a daily budget of its own this is null."""
    mark: str
    """The platform's own mark of the campaign's last change; empty where it has none."""


class LocalDay(Struct, frozen=True):
    """A calendar day of an account, and when it begins and ends there."""

    day: str
    start_ms: int
    end_ms: int


class HourSpend(Struct, frozen=True):
    """Totals so far of one campaign in one hour, counted from the start of the account's day."""

    campaign: str
    hour: int
    spend_micros: int
    impressions: int = 0
    clicks: int = 0
    conversions: int = 0


class DaySpend(Struct, frozen=True):
    """Total so far of one campaign on one day."""

    campaign: str
    day: str
    spend_micros: int


class Platform(Protocol):
    """One platform, as one of its users; what its methods raise is in ``connectors.errors``.

    A read is whole or raises: half of an answer never looks like all of it.
    """

    name: str
    lag_ms: int
    """How far behind its figures are, by what is known; what is older can be trusted."""
    writes_max: int
    """How many campaigns one call of ``pause`` or ``resume`` takes."""

    async def validate(self, account: str) -> Account:
        """Return the account, which proves that it can be reached with these credentials."""
        ...

    async def list_campaigns(self, account: str, only: Sequence[str] | None = None) -> list[Campaign]:
        """Return all campaigns, removed ones too, or those named; one that is not there is left out."""
        ...

    async def read_hours(self, account: Account, day: LocalDay) -> list[HourSpend]:
        """Return what each campaign has spent in each hour of a day; hours without delivery are left out."""
        ...

    async def read_days(self, account: Account, first: str, last: str) -> list[DaySpend]:
        """Return what each campaign has spent on each of some days, both ends included, 30 days at most."""
        ...

    async def pause(self, account: str, campaigns: Sequence[str]) -> None:
        """Bring campaigns to a stand; ``Partial`` names those for which it did not work."""
        ...

    async def resume(self, account: str, campaigns: Sequence[str]) -> None:
        """Let campaigns run; ``Partial`` names those for which it did not work."""
        ...

    async def set_budget(self, account: str, campaign: str, daily_budget_micros: int) -> None:
        """Give a campaign another daily budget, in micros of the account's currency."""
        ...

    async def close(self) -> None:
        """Let go of connections."""
        ...
