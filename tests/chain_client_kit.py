"""What tests of the chain client share: accounts as bytes, pots with movements, scripted endpoints."""

from __future__ import annotations

import hashlib
import json
import struct
from typing import TYPE_CHECKING, Any, Final

import httpx
from solders.pubkey import Pubkey
from solders.token import ID as TOKEN_PROGRAM

from chain.ports import AccountSeen
from chain.pot import CODES, Movement, first_history, following_history

if TYPE_CHECKING:
    from collections.abc import Callable

PROGRAM: Final = Pubkey.from_bytes(hashlib.sha256(b"program").digest())
MINT: Final = Pubkey.from_bytes(hashlib.sha256(b"mint").digest())
GENESIS: Final = str(Pubkey.from_bytes(hashlib.sha256(b"genesis").digest()))
CAMPAIGN: Final = hashlib.sha256(b"campaign").digest()
FIRST: Final = 1_000 << 20
Answer = Any
"""A result, a response, an exception to raise, a dict with an "error" in it, or a call for one of these."""


def key(name: str) -> Pubkey:
    """Return the same address for the same name."""
    return Pubkey.from_bytes(hashlib.sha256(name.encode()).digest())


def movements(count: int, first: int = FIRST, slot: int = 2_000) -> list[Movement]:
    """Return movements in a row, one a slot."""
    return [
        Movement(first + number, "fund", hashlib.sha256(b"%d" % number).digest(), 100 + number, slot + number)
        for number in range(count)
    ]


def pot_account(moved: list[Movement], **changed: Any) -> AccountSeen:  # noqa: ANN401 - any field of a pot
    """Return a pot after movements, as it lies on chain."""
    history = first_history(key("pot"), FIRST)
    ring = [(0, 0, bytes(32), 0, 0)] * 32
    for one in moved:
        history = following_history(history, one)
        ring[one.sequence % 32] = (one.sequence, CODES[one.kind], one.id, one.amount_micro_usdc, one.slot)
    known = {
        "mark": hashlib.sha256(b"account:CampaignPot").digest()[:8],
        "next": FIRST + len(moved),
        "history": history,
        "paused": 0,
        "owner": PROGRAM,
        **changed,
    }
    head = struct.pack(
        "<8s32s32s32s32s32s32s32sQqQqQQQQQ32sBB",
        known["mark"],
        *(bytes(key(name)) for name in ("authority", "pending", "funder", "spender")),
        bytes(MINT),
        bytes(key("vault")),
        CAMPAIGN,
        500, 20_000, 7, 19_999, 5, 70, 20, 10,
        known["next"],
        known["history"],
        known["paused"],
        254,
    )  # fmt: skip
    return AccountSeen(
        known["owner"], 1_000, head + b"".join(struct.pack("<QB32sQQ", *entry) for entry in ring)
    )


def token_account(owner: Pubkey, amount: int, *, mint: Pubkey = MINT, state: int = 1) -> AccountSeen:
    """Return a token account, as it lies on chain."""
    data = struct.pack(
        "<32s32sQI32sBIQQI32s", bytes(mint), bytes(owner), amount, 0, bytes(32), state, 0, 0, 0, 0, bytes(32)
    )
    return AccountSeen(TOKEN_PROGRAM, 2_039_280, data)


class Scripted:
    """Endpoints by host, each with an answer a method; what was asked is kept."""

    def __init__(self) -> None:
        self.answers: dict[str, dict[str, Answer]] = {}
        self.asked: list[tuple[str, str, list[Any]]] = []

    def host(self, name: str, slot: int = 1_000, **answers: Answer) -> None:
        """Let a host answer."""
        known = {
            "getGenesisHash": GENESIS,
            "getEpochInfo": {"absoluteSlot": slot, "blockHeight": slot - 10},
        }
        self.answers[name] = {**known, **answers}

    def calls(self, method: str) -> list[str]:
        """Return which hosts were asked something, in order."""
        return [host for host, asked, _ in self.asked if asked == method]

    def transport(self, _url: str = "") -> httpx.MockTransport:
        """Return what a client sends through."""
        return httpx.MockTransport(self.respond)

    def respond(self, request: httpx.Request) -> httpx.Response:
        """Answer a request as scripted."""
        asked = json.loads(request.content)
        host, method = request.url.host, asked["method"]
        self.asked.append((host, method, asked["params"]))
        answer = self.answers[host][method]
        if callable(answer):
            call: Callable[[list[Any]], Answer] = answer
            answer = call(asked["params"])
        if isinstance(answer, Exception):
            raise answer
        if isinstance(answer, httpx.Response):
            return answer
        body = answer if isinstance(answer, dict) and "error" in answer else {"result": answer}
        return httpx.Response(200, json={"jsonrpc": "2.0", "id": asked["id"], **body})
