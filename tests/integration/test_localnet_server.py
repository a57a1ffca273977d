"""Over HTTP the local chain answers whatever comes, and goes wrong only where it is told to."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any

import httpx
import pytest
from solders.keypair import Keypair

from infra.errors import FixSetup
from tests.localnet_kit import balance, fresh_chain, gift, sending, served, signed

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from chain.localnet.server import Server

SLOTS = 20
TO = Keypair.from_seed(bytes(32)).pubkey()
SLOT = {"jsonrpc": "2.0", "id": 1, "method": "getSlot", "params": [{"commitment": "processed"}]}


def run(play: Callable[[Server, httpx.AsyncClient], Awaitable[None]], slot_ms: int | None = None) -> None:
    """Serve a chain whose slots pass by hand, and play with it."""

    async def playing() -> None:
        async with (
            served(fresh_chain(), slot_ms=slot_ms) as server,
            httpx.AsyncClient(base_url=server.url, timeout=20) as client,
        ):
            await play(server, client)

    asyncio.run(playing())


def error_of(answer: httpx.Response) -> int:
    """Return the code of an answer that is an error."""
    code: int = answer.json()["error"]["code"]
    return code


def test_bodies_of_every_kind_are_answered() -> None:
    """Junk, nothing, too much, too deep, too many and too few: each is an error of JSON-RPC's."""

    async def play(_server: Server, client: httpx.AsyncClient) -> None:
        bodies = {b"": -32_700, b"\xff\xfe": -32_700, b"[" * 100_000: -32_700, b"[]": -32_600, b"7": -32_600}
        for body, code in bodies.items():
            assert error_of(await client.post("/", content=body)) == code
        assert error_of(await client.post("/", content=b" " * 1_000_001)) == -32_600
        assert error_of(await client.post("/", json=[SLOT] * 101)) == -32_600
        assert len((await client.post("/", json=[SLOT] * 100)).json()) == 100
        assert error_of(await client.get("/")) == -32_700
        assert (await client.post("/nowhere", json=SLOT)).status_code == 404
        assert (await client.post("/lag/much", json=SLOT)).json()["result"] == 1

    run(play)


def test_each_way_of_losing_an_answer_has_done_what_was_asked() -> None:
    """A status, a page, half an answer, none for long, and a closed connection: it landed each time."""

    async def play(server: Server, client: httpx.AsyncClient) -> None:
        chain = server.chain
        ways: list[tuple[str, Callable[[httpx.Response], bool]]] = [
            ("status", lambda answer: answer.status_code == 500),
            ("html", lambda answer: "<html>" in answer.text),
            ("truncated", lambda answer: answer.text.endswith('"result":"')),
        ]
        for index, (how, is_seen) in enumerate(ways, 1):
            assert is_seen(await _lost(client, server, how))
            assert balance(chain, TO) == index * 1_000_000_000
        for index, how in enumerate(("closed", "timeout"), len(ways) + 1):
            with pytest.raises(httpx.TransportError):
                await _lost(client, server, how)
            assert balance(chain, TO) == index * 1_000_000_000

    run(play)


async def _lost(client: httpx.AsyncClient, server: Server, how: str) -> httpx.Response:
    rule = {"fault": "lost", "next": 1, "how": how, "delay_ms": 0}
    faults = {"id": 1, "method": "headgate_setFaults", "params": [[rule]]}
    assert (await client.post("/", json=faults)).json()["result"][0]["next"] == 1
    instructions, funder = gift(server.chain, TO)
    params: list[Any] = sending(signed(server.chain, instructions, funder))
    try:
        return await client.post("/", json={"id": 1, "method": "sendTransaction", "params": params})
    finally:
        server.chain.advance()


def test_one_process_plays_endpoints_that_disagree() -> None:
    """Behind, junk, down, slow and of another cluster, each below its path."""

    async def play(server: Server, client: httpx.AsyncClient) -> None:
        server.chain.advance(100)
        assert (await client.post("/", json=SLOT)).json()["result"] == server.chain.slot
        lagging = (await client.post("/lag/40", json=SLOT)).json()["result"]
        assert server.chain.slot - lagging >= 40
        assert "<html>" in (await client.post("/junk", json=SLOT)).text
        assert (await client.post("/down", json=SLOT)).status_code == 503
        assert (await client.post("/slow/1", json=SLOT)).json()["result"] == server.chain.slot
        genesis = {"id": 1, "method": "getGenesisHash"}
        other = await client.post("/other-cluster", json=genesis)
        assert other.json()["result"] != (await client.post("/", json=genesis)).json()["result"]

    run(play)


def test_slots_pass_by_themselves() -> None:
    """A served chain goes on without anybody asking it to."""

    async def play(server: Server, client: httpx.AsyncClient) -> None:
        slot = 0
        while slot < SLOTS:
            slot = (await client.post("/", json=SLOT)).json()["result"]
        assert server.failure is None

    run(play, slot_ms=5)


def test_a_port_that_is_taken_is_told_in_words() -> None:
    """Which port, and what to set."""

    async def play(server: Server, _client: httpx.AsyncClient) -> None:
        second = type(server)(fresh_chain(), slot_ms=None, port=server.port)
        with pytest.raises(FixSetup, match=r"localnet\.port"):
            await second.__aenter__()

    run(play)
