"""Through sends, slots, forks, restarts and loss in any order, the local chain contradicts itself nowhere."""

from __future__ import annotations

from typing import TYPE_CHECKING

from hypothesis import given
from hypothesis import strategies as st
from solders.keypair import Keypair

from tests.localnet_kit import balance, fresh_chain, gift, sending, signed

if TYPE_CHECKING:
    from solders.transaction import Transaction

TO = Keypair.from_seed(bytes(32)).pubkey()
GIFT = 10**9
STEPS = st.one_of(
    st.just(("send", 1)),
    st.tuples(st.just("again"), st.integers(0, 10)),
    st.tuples(st.just("advance"), st.sampled_from([1, 1, 2, 3, 8, 40, 160])),
    st.tuples(st.just("fork"), st.integers(1, 40)),
    st.tuples(st.just("restart"), st.just(1)),
    st.tuples(st.just("loss"), st.just(1)),
)


class Witness:
    """Sends gifts that all differ, and remembers all that was ever said to be final."""

    def __init__(self, final_blocks: int, seed: int) -> None:
        self.chain = fresh_chain(final_blocks=final_blocks, seed=seed)
        self.sent: list[Transaction] = []
        self.final: dict[str, int] = {}
        self.height = self.slot = 0

    def do(self, step: str, amount: int) -> None:
        """Take a step, and look."""
        match step:
            case "send":
                instructions, funder = gift(self.chain, TO, GIFT + len(self.sent))
                self.sent.append(signed(self.chain, instructions, funder))
                self.chain.call("sendTransaction", sending(self.sent[-1]))
            case "again":
                for transaction in self.sent[-amount:]:
                    self.chain.call("sendTransaction", sending(transaction))
            case "advance":
                self.chain.advance(amount)
            case "fork":
                self.chain.fork(amount, dropped_permille=500)
            case _:
                self.chain.restart(keeps_unfinal=step == "restart")
        self.look()

    def look(self) -> None:
        """Balances are the sum of what has landed; what was final stays, where it was."""
        names = [str(transaction.signatures[0]) for transaction in self.sent]
        params = [names, {"searchTransactionHistory": True}]
        told = self.chain.call("getSignatureStatuses", params)["value"]
        landed = {index: one for index, one in enumerate(told) if one is not None}
        assert balance(self.chain, TO) == sum(GIFT + index for index in landed)
        final = {index: one for index, one in landed.items() if one["confirmationStatus"] == "finalized"}
        assert balance(self.chain, TO, "finalized") == sum(GIFT + index for index in final)
        slots = {names[index]: one["slot"] for index, one in final.items()}
        assert self.final.items() <= slots.items()
        self.final = slots
        height, slot = self.chain.call("getBlockHeight"), self.chain.call("getSlot")
        assert (height, slot) >= (self.height, self.slot)
        self.height, self.slot = height, slot


@given(st.lists(STEPS, max_size=30), st.sampled_from([1, 2, 5, 31]), st.integers(0, 3))
def test_nothing_that_was_final_is_taken_back(
    steps: list[tuple[str, int]], final_blocks: int, seed: int
) -> None:
    """After every step accounts agree with history, at both ends of commitment."""
    witness = Witness(final_blocks, seed)
    for step, amount in steps:
        witness.do(step, amount)
