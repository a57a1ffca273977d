import pytest

from domain.draft import Draft
from domain.treasury.ledger import FEE_PAYER, FEES, OUTSIDE, TREASURY, Ledger, LedgerError, Line, safe, short
from domain.treasury.rows import AccountRow, account_key

POT, LIMIT = "pot:" + "a1" * 32, "platform:meta:2026-03-01"


def ledger(treasury: int = 100, limit: int = 50) -> Ledger:
    """Return a ledger with something in its treasury and a limit."""
    made = Ledger(Draft(lambda _: None), "acme")
    made.book([Line(TREASURY, OUTSIDE, treasury), Line("allowance", LIMIT, limit)])
    return made


def funding(amount: int) -> list[Line]:
    """Return a funding's lines."""
    return [Line(POT, TREASURY, amount), Line(LIMIT, "allowance", amount)]


def test_what_is_pending_is_neither_there_nor_here_until_it_is_posted() -> None:
    """The treasury may not give it again, the pot may not give it yet."""
    one = ledger()
    one.reserve("m1", funding(30))
    assert (one.room(TREASURY), one.room(LIMIT), one.room(POT), one.worth(POT)) == (70, 20, 0, 30)
    one.post("m1")
    assert (one.room(TREASURY), one.room(LIMIT), one.room(POT), one.worth(POT)) == (70, 20, 30, 30)


def test_what_is_voided_is_as_if_it_had_never_been() -> None:
    """Also the limit has it back."""
    one = ledger()
    one.reserve("m1", funding(30))
    one.void("m1")
    assert (one.room(TREASURY), one.room(LIMIT), one.worth(POT)) == (100, 50, 0)
    assert one.totals().usdc == AccountRow(0, 150, 0, 150)


def test_post_and_void_name_their_pending_lines() -> None:
    """Who reads the lines can tell what became of each."""
    one = ledger()
    pending = one.reserve("m1", funding(30))
    posted = one.post("m1")
    assert [line.pending_id for line in posted] == [line.id for line in pending]
    assert [line.state for line in (*pending, *posted)] == ["pending"] * 2 + ["posted"] * 2
    assert len({line.id for line in (*pending, *posted)}) == 4


@pytest.mark.parametrize("first", ["post", "void"])
@pytest.mark.parametrize("second", ["post", "void"])
def test_a_movement_ends_once(first: str, second: str) -> None:
    """Posted or voided, never both, neither twice."""
    one = ledger()
    one.reserve("m1", funding(30))
    getattr(one, first)("m1")
    with pytest.raises(LedgerError, match="nothing pending"):
        getattr(one, second)("m1")


def test_a_movement_is_reserved_once() -> None:
    """The same name for two movements would let one end for both."""
    one = ledger()
    one.reserve("m1", funding(10))
    with pytest.raises(LedgerError, match="already"):
        one.reserve("m1", funding(10))


def test_a_treasury_gives_no_more_than_it_has() -> None:
    """What is pending is given already."""
    one = ledger(treasury=40)
    one.reserve("m1", funding(30))
    with pytest.raises(LedgerError, match="more than it has"):
        one.reserve("m2", funding(11))


def test_a_limit_is_not_exceeded() -> None:
    """What is pending counts as used."""
    one = ledger()
    one.reserve("m1", funding(30))
    with pytest.raises(LedgerError, match="beyond its limit"):
        one.reserve("m2", funding(21))


def test_a_pot_settles_only_what_has_arrived() -> None:
    """Money that is on its way may still not come."""
    one = ledger()
    one.reserve("m1", funding(30))
    with pytest.raises(LedgerError, match="more than it has"):
        one.reserve("m2", [Line("settlement", POT, 1)])


def test_units_are_never_mixed() -> None:
    """A lamport is no USDC."""
    with pytest.raises(LedgerError, match="cannot be booked"):
        ledger().book([Line(FEES, TREASURY, 5)])


def test_each_unit_is_in_balance_by_itself() -> None:
    """Fees are kept apart."""
    one = ledger()
    one.book([Line(FEES, FEE_PAYER, 5_000)])
    assert one.totals().lamports == AccountRow(0, 5_000, 0, 5_000)
    assert one.totals().usdc == AccountRow(0, 150, 0, 150)


@pytest.mark.parametrize("amount", [0, -1])
def test_a_booking_of_nothing_is_no_line(amount: int) -> None:
    """Only what has moved is told."""
    assert ledger().book([Line(TREASURY, OUTSIDE, amount)]) == ()


def test_a_line_that_is_not_in_both_accounts_is_found_at_once() -> None:
    """The sums are kept as accounts are written, not as lines are made."""
    one = ledger()
    row = one.account(TREASURY)
    with pytest.raises(LedgerError, match="out of balance"):
        one._write({TREASURY: AccountRow(0, row.debits_posted + 1, 0, 0)})  # noqa: SLF001 - what nobody may do


def test_an_account_is_forgotten_only_when_nothing_is_left_on_it() -> None:
    """A limit's day is over when what was not used is booked out."""
    one = ledger()
    with pytest.raises(LedgerError, match="cannot be closed"):
        one.close(LIMIT)
    one.book([Line(LIMIT, "allowance", 50)])
    one.close(LIMIT)
    assert one.draft.changes[account_key("acme", LIMIT)] is None
    assert one.totals().usdc.debits_posted == 150


def test_long_and_odd_names_are_told_by_their_hash() -> None:
    """An account's name and an id have their own rules, a client's and a platform's name have others."""
    assert short("acme") == "acme"
    assert len(short("a" * 128)) == 24
    assert safe("google_ads") == "google_ads"
    assert len(safe("a b")) == 64
