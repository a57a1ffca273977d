from simulator.world import HOUR_MS, WorldTerms
from tests.simulator_kit import Caller, HandTime, play

CAMPAIGN = "1780000000000001"
TODAY, YESTERDAY = "2026-11-21", "2026-11-20"
LATE = WorldTerms(seed=7, accounts=4, campaigns=12, lag_ms=HOUR_MS, runaway_permille=0)


async def read_hours(caller: Caller, day: str = TODAY) -> None:
    """Read the spend of the first account as a client does."""
    answer = await caller.get(
        "report/integrated/get/",
        report_type="BASIC",
        data_level="AUCTION_CAMPAIGN",
        dimensions=["campaign_id", "stat_time_hour"],
        start_date=day,
        end_date=day,
        page_size=1_000,
    )
    assert answer["code"] == 0


def test_the_state_has_every_account_with_its_day_and_its_campaigns() -> None:
    """Which is what a picture of the world needs."""

    async def story(caller: Caller, time: HandTime) -> None:
        state = await caller.admin("GET", "state")
        assert (state["now_ms"], state["frozen_ms"]) == (time.at_ms, None)
        assert [len(account["campaigns"]) for account in state["accounts"]] == [3, 3, 3, 3]
        first = state["accounts"][0]
        assert first["subject"] == f"acme/tiktok/{caller.account}"
        assert first["day_start_ms"] <= time.at_ms < first["day_end_ms"]

    play(story)


def test_what_was_told_becomes_what_is_so_once_the_world_stands_still() -> None:
    """After the lag, and when it was read again: the sum that has to be found in the log."""

    async def story(caller: Caller, time: HandTime) -> None:
        await read_hours(caller)
        assert (await caller.admin("POST", "freeze"))["entries"][0]["what"] == "freeze"
        time.pass_hours(2)
        truth = (await caller.admin("GET", f"truth?account={caller.account}"))["hours"]
        early = (await caller.admin("GET", "reported"))["hours"]
        await read_hours(caller)
        late = (await caller.admin("GET", "reported"))["hours"]
        assert sum(cell["spend_micros"] for cell in early) < sum(cell["spend_micros"] for cell in late)
        told = {(cell["campaign"], cell["hour"]): cell["spend_micros"] for cell in late}
        assert told == {
            (cell["campaign"], cell["hour"]): cell["told_micros"] for cell in truth if cell["told_micros"]
        }
        assert all(cell["at_ms"] == time.at_ms for cell in late)
        days = (await caller.admin("GET", f"truth?days={YESTERDAY}"))["hours"]
        assert {cell["day"] for cell in days} == {YESTERDAY}
        await caller.admin("GET", "truth?days=yesterday", expected=400)

    play(story, LATE)


def test_a_person_can_do_all_that_a_person_does() -> None:
    """Several things at once, in the order in which they make sense; each is written down as a person's."""

    async def story(caller: Caller, _time: HandTime) -> None:
        there = list(caller.simulator.world.accounts)[1]
        edit = {"account": caller.account, "campaign": CAMPAIGN}
        wanted = {
            "status": "paused",
            "daily_budget_micros": None,
            "name": "Lampen: Straße",
            "move_to": there,
        }
        done = (await caller.admin("POST", "edit", **edit, **wanted))["entries"]
        assert [(entry["who"], entry["what"]) for entry in done] == [
            ("person", "status"),
            ("person", "budget"),
            ("person", "name"),
            ("person", "move"),
        ]
        standing = caller.simulator.world.standing(there, CAMPAIGN)
        assert standing is not None
        assert (standing.name, standing.status, standing.budget_micros) == ("Lampen: Straße", "paused", None)
        nothing = await caller.admin("POST", "edit", expected=400, **edit)
        gone = await caller.admin("POST", "edit", expected=400, name="Lampen", **edit)
        assert nothing["error"].startswith("nothing to edit")
        assert gone["error"].startswith("there is no campaign")
        assert (await caller.admin("GET", "journal?after=2"))["entries"] == done[2:]
        await caller.admin("GET", "journal?after=x", expected=400)

    play(story)


def test_trouble_is_switched_on_and_off() -> None:
    """A fault by its number, or all of them."""

    async def story(caller: Caller, _time: HandTime) -> None:
        assert (await caller.admin("POST", "faults", kind="code", code=40100, count=3))["number"] == 1
        await caller.admin("POST", "faults", kind="slow", delay_ms=1)
        assert (await caller.get("campaign/get/"))["code"] == 40100
        listed = (await caller.admin("GET", "faults"))["faults"]
        assert [(fault["kind"], fault["happened"]) for fault in listed] == [("code", 1), ("slow", 1)]
        assert len((await caller.admin("DELETE", "faults/1"))["faults"]) == 1
        assert (await caller.admin("DELETE", "faults"))["faults"] == []
        await caller.admin("POST", "faults", expected=400, kind="flood")
        await caller.admin("POST", "faults", expected=400, kind="slow", delay_ms=10**9)

    play(story)


def test_a_restatement_and_a_runaway_are_what_the_world_does() -> None:
    """And are refused where there is nothing to do them to."""

    async def story(caller: Caller, _time: HandTime) -> None:
        await read_hours(caller, YESTERDAY)
        before = (await caller.admin("GET", "reported"))["hours"]
        wanted = {"account": caller.account, "days": [YESTERDAY], "permille": 970}
        assert (await caller.admin("POST", "restate", **wanted))["entries"][0]["who"] == "world"
        await read_hours(caller, YESTERDAY)
        after = (await caller.admin("GET", "reported"))["hours"]
        total, less = (sum(cell["spend_micros"] for cell in cells) for cells in (before, after))
        assert abs(total * 97 // 100 - less) < 3 * 20_000
        await caller.admin("POST", "restate", expected=400, account=caller.account, days=[], permille=970)
        runaway = {"account": caller.account, "campaign": CAMPAIGN, "factor_permille": 6_000}
        assert (await caller.admin("POST", "runaway", **runaway))["entries"][0]["after"] == 6_000
        await caller.admin("POST", "runaway", expected=400, **{**runaway, "campaign": "5"})

    play(story)
