"""What only the local chain gives: SOL and USDC for the asking."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Final

from solders.signature import Signature

from chain.errors import Rejected, Unknown

if TYPE_CHECKING:
    from solders.pubkey import Pubkey

    from headgate.potting.desk import Desk

LAMPORTS_A_SOL: Final = 1_000_000_000
# What a role of a local chain should have at least, and what it is given otherwise.
SOL_MIN: Final = 1
SOL_GIVEN: Final = 100


async def fill(desk: Desk, address: Pubkey) -> None:
    """Give SOL to who has next to none."""
    if await desk.pool.balance_lamports(address) < SOL_MIN * LAMPORTS_A_SOL:
        await airdrop(desk, address, SOL_GIVEN)


async def airdrop(desk: Desk, address: Pubkey, sol: int) -> None:
    """Give SOL, and return when that is final."""
    told = await desk.pool.ask_local("requestAirdrop", (str(address), sol * LAMPORTS_A_SOL))
    await _final(desk, told)


async def mint(desk: Desk, token_account: Pubkey, amount_micro_usdc: int) -> None:
    """Mint USDC into a token account, and return when that is final."""
    told = await desk.pool.ask_local("headgate_requestUsdc", (str(token_account), amount_micro_usdc))
    await _final(desk, told)


async def _final(desk: Desk, told: str) -> None:
    patience = desk.office.patience
    until = asyncio.get_running_loop().time() + patience.wait_seconds
    signature = Signature.from_string(told)
    while asyncio.get_running_loop().time() < until:
        (landed,) = await desk.pool.landed([signature])
        if landed is not None and landed.error is not None:
            raise Rejected(f"the faucet's transaction failed: {landed.error}")
        if landed is not None:
            return
        await asyncio.sleep(patience.look_seconds)
    raise Unknown(f"the faucet's transaction {told} was not final in time")
