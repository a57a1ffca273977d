import io
import json
from pathlib import Path

import pytest
from rich.console import Console, ConsoleRenderable

from headgate import app
from headgate.commands import demo
from headgate.demo import proof, report, view
from headgate.demo.report import AccountSum, Figures, NotProven, Outcome
from headgate.demo.view import AccountRow, CampaignRow, Line, MoneyRow, RoleRow, Scene
from headgate.meters import Meter
from tests.demo_kit import (
    HOUR_MS,
    NOON_MS,
    OTHER,
    UNIT,
    found,
)


def scene() -> Scene:
    """Return a scene with something of everything."""
    rows = [
        AccountRow("acme Berlin", "EUR", "13:00", Meter(60 * UNIT, 100 * UNIT, 50 * UNIT), 49, 1, 60_000),
        AccountRow(
            "cumulus Tokyo", "JPY", "21:00", Meter(3 * UNIT, 9 * UNIT, None), 50, 0, None, "rate-limited"
        ),
    ]
    names = ("localnet", "simulator", "poller", "worker-0", "worker-1", "executor", "chain-executor")
    names += ("notifier", "projector", "clock")
    roles = [RoleRow(name, "ready", int(name != "simulator")) for name in names]
    lines = [Line(NOON_MS, "world", f"Boots {number} runs away " + "x" * 200) for number in range(30)]
    held = CampaignRow("Tents Night 17", "acme Berlin", "EUR", Meter(3 * UNIT, 2 * UNIT, UNIT), is_held=True)
    return Scene(
        NOON_MS,
        NOON_MS - HOUR_MS,
        NOON_MS + HOUR_MS,
        480,
        rows,
        roles,
        lines,
        1_234,
        1,
        2,
        3,
        4,
        5,
        MoneyRow(6, 900 * UNIT, 1_000 * UNIT, 100 * UNIT, 12, 1),
        400,
        lambda count: [held] * min(count, 40),
    )


def drawn(what: ConsoleRenderable, width: int) -> list[str]:
    """Draw something at a width."""
    console = Console(file=io.StringIO(), width=width, legacy_windows=False)
    console.print(what)
    file = console.file
    assert isinstance(file, io.StringIO)
    return file.getvalue().splitlines()


@pytest.mark.parametrize(("width", "lines"), [(80, 24), (120, 36), (200, 50)])
def test_the_view_fits_its_terminal(width: int, lines: int) -> None:
    """Nothing wraps, and the cursor's line is left."""
    shown = drawn(view.render(scene(), width=width, lines=lines - 1), width)
    assert len(shown) <= lines - 1
    assert all(len(line) == width for line in shown)
    text = "\n".join(shown)
    assert "1.20x" in text
    assert "rate-limited" in text
    assert "50 %" in text
    assert "1 pause " in text
    assert "12 fundings" in text
    assert "projector ↻1" in text
    assert ("Tents Night 17" in text) == (width == 200)


def outcome() -> Outcome:
    """Return a run of which one invariant does not hold."""
    figures = Figures(7, 480, 24, 1, 300, 1, 2, 1, 1, 3, 4, 6, 2, 7, 5, [900], 400, 4_000, 10, 20, "ab" * 32)
    sums = [
        AccountSum("acme", "acme Berlin", "EUR", 2, 100 * UNIT, 150 * UNIT, 1, 1, 10, 390, 400, 4_000),
        AccountSum("acme", "acme Paris", "EUR", 2, 100 * UNIT, 50 * UNIT, 0, 0),
    ]
    return Outcome(proof.judge(found({"decided": OTHER})), sums, figures, scene())


def test_a_run_that_is_not_proven_fails_the_command_and_says_so_in_its_files(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """Whoever runs it in a pipeline learns it from the exit code, and from JSON by name."""
    monkeypatch.setattr(demo, "perform", lambda *_: outcome())
    files = ("--json", str(tmp_path / "demo.json"), "--svg", str(tmp_path / "demo.svg"))
    assert app.run(["demo", *files, "--keep", str(tmp_path / "kept")]) == 1
    told = json.loads((tmp_path / "demo.json").read_text())
    assert [name for name, holds in told["invariants"].items() if not holds] == ["spend_decided"]
    assert told["accounts"][0]["slowest_ms"] == 4_000
    picture = (tmp_path / "demo.svg").read_text()
    assert "Not" in picture
    assert "font-face" not in picture
    said = capsys.readouterr()
    assert "Not proven" in said.out
    assert "does not prove itself" in said.err


def test_the_summary_says_what_it_came_to_and_what_is_proven() -> None:
    """Clients with several accounts of one currency are added up; what does not hold is red and named."""
    for width in (80, 120):
        shown = drawn(report.summary(outcome(), width), width)
        text = "\n".join(shown)
        assert all(len(line) <= width for line in shown)
        assert "200 EUR" in text
        assert "Not proven" in text
        assert "4.00 s" in text
    with pytest.raises(NotProven, match="spend, decided: 1 of 1 campaign hours differ"):
        raise NotProven(outcome().broken, 7)
