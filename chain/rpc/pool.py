"""The chain through several endpoints: asked in turn, believed where they agree, sent to all of them."""

from __future__ import annotations

import asyncio
import random
from typing import TYPE_CHECKING, Final, TypeVar

from chain.errors import Behind, NotConfigured, Refused, Unknown
from chain.ports import Landed, Moment
from chain.rpc.agreement import agreed_snapshot, agreed_statuses
from chain.rpc.answers import error_text
from chain.rpc.endpoint import Endpoint, host_of
from chain.rpc.fees import Fees
from chain.rpc.health import Health
from chain.rpc.node import Node
from infra.retry import Backoff

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Sequence

    import httpx
    from solders.pubkey import Pubkey
    from solders.signature import Signature

    from chain.ports import Blockhash, Snapshot
    from chain.rpc.answers import Status
    from chain.rpc.health import Standing

T = TypeVar("T")

RETRIES: Final = Backoff(attempts_max=3, delay_ms=200, delay_ms_max=1_000)
WITNESSES: Final = 2
"""By how many endpoints what money is decided by has to be told, where so many are trusted."""


class Pool:
    """Several endpoints of one chain; satisfies `chain.ports.Chain`."""

    def __init__(
        self,
        nodes: Sequence[Node],
        program: Pubkey,
        *,
        lag_slots_max: int,
        jitter: Callable[[int, int], int] = random.randint,
    ) -> None:
        if not nodes:
            raise NotConfigured("no endpoint of a chain is set (chain.rpc_urls)")
        self.nodes = tuple(nodes)
        self.health = Health(nodes, lag_slots_max=lag_slots_max, jitter=jitter)
        self._program = program
        self._jitter = jitter
        self._fees = Fees(self._read)

    async def finalized(self) -> Moment:
        """Return how far the finalized chain is, by the one that is furthest behind of those trusted."""
        moments = [one.moment for one in await self.health.look() if one.moment is not None]
        if not moments:
            raise self.health.none()
        return Moment(min(one.slot for one in moments), min(one.height for one in moments))

    async def snapshot(self, addresses: Sequence[Pubkey], at_least_slot: int = 0) -> Snapshot:
        """Return up to 100 accounts, at one finalized slot, as two endpoints tell them."""

        def agree(one: Snapshot, other: Snapshot) -> Snapshot:
            return agreed_snapshot(one, other, addresses, self._program)

        return await self._read(lambda node: node.snapshot(addresses, at_least_slot), agree)

    async def landed(self, signatures: Sequence[Signature]) -> tuple[Landed | None, ...]:
        """Return what the finalized chain has of up to 256 signatures, as two endpoints tell it."""
        if not signatures:
            return ()
        found: tuple[Status | None, ...] = await self._read(
            lambda node: node.statuses(signatures), agreed_statuses
        )
        fees = await self._fees.of([at for at, one in zip(signatures, found, strict=True) if one is not None])
        return tuple(
            None if one is None else Landed(one.slot, error_text(one.err), fees[signature])
            for signature, one in zip(signatures, found, strict=True)
        )

    async def blockhash(self) -> Blockhash:
        """Return a recent blockhash (confirmed); one that has run out by the finalized chain is none."""
        least = min((one.moment.height for one in await self.health.trusted() if one.moment), default=0)
        found = await self._read(lambda node: node.blockhash())
        if found.last_valid_height <= least:
            raise Unknown(f"a blockhash was offered that has run out at height {found.last_valid_height}")
        return found

    async def send(self, raw: bytes) -> None:
        """Hand signed bytes to every trusted endpoint, without preflight; raise if none took them."""
        trusted = await self.health.trusted()
        if not trusted:
            raise self.health.none()
        told = await asyncio.gather(*(self._try(one, lambda node: node.send(raw)) for one in trusted))
        troubles = [one for one in told if isinstance(one, Unknown)]
        if len(troubles) == len(told):
            raise troubles[0]

    async def simulate(self, raw: bytes) -> str | None:
        """Return why it would be refused now, or None if it would land."""
        return error_text((await self._read(lambda node: node.simulate(raw))).err)

    async def recent_fees(self, accounts: Sequence[Pubkey]) -> tuple[int, ...]:
        """Return what was paid lately for these accounts, in micro-lamports a compute unit."""
        return await self._read(lambda node: node.recent_fees(accounts))

    async def balance_lamports(self, address: Pubkey) -> int:
        """Return the lamports at an address, finalized."""
        return await self._read(lambda node: node.balance(address))

    async def rent_lamports(self, bytes_: int) -> int:
        """Return the lamports that an account of this size has to hold."""
        return await self._read(lambda node: node.rent(bytes_))

    async def block_time(self, slot: int) -> int | None:
        """Return the chain's own time at a slot, in seconds since 1970."""
        return await self._read(lambda node: node.block_time(slot))

    async def genesis(self) -> str:
        """Return the hash of the chain's first block, which all endpoints have alike."""
        trusted = await self.health.trusted()
        if not trusted or trusted[0].genesis is None:
            raise self.health.none()
        return trusted[0].genesis

    async def ask_local(self, method: str, params: Sequence[object]) -> str:
        """Ask for what only a local chain gives; not asked twice, since it may have been given."""
        return await self.nodes[0].ask_local(method, params)

    async def close(self) -> None:
        """Close the connections."""
        for node in self.nodes:
            await node.close()

    async def _read(self, ask: Callable[[Node], Awaitable[T]], agree: Callable[[T, T], T] | None = None) -> T:
        """Ask until somebody answers; with `agree`, two have to, where two are trusted."""
        attempt = 1
        while True:
            try:
                return await self._round(ask, agree)
            except Unknown:
                if attempt >= RETRIES.attempts_max:
                    raise
            await asyncio.sleep(RETRIES.delay_after(attempt, self._jitter) / 1000)  # money-ok: seconds
            attempt += 1

    async def _round(self, ask: Callable[[Node], Awaitable[T]], agree: Callable[[T, T], T] | None) -> T:
        waiting = await self.health.trusted()
        wanted = min(WITNESSES if agree else 1, len(waiting))
        answers: list[T] = []
        troubles: list[Unknown] = []
        while waiting and len(answers) < wanted:
            asked, waiting = waiting[: wanted - len(answers)], waiting[wanted - len(answers) :]
            for told in await asyncio.gather(*(self._try(one, ask) for one in asked)):
                if isinstance(told, Unknown):
                    troubles.append(told)
                else:
                    answers.append(told)
        if not answers or (len(answers) < wanted and any(isinstance(one, Behind) for one in troubles)):
            raise next((one for one in troubles if isinstance(one, Behind)), None) or (
                troubles[0] if troubles else self.health.none()
            )
        return answers[0] if agree is None or len(answers) == 1 else agree(answers[0], answers[1])

    async def _try(self, standing: Standing, ask: Callable[[Node], Awaitable[T]]) -> T | Unknown:
        try:
            answer = await ask(standing.node)
        except Unknown as error:
            # That it refuses is an answer, so it is asked other things all the same.
            if not isinstance(error, Refused):
                self.health.failed(standing, error)
            return error
        self.health.worked(standing)
        return answer


def connect(
    urls: Sequence[str],
    program: Pubkey,
    *,
    timeout_ms: int,
    lag_slots_max: int,
    transport: Callable[[str], httpx.AsyncBaseTransport] | None = None,
    jitter: Callable[[int, int], int] = random.randint,
) -> Pool:
    """Return the pool of these endpoints; each is named by its host, and by a number where hosts repeat."""
    hosts = [host_of(url) for url in urls]
    nodes = []
    for number, (url, host) in enumerate(zip(urls, hosts, strict=True), 1):
        name = host if hosts.count(host) == 1 else f"{host} (no. {number})"
        through = None if transport is None else transport(url)
        nodes.append(Node(Endpoint(url, name, timeout_ms=timeout_ms, transport=through)))
    return Pool(nodes, program, lag_slots_max=lag_slots_max, jitter=jitter)
