"""What a first run needs: what is missing in the settings, in words, and a simulator in place of it."""

from __future__ import annotations

import socket
from typing import TYPE_CHECKING

from headgate.roles.simulator import last_port
from infra import machine
from infra.errors import FixInput
from infra.kafka.ports import is_free
from infra.settings.sources import variable_of
from simulator import pointing

if TYPE_CHECKING:
    from infra.settings import Settings

TRY = "or try everything out with `headgate up --simulator`"


def missing(settings: Settings) -> str | None:
    """Say what has to be set before anything can be metered, and how; None when nothing has."""
    if not settings.accounts:
        how = 'List them in headgate.toml, accounts = ["client/tiktok/NUMBER"]'
        return f"Not configured: no ad accounts. {how}, {TRY}."
    platforms = {account.split("/")[1] for account in settings.accounts}
    if "tiktok" in platforms and settings.tiktok.access_token is None:
        how = "Set HEADGATE_TIKTOK__ACCESS_TOKEN"
        return f"Not configured: TikTok's access token, so its accounts are not read. {how}, {TRY}."
    return None


def refuse_two_chains(settings: Settings) -> None:
    """Refuse to play a Solana where another one is configured: keys of one must never act on the other."""
    if settings.chain.rpc_urls:
        raise FixInput(
            "A chain is configured (chain.rpc_urls), so none is played beside it.",
            "Leave --localnet out, or start with settings that name no chain.",
        )


def simulated(settings: Settings) -> dict[str, str]:
    """Return the environment in which all roles take one simulator for the platforms."""
    port = _port(settings)
    url = f"http://{settings.simulator.host}:{port}"
    return {
        **machine.environment(),
        **pointing.environment(settings, url),
        variable_of("simulator.port"): str(port),
    }


def _port(settings: Settings) -> int:
    """Choose the asked port, else that of last time, which is known by now, else a free one."""
    if settings.simulator.port:
        return settings.simulator.port
    before = last_port(settings)
    if before and is_free(before):
        return before
    with socket.create_server((settings.simulator.host, 0)) as free:
        port: int = free.getsockname()[1]
        return port
