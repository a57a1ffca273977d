"""Which chain the settings mean: its endpoints, the program and the mint there, and who signs."""

from __future__ import annotations

import ipaddress
import random
from typing import TYPE_CHECKING, Final, Literal

import httpx
import msgspec
from msgspec import Struct
from solders.pubkey import Pubkey

from chain.errors import NotConfigured
from chain.instructions import PotProgram
from chain.keys import read_key_file, start_command_signer
from chain.rpc.endpoint import host_of
from chain.rpc.pool import connect
from infra import address

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from pathlib import Path

    from chain.keys import CommandSigner, FileSigner
    from chain.rpc.pool import Pool
    from infra.settings import Settings
    from infra.settings.chain import ChainSettings

Role = Literal["authority", "funder", "spender"]

LOCAL_FOLDER: Final = "localnet"
GENESIS: Final = "genesis.json"


class Genesis(Struct, frozen=True):
    """What a local chain says of itself."""

    program: str
    usdc_mint: str
    keys: dict[str, str]


class Place(Struct, frozen=True):
    """A chain that money moves on."""

    urls: tuple[str, ...]
    program: PotProgram
    is_local: bool
    """Whether it is the local chain of the data folder, whose SOL and USDC are for the asking."""
    key_files: Mapping[str, Path]
    key_commands: Mapping[str, tuple[str, ...]]
    timeout_ms: int
    lag_slots_max: int

    @property
    def mint(self) -> Pubkey:
        """USDC's mint."""
        return self.program.mint

    async def signer(self, role: Role) -> FileSigner | CommandSigner:
        """Return who signs in a role; `NotConfigured` says what is missing."""
        command, path = self.key_commands.get(role), self.key_files.get(role)
        if command:
            return await start_command_signer(command, timeout_ms=self.timeout_ms)
        if path is None:
            raise NotConfigured(f"there is no key of the {role}: set chain.{role}_keypair to its file")
        return read_key_file(path)

    def pool(
        self,
        transport: Callable[[str], httpx.AsyncBaseTransport] | None = None,
        jitter: Callable[[int, int], int] = random.randint,
    ) -> Pool:
        """Return the chain through its endpoints."""
        return connect(
            self.urls,
            self.program.address,
            timeout_ms=self.timeout_ms,
            lag_slots_max=self.lag_slots_max,
            transport=transport,
            jitter=jitter,
        )


def find_place(settings: Settings) -> Place:
    """Return the chain of the settings, or the local one of the data folder; raise when there is neither."""
    own = settings.chain
    local = None if own.rpc_urls else _local(settings.data_dir / LOCAL_FOLDER)  # money-ok: a path
    given = tuple(url.get_secret_value() for url in own.rpc_urls)
    urls = given or (_local_url(settings.data_dir / LOCAL_FOLDER),)  # money-ok: a path
    for url in urls:
        _check_url(url)
    program = own.program or (None if local is None else local.program)
    mint = own.usdc_mint or (None if local is None else local.usdc_mint)
    if program is None or mint is None:
        missing = "chain.program" if program is None else "chain.usdc_mint"
        raise NotConfigured(f"endpoints of a chain are set, but not {missing}")
    return Place(
        urls=urls,
        program=PotProgram(_address(program, "the program"), _address(mint, "USDC's mint")),
        is_local=local is not None,
        key_files=_key_files(own, local, settings.data_dir / LOCAL_FOLDER),  # money-ok: a path
        key_commands=_key_commands(own),
        timeout_ms=own.timeout_ms,
        lag_slots_max=own.lag_slots_max,
    )


def _local(folder: Path) -> Genesis:
    try:
        return msgspec.json.decode((folder / GENESIS).read_bytes(), type=Genesis)  # money-ok: a path
    except FileNotFoundError as error:
        raise NotConfigured(
            "there is no chain: set chain.rpc_urls, or start a local one with `headgate localnet`"
        ) from error
    except (OSError, msgspec.DecodeError) as error:
        raise NotConfigured(f"what the local chain says of itself in {folder} cannot be read") from error


def _local_url(folder: Path) -> str:
    found = address.read(folder)
    if not found:
        raise NotConfigured("the local chain was made, but never started: `headgate localnet` does that")
    return f"http://{found}"


def _check_url(url: str) -> None:
    try:
        parts = httpx.URL(url)
    except httpx.InvalidURL:
        # Not with its cause, which may quote the address, and that may hold a key.
        raise NotConfigured("an address in chain.rpc_urls is none") from None
    if parts.scheme == "http" and not _is_loopback(parts.host):
        raise NotConfigured(
            f"{host_of(url)} would be asked in clear text: use https, or a tunnel to this machine"
        )


def _is_loopback(host: str) -> bool:
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


def _address(text: str, what: str) -> Pubkey:
    try:
        return Pubkey.from_string(text)
    except ValueError as error:
        raise NotConfigured(f"{text} is no address, so it is not that of {what}") from error


def _key_files(own: ChainSettings, local: Genesis | None, folder: Path) -> dict[str, Path]:
    files = {}
    if local is not None:
        files = {role: folder / path for role, path in local.keys.items()}  # money-ok: a path
    given = {
        "authority": own.authority_keypair,
        "funder": own.funder_keypair,
        "spender": own.spender_keypair,
    }
    return files | {role: path for role, path in given.items() if path is not None}


def _key_commands(own: ChainSettings) -> dict[str, tuple[str, ...]]:
    commands = {"funder": own.funder_signer, "spender": own.spender_signer}
    files = {"funder": own.funder_keypair, "spender": own.spender_keypair}
    for role, command in commands.items():
        if command and files[role] is not None:
            raise NotConfigured(f"the {role} has both a key file and a signer program: set one of them")
    return {role: command for role, command in commands.items() if command}
