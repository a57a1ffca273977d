import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).parents[2]
SHORT_SECONDS, FULL_SECONDS = 300, 3_600


def chaos(folder: Path, *options: str, seconds: int = SHORT_SECONDS) -> tuple[int, dict[str, Any], str]:
    """Run the harness as a person does; return its exit code, what it wrote, and what it said."""
    done = subprocess.run(
        [sys.executable, "-m", "proof.chaos", "--folder", str(folder), "--json", *options],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
        timeout=seconds,
    )
    return done.returncode, json.loads(done.stdout or "{}"), done.stdout + done.stderr


def test_kills_a_rebalance_and_a_zombie_lose_and_double_nothing(tmp_path: Path) -> None:
    """A chain of agents on disk comes out exact after a few of each kind of trouble."""
    code, written, said = chaos(tmp_path, "--short")
    assert code == 0, said
    short = written["short"]
    assert (short["lost"], short["doubled"], short["wrong"], short["stalled"]) == (0, 0, 0, 0), said
    assert short["faults"]["kill"] >= 3
    assert short["faults"]["join"] >= 1
    assert short["faults"]["zombie"] >= 1
    assert all(short["compared"][name] for name in ("spend", "metered", "tallied", "rows", "outputs"))
    assert json.loads((tmp_path / "short.json").read_text()) == short


def test_the_harness_turns_red_without_a_safeguard(tmp_path: Path) -> None:
    """A partition read before its state is restored shows as lost money."""
    code, written, said = chaos(tmp_path, "--safeguard", "read-before-restore")
    assert code == 0, said
    assert written["mutations"]["mutations"] == {"read-before-restore": "red"}


@pytest.mark.slow
def test_all_trouble_is_survived_and_each_safeguard_is_proved(tmp_path: Path) -> None:
    """The full harness is exact everywhere, and no safeguard can go unnoticed."""
    code, written, said = chaos(tmp_path, seconds=FULL_SECONDS)
    assert code == 0, said
    assert sum(file["faults"].get("kill", 0) for file in written.values()) >= 30
    assert written["broker"]["faults"]["broker killed"] >= 1
    assert written["brokers"]["faults"]["broker killed"] >= 1
