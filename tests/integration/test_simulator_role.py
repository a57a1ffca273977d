import asyncio
import json
import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import httpx
import pytest

from headgate.roles.simulator import serve, url_of
from infra.folder import FolderBusy
from infra.health import Health
from infra.settings import Settings
from infra.world_time import WorldTime
from simulator.pointing import environment

CAMPAIGN = "1780000000000001"


@contextmanager
def running(folder: Path) -> Iterator[tuple[subprocess.Popen[str], str]]:
    """Run the role until it is ready; give its process and where it serves."""
    command = [sys.executable, "-m", "headgate", "--data-dir", str(folder), "simulator"]
    process = subprocess.Popen(command, stderr=subprocess.PIPE, text=True)
    assert process.stderr is not None
    try:
        ready = next(line for line in map(json.loads, process.stderr) if line["event"] == "role.ready")
        yield process, ready["simulator"]
    finally:
        if process.poll() is None:
            process.kill()
        process.wait()
        process.stderr.close()


def test_a_killed_simulator_comes_back_at_its_address_with_its_world(tmp_path: Path) -> None:
    """What was done stays done; a second one in the same folder is refused; SIGTERM ends it in order."""
    with running(tmp_path) as (process, url):
        account = httpx.get(f"{url}/admin/state").json()["accounts"][0]["account"]
        edit = {"account": account, "campaign": CAMPAIGN, "status": "paused"}
        entries = httpx.post(f"{url}/admin/edit", json=edit).json()["entries"]
        with pytest.raises(FolderBusy):
            asyncio.run(serve(Settings(data_dir=tmp_path), WorldTime(), Health("second"), ""))
        os.kill(process.pid, signal.SIGKILL)
        process.wait()
    with running(tmp_path) as (process, again):
        assert again == url == url_of(Settings(data_dir=tmp_path))
        assert httpx.get(f"{again}/admin/journal").json()["entries"] == entries
        process.terminate()
        assert process.wait() == 0


def test_roles_are_pointed_at_the_simulator_by_their_environment() -> None:
    """Its accounts, its address, its token and its lag; nothing else differs from the real platform."""
    pointed = environment(Settings(), "http://127.0.0.1:8090")
    assert pointed["HEADGATE_TIKTOK__BASE_URL"] == "http://127.0.0.1:8090/open_api/v1.3/"
    assert pointed["HEADGATE_TIKTOK__LAG_MS"] == "300000"
    accounts = json.loads(pointed["HEADGATE_ACCOUNTS"])
    assert len(accounts) == 6
    assert accounts[0] == "acme/tiktok/7001000000000000001"
