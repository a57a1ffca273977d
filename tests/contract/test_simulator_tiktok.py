import pytest

from simulator.tiktok.front import ROOT
from simulator.world import WorldTerms
from tests.simulator_calls import CAMPAIGN, DAILY, HOURLY, LIST, REPORT, STATUS, TODAY, UPDATE, only
from tests.simulator_kit import Caller, HandTime, play


def test_every_answer_has_the_envelope() -> None:
    """Code, message, request id and data, errors too, and each request id is its own."""

    async def story(tiktok: Caller, _time: HandTime) -> None:
        good, bad = await tiktok.get(LIST), await tiktok.get(LIST, page_size=1_001)
        assert set(good) == set(bad) == {"code", "message", "request_id", "data"}
        assert (good["code"], good["message"], bad["code"]) == (0, "OK", 40002)
        assert good["request_id"] != bad["request_id"]

    play(story)


def test_a_path_without_its_last_slash_is_not_there() -> None:
    """As on the real platform."""

    async def story(tiktok: Caller, _time: HandTime) -> None:
        answer = await tiktok.client.get(ROOT + LIST.removesuffix("/"))
        assert answer.status_code == 404

    play(story)


def test_who_has_no_token_or_a_wrong_one_is_told_so() -> None:
    """In the body, with HTTP 200."""

    async def story(tiktok: Caller, _time: HandTime) -> None:
        tiktok.client.headers["Access-Token"] = "another"
        assert (await tiktok.get(LIST))["code"] == 40105
        del tiktok.client.headers["Access-Token"]
        assert (await tiktok.get(LIST))["code"] == 40104
        app = tiktok.simulator.app
        fields = {"app_id": app.app_id, "secret": app.secret, "auth_code": "another"}
        assert (await tiktok.post("oauth2/access_token/", **fields))["code"] == 40002
        fields["auth_code"] = app.auth_code
        data = (await tiktok.post("oauth2/access_token/", **fields))["data"]
        assert data["access_token"] == app.access_token
        assert tiktok.account in data["advertiser_ids"]

    play(story)


def test_an_account_of_somebody_else_is_not_reached() -> None:
    """Neither by reading nor by writing."""

    async def story(tiktok: Caller, _time: HandTime) -> None:
        tiktok.account = "1"
        assert (await tiktok.get(LIST))["code"] == 40001
        assert (await tiktok.get("advertiser/info/", advertiser_ids=["1"]))["code"] == 40001
        assert (await tiktok.get(REPORT, **HOURLY))["code"] == 40001
        wrote = await tiktok.post(STATUS, campaign_ids=[CAMPAIGN], operation_status="DISABLE")
        assert wrote["code"] == 40001
        assert tiktok.simulator.journal.entries == []

    play(story)


def test_an_account_has_its_currency_and_its_time_zone() -> None:
    """And only the fields that were asked for."""

    async def story(tiktok: Caller, _time: HandTime) -> None:
        whole = await tiktok.get("advertiser/info/", advertiser_ids=[tiktok.account])
        row = whole["data"]["list"][0]
        assert (row["currency"], row["timezone"]) == ("USD", "America/New_York")
        some = await tiktok.get("advertiser/info/", advertiser_ids=[tiktok.account], fields=["name"])
        assert set(some["data"]["list"][0]) == {"advertiser_id", "name"}
        assert (await tiktok.get("advertiser/info/", advertiser_ids=[]))["code"] == 40002

    play(story)


def test_campaigns_come_in_pages_of_ten_unless_told_otherwise() -> None:
    """All pages together are all campaigns, none twice."""

    async def story(tiktok: Caller, _time: HandTime) -> None:
        first = (await tiktok.get(LIST))["data"]
        assert first["page_info"] == {"page": 1, "page_size": 10, "total_number": 15, "total_page": 2}
        second = (await tiktok.get(LIST, page=2))["data"]
        ids = [row["campaign_id"] for row in (*first["list"], *second["list"])]
        assert len(set(ids)) == len(ids) == 15
        assert set(ids) == set(tiktok.simulator.world.standings(tiktok.account))
        assert (await tiktok.get(LIST, page=3))["data"]["list"] == []
        assert [(await tiktok.get(LIST, page=page))["code"] for page in (0, "x")] == [40002, 40002]

    play(story, WorldTerms(seed=7, accounts=2, campaigns=30, lag_ms=0))


def test_a_campaign_shows_its_status_and_its_budget_as_a_number() -> None:
    """With its decimals, its mode, and when it was changed."""

    async def story(tiktok: Caller, _time: HandTime) -> None:
        assert (await tiktok.post(UPDATE, campaign_id=CAMPAIGN, budget=120.5))["code"] == 0
        filtering = {"campaign_ids": [CAMPAIGN]}
        row = (await tiktok.get(LIST, filtering=filtering))["data"]["list"][0]
        assert (row["operation_status"], row["budget"]) == ("ENABLE", 120.5)
        assert (row["budget_mode"], row["modify_time"]) == ("BUDGET_MODE_DAY", "2026-11-21 12:00:00")
        some = await tiktok.get(LIST, filtering=filtering, fields=["budget"])
        assert some["data"]["list"] == [{"campaign_id": CAMPAIGN, "budget": 120.5}]

    play(story)


def test_a_deleted_campaign_is_listed_only_to_who_asks_for_all() -> None:
    """And it cannot be brought back."""

    async def story(tiktok: Caller, _time: HandTime) -> None:
        await tiktok.post(STATUS, campaign_ids=[CAMPAIGN], operation_status="DELETE")
        filtering = {"campaign_ids": [CAMPAIGN]}
        assert (await tiktok.get(LIST, filtering=filtering))["data"]["list"] == []
        filtering["secondary_status"] = "CAMPAIGN_STATUS_ALL"  # type: ignore[assignment] # one is a list
        row = (await tiktok.get(LIST, filtering=filtering))["data"]["list"][0]
        assert row["secondary_status"] == "CAMPAIGN_STATUS_DELETE"
        again = await tiktok.post(STATUS, campaign_ids=[CAMPAIGN], operation_status="ENABLE")
        assert again["code"] == 40002

    play(story)


def test_spend_by_the_hour_is_text_with_two_decimals_under_the_hours_name() -> None:
    """It is noon in Greenwich, so that seven hours of New York's day have begun."""

    async def story(tiktok: Caller, _time: HandTime) -> None:
        wanted = {**HOURLY, "filtering": [only(CAMPAIGN)], "enable_total_metrics": "true"}
        data = (await tiktok.get(REPORT, **wanted))["data"]
        labels = [row["dimensions"]["stat_time_hour"] for row in data["list"]]
        assert labels == [f"{TODAY} {hour:02d}:00:00" for hour in range(7)]
        spend = [row["metrics"]["spend"] for row in data["list"]]
        assert all(text.partition(".")[0].isdecimal() and len(text.partition(".")[2]) == 2 for text in spend)
        cents = sum(int(text.replace(".", "")) for text in spend)
        assert data["total_metrics"]["spend"].replace(".", "") == str(cents)

    play(story)


def test_an_hour_that_is_lived_twice_is_one_row() -> None:
    """On the day on which the clocks go back, with both its hours together."""

    async def story(tiktok: Caller, _time: HandTime) -> None:
        day = {"start_date": "2026-11-01", "end_date": "2026-11-01", "filtering": [only(CAMPAIGN)]}
        hours = (await tiktok.get(REPORT, **{**HOURLY, **day}))["data"]["list"]
        whole = (await tiktok.get(REPORT, **{**DAILY, **day}))["data"]["list"]
        cents = [int(row["metrics"]["spend"].replace(".", "")) for row in hours]
        assert len(cents) == 24
        assert sum(cents) == int(whole[0]["metrics"]["spend"].replace(".", ""))
        told = [cell.hour for cell, _ in tiktok.simulator.answered.cells(hourly=True)]
        assert told == [0, 1, *range(3, 25)]

    play(story)


def test_a_currency_without_cents_is_told_in_whole_units() -> None:
    """Yen have two decimals on the wire, and both are zero."""

    async def story(tiktok: Caller, _time: HandTime) -> None:
        tiktok.account = next(
            one.account for one in tiktok.simulator.world.accounts.values() if one.currency == "JPY"
        )
        rows = (await tiktok.get(REPORT, **HOURLY))["data"]["list"]
        assert rows
        assert all(row["metrics"]["spend"].endswith(".00") for row in rows)
        campaign = rows[0]["dimensions"]["campaign_id"]
        assert (await tiktok.post(UPDATE, campaign_id=campaign, budget=100.5))["code"] == 40002

    play(story)


def test_what_has_no_delivery_has_no_row() -> None:
    """An hour in which a campaign stood still is left out, as are hours that are to come."""

    async def story(tiktok: Caller, time: HandTime) -> None:
        await tiktok.post(STATUS, campaign_ids=[CAMPAIGN], operation_status="DISABLE")
        time.pass_hours(3)
        data = (await tiktok.get(REPORT, **{**HOURLY, "filtering": [only(CAMPAIGN)]}))["data"]
        assert len(data["list"]) == data["page_info"]["total_number"] == 7

    play(story)


@pytest.mark.parametrize(
    ("wanted", "changes"),
    [
        (HOURLY, {"start_date": "2026-11-20"}),
        (HOURLY, {"start_date": "2026-11-22"}),
        (HOURLY, {"start_date": "21.11.2026"}),
        (DAILY, {"start_date": "2026-10-22"}),
        (HOURLY, {"dimensions": ["campaign_id"]}),
        (HOURLY, {"dimensions": "campaign_id"}),
        (HOURLY, {"metrics": ["roi"]}),
        (HOURLY, {"page_size": 1_001}),
        (HOURLY, {"data_level": "AUCTION_AD"}),
        (HOURLY, {"report_type": "AUDIENCE"}),
        (HOURLY, {"query_mode": "FAST"}),
        (HOURLY, {"multi_adv_report_in_utc_time": "true"}),
        (HOURLY, {"filtering": {"campaign_ids": []}}),
    ],
)
def test_a_report_that_the_platform_does_not_give_is_refused(
    wanted: dict[str, object], changes: dict[str, object]
) -> None:
    """Longer than a day by the hour, longer than 30 by the day, or in words that it does not know."""

    async def story(tiktok: Caller, _time: HandTime) -> None:
        assert (await tiktok.get(REPORT, **wanted))["code"] == 0
        assert (await tiktok.get(REPORT, **{**wanted, **changes}))["code"] == 40002

    play(story)


def test_a_chunk_has_no_pages() -> None:
    """All rows come at once."""

    async def story(tiktok: Caller, _time: HandTime) -> None:
        pages = (await tiktok.get(REPORT, **HOURLY))["data"]
        chunk = (await tiktok.get(REPORT, **{**HOURLY, "query_mode": "CHUNK", "page_size": 10}))["data"]
        assert chunk == {"list": pages["list"]}

    play(story)


def test_a_change_of_status_takes_effect_on_what_there_is_and_names_the_rest() -> None:
    """Partial success is a code of its own."""

    async def story(tiktok: Caller, _time: HandTime) -> None:
        answer = await tiktok.post(STATUS, campaign_ids=[CAMPAIGN, "5"], operation_status="DISABLE")
        assert answer["code"] == 20001
        assert answer["data"]["campaign_ids"] == [CAMPAIGN]
        assert [failed["campaign_id"] for failed in answer["data"]["errors"]] == ["5"]
        standing = tiktok.simulator.world.standing(tiktok.account, CAMPAIGN)
        assert standing is not None
        assert standing.status == "paused"
        none = await tiktok.post(STATUS, campaign_ids=["5"], operation_status="DISABLE")
        assert none["code"] == 40002

    play(story)


@pytest.mark.parametrize(
    "fields",
    [
        {"campaign_ids": [], "operation_status": "DISABLE"},
        {"campaign_ids": [str(number) for number in range(21)], "operation_status": "DISABLE"},
        {"campaign_ids": [CAMPAIGN, CAMPAIGN], "operation_status": "DISABLE"},
        {"campaign_ids": [int(CAMPAIGN)], "operation_status": "DISABLE"},
        {"campaign_ids": [CAMPAIGN], "operation_status": "PAUSED"},
    ],
)
def test_a_change_of_status_of_another_shape_is_refused(fields: dict[str, object]) -> None:
    """One to twenty campaigns, each once, to a status of the platform's own."""

    async def story(tiktok: Caller, _time: HandTime) -> None:
        assert (await tiktok.post(STATUS, **fields))["code"] == 40002
        assert tiktok.simulator.journal.entries == []

    play(story)


@pytest.mark.parametrize(
    "fields",
    [
        {"budget": 0},
        {"budget": "120"},
        {"budget": 120.005},
        {"budget": 120, "budget_mode": "BUDGET_MODE_INFINITE"},
        {"campaign_name": ""},
        {"campaign_name": "x" * 513},
        {"campaign_id": "5", "budget": 120},
    ],
)
def test_a_campaign_takes_no_other_change(fields: dict[str, object]) -> None:
    """A budget is a number of whole cents above zero, and a name is there and not too long."""

    async def story(tiktok: Caller, _time: HandTime) -> None:
        assert (await tiktok.post(UPDATE, **{"campaign_id": CAMPAIGN, **fields}))["code"] == 40002
        assert tiktok.simulator.journal.entries == []

    play(story)
