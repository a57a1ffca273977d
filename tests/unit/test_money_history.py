"""The running hash of a pot, computed again from the log."""

import hashlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from headgate.money import history
from headgate.money.history import Move, prove

ADDRESS = "4uQeVj5tqViQh7yWWGStvkEG1Zmhx6uasJtWCJziofM"  # the byte 1, and 31 zeros
FIRST = 5_000 << 20
MOVES = [
    Move(FIRST, "fund", "11" * 32, 100),
    Move(FIRST + 1, "settle", "22" * 32, 30),
    Move(FIRST + 2, "withdraw", "33" * 32, 2**63),
]


def by_hand(moves: list[Move]) -> str:
    """Return the hash as the program's description says it, with nothing of ours."""
    found = hashlib.sha256(b"headgate pot" + bytes([1, *[0] * 31]) + FIRST.to_bytes(8, "little")).digest()
    for one in moves:
        kind = {"fund": b"\1", "settle": b"\2", "withdraw": b"\3"}[one.kind]
        number, amount = one.sequence.to_bytes(8, "little"), one.amount_micro_usdc.to_bytes(8, "little")
        found = hashlib.sha256(found + number + kind + bytes.fromhex(one.movement) + amount).digest()
    return found.hex()


@pytest.mark.parametrize("count", range(4))
def test_the_log_gives_the_hash_that_the_chain_has(count: int) -> None:
    """Also of a pot that nothing was moved in."""
    told = prove(ADDRESS, FIRST + count, by_hand(MOVES[:count]), MOVES)
    assert (told.verdict, told.movements) == ("proved", count)


@pytest.mark.parametrize(
    "changed",
    [{"amount_micro_usdc": 31}, {"kind": "fund"}, {"movement": "23" * 32}],
)
def test_whatever_differs_in_a_movement_is_found(changed: dict[str, object]) -> None:
    """An amount, a kind, an id."""
    told = {
        "sequence": FIRST + 1,
        "kind": "settle",
        "movement": "22" * 32,
        "amount_micro_usdc": 30,
        **changed,
    }
    other = [MOVES[0], Move(**told), MOVES[2]]  # type: ignore[arg-type]  # of one field's kind each
    assert prove(ADDRESS, FIRST + 3, by_hand(MOVES), other).verdict == "differs"


@pytest.mark.parametrize("missing", range(3))
def test_a_movement_that_the_log_does_not_know_is_named(missing: int) -> None:
    """It is not called a difference: what is not known proves nothing."""
    told = prove(ADDRESS, FIRST + 3, by_hand(MOVES), [one for one in MOVES if one is not MOVES[missing]])
    assert told.verdict == "incomplete"
    assert told.missing == f"movement {FIRST + missing} is not known"


def test_what_moved_before_a_pot_was_opened_again_is_not_in_its_hash() -> None:
    """A pot that is opened again begins at a later slot, and its hash anew."""
    earlier = Move(FIRST - 5, "fund", "44" * 32, 7)
    later = Move(FIRST + 3, "fund", "55" * 32, 7)
    assert prove(ADDRESS, FIRST + 3, by_hand(MOVES), [later, *MOVES, earlier]).verdict == "proved"


def test_a_movement_that_is_told_twice_is_named() -> None:
    """The projections tell each once; if they did not, nothing would be proved."""
    assert "told twice" in prove(ADDRESS, FIRST + 3, by_hand(MOVES), [MOVES[0], *MOVES]).missing


@given(st.binary(min_size=32, max_size=32))
def test_an_address_is_read_as_it_was_written(key: bytes) -> None:
    """Base58 of 32 bytes, zeros at the beginning too."""
    number, text = int.from_bytes(key, "big"), ""
    while number:
        number, rest = divmod(number, 58)
        text = history.ALPHABET[rest] + text
    zeros = len(key) - len(key.lstrip(b"\0"))
    assert history.address_bytes("1" * zeros + text) == key
