"""The naive peer of the benchmark: transfers, sent side by side, and asked after until they are final."""

from __future__ import annotations

import asyncio
import time
from typing import TYPE_CHECKING, Final

from solders.token import ID as TOKEN_PROGRAM
from spl.token.instructions import TransferCheckedParams, transfer_checked

from chain.addresses import treasury_address
from chain.transactions import compile_message, sign

if TYPE_CHECKING:
    from chain.rpc.pool import Pool
    from chain.transactions import Signed
    from proof.bench.money_ground import MoneyGround

ASK_SECONDS: Final = 0.05
ASKED_AT_ONCE: Final = 256
SENDS_AT_ONCE: Final = 8
DECIMALS: Final = 6
AMOUNT: Final = 1_000_000


async def naively(ground: MoneyGround, count: int) -> float:
    """Move money so many times; return the seconds until the last transfer is final."""
    place = ground.place
    pool, funder = place.pool(), await place.signer("funder")
    client = ground.clients[0]
    source = treasury_address(funder.address, client)
    begun, gate = time.perf_counter(), asyncio.Semaphore(SENDS_AT_ONCE)

    async def send(number: int) -> Signed:
        async with gate:
            moved = transfer_checked(
                TransferCheckedParams(
                    program_id=TOKEN_PROGRAM,
                    source=source,
                    mint=place.mint,
                    dest=place.program.vault(ground.pots[client][number % len(ground.pots[client])]),
                    owner=funder.address,
                    amount=AMOUNT + number,
                    decimals=DECIMALS,
                    signers=[],
                )
            )
            blockhash = await pool.blockhash()
            signed = await sign(compile_message(funder.address, [moved], blockhash.hash), [funder])
            await pool.send(signed.raw)
            return signed

    sent = await asyncio.gather(*(send(number) for number in range(count)))
    await _until_final(pool, sent)
    taken = time.perf_counter() - begun
    await pool.close()
    return taken


async def _until_final(pool: Pool, sent: list[Signed]) -> None:
    left = [one.signature for one in sent]
    while left:
        asked = left[:ASKED_AT_ONCE]
        found = await pool.landed(asked)
        left = [one for one, landed in zip(asked, found, strict=True) if landed is None] + left[
            ASKED_AT_ONCE:
        ]
        await asyncio.sleep(ASK_SECONDS)
