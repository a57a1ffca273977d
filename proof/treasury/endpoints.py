"""The chain as the product's own pool of endpoints sees it: JSON-RPC in process, and one of three is bad."""

from __future__ import annotations

import json
from functools import partial
from typing import TYPE_CHECKING, Final

import httpx

from chain.localnet.errors import RpcError
from chain.localnet.views import HONEST, View
from chain.rpc.pool import connect

if TYPE_CHECKING:
    from collections.abc import Sequence

    from solders.pubkey import Pubkey
    from solders.signature import Signature

    from chain.ports import Blockhash, Landed, Moment, Snapshot
    from proof.treasury.ground import Ground
    from proof.treasury.trouble import Process, Trouble

URLS: Final = ("http://one.test", "http://two.test", "http://three.test")
TIMEOUT_MS: Final = 10_000
LAG_SLOTS_MAX: Final = 64
BAD_BLOCKS_MAX: Final = 40
JUNK: Final = (b"<html>Bad Gateway</html>", b'{"jsonrpc":"2.0","id":1', b"[]", b"", b'{"result":7}')


class PooledChain:
    """Passes everything to a pool, with a step before and behind it, as a process that may die there."""

    def __init__(self, ground: Ground, trouble: Trouble, process: Process) -> None:
        self._ground, self._trouble, self._process = ground, trouble, process
        self._bad = trouble.dice.randrange(len(URLS))
        self._pool = connect(
            URLS,
            ground.program.address,
            timeout_ms=TIMEOUT_MS,
            lag_slots_max=LAG_SLOTS_MAX,
            transport=lambda url: httpx.MockTransport(partial(self._answer, URLS.index(url))),
            jitter=trouble.dice.randint,
        )

    async def finalized(self) -> Moment:
        """Return how far the finalized chain is."""
        await self._process.step("finalized")
        return await self._pool.finalized()

    async def snapshot(self, addresses: Sequence[Pubkey], at_least_slot: int = 0) -> Snapshot:
        """Return accounts at one finalized slot."""
        await self._process.step("snapshot")
        return await self._pool.snapshot(addresses, at_least_slot)

    async def blockhash(self) -> Blockhash:
        """Return a recent blockhash."""
        await self._process.step("blockhash")
        return await self._pool.blockhash()

    async def landed(self, signatures: Sequence[Signature]) -> tuple[Landed | None, ...]:
        """Return what the finalized chain has of signatures."""
        await self._process.step("landed")
        return await self._pool.landed(signatures)

    async def send(self, raw: bytes) -> None:
        """Hand signed bytes to all that are trusted."""
        await self._process.step("send")
        await self._pool.send(raw)
        await self._process.step("send is done")

    async def simulate(self, raw: bytes) -> str | None:
        """Return why it would be refused now."""
        await self._process.step("simulate")
        return await self._pool.simulate(raw)

    async def recent_fees(self, accounts: Sequence[Pubkey]) -> tuple[int, ...]:
        """Return what was paid lately."""
        await self._process.step("recent fees")
        return await self._pool.recent_fees(accounts)

    async def _answer(self, index: int, request: httpx.Request) -> httpx.Response:
        """Answer as one endpoint does; the bad one lies now and then, and each may fail."""
        asked = json.loads(request.content)
        method, trouble = asked["method"], self._trouble
        self._process.check()
        if trouble.strikes("no answer", f"{method} at {index}"):
            raise httpx.ConnectError("simulated")
        is_dropped = method == "sendTransaction" and (trouble.is_dark() or trouble.strikes("drop"))
        if is_dropped:
            raise httpx.ReadTimeout("simulated")
        view = HONEST
        if index == self._bad and trouble.strikes("endpoint lies", method):
            view = self._lie()
        told: dict[str, object] = {"jsonrpc": "2.0", "id": asked["id"]}
        try:
            told["result"] = self._ground.chain.call(method, asked["params"], view)
        except RpcError as error:
            told["error"] = error.body()
        if trouble.strikes("lost answer" if method == "sendTransaction" else "junk", f"{method} at {index}"):
            return httpx.Response(200, content=trouble.dice.choice(JUNK))
        return httpx.Response(200, json=told)

    def _lie(self) -> View:
        blocks = self._trouble.dice.randint(1, BAD_BLOCKS_MAX)
        return self._trouble.dice.choice((View(lag=blocks), View(stale=blocks), View(fork=blocks)))
