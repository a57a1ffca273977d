"""Solana's own websocket client is told of signatures, slots and accounts."""

from __future__ import annotations

import asyncio
import json
import warnings

import aiohttp
from solana.rpc.async_api import AsyncClient
from solana.rpc.commitment import Finalized, Processed
from solana.rpc.types import TxOpts
from solders.keypair import Keypair

from tests.localnet_kit import fresh_chain, gift, served, signed

with warnings.catch_warnings():
    # The client is built on a part of websockets that is on its way out.
    warnings.simplefilter("ignore", DeprecationWarning)
    from solana.rpc.websocket_api import connect

ANYBODY = Keypair.from_seed(bytes([9] * 32)).pubkey()
PATIENCE_SECONDS = 20


def test_a_signature_is_told_when_it_is_final() -> None:
    """The subscription answers once, at its commitment, with what became of the transaction."""

    async def play() -> None:
        chain = fresh_chain()
        async with served(chain) as server, AsyncClient(server.url) as client:
            async with connect(server.url.replace("http", "ws")) as socket:
                instructions, funder = gift(chain, ANYBODY)
                transaction = signed(chain, instructions, funder)
                await socket.signature_subscribe(transaction.signatures[0], Finalized)
                first = (await socket.recv())[0].result
                assert first > 0
                chain.call("requestAirdrop", [str(ANYBODY), 10**9])
                await client.send_raw_transaction(bytes(transaction), TxOpts(skip_preflight=True))
                told = (await socket.recv())[0]
                assert told.subscription == first
                assert told.result.value.err is None
            assert (await client.get_balance(ANYBODY)).value == 2_000_000_000

    asyncio.run(asyncio.wait_for(play(), PATIENCE_SECONDS))


def test_slots_and_accounts_are_told_until_nobody_listens() -> None:
    """Each slot is told, an account when it changes, and nothing after the subscription has ended."""

    async def play() -> None:
        chain = fresh_chain()
        async with (
            served(chain, slot_ms=None) as server,
            connect(server.url.replace("http", "ws")) as socket,
        ):
            await socket.slot_subscribe()
            slots = (await socket.recv())[0].result
            chain.advance()
            told = (await socket.recv())[0]
            assert told.result.slot == chain.slot
            await socket.slot_unsubscribe(slots)
            assert (await socket.recv())[0].result is True
            await socket.account_subscribe(ANYBODY, Processed, "base64")
            await socket.recv()
            chain.advance()
            chain.call("requestAirdrop", [str(ANYBODY), 10**9])
            chain.advance()
            changed = (await socket.recv())[0]
            assert changed.result.value.lamports == 10**9

    asyncio.run(asyncio.wait_for(play(), PATIENCE_SECONDS))


def test_junk_on_a_websocket_is_answered() -> None:
    """What is no JSON, no call, or no known method gets an error, and the connection goes on."""
    junk = ("{", "[]", '{"id":1,"method":"getSlot"}', '{"id":1,"method":"slotSubscribe","params":{}}')

    async def play() -> None:
        async with (
            served(fresh_chain()) as server,
            aiohttp.ClientSession() as session,
            session.ws_connect(server.url) as socket,
        ):
            codes = []
            for text in junk:
                await socket.send_str(text)
                codes.append(json.loads(await socket.receive_str())["error"]["code"])
            assert codes == [-32_700, -32_600, -32_601, -32_602]

    asyncio.run(asyncio.wait_for(play(), PATIENCE_SECONDS))


def test_a_client_that_looks_one_port_higher_finds_it() -> None:
    """Some clients take the port after that of HTTP for websockets; it is served where it is free."""

    async def play() -> None:
        async with aiohttp.ClientSession() as session:
            is_found = False
            while not is_found:
                async with served(fresh_chain()) as server:
                    is_found = server.port + 1 in server.ports
                    if is_found:
                        async with session.ws_connect(f"ws://127.0.0.1:{server.port + 1}") as socket:
                            await socket.send_str('{"jsonrpc":"2.0","id":1,"method":"slotSubscribe"}')
                            assert json.loads(await socket.receive_str())["result"] > 0

    asyncio.run(asyncio.wait_for(play(), PATIENCE_SECONDS))
