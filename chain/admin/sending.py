"""Carries out one transaction of a person's: tried out, signed once, sent until it is final or cannot be."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Final

from msgspec import Struct

from chain.errors import ChainError, NumberTaken, Rejected, Unknown
from chain.refusals import read_refusal
from chain.transactions import compile_message, sign, unsigned

if TYPE_CHECKING:
    from collections.abc import Sequence

    from solders.instruction import Instruction
    from solders.signature import Signature

    from chain.ports import Chain, Landed, Signer
    from chain.transactions import Signed


NUMBER_TAKEN: Final = "SequenceUsed"


class Patience(Struct, frozen=True):
    """How long a transaction is waited for, and how often it is looked for and sent again."""

    wait_seconds: float = 180.0  # money-ok: seconds
    look_seconds: float = 0.5  # money-ok: seconds
    resend_seconds: float = 2.0  # money-ok: seconds


class Sent(Struct, frozen=True):
    """A transaction that is final."""

    signature: Signature
    slot: int
    fee_lamports: int


async def carry_out(
    chain: Chain, instructions: Sequence[Instruction], signers: Sequence[Signer], patience: Patience
) -> Sent:
    """Have it happen and return when it is final; the first of the signers pays.

    `Rejected`: nothing has happened. `Unknown`: it may have, or may yet; the message says which.
    """
    blockhash = await chain.blockhash()
    message = compile_message(signers[0].address, instructions, blockhash.hash)
    refusal = await chain.simulate(unsigned(message))
    if refusal is not None:
        raise _rejected("the chain would refuse it", refusal)
    signed = await sign(message, signers)
    landed = await _follow(chain, signed, blockhash.last_valid_height, patience)
    if landed.error is not None:
        raise _rejected(f"the chain refused {signed.signature}, and its fee was paid", landed.error)
    return Sent(signed.signature, landed.slot, landed.fee_lamports)


def _rejected(told: str, error: str) -> Rejected:
    refusal = read_refusal(error)
    kind = NumberTaken if refusal.name == NUMBER_TAKEN else Rejected
    return kind(f"{told}: {refusal.words}")


async def _follow(chain: Chain, signed: Signed, last_valid_height: int, patience: Patience) -> Landed:
    loop = asyncio.get_running_loop()
    until, send_at = loop.time() + patience.wait_seconds, loop.time()
    trouble = "it was not final in time"
    while loop.time() < until:
        try:
            if loop.time() >= send_at:
                send_at = loop.time() + patience.resend_seconds
                await chain.send(signed.raw)
            landed = await _look(chain, signed, last_valid_height)
        except Rejected:
            raise
        except ChainError as error:
            trouble = error.detail
        else:
            if landed is not None:
                return landed
        await asyncio.sleep(patience.look_seconds)
    raise Unknown(
        f"{signed.signature} may have happened, or may yet: {trouble}. Look before you ask for it again"
    )


async def _look(chain: Chain, signed: Signed, last_valid_height: int) -> Landed | None:
    # How far the chain is comes first: what is not there after that cannot come any more.
    moment = await chain.finalized()
    (landed,) = await chain.landed([signed.signature])
    if landed is None and moment.height > last_valid_height:
        raise Rejected(f"{signed.signature} ran out before the chain took it, so nothing has happened")
    return landed
