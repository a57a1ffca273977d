"""Spend by campaign and day or hour, as report/integrated/get/ tells it; what has no delivery has no row."""

from __future__ import annotations

from datetime import date, timedelta
from typing import TYPE_CHECKING

from simulator.answered import Cell
from simulator.tiktok import params as read
from simulator.tiktok.envelope import BAD_PARAMETER, Answer, Refusal, decimal
from simulator.world import day_named

if TYPE_CHECKING:
    from collections.abc import Iterator

    from simulator.running import RunningWorld
    from simulator.tiktok.params import Params
    from simulator.world import Account, Row

HOURLY, DAILY = "stat_time_hour", "stat_time_day"
HOURLY_DAYS_MAX, DAILY_DAYS_MAX = 1, 30
CHUNK_ROWS_MAX = 20_000
METRICS = ("spend", "impressions", "clicks", "conversion", "campaign_name", "currency")
# An impression costs two fifths of the smallest unit; a hundredth is clicked, a twentieth converts.
IMPRESSIONS_OF_UNITS, IMPRESSIONS_A_CLICK, CLICKS_A_CONVERSION = (5, 2), 40, 20


def integrated(running: RunningWorld, params: Params, _request_id: str) -> Answer:
    """Answer report/integrated/get/."""
    account = running.world.accounts[read.text(params, "advertiser_id")]
    read.one_of(params, "report_type", ("BASIC",))
    read.one_of(params, "service_type", ("AUCTION",), "AUCTION")
    read.one_of(params, "data_level", ("AUCTION_CAMPAIGN",))
    time = _time_dimension(params)
    days = _days(params, HOURLY_DAYS_MAX if time == HOURLY else DAILY_DAYS_MAX)
    metrics, campaigns = _metrics(params), _campaigns(params)
    cells = [
        (cell, label, row.name)
        for day in days
        for row in running.world.reported(account.account, day, running.now_ms())
        if campaigns is None or row.campaign in campaigns
        for cell, label in (_hours if time == HOURLY else _day)(account, day, row)
    ]
    return _answer(account, params, time, metrics, cells)


def _answer(
    account: Account, params: Params, time: str, metrics: list[str], cells: list[tuple[Cell, str, str]]
) -> Answer:
    extra: Params = {}
    if params.get("enable_total_metrics") in {True, "true"}:
        total = sum(cell.spend_micros for cell, *_ in cells)
        extra["total_metrics"] = _values(account, total, metrics, "")
    if read.one_of(params, "query_mode", ("REGULAR", "CHUNK"), "REGULAR") == "CHUNK":
        if len(cells) > CHUNK_ROWS_MAX:
            raise Refusal(BAD_PARAMETER, f"more than {CHUNK_ROWS_MAX} rows in CHUNK mode")
    else:
        # Only a page's rows are made, which is most of the work.
        page, size = read.paging(params)
        extra["page_info"] = read.page_info(len(cells), page, size)
        cells = cells[(page - 1) * size : page * size]
    rows = [
        {
            "dimensions": {"campaign_id": cell.campaign, time: label},
            "metrics": _values(account, cell.spend_micros, metrics, name),
        }
        for cell, label, name in cells
    ]
    return Answer({"list": rows, **extra}, cells=[cell for cell, *_ in cells])


def _hours(account: Account, day: str, row: Row) -> Iterator[tuple[Cell, str]]:
    """Give the hours by their name on the wall; one that is lived twice is told once, with both together."""
    clock_hours = day_named(account.time_zone, day).clock_hours
    first: dict[int, int] = {}
    micros: dict[int, int] = {}
    for hour, spent in enumerate(row.hours):
        first.setdefault(clock_hours[hour], hour)
        micros[clock_hours[hour]] = micros.get(clock_hours[hour], 0) + spent
    for clock_hour, spent in micros.items():
        if spent:
            cell = Cell(account.account, row.campaign, day, first[clock_hour], spent)
            yield cell, f"{day} {clock_hour:02d}:00:00"


def _day(account: Account, day: str, row: Row) -> Iterator[tuple[Cell, str]]:
    yield Cell(account.account, row.campaign, day, None, row.micros), f"{day} 00:00:00"


def _values(account: Account, micros: int, metrics: list[str], name: str) -> dict[str, str]:
    times, units = IMPRESSIONS_OF_UNITS
    impressions = micros * times // (account.unit_micros * units)
    clicks = impressions // IMPRESSIONS_A_CLICK
    known = {
        "spend": decimal(micros),
        "impressions": str(impressions),
        "clicks": str(clicks),
        "conversion": str(clicks // CLICKS_A_CONVERSION),
        "campaign_name": name,
        "currency": account.currency,
    }
    return {metric: known[metric] for metric in metrics}


def _time_dimension(params: Params) -> str:
    dimensions = set(read.listed(params, "dimensions") or [])
    for time in (HOURLY, DAILY):
        if dimensions == {"campaign_id", time}:
            return time
    raise Refusal(BAD_PARAMETER, f"dimensions: must be campaign_id with {DAILY} or {HOURLY}")


def _days(params: Params, days_max: int) -> list[str]:
    if params.get("multi_adv_report_in_utc_time") in {True, "true"}:
        raise Refusal(BAD_PARAMETER, "multi_adv_report_in_utc_time: only for several advertisers")
    first, last = read.day(params, "start_date"), read.day(params, "end_date")
    count = (last - first).days + 1
    if not 1 <= count <= days_max:
        raise Refusal(BAD_PARAMETER, f"the time span must be 1 to {days_max} days, and is {count}")
    return [_name(first, number) for number in range(count)]


def _name(first: date, number: int) -> str:
    return (first + timedelta(days=number)).isoformat()


def _metrics(params: Params) -> list[str]:
    metrics = read.listed(params, "metrics") or ["spend"]
    if unknown := [metric for metric in metrics if metric not in METRICS]:
        raise Refusal(BAD_PARAMETER, f"metrics: {', '.join(unknown)} not valid")
    return metrics


def _campaigns(params: Params) -> set[str] | None:
    filters = read.structured(params, "filtering") or []
    if not isinstance(filters, list) or not all(isinstance(one, dict) for one in filters):
        raise Refusal(BAD_PARAMETER, "filtering: Not a valid list of objects")
    found: set[str] | None = None
    for one in filters:
        read.one_of(one, "field_name", ("campaign_ids",))
        read.one_of(one, "filter_type", ("IN",))
        found = set(read.listed(one, "filter_value") or [])
    return found
