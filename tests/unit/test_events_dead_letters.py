import pytest

from events.dead_letters import (
    Origin,
    from_headers,
    park,
    replayed_marker,
    replayed_place,
    to_headers,
    unpark,
)
from events.errors import DETAIL_CHARS_MAX, Unreadable

ORIGIN = Origin("account-facts", 3, 120, "not-json", "JSON is malformed: „ü“", "headgate-account-0")
OWN: list[tuple[str, bytes | None]] = [
    ("ce_id", b"1"),
    ("ce_id", b"twice"),
    ("junk", b"\xff"),
    ("empty", None),
]


def test_an_origin_survives_its_headers() -> None:
    """Where a record came from is read as it was written."""
    assert from_headers(to_headers(ORIGIN)) == ORIGIN


def test_a_parked_record_keeps_its_own_headers_whole() -> None:
    """Order, repetition, junk and null stay, and come back when it is replayed."""
    parked = park(OWN, ORIGIN)
    assert parked[: len(OWN)] == OWN
    assert from_headers(parked) == ORIGIN
    assert unpark(parked) == OWN


@pytest.mark.parametrize("headers", [None, []])
def test_a_record_without_headers_can_be_parked(headers: list[tuple[str, bytes | None]] | None) -> None:
    """The worst records have no headers at all."""
    assert unpark(park(headers, ORIGIN)) == []


def test_a_record_parked_twice_tells_its_last_parking_and_keeps_the_first() -> None:
    """A dead letter that was replayed and failed again is taken back one step at a time."""
    second = Origin("account-facts", 3, 400, "invalid-body", "still wrong", "headgate-account-1")
    parked = park(park(OWN, ORIGIN), second)
    assert from_headers(parked) == second
    assert from_headers(unpark(parked)) == ORIGIN
    assert unpark(unpark(parked)) == OWN


def test_a_detail_is_bounded_and_survives_whatever_it_quotes() -> None:
    """A detail may quote the bad text itself: lone surrogates, or a whole body."""
    parked = park(None, Origin("t", 0, 0, "not-json", "\ud800" + "x" * 9999, "w"))
    assert len(from_headers(parked).detail) <= DETAIL_CHARS_MAX + len("\\ud800")


@pytest.mark.parametrize(
    "headers", [None, OWN, to_headers(ORIGIN)[:-1], [*to_headers(ORIGIN), ("more", b"")]]
)
def test_what_was_never_parked_is_told_apart(headers: list[tuple[str, bytes | None]] | None) -> None:
    """Only a record that ends with its origin is a dead letter."""
    with pytest.raises(Unreadable):
        from_headers(headers)
    with pytest.raises(Unreadable):
        unpark(headers)


def test_an_origin_without_a_place_is_refused() -> None:
    """Partition and offset are numbers, or the letter cannot be traced."""
    headers = [(name, b"x" if name == "hg_origin_offset" else value) for name, value in to_headers(ORIGIN)]
    with pytest.raises(Unreadable, match="place"):
        from_headers(headers)


def test_what_was_replayed_is_known_from_the_log() -> None:
    """A marker names the dead letter by its place; other records are no markers; a broken one is told."""
    assert replayed_place(replayed_marker(3, 17)) == (3, 17)
    assert replayed_place(park(OWN, ORIGIN)) is None
    assert replayed_place(None) is None
    with pytest.raises(Unreadable):
        replayed_place([("hg_replayed", b"3-17")])
