"""Methods that no real node has: the faucet, the chain's addresses, slots by hand, and trouble."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import msgspec

from chain.localnet import faucet
from chain.localnet.blocks import LAG_BLOCKS_MAX
from chain.localnet.errors import InvalidParams
from chain.localnet.faults import RULES_MAX, Rule
from chain.localnet.genesis import PEOPLE

if TYPE_CHECKING:
    from chain.localnet.rpc.asked import Asked

SLOTS_AT_ONCE_MAX = 10_000


def request_airdrop(asked: Asked) -> str:
    """Give SOL to an address."""
    return str(faucet.give_sol(asked.chain, asked.params.pubkey(0), asked.params.count(1)))


def request_usdc(asked: Asked) -> str:
    """Mint USDC to a token account, or to an owner's ordinary one."""
    return str(faucet.give_usdc(asked.chain, asked.params.pubkey(0), asked.params.count(1)))


def genesis(asked: Asked) -> dict[str, Any]:
    """Return the addresses that the chain began with."""
    known = asked.chain.genesis
    people = {name: str(known.keys[name].pubkey()) for name in PEOPLE}
    return {"program": str(known.program), "usdcMint": str(known.usdc_mint), **people}


def set_faults(asked: Asked) -> list[dict[str, Any]]:
    """Let these things go wrong from now on, and no others."""
    given = asked.params.get(0)
    if not isinstance(given, list) or len(given) > RULES_MAX:
        raise InvalidParams(f"faults must be a list of at most {RULES_MAX}")
    try:
        asked.chain.faults.set(msgspec.convert(tuple(given), tuple[Rule, ...]))
    except msgspec.ValidationError as error:
        raise InvalidParams(str(error)) from error
    return faults(asked)


def faults(asked: Asked) -> list[dict[str, Any]]:
    """Return what goes wrong, and how often each has."""
    known = asked.chain.faults
    told = zip(known.rules, known.applied, strict=True)
    return [{**msgspec.to_builtins(rule), "applied": applied} for rule, applied in told]


def advance(asked: Asked) -> int:
    """Let slots pass at once, and return the newest."""
    asked.chain.advance(asked.params.count(0, SLOTS_AT_ONCE_MAX))
    return asked.chain.slot


def fork(asked: Asked) -> list[str]:
    """Leave the newest blocks that are not final, and return the signatures that are gone."""
    depth = max(1, asked.params.count(0, asked.core.blocks.final_blocks + LAG_BLOCKS_MAX))
    return [str(signature) for signature in asked.chain.fork(depth)]
