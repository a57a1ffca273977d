"""Whatever is asked to go wrong goes wrong as it was asked, as often, and again from the same seed."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from solders.keypair import Keypair

from chain.localnet.errors import AnswerLost, RpcError
from chain.localnet.views import view_of
from tests.localnet_kit import PROCESSED, balance, fresh_chain, gift, landed, sending, signed, status

if TYPE_CHECKING:
    from chain.localnet.chain import LocalChain

TO = Keypair.from_seed(bytes(32)).pubkey()


def faulty(*rules: dict[str, Any]) -> LocalChain:
    """Return a chain on which these things go wrong."""
    chain = fresh_chain(skip_permille=0)
    chain.call("headgate_setFaults", [list(rules)])
    return chain


def give(chain: LocalChain) -> list[Any]:
    """Return a transfer as it is sent."""
    instructions, funder = gift(chain, TO)
    return sending(signed(chain, instructions, funder))


def test_a_dropped_transaction_is_answered_and_never_lands() -> None:
    """Twice it is dropped as ordered; the third time the same bytes land."""
    chain = faulty({"fault": "drop", "next": 2})
    params = give(chain)
    for expected in (0, 0, 1_000_000_000):
        chain.call("sendTransaction", params)
        chain.advance()
        assert balance(chain, TO) == expected
    assert chain.call("headgate_faults")[0]["applied"] == 2


def test_a_late_transaction_lands_after_everybody_has_given_it_up() -> None:
    """It lands some slots later, unless its blockhash is too old by then."""
    chain = faulty({"fault": "late", "next": 1, "slots": 60})
    chain.call("sendTransaction", give(chain))
    assert balance(chain, TO) == 0
    chain.advance(61)
    assert balance(chain, TO) == 1_000_000_000


def test_a_lost_answer_does_not_undo_what_was_done() -> None:
    """The caller gets no answer, and the transaction has landed all the same."""
    chain = faulty({"fault": "lost", "next": 1, "how": "html"})
    params = give(chain)
    with pytest.raises(AnswerLost) as lost:
        chain.call("sendTransaction", params)
    assert lost.value.how == "html"
    assert balance(chain, TO) == 1_000_000_000


def test_a_refusal_does_nothing() -> None:
    """The node says that it is unwell, and has not taken the transaction."""
    chain = faulty({"fault": "refuse", "next": 1})
    params = give(chain)
    with pytest.raises(RpcError) as refused:
        chain.call("sendTransaction", params)
    assert refused.value.code == -32_005
    assert balance(chain, TO) == 0


def test_forks_come_by_chance_and_never_touch_what_is_final() -> None:
    """Over many slots something is taken back, what is final stays, and a seed repeats all of it."""
    outcomes = []
    for _ in range(2):
        chain = faulty({"fault": "fork", "permille": 200, "slots": 6, "dropped_permille": 400})
        signatures, final, lost = [], set(), set()
        for _ in range(120):
            instructions, funder = gift(chain, TO)
            transaction = signed(chain, instructions, funder)
            chain.call("sendTransaction", sending(transaction))
            signatures.append(transaction.signatures[0])
            chain.advance()
            for signature in signatures:
                told = status(chain, signature)
                if told is None:
                    lost.add(signature)
                    assert signature not in final
                elif told["confirmationStatus"] == "finalized":
                    final.add(signature)
        outcomes.append((sorted(map(str, final)), sorted(map(str, lost)), chain.slot))
        assert final
        assert lost
    assert outcomes[0] == outcomes[1]


def test_chance_repeats_from_its_seed() -> None:
    """The same seed drops the same transactions, another one others."""
    dropped = []
    for seed in (1, 1, 2):
        chain = fresh_chain(seed=seed)
        chain.call("headgate_setFaults", [[{"fault": "drop", "permille": 500}]])
        outcome = []
        for _ in range(30):
            before = balance(chain, TO)
            chain.call("sendTransaction", give(chain))
            outcome.append(balance(chain, TO) == before)
            chain.advance()
        dropped.append(outcome)
    assert dropped[0] == dropped[1] != dropped[2]
    assert 5 < sum(dropped[0]) < 25


@pytest.mark.parametrize(
    "rules",
    [
        "drop",
        [{"fault": "explode"}],
        [{"fault": "drop", "permille": 1_001}],
        [{"fault": "drop", "next": -1}],
        [{"fault": "drop", "unknown": 1}],
        [{"fault": "drop"}] * 65,
        [7],
    ],
)
def test_wrong_faults_are_refused_in_words(rules: object) -> None:
    """What is no fault is an error of the parameters, and what was set before stays."""
    chain = faulty({"fault": "drop", "next": 1})
    with pytest.raises(RpcError) as refused:
        chain.call("headgate_setFaults", [rules])
    assert refused.value.code == -32_602
    assert len(chain.call("headgate_faults")) == 1


def test_a_lagging_endpoint_is_behind_in_everything() -> None:
    """Slots, heights, accounts and signatures are those of so many blocks ago, and it says so."""
    chain = fresh_chain(skip_permille=0)
    chain.advance(60)
    instructions, funder = gift(chain, TO)
    signature = landed(chain, instructions, funder)
    chain.advance(35)
    lagging = view_of("lag", 40)
    assert lagging is not None
    for method in ("getSlot", "getBlockHeight"):
        assert chain.call(method, [PROCESSED]) - chain.call(method, [PROCESSED], lagging) == 40
        assert chain.call(method) - chain.call(method, [], lagging) == 40
    assert balance(chain, TO, "finalized") == 1_000_000_000
    assert chain.call("getBalance", [str(TO), PROCESSED], lagging)["value"] == 0
    assert chain.call("getSignatureStatuses", [[str(signature)]], lagging)["value"] == [None]
    with pytest.raises(RpcError) as behind:
        chain.call("getBalance", [str(TO), {"minContextSlot": chain.slot - 35}], lagging)
    assert behind.value.code == -32_016
    assert behind.value.data == {"contextSlot": chain.call("getSlot", [], lagging)}


def test_a_stale_endpoint_says_the_newest_slot_and_old_accounts() -> None:
    """Nothing in its answers tells that it is wrong; only another endpoint does."""
    chain = fresh_chain(skip_permille=0)
    instructions, funder = gift(chain, TO)
    landed(chain, instructions, funder)
    chain.advance(40)
    stale = view_of("stale", 20)
    assert stale is not None
    assert chain.call("getSlot", [], stale) == chain.call("getSlot")
    assert chain.call("getBalance", [str(TO)], stale)["value"] == 0
    assert balance(chain, TO, "finalized") == 1_000_000_000


def test_an_endpoint_on_another_fork_lacks_what_is_not_final() -> None:
    """What landed lately is not there, and what is final is the same as everywhere."""
    chain = fresh_chain(skip_permille=0)
    forked = view_of("fork-view", 5)
    assert forked is not None
    instructions, funder = gift(chain, TO)
    landed(chain, instructions, funder)
    chain.advance(4)
    assert balance(chain, TO, "confirmed") == 1_000_000_000
    assert chain.call("getBalance", [str(TO), {"commitment": "confirmed"}], forked)["value"] == 0
    chain.advance(30)
    assert chain.call("getBalance", [str(TO)], forked)["value"] == 1_000_000_000


def test_an_endpoint_of_another_cluster_is_told_by_its_genesis() -> None:
    """The hash of the beginning differs, and nothing else needs to."""
    chain = fresh_chain()
    other = view_of("other-cluster", 0)
    assert other is not None
    assert chain.call("getGenesisHash", [], other) != chain.call("getGenesisHash")
    assert view_of("nowhere", 1) is None
