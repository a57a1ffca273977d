"""Brings the environment of the peers that cannot share Headgate's: they pin an older Kafka client."""

import shutil
import subprocess
from pathlib import Path

from infra.errors import WaitAndRetry
from proof.bench.child import ROOT
from proof.bench.options import Options

FOLDER = ROOT / "proof" / "peers"
SYNC_SECONDS_MAX = 600
OURS = frozenset({"headgate", "bare"})


class PeersMissing(WaitAndRetry):
    """The peers could not be installed."""


def prepare(options: Options) -> None:
    """Install the peers as their lock says; with all of them there it takes a fraction of a second."""
    if options.who and OURS.issuperset(options.who):
        return
    uv = shutil.which("uv") or str(ROOT / ".uv" / "bin" / "uv")
    if not Path(uv).exists():
        raise PeersMissing("uv is not there, which installs the peers", "Run `make setup` first.")
    options.say("installing the peers")
    done = subprocess.run(  # noqa: S603 - uv, with fixed arguments
        [uv, "sync", "--project", str(FOLDER), "--locked", "--quiet", "--no-active"],
        check=False,
        capture_output=True,
        text=True,
        timeout=SYNC_SECONDS_MAX,
    )
    if done.returncode:
        raise PeersMissing(
            f"the peers could not be installed: {done.stderr.strip()[-500:]}",
            "See whether the package index can be reached, or measure without them: --who headgate.",
        )
