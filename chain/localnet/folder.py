"""A local chain in a folder: made at its first start, found again at each later one."""

from __future__ import annotations

import json
import os
from typing import TYPE_CHECKING

from chain.localnet import genesis as beginning
from chain.localnet.chain import LocalChain
from chain.localnet.store import Store
from infra import logs
from infra.errors import CallAPerson, FixSetup

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from chain.localnet.genesis import Genesis

DATABASE, GENESIS, KEYS = "chain.sqlite", "genesis.json", "keys"

_log = logs.get(__name__)


def open_chain(folder: Path, program: Path, now_ms: Callable[[], int], *, final_blocks: int) -> LocalChain:
    """Return the chain of a folder, which this process holds alone."""
    deployed = _bytes_of(program)
    store = Store(folder.joinpath(DATABASE))
    genesis = beginning.read(store.facts())
    if genesis is None:
        genesis = beginning.by_chance()
        beginning.write(store, genesis, deployed, now_ms())
        _log.info("localnet.begun", program=str(genesis.program), usdc_mint=str(genesis.usdc_mint))
    else:
        _upgrade(store, genesis, deployed)
    _tell(folder, genesis)
    return LocalChain(store, now_ms=now_ms, final_blocks=final_blocks)


def _upgrade(store: Store, genesis: Genesis, program: bytes) -> None:
    """Bring the program up to date, as its authority would, so that no old one is tested by mistake."""
    address, account = beginning.deployed(genesis, program)
    if dict(store.accounts()).get(address) != account:
        store.replace_account(address, account)
        _log.warning("localnet.program_upgraded", program=str(genesis.program))


def _tell(folder: Path, genesis: Genesis) -> None:
    """Write keys and addresses where the other roles look; a reader sees a file whole or not at all."""
    keys = folder.joinpath(KEYS)
    keys.mkdir(mode=0o700, exist_ok=True)
    paths = {}
    for name in beginning.PEOPLE:
        path = keys.joinpath(f"{name}.json")
        _write(path, json.dumps(list(bytes(genesis.keys[name]))))
        paths[name] = str(path.resolve())
    told = {"program": str(genesis.program), "usdc_mint": str(genesis.usdc_mint), "keys": paths}
    _write(folder.joinpath(GENESIS), json.dumps(told, indent=1) + "\n")


def _write(path: Path, text: str) -> None:
    fresh = path.with_suffix(".new")
    descriptor = os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(descriptor, "w", encoding="ascii") as file:
        file.write(text)
    fresh.replace(path)


def _bytes_of(program: Path) -> bytes:
    try:
        deployed = program.read_bytes()
    except OSError as error:
        raise FixSetup(
            f"The pot program {program} cannot be read: {error.strerror}.",
            "Build it with `make program`.",
        ) from error
    if not deployed.startswith(b"\x7fELF"):
        raise CallAPerson(
            f"The pot program {program} is no program.", "Build it anew with `make program`, and compare."
        )
    return deployed
