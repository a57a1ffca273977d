"""Fundings under kills of the executor and the chain come out to the micro; a naive client's do not."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).parents[2]
SECONDS_SHORT, SECONDS = 600, 3_600


def test_a_few_fundings_survive_a_few_kills(tmp_path: Path) -> None:
    """The real processes, on a Kafka and a chain of the run's own, for a minute."""
    written = _chaos(tmp_path, "--fundings", "30", "--kills", "2", "--no-naive", seconds=SECONDS_SHORT)
    assert (written["found"], written["lost"], written["doubled"]) == ({}, 0, 0)
    assert sum(written["requests"].values()) == 30


@pytest.mark.slow
def test_five_hundred_fundings_survive_thirty_kills_and_a_naive_client_funds_twice(tmp_path: Path) -> None:
    """The difference is nothing; without the protocol, under the same trouble, it is not."""
    written = _chaos(tmp_path, seconds=SECONDS)
    assert (written["found"], written["lost"], written["doubled"]) == ({}, 0, 0)
    kills = [written["faults"].get(f"kill {role}", 0) for role in ("chain-executor", "localnet")]
    assert sum(kills) >= 30
    assert min(kills) > 0
    assert written["requests"]["funding.posted"] > 0
    assert written["naive"]["moved_micro_usdc"] > written["naive"]["wanted_micro_usdc"]


def _chaos(folder: Path, *more: str, seconds: int) -> dict[str, Any]:
    done = subprocess.run(
        [sys.executable, "-m", "proof.treasury.chaos", "--folder", str(folder), *more],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
        timeout=seconds,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    written: dict[str, Any] = json.loads(done.stdout)
    return written
