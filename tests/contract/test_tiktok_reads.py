import asyncio
import json
from collections.abc import Awaitable, Callable, Sequence
from typing import Any

import pytest

from connectors.errors import InvalidRequest, NotFound, PlatformError, Transient
from connectors.local_days import local_day_of
from connectors.ports import Account, Campaign, HourSpend
from connectors.tiktok import TikTok, paging
from tests.tiktok_kit import ACCOUNT, DAY, Answer, Scripted, envelope, hour_row, page

Call = Callable[[TikTok], Awaitable[object]]


def run(server_answers: Sequence[Answer], call: Call, **settings: object) -> tuple[Any, Scripted]:
    """Return what a call brings, or its error, and the server that it asked."""

    async def asked() -> tuple[Any, Scripted]:
        async with Scripted(*server_answers) as server:
            platform = server.platform(**settings)
            try:
                return await call(platform), server
            except PlatformError as error:
                return error, server
            finally:
                await platform.close()

    return asyncio.run(asked())


def hours(platform: TikTok) -> Awaitable[list[HourSpend]]:
    """Read the spend of a day by hour."""
    return platform.read_hours(ACCOUNT, DAY)


def campaign_row(campaign: str = "c1", **changed: object) -> dict[str, Any]:
    """Return a campaign as TikTok shows it."""
    return {
        "campaign_id": campaign,
        "campaign_name": "Autumn",
        "operation_status": "ENABLE",
        "secondary_status": "CAMPAIGN_STATUS_ENABLE",
        "budget": 50.5,
        "budget_mode": "BUDGET_MODE_DAY",
        "modify_time": "2026-11-20 10:00:00",
        "something_new": {"of": ["theirs"]},
        **changed,
    }


ROWS = [hour_row(f"c{number}", "2026-11-20 07:00:00") for number in range(5)]


def test_all_pages_are_read_and_asked_for_as_agreed() -> None:
    """One call a page, with the same question."""
    answers = [
        page(ROWS[:2], total=5, pages=3),
        page(ROWS[2:4], number=2, total=5, pages=3),
        page(ROWS[4:], number=3, total=5, pages=3),
    ]
    found, server = run(answers, hours, page_size=2)
    assert [spend.campaign for spend in found] == ["c0", "c1", "c2", "c3", "c4"]
    assert [request.query["page"] for request in server.asked] == ["1", "2", "3"]
    query = server.asked[0].query
    assert (query["page_size"], query["query_mode"], query["data_level"]) == (
        "2",
        "REGULAR",
        "AUCTION_CAMPAIGN",
    )
    assert (query["start_date"], query["end_date"]) == ("2026-11-20", "2026-11-20")
    assert json.loads(query["dimensions"]) == ["campaign_id", "stat_time_hour"]
    assert json.loads(query["metrics"]) == ["spend", "impressions", "clicks", "conversion"]


@pytest.mark.parametrize(
    ("answers", "words"),
    [
        ([page(ROWS[:2], total=3)], "should have 3 rows and brought 2"),
        ([page(ROWS[:2], total=1)], "should have 1 rows and brought 2"),
        ([page(ROWS[:1] * 2)], "a row twice"),
        ([page(ROWS[:2], total=4, pages=2), page(ROWS[2:3], number=2, total=3, pages=2)], "changed"),
        ([page(ROWS[:2], total=4, pages=2), page(ROWS[2:4], number=1, total=4, pages=2)], "changed"),
        ([page(ROWS[:2], total=4, pages=2), page(ROWS[1:3], number=2, total=4, pages=2)], "a row twice"),
        ([page([], total=0, pages=9)], "cannot be"),
        ([page([], total=-1, pages=-1)], "cannot be"),
        ([page(ROWS[:2], total=2, pages=0)], None),
        ([page([], total=0, pages=0)], None),
    ],
)
def test_a_list_counts_only_when_its_rows_add_up(answers: list[Answer], words: str | None) -> None:
    """What moved between two pages was had twice, or missed."""
    found, _ = run(answers, hours)
    if words is None:
        assert isinstance(found, list)
    else:
        assert type(found) is Transient
        assert words in found.detail


def test_a_list_without_end_is_not_read() -> None:
    """Nor begun."""
    found, server = run([page(ROWS[:1], total=paging.ROWS_MAX + 1, pages=300)], hours)
    assert type(found) is InvalidRequest
    assert len(server.asked) == 1


def test_totals_are_exact_and_hours_are_counted_from_the_start_of_the_day() -> None:
    """Strings with decimals to micros; a label to its hour."""
    rows = [
        hour_row("c1", "2026-11-20 00:00:00", "0.01"),
        hour_row("c1", "2026-11-20 23:00:00", "1234.50", conversion="0"),
    ]
    found, _ = run([page(rows)], hours)
    assert found == [HourSpend("c1", 0, 10_000, 10, 2, 1), HourSpend("c1", 23, 1_234_500_000, 10, 2, 0)]


@pytest.mark.parametrize(
    "row",
    [
        hour_row("c1", "2026-11-20 07:00:00", "-1.00"),
        hour_row("c1", "2026-11-20 07:00:00", "-"),
        hour_row("c1", "2026-11-20 07:00:00", "0.0000001"),
        hour_row("c1", "2026-11-20 07:00:00", "NaN"),
        hour_row("c1", "2026-11-20 07:00:00", "1e999999999"),
        hour_row("c1", "2026-11-20 07:00:00", clicks="1.5"),
        hour_row("c1", "2026-11-20 07:30:00"),
        hour_row("c1", "2026-11-19 07:00:00"),
        hour_row("c1", "7 in the morning"),
        hour_row("c1", ""),
    ],
)
def test_a_row_that_makes_no_sense_takes_the_whole_read_with_it(row: dict[str, Any]) -> None:
    """Nothing is guessed, rounded or left out."""
    found, _ = run([page([ROWS[0], row])], hours)
    assert type(found) is Transient
    assert "makes no sense" in found.detail


def test_on_the_day_of_25_hours_a_label_that_comes_twice_is_the_first_hour() -> None:
    """The second stays empty, and the day's total is right."""
    day = local_day_of("Europe/Berlin", "2026-10-25")
    rows = [hour_row("c1", f"2026-10-25 {hour:02}:00:00") for hour in (1, 2, 3, 23)]
    found, _ = run([page(rows)], lambda platform: platform.read_hours(ACCOUNT, day))
    assert [spend.hour for spend in found] == [1, 2, 4, 24]


def test_labels_that_share_an_hour_are_added_up() -> None:
    """On the Chatham Islands clocks jump from a quarter to three to a quarter to four."""
    account = Account("7100", "Fish", "NZD", "Pacific/Chatham")
    day = local_day_of(account.time_zone, "2026-09-27")
    rows = [hour_row("c1", f"2026-09-27 {hour:02}:00:00", "1.25") for hour in (2, 3, 4)]
    found, _ = run([page(rows)], lambda platform: platform.read_hours(account, day))
    assert [(spend.hour, spend.spend_micros, spend.clicks) for spend in found] == [
        (2, 1_250_000, 2),
        (3, 2_500_000, 4),
    ]


def test_days_are_read_by_their_dates() -> None:
    """Both ends are in, and what was not asked for is not believed."""
    row = {
        "dimensions": {"campaign_id": "c1", "stat_time_day": "2026-11-20 00:00:00"},
        "metrics": {"spend": "7.10"},
    }
    found, server = run(
        [page([row])], lambda platform: platform.read_days(ACCOUNT, "2026-10-22", "2026-11-20")
    )
    assert [(total.day, total.spend_micros) for total in found] == [("2026-11-20", 7_100_000)]
    assert json.loads(server.asked[0].query["metrics"]) == ["spend"]
    found, _ = run([page([row])], lambda platform: platform.read_days(ACCOUNT, "2026-11-01", "2026-11-02"))
    assert type(found) is Transient


@pytest.mark.parametrize(
    ("changed", "expected"),
    [
        ({}, Campaign("c1", "Autumn", "enabled", 50_500_000, "2026-11-20 10:00:00")),
        (
            {"operation_status": "DISABLE"},
            Campaign("c1", "Autumn", "paused", 50_500_000, "2026-11-20 10:00:00"),
        ),
        (
            {"operation_status": "DELETE"},
            Campaign("c1", "Autumn", "removed", 50_500_000, "2026-11-20 10:00:00"),
        ),
        (
            {"secondary_status": "CAMPAIGN_STATUS_DELETE"},
            Campaign("c1", "Autumn", "removed", 50_500_000, "2026-11-20 10:00:00"),
        ),
        (
            {"budget_mode": "BUDGET_MODE_TOTAL"},
            Campaign("c1", "Autumn", "enabled", None, "2026-11-20 10:00:00"),
        ),
        (
            {"budget_mode": "BUDGET_MODE_INFINITE", "budget": 0},
            Campaign("c1", "Autumn", "enabled", None, "2026-11-20 10:00:00"),
        ),
    ],
)
def test_a_campaign_is_understood(changed: dict[str, Any], expected: Campaign) -> None:
    """Its status, and its daily budget where it has one of its own."""
    found, server = run([page([campaign_row(**changed)])], lambda platform: platform.list_campaigns("7100"))
    assert found == [expected]
    assert json.loads(server.asked[0].query["filtering"]) == {"secondary_status": "CAMPAIGN_STATUS_ALL"}


@pytest.mark.parametrize(
    "changed", [{"operation_status": "FROZEN"}, {"budget": -1}, {"budget": "much"}, {"campaign_id": 7}]
)
def test_a_campaign_that_makes_no_sense_takes_the_whole_list_with_it(changed: dict[str, Any]) -> None:
    """A list without it would say that it is gone."""
    found, _ = run([page([campaign_row(**changed)])], lambda platform: platform.list_campaigns("7100"))
    assert type(found) is Transient


def test_some_campaigns_are_asked_for_by_their_ids_a_hundred_at_a_time() -> None:
    """An address does not grow without end; what is asked twice comes once."""
    ids = [f"c{number}" for number in range(150)]
    answers = [
        page([campaign_row(name) for name in ids[:100]]),
        page([campaign_row(name) for name in ids[100:]]),
    ]
    found, server = run(answers, lambda platform: platform.list_campaigns("7100", [*ids, "c0"]))
    assert [campaign.campaign for campaign in found] == ids
    assert [len(json.loads(request.query["filtering"])["campaign_ids"]) for request in server.asked] == [
        100,
        50,
    ]


def test_a_campaign_that_was_not_asked_for_is_not_believed() -> None:
    """The answer belongs to another question."""
    found, _ = run([page([campaign_row("c9")])], lambda platform: platform.list_campaigns("7100", ["c1"]))
    assert type(found) is Transient


def test_no_ids_are_no_question() -> None:
    """An empty filter would ask for all."""
    found, server = run([page([campaign_row()])], lambda platform: platform.list_campaigns("7100", []))
    assert (found, server.asked) == ([], [])


def advertiser(**changed: object) -> Answer:
    """Return an account as TikTok shows it."""
    row = {
        "advertiser_id": "7100",
        "name": "Shoes",
        "currency": "EUR",
        "timezone": "Europe/Berlin",
        **changed,
    }
    return envelope({"list": [row]})


@pytest.mark.parametrize(
    ("answer", "expected"),
    [
        (advertiser(), None),
        (advertiser(advertiser_id="7200"), NotFound),
        (envelope({"list": []}), NotFound),
        (advertiser(currency="euro"), Transient),
        (advertiser(currency="ÄÖÜ"), Transient),
        (advertiser(timezone="Mars/Olympus"), InvalidRequest),
        (advertiser(timezone=""), InvalidRequest),
    ],
)
def test_an_account_is_understood_or_told_what_is_wrong_with_it(
    answer: Answer, expected: type[PlatformError] | None
) -> None:
    """Its currency and its time zone are what everything else rests on."""
    found, _ = run([answer], lambda platform: platform.validate("7100"))
    assert found == ACCOUNT if expected is None else type(found) is expected
