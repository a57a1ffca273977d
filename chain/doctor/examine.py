"""The order of the checks: the settings, the endpoints, what is deployed, keys and purses, the clock."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from chain.doctor.deployed import deployed
from chain.doctor.endpoints import endpoints
from chain.doctor.purses import keys, purses
from chain.doctor.tables import tables
from chain.errors import ChainError
from infra.doctor.check import Check, fail, ok, warn

if TYPE_CHECKING:
    from collections.abc import Awaitable, Sequence

    from chain.place import Place
    from chain.rpc.pool import Pool

SKEW_SECONDS_MAX: Final = 60
MS: Final = 1_000


async def examine(
    place: Place,
    pool: Pool,
    *,
    now_ms: int,
    speed: int = 1,
    clients: Sequence[str] = (),
    known_tables: Sequence[str] = (),
) -> list[Check]:
    """Run every check that makes sense after those before it."""
    where = "the local chain of the data folder" if place.is_local else f"{len(place.urls)} endpoints"
    checks = [ok("settings", where), *await endpoints(place, pool.nodes)]
    key_checks, signers = await keys(place)
    checks += key_checks
    if not any(one.name == "endpoint" and one.status != "FAIL" for one in checks):
        return checks
    authority = signers["authority"].address if "authority" in signers else None
    funder = signers["funder"].address if "funder" in signers else None
    checks += await _asked("program", deployed(place, pool, authority))
    checks += await _asked("purses", purses(place, pool, signers, clients))
    checks += await _asked("clock", _clock(pool, now_ms, speed))
    checks += await _asked("tables", tables(pool, known_tables, funder))
    return checks


async def _asked(name: str, work: Awaitable[list[Check]]) -> list[Check]:
    try:
        return await work
    except ChainError as error:
        return [fail(name, error.detail, "See the lines about endpoints, and try again.")]


async def _clock(pool: Pool, now_ms: int, speed: int) -> list[Check]:
    moment = await pool.finalized()
    at_seconds = await pool.block_time(moment.slot)
    if at_seconds is None:
        return [warn("clock", "the chain does not tell its time", "Ask another endpoint.")]
    skew = (now_ms // MS - at_seconds) // speed
    told = f"the finalized chain is {abs(skew)} s {'behind' if skew >= 0 else 'ahead of'} our clock"
    if abs(skew) > SKEW_SECONDS_MAX:
        step = "Set this machine's clock: pots count days by the chain's, which is some 13 s behind."
        return [warn("clock", told, step)]
    return [ok("clock", told)]
