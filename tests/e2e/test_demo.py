import json
import os
import re
import signal
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

import psutil
import pytest

TIMEOUT_SECONDS = 180

# Writes a fact that the agent never decided, before the proof looks at the log.
TAMPERED = """
import sys
from confluent_kafka import Producer
from headgate import app
from headgate.demo import proof
gather = proof.gather
def tampered(conf, tell):
    producer = Producer(conf)
    headers = {"ce_id": "account-facts.0.0.0", "ce_type": "pace.deviated", "ce_source": "/headgate/account"}
    producer.produce("account-decisions", b"{}", b"acme/meta/act-1001", 0, headers=headers)
    assert producer.flush(30) == 0
    return gather(conf, tell)
proof.gather = tampered
sys.exit(app.run(sys.argv[1:]))
"""


def start(
    tmp_path: Path, *arguments: str, program: Sequence[str] = ("-m", "headgate")
) -> subprocess.Popen[str]:
    """Start a demo whose temporary files lie in one folder, with the settings of something else around it."""
    (tmp_path / "temporary").mkdir()
    env = {
        **os.environ,  # noqa: TID251 - handed on whole
        "TMPDIR": str(tmp_path / "temporary"),
        "HEADGATE_KAFKA__BOOTSTRAP": "127.0.0.1:1",
        "HEADGATE_DATA_DIR": str(tmp_path / "elsewhere"),
    }
    return subprocess.Popen(
        [sys.executable, *program, "demo", *arguments],
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        env=env,
        cwd=tmp_path,
    )


def wait(process: subprocess.Popen[str]) -> tuple[int, str, str]:
    """Wait for its end; return the code and what it said."""
    try:
        out, err = process.communicate(timeout=TIMEOUT_SECONDS)
    finally:
        process.kill()
        process.wait(TIMEOUT_SECONDS)
    return process.returncode, out, err


def left_in(tmp_path: Path) -> list[str]:
    """Return what lies in the temporary folder, but for what Java keeps there for its own tools."""
    return [
        path.name for path in (tmp_path / "temporary").iterdir() if not path.name.startswith("hsperfdata")
    ]


def test_a_day_with_kills_is_proven_and_nothing_is_left(tmp_path: Path) -> None:
    """The demo as people see it, short: workers die, every invariant holds, its folder is gone."""
    options = ("--seconds", "6", "--kills", "2", "--campaigns", "500")
    files = ("--json", str(tmp_path / "demo.json"), "--svg", str(tmp_path / "demo.svg"))
    code, out, err = wait(start(tmp_path, *options, *files))
    assert code == 0, err
    told = json.loads((tmp_path / "demo.json").read_text())
    assert set(told["invariants"].values()) == {True}
    assert len(told["invariants"]) == 8
    assert told["figures"]["kills"] == 2
    assert told["figures"]["observations"] > 10_000
    assert re.fullmatch("[0-9a-f]{64}", told["figures"]["state_hash"])
    assert "Proven: each record counted exactly once" in out
    assert err.count("kill -9 worker-") == 2
    assert "Proven" in (tmp_path / "demo.svg").read_text()
    assert left_in(tmp_path) == []
    assert not (tmp_path / "elsewhere").exists()


def test_a_log_that_was_touched_is_not_proven(tmp_path: Path) -> None:
    """A fact that nobody decided turns the proof red, by name, with exit code 1; the data can be kept."""
    options = ("--seconds", "2", "--kills", "0", "--workers", "1", "--campaigns", "100")
    files = ("--json", str(tmp_path / "demo.json"), "--keep", str(tmp_path / "kept"))
    code, out, err = wait(start(tmp_path, *options, *files, program=("-c", TAMPERED)))
    assert code == 1, err
    told = json.loads((tmp_path / "demo.json").read_text())
    assert [name for name, holds in told["invariants"].items() if not holds] == ["outputs_as_replayed"]
    assert "Not proven" in out
    assert "does not prove itself" in err
    assert "Traceback" not in err
    assert (tmp_path / "kept" / "kafka").is_dir()


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_an_interrupt_ends_everything_and_leaves_nothing(tmp_path: Path, number: signal.Signals) -> None:
    """Ctrl-C in the middle of the day: no process, no folder, and no traceback."""
    process = start(tmp_path, "--seconds", "120", "--kills", "1", "--campaigns", "100")
    assert process.stderr is not None
    said = []
    for line in process.stderr:
        said.append(line)
        if "A day begins" in line:
            break
    family = psutil.Process(process.pid).children(recursive=True)
    assert len(family) >= 3, said
    process.send_signal(number)
    code, _, err = wait(process)
    assert code == 130, err
    assert "nothing is left" in err
    assert "Traceback" not in err
    _, alive = psutil.wait_procs(family, TIMEOUT_SECONDS)
    assert alive == []
    assert left_in(tmp_path) == []


def test_a_folder_with_something_in_it_is_refused(tmp_path: Path) -> None:
    """What people have is not mixed with the demo's data."""
    (tmp_path / "mine.txt").write_text("precious")
    code, _, err = wait(start(tmp_path, "--keep", str(tmp_path)))
    assert code == 65
    assert "is not an empty folder" in " ".join(err.split())
