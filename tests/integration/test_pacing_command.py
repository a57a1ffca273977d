import io
import json
from pathlib import Path

import pytest
from rich.console import Console, ConsoleRenderable

from events.types import CampaignsObserved, ClockTicked
from headgate import app
from headgate.campaign import ahead, day, decisions, find, view
from headgate.campaign.day import CampaignDay
from headgate.campaign.decisions import Decision
from infra.settings import Settings, load
from projections.query import ask, named
from tests import campaign_kit as kit
from tests.campaign_kit import CAMPAIGN, MIDNIGHT_MS, NOW_MS, UNIT


@pytest.fixture(scope="module")
def settings(tmp_path_factory: pytest.TempPathFactory) -> Settings:
    """Give a folder in which a campaign's days are projected."""
    found = kit.installation(tmp_path_factory.mktemp("projected"))
    kit.project(found, kit.story())
    return found


@pytest.fixture(scope="module")
def seen(settings: Settings) -> tuple[CampaignDay, list[Decision]]:
    """Give the campaign's day and what was decided about it."""
    known = find.campaign(settings, "reach")
    looked = day.look(settings, known, NOW_MS)
    return looked, decisions.of_day(settings, looked)


def drawn(what: ConsoleRenderable, width: int) -> str:
    """Draw something without colours."""
    console = Console(file=io.StringIO(), width=width)
    console.print(what)
    file = console.file
    assert isinstance(file, io.StringIO)
    return file.getvalue()


@pytest.mark.parametrize("width", [80, 100, 120, 200])
def test_a_campaigns_day_is_told_at_any_width(seen: tuple[CampaignDay, list[Decision]], width: int) -> None:
    """Nothing that matters is cut off, and everything is there without colours."""
    text = drawn(view.render(*seen, width, 20), width)
    assert all(len(line) <= width for line in text.splitlines())
    assert "…" not in text
    words = " ".join(text.split())
    for said in (
        "Boots Reach 012",
        "331.53 of 800.00 USD",
        "0.89x on track",
        "low ctr for 3 h 20 min",
        "24,000.00 USD a month (autumn sale)",
        "Budget stepped from 800.00 USD to 640.00 USD",
        "60 % its own usual week",
        "Done in 0.41 s",
    ):
        assert all(word in words for word in said.split())


def test_what_was_decided_is_told_newest_first(seen: tuple[CampaignDay, list[Decision]]) -> None:
    """Plans, pauses, budgets, breakers, alerts and people's edits."""
    moments = [one.at_ms for one in seen[1]]
    assert moments == sorted(moments, reverse=True)
    kinds = {one.kind for one in seen[1]}
    assert "Planned 800.00 USD as 60 %" in seen[1][-1].text
    assert kinds == {"plan", "pause", "resume", "set-budget", "breaker", "alert", "edit"}


def test_a_day_that_is_over_tells_of_itself_alone(settings: Settings) -> None:
    """Without a plan nothing is made up of it."""
    looked = day.look(settings, find.campaign(settings, CAMPAIGN), NOW_MS, "2026-11-20")
    text = drawn(view.render(looked, decisions.of_day(settings, looked), 100, 10), 100)
    assert "over" in text.splitlines()[0]
    assert "nothing is planned" in text
    assert "nowcast" not in text
    assert looked.total_micros == sum(micros * 910 // 1_000 for micros in kit.hours(kit.TARGET_MICROS))


def test_the_command_answers_people_and_machines(
    settings: Settings, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """A name that nobody has, or two have, is told in words."""
    monkeypatch.setenv("COLUMNS", "120")
    headgate = ["--config", str(settings.data_dir / "headgate.toml"), "pacing"]
    assert app.run([*headgate, "reach"]) == 0
    assert "Boots Reach 012" in capsys.readouterr().out
    assert app.run([*headgate, "reach", "--json"]) == 0
    told = json.loads(capsys.readouterr().out)
    assert told["plan"]["confidence_permille"] == 710
    assert told["standing"]["breaker"] == "closed"
    assert len(told["decisions"]) == 11
    assert app.run([*headgate, "lamps"]) == 65
    assert "There is no campaign lamps" in capsys.readouterr().err
    assert app.run([*headgate, "boots"]) == 65
    assert "2 campaigns are meant" in " ".join(capsys.readouterr().err.split())
    assert app.run([*headgate, "reach", "--day", "2020-01-01"]) == 65


def test_what_is_ahead_is_told_with_its_bands(seen: tuple[CampaignDay, list[Decision]]) -> None:
    """Late reports, the day's and the month's end, the day a budget is gone, and how fast money goes."""
    looked = ahead.of(seen[0])
    so_far, ends, month = looked.so_far, looked.day_end, looked.month_end
    assert so_far.low_micros <= so_far.median_micros <= so_far.high_micros
    assert sum(looked.late_micros.values()) <= so_far.median_micros - so_far.reported_micros
    assert ends is not None
    assert month is not None
    assert 700 * UNIT < ends.expected_micros < 900 * UNIT
    assert (ends.low_micros or 0) < ends.expected_micros < (ends.high_micros or 0)
    assert 15_000 * UNIT < month.expected_micros < 18_000 * UNIT
    assert looked.budget_gone is None
    assert looked.burn.hour_micros == seen[0].spent_micros[-1]


def test_a_first_day_says_that_nothing_is_known(tmp_path: Path) -> None:
    """Neither a band nor a confidence nor an end is made up."""
    settings = kit.installation(tmp_path)
    listed = [fact for fact in kit.story() if isinstance(fact, CampaignsObserved | ClockTicked)]
    even = kit.plan(known=False)
    kit.project(settings, [*listed, even, kit.spend(until=13, as_of_ms=NOW_MS - 120_000)])
    looked = day.look(settings, find.campaign(settings, "reach"), NOW_MS)
    text = " ".join(drawn(view.render(looked, decisions.of_day(settings, looked), 100, 5), 100).split())
    assert "confidence unknown on its first day" in text
    assert "day ends not known yet" in text
    assert "four days of five" not in text
    assert "month" not in text


def test_views_and_queries_tell_of_alerts_breakers_and_plans(settings: Settings) -> None:
    """What is open, since when, and how days came out."""
    (alert,) = ask(settings, named("alerts")).dicts()
    assert (alert["kind"], alert["for_minutes"]) == ("low_ctr", 200)
    (breaker,) = ask(settings, named("breakers")).dicts()
    assert (breaker["state"], breaker["opened"]) == ("closed", 1)
    assert ask(settings, named("plan-quality")).rows == []
    (plan,) = ask(settings, "SELECT * FROM plan_now").dicts()
    assert (plan["made_of"], plan["history_days"]) == (["hour_of_week", "account"], 12)
    (now,) = ask(settings, f"SELECT * FROM campaign_now WHERE campaign = '{CAMPAIGN}'").dicts()  # noqa: S608 - our own words
    assert (now["open_alerts"], now["breaker"], now["target_micros"]) == (1, "closed", 800 * UNIT)
    assert (now["last_action"], now["last_reason"]) == ("resume", "breaker-probe")


def test_a_day_that_is_over_is_held_against_its_plan(tmp_path: Path) -> None:
    """By how far its hours were off, and how many lay in their band."""
    settings = load(None, {"data_dir": str(tmp_path)})
    over_ms = MIDNIGHT_MS + kit.DAY_MS
    kit.project(settings, [ClockTicked(now_ms=over_ms), kit.plan(), kit.spend(permille=1_100)])
    (told,) = ask(settings, named("plan-quality")).dicts()
    assert (told["delivered_permille"], told["hours_in_band"], told["hours_with_band"]) == (1_099, 24, 24)
    assert 90 < told["rmse_permille"] < 130
