import json
import os
import re
import signal
import subprocess
import sys
from pathlib import Path

import psutil

TIMEOUT_SECONDS = 240
SHORT = ("--speed", "800", "--hours", "4", "--campaigns", "120")


def start(tmp_path: Path, *arguments: str) -> subprocess.Popen[str]:
    """Start a demo whose temporary files lie in one folder, with the settings of something else around it."""
    (tmp_path / "temporary").mkdir()
    env = {
        **os.environ,  # noqa: TID251 - handed on whole
        "TMPDIR": str(tmp_path / "temporary"),
        "HEADGATE_KAFKA__BOOTSTRAP": "127.0.0.1:1",
        "HEADGATE_DATA_DIR": str(tmp_path / "elsewhere"),
    }
    return subprocess.Popen(
        [sys.executable, "-m", "headgate", "demo", *arguments],
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


def test_some_hours_with_all_their_trouble_are_proven_and_nothing_is_left(tmp_path: Path) -> None:
    """The demo as people see it, short: every role dies once, every invariant holds, its folder is gone."""
    files = ("--json", str(tmp_path / "demo.json"), "--svg", str(tmp_path / "demo.svg"))
    code, out, err = wait(start(tmp_path, *SHORT, *files))
    assert code == 0, err
    told = json.loads((tmp_path / "demo.json").read_text())
    assert set(told["invariants"].values()) == {True}
    assert len(told["invariants"]) == 20
    assert told["figures"]["kills"] == 8
    assert told["figures"]["pauses"] >= 4
    assert told["figures"]["observations"] > 10_000
    assert re.fullmatch("[0-9a-f]{64}", told["figures"]["state_hash"])
    assert "Proven: nothing was lost, nothing was doubled" in out
    assert told["figures"]["messages"] > 0
    assert err.count("kill -9") == 8
    assert "a person runs it; we keep off" in err
    assert "Proven" in (tmp_path / "demo.svg").read_text()
    assert left_in(tmp_path) == []
    assert not (tmp_path / "elsewhere").exists()


def test_an_interrupt_ends_everything_and_leaves_nothing(tmp_path: Path) -> None:
    """Ctrl-C in the middle of the day: no process, no folder, and no traceback."""
    process = start(tmp_path, "--campaigns", "60")
    assert process.stderr is not None
    said = []
    for line in process.stderr:
        said.append(line)
        if "A day begins" in line:
            break
    family = psutil.Process(process.pid).children(recursive=True)
    assert len(family) >= 8, said
    process.send_signal(signal.SIGINT)
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
