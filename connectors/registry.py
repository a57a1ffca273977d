"""Which platforms there are, opened by what the settings give for them."""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Final

from connectors.errors import NotConfigured
from connectors.unconfigured import Unconfigured

if TYPE_CHECKING:
    from collections.abc import Mapping

    from connectors.ports import Platform
    from infra.settings.model import Settings
    from infra.world_time import WorldTime

# Each folder is imported only when its platform is opened: its libraries come with an extra.
PLATFORMS: Final = {"tiktok": "connectors.tiktok"}


def open_platforms(
    settings: Settings, time: WorldTime, *, share_percent: int = 100
) -> Mapping[str, Platform]:
    """Return every known platform by its name, and those that accounts of the settings are on.

    One whose calls cannot be made raises ``NotConfigured`` at each. Quotas belong to a credential and several
    processes use it: `share_percent` is the part that this process may take.
    """
    named = {account.split("/")[1] for account in settings.accounts}
    return {name: _open(name, settings, time, share_percent) for name in sorted({*PLATFORMS, *named})}


def _open(name: str, settings: Settings, time: WorldTime, share_percent: int) -> Platform:
    if name not in PLATFORMS:
        return Unconfigured(name, f"it is not one of the platforms known here: {', '.join(PLATFORMS)}")
    try:
        opened: Platform = import_module(PLATFORMS[name]).open_platform(settings, time, share_percent)
    except NotConfigured as missing:
        return Unconfigured(name, missing.detail)
    return opened
