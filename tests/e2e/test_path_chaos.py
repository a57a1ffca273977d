import json
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
SECONDS = 3_600


@pytest.mark.slow
def test_the_whole_path_survives_kills_and_each_safeguard_is_proved(tmp_path: Path) -> None:
    """A day under 36 kills comes out exact, and is seen to be wrong without any of its safeguards."""
    done = subprocess.run(
        [sys.executable, "-m", "proof.path", "--folder", str(tmp_path), "--json"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
        timeout=SECONDS,
    )
    said = done.stdout + done.stderr
    assert done.returncode == 0, said
    written = json.loads(done.stdout)
    path, faults = written["path"], written["path"]["faults"]
    assert (path["lost"], path["doubled"], path["wrong"], path["stalled"]) == (0, 0, 0, 0), said
    assert sum(faults[f"kill {role}"] for role in ("worker", "executor", "poller", "projector")) >= 30
    assert faults["broker killed"] == 1
    assert all(path["compared"][name] for name in ("reported", "spend", "answered", "effects", "projected"))
    assert set(written["path-mutations"]["mutations"].values()) == {"red"}
