"""What finalized transactions have cost: asked once each, since it stays as it is."""

from __future__ import annotations

import asyncio
from collections import OrderedDict
from typing import TYPE_CHECKING, Final, Protocol

from chain.errors import Unknown

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Iterable

    from solders.signature import Signature

    from chain.rpc.answers import TransactionTold
    from chain.rpc.node import Node

REMEMBERED_MAX: Final = 20_000
AT_ONCE: Final = 8


class _Read(Protocol):
    async def __call__(self, ask: Callable[[Node], Awaitable[int]], /) -> int: ...


class Fees:
    """Asks for fees, and remembers them."""

    def __init__(self, read: _Read) -> None:
        self._read = read
        self._known: OrderedDict[Signature, int] = OrderedDict()

    async def of(self, signatures: Iterable[Signature]) -> dict[Signature, int]:
        """Return what each of these finalized transactions has cost."""
        wanted = list(dict.fromkeys(signatures))
        at_once = asyncio.Semaphore(AT_ONCE)

        async def one(signature: Signature) -> int:
            async with at_once:
                return await self._read(lambda node: _fee(node, signature))

        missing = [signature for signature in wanted if signature not in self._known]
        for signature, fee in zip(missing, await asyncio.gather(*map(one, missing)), strict=True):
            self._known[signature] = fee
        found = {signature: self._known[signature] for signature in wanted}
        while len(self._known) > REMEMBERED_MAX:
            self._known.popitem(last=False)
        return found


async def _fee(node: Node, signature: Signature) -> int:
    told: TransactionTold | None = await node.transaction(signature)
    if told is None:
        # It is final, so it will be told; the parts of an endpoint do not keep step.
        raise Unknown(f"{node.name} has not got the transaction {signature} itself yet")
    return told.meta.fee
