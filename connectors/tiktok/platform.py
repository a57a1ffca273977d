"""TikTok behind the port."""

from __future__ import annotations

from typing import TYPE_CHECKING

from connectors.errors import NotConfigured
from connectors.quota import Limits, Quota
from connectors.tiktok import reads, writes
from connectors.tiktok.client import Client
from connectors.tiktok.errors import NAME

if TYPE_CHECKING:
    from collections.abc import Sequence

    from connectors.ports import Account, Campaign, DaySpend, HourSpend, LocalDay
    from infra.settings.model import Settings, TikTokSettings
    from infra.world_time import WorldTime


class TikTok:
    """TikTok, as the user whose token the settings have; see ``connectors.ports.Platform``."""

    writes_max = writes.IDS_MAX

    def __init__(self, settings: TikTokSettings, time: WorldTime, share_percent: int = 100) -> None:
        if settings.access_token is None or not settings.access_token.get_secret_value():
            raise NotConfigured(
                NAME, "it has no token; set tiktok.access_token (HEADGATE_TIKTOK__ACCESS_TOKEN)"
            )
        limits = Limits(
            settings.requests_per_second,
            settings.requests_per_minute,
            settings.requests_per_day,
            settings.minute_penalty_ms,
        )
        self.name = NAME
        self.lag_ms = settings.lag_ms
        self._page_size = settings.page_size
        quota = Quota(NAME, limits.share(share_percent), time)
        self._client = Client(settings, settings.access_token.get_secret_value(), quota)

    async def validate(self, account: str) -> Account:
        """Return the account, which proves that it can be reached with these credentials."""
        return await reads.read_account(self._client, account)

    async def list_campaigns(self, account: str, only: Sequence[str] | None = None) -> list[Campaign]:
        """Return all campaigns, removed ones too, or those named; one that is not there is left out."""
        return await reads.read_campaigns(self._client, account, only, self._page_size)

    async def read_hours(self, account: Account, day: LocalDay) -> list[HourSpend]:
        """Return what each campaign has spent in each hour of a day; hours without delivery are left out."""
        return await reads.read_hours(self._client, account, day, self._page_size)

    async def read_days(self, account: Account, first: str, last: str) -> list[DaySpend]:
        """Return what each campaign has spent on each of some days, both ends included, 30 days at most."""
        return await reads.read_days(self._client, account, first, last, self._page_size)

    async def pause(self, account: str, campaigns: Sequence[str]) -> None:
        """Bring campaigns to a stand; ``Partial`` names those for which it did not work."""
        await writes.set_status(self._client, account, campaigns, "DISABLE")

    async def resume(self, account: str, campaigns: Sequence[str]) -> None:
        """Let campaigns run; ``Partial`` names those for which it did not work."""
        await writes.set_status(self._client, account, campaigns, "ENABLE")

    async def set_budget(self, account: str, campaign: str, daily_budget_micros: int) -> None:
        """Give a campaign another daily budget, in micros of the account's currency."""
        await writes.set_budget(self._client, account, campaign, daily_budget_micros)

    async def close(self) -> None:
        """Let go of connections."""
        await self._client.close()


def open_platform(settings: Settings, time: WorldTime, share_percent: int) -> TikTok:
    """Return TikTok by its settings; ``NotConfigured`` when they have no token."""
    return TikTok(settings.tiktok, time, share_percent)
