import json
from pathlib import Path

import pytest

from events.types import AlertRaised
from headgate import app, standing
from infra.settings import load
from tests import campaign_kit as kit


@pytest.fixture
def headgate(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Give the beginning of a command line in an installation with a campaign's story."""
    monkeypatch.setenv("COLUMNS", "100")
    settings = kit.installation(tmp_path)
    stale = AlertRaised("stale_data", "high", None, 1, kit.NOW_MS - 7_200_000, 130, 120, "minutes")
    kit.project(settings, [*kit.story(), stale])
    return ["--config", str(tmp_path / "headgate.toml")]


def test_alerts_are_listed_by_severity_with_what_to_do(
    headgate: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    """Open ones first of all; those that are over if everything is wanted."""
    assert app.run([*headgate, "alerts"]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert lines[0].split() == ["1", "high", "1", "warning"]
    text = " ".join(" ".join(lines).split())
    assert text.index("No fresh figures") < text.index("Few clicks")
    assert "Boots Reach 012 for 3 h 20 min" in text
    assert "Refresh its creatives" in text
    assert "Spending far too fast" not in text
    assert app.run([*headgate, "alerts", "acme", "--all"]) == 0
    assert "Spending far too fast Boots Reach 012 over after 1 h 30 min" in " ".join(
        capsys.readouterr().out.split()
    )


def test_alerts_are_told_to_machines_with_their_words(
    headgate: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    """The facts, and what a person would read."""
    assert app.run([*headgate, "alerts", "--json"]) == 0
    first, second = json.loads(capsys.readouterr().out)
    assert (first["kind"], first["campaign"], second["kind"]) == ("stale_data", "", "low_ctr")
    assert second["title"] == "Few clicks"
    assert second["next_step"]


def test_status_counts_alerts_and_says_why_campaigns_are_held(
    headgate: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    """An account's own alerts count with those of its campaigns."""
    assert app.run([*headgate, "status", "--json"]) == 0
    (account,) = json.loads(capsys.readouterr().out)
    assert account["alerts"] == 2
    assert app.run([*headgate, "status", "acme"]) == 0
    assert "▲ 1" in capsys.readouterr().out
    settings = load(Path(headgate[1]), {})
    (campaign, _) = standing.campaigns(settings, kit.SUBJECT)
    assert (campaign.last_reason, campaign.breaker, campaign.target_micros) == (
        "breaker-probe",
        "closed",
        kit.TARGET_MICROS,
    )
