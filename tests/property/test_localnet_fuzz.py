"""Whatever is sent to the local chain, an answer of JSON-RPC's comes back, and the chain goes on."""

from __future__ import annotations

import json
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from chain.localnet.errors import INTERNAL_ERROR
from chain.localnet.rpc.methods import METHODS, OWN_MACHINE
from chain.localnet.views import HONEST
from chain.localnet.wire import answer_body
from tests.localnet_kit import fresh_chain, gift, sending, signed

CHAIN = fresh_chain()
_INSTRUCTIONS, _FUNDER = gift(CHAIN, CHAIN.genesis.usdc_mint)
RAW = bytes(signed(CHAIN, _INSTRUCTIONS, _FUNDER))
# Slots by the thousand are no junk, only slow.
NAMES = sorted((METHODS | OWN_MACHINE).keys() - {"headgate_advance"})
WORDS = st.sampled_from(
    [
        str(CHAIN.genesis.usdc_mint),
        str(CHAIN.genesis.program),
        CHAIN.genesis_hash,
        "1" * 88,
        "finalized",
        "base64",
        "jsonParsed",
        "AAAA",
        "",
    ]
)
OPTIONS = st.sampled_from(
    [
        "commitment",
        "encoding",
        "filters",
        "minContextSlot",
        "limit",
        "before",
        "accounts",
        "mint",
        "dataSlice",
    ]
)
SCALARS = st.one_of(WORDS, st.none(), st.booleans(), st.integers(-(2**70), 2**70), st.floats(), st.text())
JSON = st.recursive(
    SCALARS,
    lambda inner: st.one_of(
        st.lists(inner, max_size=4), st.dictionaries(st.one_of(OPTIONS, st.text()), inner, max_size=4)
    ),
    max_leaves=12,
)
CALLS = st.fixed_dictionaries(
    {"method": st.sampled_from(NAMES), "params": st.lists(JSON, max_size=4)},
    optional={"id": JSON, "jsonrpc": JSON},
)


def answers(body: bytes) -> list[dict[str, Any]]:
    """Return the answers to a body, each of which must be one of JSON-RPC's."""
    told = json.loads(answer_body(CHAIN, body, HONEST, own_machine=True))
    answered = told if isinstance(told, list) else [told]
    assert answered
    for one in answered:
        assert one["jsonrpc"] == "2.0"
        assert "id" in one
        assert ("result" in one) is not ("error" in one)
        if "error" in one:
            assert isinstance(one["error"]["code"], int)
            assert one["error"]["message"]
            assert one["error"]["code"] != INTERNAL_ERROR, one
    return answered


@given(st.one_of(st.binary(max_size=200), JSON.map(lambda value: json.dumps(value).encode())))
def test_junk_is_answered(body: bytes) -> None:
    """Bytes of any kind, and JSON that is no call."""
    CHAIN.faults.set(())
    answers(body)


@given(st.lists(CALLS, min_size=1, max_size=3))
def test_calls_with_any_parameters_are_answered(calls: list[dict[str, Any]]) -> None:
    """Known methods with parameters of any kind, singly and in batches, never meet a defect of ours."""
    CHAIN.faults.set(())
    body = json.dumps(calls if len(calls) > 1 else calls[0]).encode()
    assert len(answers(body)) == len(calls) or CHAIN.faults.rules
    assert CHAIN.call("getHealth") == "ok" or CHAIN.faults.rules


@given(st.integers(0, len(RAW) - 1), st.integers(1, 255), st.booleans())
def test_a_damaged_transaction_is_answered_and_never_lands(at: int, flip: int, is_tried: bool) -> None:  # noqa: FBT001 - Hypothesis hands it in
    """Whichever byte is wrong, the chain refuses it, now or when it looks, and the transfer is not made."""
    CHAIN.faults.set(())
    damaged = bytearray(RAW)
    damaged[at] ^= flip
    params = sending(bytes(damaged), skipPreflight=not is_tried)
    before = list(CHAIN.core.blocks.open.landed)
    answers(json.dumps({"id": 1, "method": "sendTransaction", "params": params}).encode())
    assert CHAIN.core.blocks.open.landed == before
