"""Calls are answered as a node answers them, and refused with its codes."""

from __future__ import annotations

import base64
from typing import Any

import pytest
from solders.keypair import Keypair
from solders.message import MessageV0
from solders.null_signer import NullSigner
from solders.transaction import VersionedTransaction

from chain.localnet import base58
from chain.localnet.errors import RpcError
from tests.localnet_kit import (
    PROCESSED,
    USDC,
    fresh_chain,
    gift,
    landed,
    send,
    sending,
    signed,
    status,
    with_pots,
)

TO = Keypair.from_seed(bytes(32)).pubkey()
CAMPAIGN = bytes(range(32))
SOMEBODY = str(TO)


@pytest.mark.parametrize(
    ("method", "params", "code"),
    [
        ("getNothing", [], -32_601),
        ("getBalance", [], -32_602),
        ("getBalance", ["0OIl"], -32_602),
        ("getBalance", [SOMEBODY, {"commitment": "certain"}], -32_602),
        ("getBalance", [SOMEBODY, "finalized"], -32_602),
        ("getBalance", [SOMEBODY, {"minContextSlot": 10**6}], -32_016),
        ("getBalance", [SOMEBODY, {"minContextSlot": -1}], -32_602),
        ("getMultipleAccounts", [[SOMEBODY] * 101], -32_602),
        ("getSignatureStatuses", [["x"]], -32_602),
        ("getSignatureStatuses", [[str(1)] * 257], -32_602),
        ("getTokenAccountBalance", [SOMEBODY], -32_602),
        ("getTokenSupply", [SOMEBODY], -32_602),
        ("getTokenAccountsByOwner", [SOMEBODY, {"programId": SOMEBODY}], -32_602),
        ("getProgramAccounts", [SOMEBODY, {"filters": [{}]}], -32_602),
        ("getProgramAccounts", [SOMEBODY, {"filters": [{"memcmp": {"offset": 0, "bytes": "0"}}]}], -32_602),
        ("getProgramAccounts", [SOMEBODY, {"filters": [{"dataSize": 1}] * 5}], -32_602),
        ("sendTransaction", ["AAAA", {"encoding": "base64"}], -32_602),
        ("sendTransaction", ["*", {"encoding": "base64"}], -32_602),
        ("sendTransaction", ["A" * 4_000, {"encoding": "base64"}], -32_602),
        ("sendTransaction", ["AAAA", {"encoding": "rot13"}], -32_602),
        ("getFeeForMessage", ["AAAA"], -32_602),
        ("getMinimumBalanceForRentExemption", [10**12], -32_602),
        ("getTransaction", [SOMEBODY], -32_602),
        ("isBlockhashValid", ["x"], -32_602),
        ("requestAirdrop", [SOMEBODY, 2**64], -32_602),
        ("requestAirdrop", [SOMEBODY, 2**63], -32_602),
        ("headgate_requestUsdc", [SOMEBODY, 1.5], -32_602),
    ],
)
def test_a_wrong_call_is_refused_with_a_code(method: str, params: list[Any], code: int) -> None:
    """No parameter is guessed, and none is too odd for an answer."""
    with pytest.raises(RpcError) as refused:
        fresh_chain().call(method, params)
    assert refused.value.code == code
    assert refused.value.message


def test_a_trial_is_made_on_the_state_of_its_commitment() -> None:
    """What was only processed is not there for a trial on what is final, and neither is its blockhash."""
    chain = fresh_chain(skip_permille=0)
    pots = with_pots(chain)
    chain.advance(40)
    pots.open(CAMPAIGN)
    funding = pots.funding(CAMPAIGN, pots.next_sequence(CAMPAIGN), USDC)
    chain.advance(3)
    transaction = signed(chain, [funding], chain.genesis.funder)
    errors = []
    for commitment in ("processed", "confirmed", "finalized"):
        options = {"commitment": commitment, "replaceRecentBlockhash": True}
        told = chain.call("simulateTransaction", sending(transaction, **options))["value"]
        errors.append(told["err"])
        assert told["replacementBlockhash"]["lastValidBlockHeight"] > 0
    assert errors[:2] == [None, None]
    assert errors[2] is not None
    stale = chain.call("simulateTransaction", sending(transaction, commitment="finalized"))["value"]
    assert stale["err"] == "BlockhashNotFound"
    assert pots.held(CAMPAIGN) == 0


def test_a_trial_needs_no_signature_and_tells_what_would_be_left() -> None:
    """Unsigned bytes can be tried, accounts are told as they would be, and nothing has happened."""
    chain = fresh_chain()
    instructions, funder = gift(chain, TO)
    blockhash = signed(chain, instructions, funder).message.recent_blockhash
    message = MessageV0.try_compile(funder.pubkey(), instructions, [], blockhash)
    unsigned = VersionedTransaction(message, [NullSigner(funder.pubkey())])
    text = base64.b64encode(bytes(unsigned)).decode("ascii")
    options = {"encoding": "base64", **PROCESSED, "accounts": {"addresses": [SOMEBODY]}}
    told = chain.call("simulateTransaction", [text, options])["value"]
    assert (told["err"], told["accounts"][0]["lamports"]) == (None, 1_000_000_000)
    with pytest.raises(RpcError) as refused:
        chain.call("simulateTransaction", [text, {**options, "sigVerify": True}])
    assert refused.value.code == -32_003
    with pytest.raises(RpcError):
        chain.call("sendTransaction", [text, {"encoding": "base64", "preflightCommitment": "processed"}])
    chain.call("sendTransaction", [text, {"encoding": "base64", "skipPreflight": True}])
    assert chain.call("getBalance", [SOMEBODY, PROCESSED])["value"] == 0


def test_statuses_are_searched_only_when_asked() -> None:
    """After 150 slots a signature is told only to who wants all of history searched."""
    chain = fresh_chain()
    instructions, funder = gift(chain, TO)
    signature = landed(chain, instructions, funder)
    chain.advance(151)
    assert status(chain, signature, searched=False) is None
    told = status(chain, signature)
    assert told is not None
    assert told["confirmationStatus"] == "finalized"


def test_history_pages_by_signatures() -> None:
    """Newest first, before one and until another, also where several share a slot."""
    chain = fresh_chain()
    signatures = []
    for round_number in range(3):
        for lamports in (10**9, 2 * 10**9):
            instructions, funder = gift(chain, TO, lamports + round_number)
            signatures.append(str(landed(chain, instructions, funder)))
        chain.advance()
    newest = signatures[::-1]

    def listed(**options: object) -> list[str]:
        found = chain.call("getSignaturesForAddress", [SOMEBODY, {**PROCESSED, **options}])
        return [one["signature"] for one in found]

    assert listed() == newest
    assert listed(limit=2) == newest[:2]
    assert listed(before=newest[2]) == newest[3:]
    assert listed(before=newest[0], until=newest[4]) == newest[1:4]
    assert chain.call("getSignaturesForAddress", [SOMEBODY]) == []


def test_a_refused_transaction_lands_with_its_error() -> None:
    """Without a trial it costs its fee, and history says why the program refused it."""
    chain = fresh_chain()
    instructions, funder = gift(chain, TO, 10**18)
    signature = send(chain, instructions, funder)
    chain.advance(2)
    told = chain.call("getTransaction", [str(signature), {"commitment": "confirmed", "encoding": "json"}])
    assert told["meta"]["err"] == {"InstructionError": [0, {"Custom": 1}]}
    assert told["meta"]["preBalances"][0] - told["meta"]["postBalances"][0] == 5_000


def test_usdc_is_minted_to_an_account_or_its_owner() -> None:
    """The faucet makes the ordinary token account if need be, and takes either address afterwards."""
    chain = fresh_chain()
    for _ in range(2):
        chain.call("headgate_requestUsdc", [SOMEBODY, 3 * USDC])
    mint = {"mint": str(chain.genesis.usdc_mint)}
    options = {**PROCESSED, "encoding": "base64"}
    held = chain.call("getTokenAccountsByOwner", [SOMEBODY, mint, options])["value"]
    chain.call("headgate_requestUsdc", [held[0]["pubkey"], USDC])
    told = chain.call("getTokenAccountBalance", [held[0]["pubkey"], PROCESSED])["value"]
    assert told == {"amount": "7000000", "decimals": 6, "uiAmount": 7, "uiAmountString": "7"}


def test_base58_is_read_and_written() -> None:
    """Leading zeros are kept, and what is no letter is named."""
    for data in (b"", b"\0", b"\0\0\1", bytes(range(64))):
        assert base58.decode(base58.encode(data)) == data
    with pytest.raises(ValueError, match="'0' is no base58 letter"):
        base58.decode("0")
