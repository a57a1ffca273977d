"""What TikTok can be told: to run campaigns or not, and with which budget."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, Literal

import msgspec

from connectors.errors import InvalidRequest, Partial, Transient
from connectors.money import to_units
from connectors.tiktok.errors import NAME, OK, PARTIAL, RATE_LIMITED, error_of
from connectors.tiktok.translate import DAY_BUDGET, TheirFailure

if TYPE_CHECKING:
    from collections.abc import Sequence

    from connectors.errors import PlatformError
    from connectors.tiktok.client import Client

STATUS_PATH: Final = "campaign/status/update/"
CAMPAIGN_PATH: Final = "campaign/update/"
IDS_MAX: Final = 20

# An amount goes out with its own digits; nothing on the way makes a double of it.
_ENCODER: Final = msgspec.json.Encoder(decimal_format="number")


class StatusAnswer(msgspec.Struct, frozen=True):
    """For which campaigns a change of status worked, and for which it did not."""

    campaign_ids: list[str] = msgspec.field(default_factory=list)
    errors: list[TheirFailure] = msgspec.field(default_factory=list)


async def set_status(
    client: Client, account: str, campaigns: Sequence[str], status: Literal["ENABLE", "DISABLE"]
) -> None:
    """Give campaigns a status; ``Partial`` when it did not work for all."""
    if not 1 <= len(campaigns) <= IDS_MAX:
        raise InvalidRequest(NAME, f"{len(campaigns)} campaigns in one call; 1 to {IDS_MAX} can be written")
    body = {"advertiser_id": account, "campaign_ids": list(campaigns), "operation_status": status}
    envelope = await client.post(STATUS_PATH, _ENCODER.encode(body))
    if envelope.code != PARTIAL:
        return
    failed = _failures(client, campaigns, client.data(STATUS_PATH, envelope, StatusAnswer))
    raise Partial(NAME, f"the status of {len(failed)} of {len(campaigns)} campaigns stands", failed=failed)


async def set_budget(client: Client, account: str, campaign: str, daily_budget_micros: int) -> None:
    """Give a campaign a daily budget."""
    body = {
        "advertiser_id": account,
        "campaign_id": campaign,
        "budget_mode": DAY_BUDGET,
        "budget": to_units(daily_budget_micros),
    }
    envelope = await client.post(CAMPAIGN_PATH, _ENCODER.encode(body))
    if envelope.code != OK:
        raise Transient(NAME, f"the budget of {campaign} is in doubt: {client.words(envelope.message)}")


def _failures(client: Client, asked: Sequence[str], answer: StatusAnswer) -> dict[str, PlatformError]:
    """Return for which campaigns it did not work; one of which nothing was said is in doubt, so it counts."""
    told = {failure.campaign_id: failure for failure in answer.errors}
    worked = set(answer.campaign_ids) - told.keys()
    return {campaign: _failure(client, told.get(campaign)) for campaign in asked if campaign not in worked}


def _failure(client: Client, told: TheirFailure | None) -> PlatformError:
    if told is None or told.error_code in (OK, PARTIAL, RATE_LIMITED):
        return Transient(NAME, "a part of the change failed, and it did not say why")
    return error_of(told.error_code, f"{client.words(told.error_message)} (code {told.error_code})")
