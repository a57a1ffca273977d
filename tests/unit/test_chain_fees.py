"""What is paid for haste, and who pays for a transaction that was for many."""

from __future__ import annotations

import base64

from hypothesis import given
from hypothesis import strategies as st
from solders.hash import Hash

from chain.executor.batches import Payers, Recipe
from chain.executor.entry import Entry
from chain.executor.fees import price_micro_lamports, share_lamports, units_max
from chain.instructions import PotProgram
from chain.ports import Landed
from chain.transactions import COMPUTE_UNITS_MAX, unsigned
from events.types import AttemptSigned
from tests.chain_model import MINT, PROGRAM
from tests.chain_work_kit import KEYS, fund, order, pause


def test_what_others_pay_is_paid_and_more_at_each_new_signing_and_never_more_than_allowed() -> None:
    """Three of four pay less; half as much again each time that a transaction has expired."""
    recent = (0, 0, 100, 400)
    assert price_micro_lamports(recent, 1, 50_000) == 400
    assert price_micro_lamports((), 1, 50_000) == 0
    assert price_micro_lamports((), 2, 50_000) == 1_500
    assert price_micro_lamports((8_000,), 3, 50_000) == 18_000
    assert price_micro_lamports((8_000,), 9, 50_000) == 50_000
    assert price_micro_lamports((8_000,), 10_000, 0) == 0


def test_the_largest_batch_may_compute_what_it_needs_and_a_transaction_is_allowed() -> None:
    """A funding was measured to take 9,500 units."""
    assert 16 * 9_500 < units_max(16) < COMPUTE_UNITS_MAX


@given(st.integers(1, 6), st.integers(0, 10**6))
def test_shares_add_up_to_what_a_transaction_has_cost(count: int, fee: int) -> None:
    """The first of the transaction pays the lamports that cannot be shared, also after a restart."""
    entries = [Entry(order(fund(bytes([n]) * 32, 64 + n, 10 + n), n), [], 0) for n in range(count)]
    recipe = Recipe(PotProgram(PROGRAM, MINT), Payers(KEYS[1], KEYS[2]), ())
    raw = base64.b64encode(unsigned(recipe.message(entries, Hash.default()))).decode()
    attempt = AttemptSigned("c", 1, "1" * 70, raw, 0, count, 0)
    landed = {attempt.signature: Landed(5, None, fee)}
    shares = [share_lamports(entry.order.wish, [attempt], landed) for entry in entries]
    assert sum(shares) == fee
    assert max(shares) == shares[0]


def test_what_was_refused_has_cost_its_fee_too_and_what_never_landed_nothing() -> None:
    """All attempts of an order count."""
    attempts = [AttemptSigned("c", n, str(n) * 70, "cmF3", 0, 1, 0) for n in (1, 2, 3)]
    landed = {"1" * 70: Landed(5, "x", 5_000), "3" * 70: Landed(9, None, 7_000)}
    assert share_lamports(pause(bytes(32)), attempts, landed) == 12_000
