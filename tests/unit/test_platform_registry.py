import asyncio

import pytest
from pydantic import SecretStr, ValidationError

from connectors.errors import NotConfigured, PlatformError
from connectors.local_days import local_day
from connectors.ports import Account, Platform
from connectors.registry import open_platforms
from connectors.tiktok import TikTok
from connectors.unconfigured import Unconfigured
from infra.settings.model import Settings, TikTokSettings
from infra.world_time import WorldTime

ACCOUNT = Account("1", "One", "USD", "UTC")


def errors_of(platform: Platform) -> set[type[PlatformError]]:
    """Return what each call of a platform raises."""

    async def run() -> set[type[PlatformError]]:
        errors = set()
        for call in (
            platform.validate("1"),
            platform.list_campaigns("1"),
            platform.read_hours(ACCOUNT, local_day("UTC", 0)),
            platform.read_days(ACCOUNT, "2026-11-20", "2026-11-20"),
            platform.pause("1", ["c"]),
            platform.resume("1", ["c"]),
            platform.set_budget("1", "c", 1),
        ):
            with pytest.raises(PlatformError) as raised:
                await call
            errors.add(type(raised.value))
        await platform.close()
        return errors

    return asyncio.run(run())


@pytest.mark.parametrize("token", [None, SecretStr("")])
def test_a_platform_without_credentials_says_so_at_every_call_and_nothing_crashes(
    token: SecretStr | None,
) -> None:
    """Whoever starts without a token learns which setting it is."""
    platforms = open_platforms(Settings(tiktok=TikTokSettings(access_token=token)), WorldTime())
    assert isinstance(platforms["tiktok"], Unconfigured)
    assert errors_of(platforms["tiktok"]) == {NotConfigured}
    with pytest.raises(NotConfigured, match=r"tiktok\.access_token"):
        asyncio.run(platforms["tiktok"].validate("1"))


def test_an_account_on_a_platform_that_nobody_knows_is_told_so() -> None:
    """A typing error in the list of accounts stops none of the others."""
    platforms = open_platforms(Settings(accounts=("acme/tiktak/1",)), WorldTime())
    assert set(platforms) == {"tiktok", "tiktak"}
    with pytest.raises(NotConfigured, match="platforms known here: tiktok"):
        asyncio.run(platforms["tiktak"].validate("1"))


def test_with_a_token_the_platform_is_opened() -> None:
    """Opening calls nobody."""
    settings = Settings(tiktok=TikTokSettings(access_token=SecretStr("one"), lag_ms=7))
    platform = open_platforms(settings, WorldTime(), share_percent=20)["tiktok"]
    assert isinstance(platform, TikTok)
    assert (platform.name, platform.lag_ms, platform.writes_max) == ("tiktok", 7, 20)
    asyncio.run(platform.close())


@pytest.mark.parametrize(
    "url", ["", "business-api.tiktok.com", "ftp://there/", "https://", "https://a b/", "https://a/?x=1"]
)
def test_an_address_that_is_none_is_refused_with_the_settings(url: str) -> None:
    """Not at the first call, in the middle of the night."""
    with pytest.raises(ValidationError):
        TikTokSettings(base_url=url)
