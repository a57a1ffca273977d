"""Small random pauses where a role is between two effects, so that kills find it there."""

import asyncio
import random
import time
from collections.abc import Callable, Sequence
from typing import Any

from chain.executor.signing import Signing
from connectors.executor.account import AccountWork
from connectors.executor.entry import Entry
from connectors.poller.publisher import Publisher
from projections.client import ClickHouse

Swap = Callable[[Any, str, object], None]


def install(swap: Swap, pause_ms: int) -> None:
    """Pause around writes to a platform or the chain, after an insert, after a page was handed over."""
    chance = random.Random()  # noqa: S311 - where a kill hits is chance anyway

    def seconds() -> float:
        return chance.uniform(0, pause_ms / 1000)

    send = Signing.send

    async def paused_send(self: Signing, raw: bytes, orders: int) -> None:
        await asyncio.sleep(seconds())
        await send(self, raw, orders)
        await asyncio.sleep(seconds())

    swap(Signing, "send", paused_send)
    write, insert, produce = AccountWork._write, ClickHouse.insert, Publisher._produce  # noqa: SLF001 - where it is to be hit

    async def paused_write(self: AccountWork, group: Sequence[Entry]) -> None:
        await asyncio.sleep(seconds())
        await write(self, group)
        await asyncio.sleep(seconds())

    def paused_insert(self: ClickHouse, *insertion: Any) -> None:  # noqa: ANN401 - handed on as it came
        insert(self, *insertion)
        time.sleep(seconds() / 2)  # a batch has many of them

    def paused_produce(self: Publisher, *record: Any) -> bool:  # noqa: ANN401 - handed on as it came
        time.sleep(seconds() / 10)  # it holds up all accounts
        return produce(self, *record)

    swap(AccountWork, "_write", paused_write)
    swap(ClickHouse, "insert", paused_insert)
    swap(Publisher, "_produce", paused_produce)
