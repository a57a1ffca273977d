"""A naive client as the control: on any trouble it signs again, with a new blockhash, and sends again.

It keeps which fundings it takes for done, so that a restart goes on from there. Under the same faults and
kills it moves money twice, which shows that the trouble is real.

`python -m proof.treasury.chaos.naive URL KEYPAIR FROM TO MINT COUNT JOURNAL`
"""

from __future__ import annotations

import base64
import json
import subprocess
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import httpx
import msgspec
from msgspec import Struct
from solders.hash import Hash
from solders.keypair import Keypair
from solders.message import Message
from solders.pubkey import Pubkey
from solders.token import ID as TOKEN_PROGRAM
from solders.transaction import Transaction
from spl.token.instructions import TransferCheckedParams, transfer_checked

from proof.treasury.chaos.rpc import LocalRpc

if TYPE_CHECKING:
    from events.types import PotOpened
    from proof.treasury.chaos.world import MoneyWorld

DOLLAR: Final = 1_000_000
FUNDINGS: Final = 150
CONFIRM_SECONDS: Final = 1.0
ASK_EACH_SECONDS: Final = 0.03
DECIMALS: Final = 6


class Doubled(Struct, frozen=True):
    """How much a naive client should have moved, and how much it has."""

    fundings: int
    wanted_micro_usdc: int
    moved_micro_usdc: int
    kills: int
    """Of it and of the chain."""

    @property
    def permille(self) -> int:
        """How much too much, of a thousand."""
        return (self.moved_micro_usdc - self.wanted_micro_usdc) * 1000 // self.wanted_micro_usdc


class Supervised:
    """The naive client as a process that is started again whenever it was killed."""

    def __init__(self, world: MoneyWorld, place: PotOpened, journal: Path) -> None:
        local = world.folder / "localnet"
        keys = msgspec.json.decode((local / "genesis.json").read_bytes())["keys"]
        self._arguments = (
            world.url,
            str(local / keys["funder"]),
            place.treasury,
            place.vault,
            place.mint,
            str(FUNDINGS),
            str(journal),
        )
        self._journal = journal
        self._process = self._start()

    def is_working(self) -> bool:
        """Say whether there is still something to fund."""
        return self._process.poll() is None

    def kill(self) -> None:
        """Kill it, and start it again."""
        if self.is_working():
            self._process.kill()
            self._process.wait()
            self._process = self._start()

    def done(self) -> int:
        """Return how many fundings it takes for done."""
        return len(self._journal.read_text().splitlines()) if self._journal.exists() else 0

    def doubled(self, moved_micro_usdc: int, kills: int) -> Doubled:
        """Say how it did."""
        wanted = sum(amount_of(number) for number in range(FUNDINGS))
        return Doubled(FUNDINGS, wanted, moved_micro_usdc, kills)

    def _start(self) -> subprocess.Popen[bytes]:
        command = [sys.executable, "-m", "proof.treasury.chaos.naive", *self._arguments]
        return subprocess.Popen(command)  # noqa: S603 - this very module


def amount_of(number: int) -> int:
    """Return how much a funding is."""
    return DOLLAR + number


def main() -> int:
    """Fund what is not done yet."""
    url, key_file, source, to, mint, count, journal = sys.argv[1:]
    key = Keypair.from_bytes(bytes(json.loads(Path(key_file).read_text())))
    rpc, path = LocalRpc(url), Path(journal)
    done = len(path.read_text().splitlines()) if path.exists() else 0
    for number in range(done, int(count)):
        moved = transfer_checked(
            TransferCheckedParams(
                program_id=TOKEN_PROGRAM,
                source=Pubkey.from_string(source),
                mint=Pubkey.from_string(mint),
                dest=Pubkey.from_string(to),
                owner=key.pubkey(),
                amount=amount_of(number),
                decimals=DECIMALS,
                signers=[],
            )
        )
        while not _tried(rpc, key, moved):
            time.sleep(ASK_EACH_SECONDS)
        with path.open("a") as file:
            file.write(f"{number}\n")
    return 0


def _tried(rpc: LocalRpc, key: Keypair, instruction: Any) -> bool:  # noqa: ANN401 - an instruction
    """Sign, send and wait a moment; whatever goes wrong, say that it did not work."""
    try:
        newest = rpc.once("getLatestBlockhash", {"commitment": "confirmed"})["value"]
        blockhash = Hash.from_string(newest["blockhash"])
        message = Message.new_with_blockhash([instruction], key.pubkey(), blockhash)
        raw = base64.b64encode(bytes(Transaction([key], message, blockhash))).decode()
        signature = rpc.once("sendTransaction", raw, {"encoding": "base64", "skipPreflight": True})
        deadline = time.monotonic() + CONFIRM_SECONDS
        while time.monotonic() < deadline:
            status = rpc.once("getSignatureStatuses", [signature])["value"][0]
            if status is not None and status["confirmationStatus"] != "processed":
                return status["err"] is None
            time.sleep(ASK_EACH_SECONDS)
    except (httpx.HTTPError, ValueError):
        return False
    return False


if __name__ == "__main__":
    sys.exit(main())
