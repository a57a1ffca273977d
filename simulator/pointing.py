"""Which world the settings ask for, and which settings make Headgate's other roles talk to it."""

from __future__ import annotations

import json
from dataclasses import fields
from typing import TYPE_CHECKING

from infra.settings.sources import variable_of
from simulator.quota import Quota
from simulator.tiktok.accounts import App
from simulator.tiktok.front import ROOT
from simulator.world import WorldTerms
from simulator.world.making import accounts

if TYPE_CHECKING:
    from infra.settings import Settings


def terms_of(settings: Settings) -> WorldTerms:
    """Return the terms of the world that the settings ask for."""
    return WorldTerms(**{one.name: getattr(settings.simulator, one.name) for one in fields(WorldTerms)})


def quota_of(settings: Settings) -> Quota:
    """Return what it allows: just the tier that the settings say the real platform does."""
    tiktok = settings.tiktok
    return Quota(
        tiktok.requests_per_second,
        tiktok.requests_per_minute,
        tiktok.requests_per_day,
        tiktok.minute_penalty_ms,
    )


def values(settings: Settings, url: str) -> dict[str, object]:
    """Return the settings, by name, with which a role takes the simulator at `url` for the platforms."""
    return {
        "accounts": [account.subject for account in accounts(terms_of(settings))],
        "tiktok.base_url": url + ROOT,
        "tiktok.access_token": App().access_token,
        "tiktok.lag_ms": settings.simulator.lag_ms,
    }


def environment(settings: Settings, url: str) -> dict[str, str]:
    """Return the same as variables of the environment."""
    return {
        variable_of(name): value if isinstance(value, str) else json.dumps(value)
        for name, value in values(settings, url).items()
    }
