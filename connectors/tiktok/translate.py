"""TikTok's words to ours; a ``ValueError`` says which of them cannot be understood."""

from collections.abc import Iterable
from decimal import Decimal  # money-ok: as the answer has it, until connectors.money takes it
from typing import Final

from msgspec import Struct

from connectors.local_days import hour_of
from connectors.money import to_count, to_micros
from connectors.ports import Account, Campaign, DaySpend, HourSpend, LocalDay
from events.types import CampaignStatus

DAY_BUDGET: Final = "BUDGET_MODE_DAY"
_STATUS: Final[dict[str, CampaignStatus]] = {"ENABLE": "enabled", "DISABLE": "paused", "DELETE": "removed"}
_DELETED: Final = "CAMPAIGN_STATUS_DELETE"
_MIDNIGHT: Final = " 00:00:00"
_CURRENCY_CHARS: Final = 3


class TheirAccount(Struct, frozen=True):
    """An advertiser."""

    advertiser_id: str
    name: str
    currency: str
    timezone: str


class TheirCampaign(Struct, frozen=True):
    """A campaign."""

    campaign_id: str
    campaign_name: str
    operation_status: str
    budget_mode: str = ""
    budget: Decimal | None = None
    secondary_status: str = ""
    modify_time: str = ""


class Dimensions(Struct, frozen=True):
    """What a row of a report is about."""

    campaign_id: str
    stat_time_hour: str = ""
    stat_time_day: str = ""


class Metrics(Struct, frozen=True):
    """What a row of a report says; all values are strings."""

    spend: str
    impressions: str = "0"
    clicks: str = "0"
    conversion: str = "0"


class TheirRow(Struct, frozen=True):
    """A row of a report."""

    dimensions: Dimensions
    metrics: Metrics


class TheirFailure(Struct, frozen=True):
    """Why a write did not work for one campaign."""

    campaign_id: str
    error_code: int = 0
    error_message: str = ""


def account(theirs: TheirAccount) -> Account:
    """Return an account."""
    if (
        len(theirs.currency) != _CURRENCY_CHARS
        or not theirs.currency.isascii()
        or not theirs.currency.isupper()
    ):
        raise ValueError(f"{theirs.currency!r:.40} is not a currency")
    return Account(theirs.advertiser_id, theirs.name, theirs.currency, theirs.timezone)


def campaign(theirs: TheirCampaign) -> Campaign:
    """Return a campaign; only a budget of its own, by the day, is its daily budget."""
    try:
        status = _STATUS[theirs.operation_status]
    except KeyError as error:
        raise ValueError(f"a campaign has the unknown status {error!s:.40}") from error
    by_day = theirs.budget if theirs.budget_mode == DAY_BUDGET else None
    budget_micros = None if by_day is None else to_micros(by_day)
    if theirs.secondary_status == _DELETED:
        status = "removed"
    return Campaign(theirs.campaign_id, theirs.campaign_name, status, budget_micros, theirs.modify_time)


def hour_spend(theirs: TheirRow, zone: str, day: LocalDay) -> HourSpend:
    """Return the totals of a campaign's hour."""
    metrics = theirs.metrics
    return HourSpend(
        theirs.dimensions.campaign_id,
        hour_of(zone, day, theirs.dimensions.stat_time_hour),
        to_micros(metrics.spend),
        to_count(metrics.impressions),
        to_count(metrics.clicks),
        to_count(metrics.conversion),
    )


def by_hour(found: Iterable[HourSpend]) -> list[HourSpend]:
    """Return one total for each hour of a campaign; labels share one where clocks moved by a part of it."""
    totals: dict[tuple[str, int], HourSpend] = {}
    for more in found:
        key = (more.campaign, more.hour)
        before = totals.get(key)
        totals[key] = more if before is None else _together(before, more)
    return list(totals.values())


def _together(one: HourSpend, other: HourSpend) -> HourSpend:
    return HourSpend(
        one.campaign,
        one.hour,
        one.spend_micros + other.spend_micros,
        one.impressions + other.impressions,
        one.clicks + other.clicks,
        one.conversions + other.conversions,
    )


def day_spend(theirs: TheirRow) -> DaySpend:
    """Return the total of a campaign's day."""
    day = theirs.dimensions.stat_time_day.removesuffix(_MIDNIGHT)
    return DaySpend(theirs.dimensions.campaign_id, day, to_micros(theirs.metrics.spend))
