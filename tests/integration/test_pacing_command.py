import io
import json
from pathlib import Path

import pytest
from rich.console import Console, ConsoleRenderable

from events.types import ClockTicked
from headgate import app
from headgate.campaign import day, decisions, find, view
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
        "month, 24,000.00 USD: autumn sale",
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
