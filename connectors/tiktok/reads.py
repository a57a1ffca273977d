"""What TikTok can be asked: the account, its campaigns, its spend by hour and by day."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING, Any, Final, TypeVar

import msgspec

from connectors.errors import InvalidRequest, NotFound, Transient
from connectors.local_days import zone_of
from connectors.tiktok import translate
from connectors.tiktok.errors import NAME
from connectors.tiktok.paging import Page, whole
from connectors.tiktok.translate import TheirAccount, TheirCampaign, TheirRow

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from connectors.ports import Account, Campaign, DaySpend, HourSpend, LocalDay
    from connectors.tiktok.client import Client

T = TypeVar("T")
Ours = TypeVar("Ours")

DAYS_MAX: Final = 30
# How many ids a filter takes is not documented; an address of this length passes everywhere.
FILTER_IDS_MAX: Final = 100
ACCOUNT_PATH: Final = "advertiser/info/"
CAMPAIGNS_PATH: Final = "campaign/get/"
REPORT_PATH: Final = "report/integrated/get/"
_ACCOUNT_FIELDS: Final = ["advertiser_id", "name", "currency", "timezone"]
_COUNTS: Final = ["impressions", "clicks", "conversion"]


class Accounts(msgspec.Struct, frozen=True):
    """The answer to a question for accounts; it knows no pages."""

    rows: list[TheirAccount] = msgspec.field(name="list")


async def read_account(client: Client, account: str) -> Account:
    """Return the account, in a time zone that is known here."""
    params = {"advertiser_ids": _json([account]), "fields": _json(_ACCOUNT_FIELDS)}
    answer = await client.get(ACCOUNT_PATH, params, Accounts)
    found = [theirs for theirs in answer.rows if theirs.advertiser_id == account]
    if not found:
        raise NotFound(NAME, f"account {account} is not among those that this token reaches")
    ours = _translated("the account", found, translate.account)[0]
    zone_of(ours.time_zone)
    return ours


async def read_campaigns(
    client: Client, account: str, only: Sequence[str] | None, page_size: int
) -> list[Campaign]:
    """Return all campaigns, or those named."""
    if only is None:
        return await _campaigns(client, account, None, page_size)
    ids = list(dict.fromkeys(only))
    found: list[Campaign] = []
    for start in range(0, len(ids), FILTER_IDS_MAX):
        found += await _campaigns(client, account, ids[start : start + FILTER_IDS_MAX], page_size)
    return found


async def read_hours(client: Client, account: Account, day: LocalDay, page_size: int) -> list[HourSpend]:
    """Return what was spent in the hours of a day."""
    rows = await _report(client, account.account, "stat_time_hour", (day.day, day.day), page_size)
    what = f"the spend of {day.day} by hour"
    found = _translated(what, rows, lambda row: translate.hour_spend(row, account.time_zone, day))
    return translate.by_hour(found)


async def read_days(
    client: Client, account: Account, first: str, last: str, page_size: int
) -> list[DaySpend]:
    """Return what was spent on some days."""
    try:
        days = (date.fromisoformat(last) - date.fromisoformat(first)).days + 1
    except ValueError as error:
        raise InvalidRequest(NAME, f"{first!r:.40} to {last!r:.40} are not days") from error
    if not 1 <= days <= DAYS_MAX:
        raise InvalidRequest(NAME, f"{first} to {last} are {days} days; 1 to {DAYS_MAX} can be asked for")
    rows = await _report(client, account.account, "stat_time_day", (first, last), page_size)
    found = _translated("the spend by day", rows, translate.day_spend)
    for total in found:
        if not first <= total.day <= last:
            raise Transient(
                NAME, f"the spend by day has {total.day!r:.40}, which is not in {first} to {last}"
            )
    return found


async def _campaigns(client: Client, account: str, ids: list[str] | None, page_size: int) -> list[Campaign]:
    filtering: dict[str, Any] = {"secondary_status": "CAMPAIGN_STATUS_ALL"}
    if ids is not None:
        filtering["campaign_ids"] = ids
    params = {"advertiser_id": account, "filtering": _json(filtering)}

    async def fetch(number: int) -> Page[TheirCampaign]:
        return await client.get(CAMPAIGNS_PATH, _paged(params, number, page_size), Page[TheirCampaign])

    rows = await whole("the list of campaigns", fetch, lambda row: row.campaign_id)
    if ids is not None and not {row.campaign_id for row in rows} <= set(ids):
        raise Transient(NAME, "the list of campaigns has some that were not asked for")
    return _translated("the list of campaigns", rows, translate.campaign)


async def _report(
    client: Client, account: str, grain: str, days: tuple[str, str], page_size: int
) -> list[TheirRow]:
    counts = _COUNTS if grain == "stat_time_hour" else []
    params = {
        "advertiser_id": account,
        "report_type": "BASIC",
        "service_type": "AUCTION",
        "data_level": "AUCTION_CAMPAIGN",
        "dimensions": _json(["campaign_id", grain]),
        "metrics": _json(["spend", *counts]),
        "start_date": days[0],
        "end_date": days[1],
        "query_mode": "REGULAR",
    }

    async def fetch(number: int) -> Page[TheirRow]:
        return await client.get(REPORT_PATH, _paged(params, number, page_size), Page[TheirRow])

    return await whole("the report", fetch, lambda row: row.dimensions)


def _paged(params: dict[str, str], number: int, page_size: int) -> dict[str, str]:
    return {**params, "page": str(number), "page_size": str(page_size)}


def _translated(what: str, rows: Sequence[T], translate_one: Callable[[T], Ours]) -> list[Ours]:
    try:
        return [translate_one(row) for row in rows]
    except ValueError as error:
        raise Transient(NAME, f"{what} makes no sense: {error}") from error


def _json(value: object) -> str:
    return msgspec.json.encode(value).decode()
