"""`headgate localnet` as a process: killed at any moment, it comes back with all that was final."""

from __future__ import annotations

import asyncio
import json
import os
import signal
import stat
import subprocess
import sys
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

import httpx
import pytest
from solders.hash import Hash
from solders.keypair import Keypair
from solders.message import Message
from solders.system_program import TransferParams, transfer
from solders.transaction import Transaction

from headgate.roles.localnet import folder_of, serve
from infra import address
from infra.folder import FolderBusy
from infra.health import Health
from infra.settings import Settings
from infra.world_time import WorldTime
from tests.localnet_kit import sending

if TYPE_CHECKING:
    from collections.abc import Iterator

KILLS = 4
# One for all, since making one takes longer than a call; no connection outlives the process at its end.
CLIENT = httpx.Client(timeout=30, limits=httpx.Limits(max_keepalive_connections=0))
TO = Keypair.from_seed(bytes(32)).pubkey()


@contextmanager
def running(folder: Path) -> Iterator[tuple[subprocess.Popen[str], str]]:
    """Run the role with quick slots until it is ready; give its process and where it serves."""
    settings = folder / "headgate.toml"
    settings.write_text("[localnet]\nslot_ms = 5\nfinal_slots = 4\n")
    flags = ["--config", str(settings), "--data-dir", str(folder), "--http-port", "0"]
    command = [sys.executable, "-m", "headgate", *flags, "localnet"]
    process = subprocess.Popen(command, stderr=subprocess.PIPE, text=True)
    assert process.stderr is not None
    try:
        ready = next(line for line in map(json.loads, process.stderr) if line["event"] == "role.ready")
        yield process, ready["localnet"]
    finally:
        if process.poll() is None:
            process.kill()
        process.wait()
        process.stderr.close()


def call(url: str, method: str, *params: object) -> Any:  # noqa: ANN401 - JSON
    """Call, and insist on a result."""
    told = CLIENT.post(url, json={"id": 1, "method": method, "params": params}).json()
    assert "result" in told, told
    return told["result"]


def given(url: str, payer: Keypair, lamports: int) -> str:
    """Send SOL, whether it lands or not, and return the signature."""
    known = call(url, "getLatestBlockhash", {"commitment": "confirmed"})["value"]["blockhash"]
    params = TransferParams(from_pubkey=payer.pubkey(), to_pubkey=TO, lamports=lamports)
    blockhash = Hash.from_string(known)
    message = Message.new_with_blockhash([transfer(params)], payer.pubkey(), blockhash)
    signature: str = call(url, "sendTransaction", *sending(Transaction([payer], message, blockhash)))
    return signature


def final_of(url: str, signatures: list[str]) -> set[str]:
    """Return which signatures are final."""
    found = call(url, "getSignatureStatuses", signatures, {"searchTransactionHistory": True})["value"]
    pairs = zip(signatures, found, strict=True)
    return {name for name, told in pairs if told and told["confirmationStatus"] == "finalized"}


def _held(url: str) -> int:
    lamports: int = call(url, "getBalance", str(TO))["value"]
    return lamports


def _received(url: str, signatures: list[str]) -> int:
    """Return what final transfers have brought; slots pass meanwhile, so look until nothing changes."""
    while True:
        before = _held(url)
        told = [call(url, "getTransaction", name, {"encoding": "json"}) for name in final_of(url, signatures)]
        received: int = sum(one["meta"]["postBalances"][1] - one["meta"]["preBalances"][1] for one in told)
        if _held(url) == before:
            return received


def test_kills_lose_nothing_that_was_final(tmp_path: Path) -> None:
    """Killed in the middle of transfers again and again: what was final stays, heights only grow."""
    signatures: list[str] = []
    final: set[str] = set()
    height = 0
    for round_number in range(KILLS):
        with running(tmp_path) as (process, url):
            assert final <= final_of(url, signatures)
            assert call(url, "getBlockHeight") >= height
            key = json.loads((tmp_path / "localnet" / "keys" / "funder.json").read_text())
            payer = Keypair.from_bytes(bytes(key))
            mine = [given(url, payer, 10**9 + round_number * 100 + index) for index in range(10)]
            signatures += mine
            while not final & set(mine):
                final |= final_of(url, signatures)
            # Nobody knows in which moment of which slot it dies.
            late = [given(url, payer, 2 * 10**9 + round_number * 100 + index) for index in range(3)]
            height = call(url, "getBlockHeight")
            signatures += late
            os.kill(process.pid, signal.SIGKILL)
            process.wait()
    with running(tmp_path) as (process, url):
        assert final <= final_of(url, signatures)
        # Four blocks are final within moments, so all that will ever land has landed by then.
        end = call(url, "getBlockHeight", {"commitment": "processed"})
        while call(url, "getBlockHeight") < end:
            assert process.poll() is None
        assert _held(url) == _received(url, signatures)
        process.terminate()
        assert process.wait() == 0


def test_it_begins_with_all_that_money_needs(tmp_path: Path) -> None:
    """Program, mint and keys are in one file; keys are their owner's alone; a second start keeps them."""
    with running(tmp_path) as (process, url):
        told = json.loads((tmp_path / "localnet" / "genesis.json").read_text())
        genesis = call(url, "headgate_genesis")
        assert (told["program"], told["usdc_mint"]) == (genesis["program"], genesis["usdcMint"])
        owner = call(url, "getAccountInfo", told["program"], {"encoding": "base64"})["value"]
        assert owner["executable"]
        for name, path in told["keys"].items():
            assert stat.S_IMODE(Path(path).stat().st_mode) == 0o600
            key = Keypair.from_bytes(bytes(json.loads(Path(path).read_text())))
            assert str(key.pubkey()) == genesis[name]
            assert call(url, "getBalance", str(key.pubkey()))["value"] == 10_000 * 10**9
        assert stat.S_IMODE((tmp_path / "localnet" / "chain.sqlite").stat().st_mode) == 0o600
        with pytest.raises(FolderBusy):
            asyncio.run(serve(Settings(data_dir=tmp_path), WorldTime(), Health("second"), ""))
        process.kill()
        process.wait()
    with running(tmp_path) as (process, again):
        assert again == url == f"http://{address.read(folder_of(Settings(data_dir=tmp_path)))}"
        assert call(url, "headgate_genesis") == genesis


def test_a_new_program_takes_the_place_of_an_old_one(tmp_path: Path) -> None:
    """A chain that was begun with other bytes runs today's, so that no old program is tested by mistake."""
    from chain.localnet.folder import open_chain  # noqa: PLC0415 - here only
    from headgate.roles.localnet import PROGRAM  # noqa: PLC0415 - here only

    old = tmp_path / "old.so"
    old.write_bytes(PROGRAM.read_bytes() + b"\0")
    before = open_chain(tmp_path, old, lambda: 10**12, final_blocks=4)
    before.close()
    now = open_chain(tmp_path, PROGRAM, lambda: 10**12, final_blocks=4)
    account = now.core.read(now.genesis.program_data, now.slot)
    assert account is not None
    assert bytes(account.data).endswith(PROGRAM.read_bytes())
    assert now.genesis.program == before.genesis.program
    now.close()
