"""Advertisers and the token that reaches them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from simulator.tiktok import params as read
from simulator.tiktok.envelope import BAD_PARAMETER, Answer, Refusal

if TYPE_CHECKING:
    from simulator.running import RunningWorld
    from simulator.tiktok.params import Params

ADVERTISERS_MAX = 100
PLATFORM = "tiktok"


@dataclass(frozen=True, slots=True)
class App:
    """The app that a simulated advertiser has authorised; nothing of it is worth keeping secret."""

    app_id: str = "7000000000000000001"
    secret: str = "simulated-secret"  # noqa: S105 - opens a simulator and nothing else
    auth_code: str = "simulated-code"
    access_token: str = "simulated-token"  # noqa: S105 - opens a simulator and nothing else


def info(running: RunningWorld, params: Params, _request_id: str) -> Answer:
    """Answer advertiser/info/."""
    wanted = read.listed(params, "advertiser_ids") or []
    if not 1 <= len(wanted) <= ADVERTISERS_MAX:
        raise Refusal(BAD_PARAMETER, f"advertiser_ids: Length must be between 1 and {ADVERTISERS_MAX}")
    fields = read.listed(params, "fields")
    rows = [_row(running, account) for account in wanted]
    if fields is not None:
        rows = [{name: row[name] for name in ("advertiser_id", *fields) if name in row} for row in rows]
    return Answer({"list": rows})


def token(running: RunningWorld, app: App, params: Params) -> Answer:
    """Answer oauth2/access_token/."""
    given = [read.text(params, name) for name in ("app_id", "secret", "auth_code")]
    if given != [app.app_id, app.secret, app.auth_code]:
        raise Refusal(BAD_PARAMETER, "app_id, secret or auth_code is not valid")
    accounts = [one.account for one in running.world.accounts.values() if one.platform == PLATFORM]
    return Answer({"access_token": app.access_token, "advertiser_ids": accounts, "scope": [4]})


def _row(running: RunningWorld, account: str) -> Params:
    found = running.world.accounts.get(account)
    if found is None or found.platform != PLATFORM:
        raise read.no_permission(account)
    return {
        "advertiser_id": account,
        "name": found.name,
        "currency": found.currency,
        "timezone": found.time_zone,
        "display_timezone": found.time_zone,
        "status": "STATUS_ENABLE",
    }
