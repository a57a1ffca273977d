"""Checks of what is deployed: our program byte by byte, its config, and the mint."""

from __future__ import annotations

import hashlib
from functools import cache
from importlib.resources import files
from typing import TYPE_CHECKING, Final

from solders.pubkey import Pubkey

from chain.addresses import UPGRADEABLE_LOADER, config_address, program_data_address
from chain.errors import WrongAccount
from chain.pot import read_config
from chain.tokens import USDC_DECIMALS, read_mint
from infra.doctor.check import Check, fail, ok, warn

if TYPE_CHECKING:
    from chain.place import Place
    from chain.ports import AccountSeen, Chain

INIT: Final = "`headgate chain init` sets it up, by the program's upgrade authority."
# Kind, slot of the deployment, whether there is an upgrade authority, and which.
HEADER_BYTES: Final = 4 + 8 + 1 + 32
_PROGRAM_DATA: Final = 3


@cache
def our_program() -> bytes:
    """Return the program that this version of Headgate was built with."""
    return (files("chain") / "program" / "campaign_pot.so").read_bytes()  # money-ok: a path


async def deployed(place: Place, chain: Chain, authority: Pubkey | None) -> list[Check]:
    """Look at the program, its config and the mint at one slot."""
    program, mint = place.program.address, place.mint
    wanted = [program, program_data_address(program), config_address(program), mint]
    code, data, config, minted = (await chain.snapshot(wanted)).accounts
    return [
        _program(program, code, data),
        *([] if data is None else [_upgrade_authority(data, None if place.is_local else authority)]),
        _config(place, config, authority),
        _mint(mint, minted),
    ]


def _program(program: Pubkey, code: AccountSeen | None, data: AccountSeen | None) -> Check:
    step = "Deploy chain/program/campaign_pot.so there, or set chain.program; see docs/how-to/go-live.md."
    if code is None:
        return fail("program", f"there is nothing at {program}", step)
    if code.owner != UPGRADEABLE_LOADER or data is None or data.data[:4] != bytes([_PROGRAM_DATA, 0, 0, 0]):
        return fail("program", f"{program} is no program of the upgradeable loader", step)
    found, ours = data.data[HEADER_BYTES:], our_program()
    digest = hashlib.sha256(ours).hexdigest()
    # The loader keeps room for a longer program behind ours, in zeros.
    if found[: len(ours)] != ours or any(found[len(ours) :]):
        other = hashlib.sha256(found.rstrip(b"\0")).hexdigest()
        return fail(
            "program", f"{program} is another one (SHA-256 {other[:16]}…, ours is {digest[:16]}…)", step
        )
    return ok("program", f"{program}, byte by byte ours (SHA-256 {digest[:16]}…)")


def _upgrade_authority(data: AccountSeen, authority: Pubkey | None) -> Check:
    name = "upgrades"
    if not data.data[12]:
        return ok(name, "nobody can replace the program")
    who = Pubkey.from_bytes(data.data[13:HEADER_BYTES])
    if who == authority:
        return warn(
            name,
            f"the authority's key {who}, which people's commands use, can replace the program",
            "On a cluster, hand it to a key that is kept apart; see docs/how-to/keys.md.",
        )
    return ok(name, f"{who} can replace the program")


def _config(place: Place, account: AccountSeen | None, authority: Pubkey | None) -> Check:
    if account is None:
        return fail("config", "the program is not set up", INIT)
    try:
        config = read_config(account, place.program.address)
    except WrongAccount as error:
        return fail("config", error.detail, INIT)
    if config.mint != place.mint:
        return fail("config", f"its mint is {config.mint}, not {place.mint}", "Set chain.usdc_mint to that.")
    if authority is not None and config.admin != authority:
        step = "Only that key opens pots: set chain.authority_keypair to its file where that is done."
        return warn("config", f"its admin is {config.admin}, the key that is set is {authority}", step)
    return ok("config", f"its admin is {config.admin}")


def _mint(mint: Pubkey, account: AccountSeen | None) -> Check:
    step = "Set chain.usdc_mint to USDC's on this cluster."
    if account is None:
        return fail("mint", f"there is nothing at {mint}", step)
    try:
        decimals = read_mint(account).decimals
    except WrongAccount as error:
        return fail("mint", error.detail, step)
    if decimals != USDC_DECIMALS:
        return fail("mint", f"{mint} has {decimals} decimals, and USDC has {USDC_DECIMALS}", step)
    return ok("mint", f"{mint}, {decimals} decimals")
