"""Sets a run's chain up as a person does: by the product's own commands, in this process."""

from __future__ import annotations

import base64
import contextlib
import io
from typing import TYPE_CHECKING, Any

from solders.pubkey import Pubkey

from chain.ports import AccountSeen
from chain.pot import Pot, read_pot
from events.codec import decode
from events.types import PotOpened
from headgate.app import run
from proof.path.crew import StalledError
from proof.treasury.chaos.world import CLIENT
from streams import reading

if TYPE_CHECKING:
    from proof.treasury.chaos.rpc import LocalRpc
    from proof.treasury.chaos.world import MoneyWorld

TREASURY_DOLLARS = 200_000
CAP_DOLLARS = 20_000


def set_up(world: MoneyWorld) -> list[PotOpened]:
    """Set the program up, fill the treasury, open the pots; return them."""
    command(world, "chain", "init")
    command(world, "chain", "faucet", CLIENT, str(TREASURY_DOLLARS))
    for number in range(world.money.pots):
        command(world, "pots", "open", CLIENT, f"pot-{number}", "--cap", str(CAP_DOLLARS), "--yes")
    told = [
        decode(message.headers(), message.value())  # type: ignore[arg-type]  # the stubs are wider
        for message in reading.read(world.conf, "chain-pots")
    ]
    return [event.data for event in told if isinstance(event.data, PotOpened)]


def command(world: MoneyWorld, *arguments: str) -> None:
    """Run a command of the product."""
    said = io.StringIO()
    with contextlib.redirect_stdout(said), contextlib.redirect_stderr(said):
        code = run(["--config", str(world.config), *arguments])
    if code:
        raise StalledError(f"headgate {' '.join(arguments)} ended with {code}: {said.getvalue()[-600:]}")


def pot_of(rpc: LocalRpc, opened: PotOpened, program: Pubkey) -> Pot:
    """Return a pot as the finalized chain has it."""
    return read_pot(account(rpc, opened.address), program)


def account(rpc: LocalRpc, address: str) -> AccountSeen:
    """Return an account as the finalized chain has it."""
    asked: dict[str, Any] = {"commitment": "finalized", "encoding": "base64"}
    found = rpc.ask("getAccountInfo", address, asked)["value"]
    if found is None:
        raise StalledError(f"there is no account at {address}")
    return AccountSeen(
        Pubkey.from_string(found["owner"]), found["lamports"], base64.b64decode(found["data"][0])
    )
