"""Checks of the endpoints: do they answer, are they on one chain, do they keep up, do they keep the past."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Final

from msgspec import Struct
from solders.signature import Signature

from chain.errors import Refused, Unknown
from infra.doctor.check import Check, fail, ok, warn

if TYPE_CHECKING:
    from chain.place import Place
    from chain.ports import Moment
    from chain.rpc.node import Node

NAME_ENDPOINT: Final = "endpoint"
HISTORY_STEP: Final = "Without it fees of past transactions are not known: use an endpoint that keeps them."


class Told(Struct, frozen=True):
    """What an endpoint says of itself."""

    name: str
    genesis: str
    version: str
    moment: Moment
    keeps_history: bool


async def endpoints(place: Place, nodes: tuple[Node, ...]) -> list[Check]:
    """Ask each endpoint, and compare what they say."""
    answers = await asyncio.gather(*(_ask(node) for node in nodes))
    told = [one for one in answers if isinstance(one, Told)]
    troubles = [one for one in answers if isinstance(one, Check)]
    newest = max((one.moment.slot for one in told), default=0)
    checks = [*troubles, *(_one(one, newest, place.lag_slots_max) for one in told)]
    return [*checks, *([_same(told)] if told else [])]


async def _ask(node: Node) -> Told | Check:
    try:
        genesis, version, moment = await node.genesis(), await node.version(), await node.finalized()
        return Told(node.name, genesis, version, moment, await _keeps_history(node))
    except Unknown as error:
        step = "See that it runs and that chain.rpc_urls is right; `headgate localnet` starts a local one."
        return fail(NAME_ENDPOINT, error.detail, step)


async def _keeps_history(node: Node) -> bool:
    try:
        await node.transaction(Signature.default())
    except Refused:
        return False
    return True


def _one(told: Told, newest: int, lag_slots_max: int) -> Check:
    lag = newest - told.moment.slot
    at = f"{told.name}: version {told.version}, finalized at slot {told.moment.slot}"
    if lag > lag_slots_max:
        return warn(
            NAME_ENDPOINT,
            f"{at}, {lag} slots behind",
            "It is not asked until it has caught up.",
        )
    if not told.keeps_history:
        return warn(NAME_ENDPOINT, f"{at}; it keeps no past transactions", HISTORY_STEP)
    return ok(NAME_ENDPOINT, f"{at}, {lag} slots behind the first" if lag else at)


def _same(told: list[Told]) -> Check:
    genesis = {one.genesis for one in told}
    if len(genesis) == 1:
        return ok("genesis", genesis.pop())
    each = ", ".join(f"{one.name} has {one.genesis}" for one in told)
    return fail("genesis", f"they are of different chains: {each}", "Correct chain.rpc_urls.")
