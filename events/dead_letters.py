"""How a parked record remembers where it came from and why, and how its replay is known from the log."""

import re
from typing import Final

from msgspec import Struct

from events.envelope import Headers, HeaderValue
from events.errors import Unreadable, bounded

ORIGIN_HEADERS: Final = (
    "hg_origin_topic",
    "hg_origin_partition",
    "hg_origin_offset",
    "hg_reason",
    "hg_detail",
    "hg_parked_by",
)
REPLAYED_HEADER: Final = "hg_replayed"

_NUMBER: Final = re.compile(rb"0|[1-9][0-9]{0,18}").fullmatch
_PLACE: Final = re.compile(rb"(0|[1-9][0-9]{0,9})/(0|[1-9][0-9]{0,18})").fullmatch

OwnHeaders = list[tuple[str, bytes | None]]


class Origin(Struct, frozen=True, gc=False):
    """Where a parked record stood, why it could not be read, and who parked it."""

    topic: str
    partition: int
    offset: int
    reason: str
    detail: str
    parked_by: str


def to_headers(origin: Origin) -> list[tuple[str, bytes]]:
    """Write an origin as the headers that a parked record has behind its own."""
    values = (
        origin.topic,
        str(origin.partition),
        str(origin.offset),
        origin.reason,
        bounded(origin.detail),
        origin.parked_by,
    )
    # A detail may quote the bad text itself, so it must survive whatever that contains.
    encoded = (value.encode("utf-8", "backslashreplace") for value in values)
    return list(zip(ORIGIN_HEADERS, encoded, strict=True))


def from_headers(headers: Headers | None) -> Origin:
    """Read where a parked record came from; `Unreadable` when it does not say."""
    group = dict(_own(headers)[-len(ORIGIN_HEADERS) :])
    values = [group.get(name) for name in ORIGIN_HEADERS]
    missing = [name for name, value in zip(ORIGIN_HEADERS, values, strict=True) if value is None]
    if missing:
        raise Unreadable("no-envelope", f"not a dead letter: missing headers {', '.join(missing)}")
    topic, partition, offset, reason, detail, parked_by = (value or b"" for value in values)
    if _NUMBER(partition) is None or _NUMBER(offset) is None:
        raise Unreadable("invalid-envelope", f"a dead letter from place {partition!r}/{offset!r}")
    return Origin(
        topic.decode("utf-8", "backslashreplace"),
        int(partition),
        int(offset),
        reason.decode("utf-8", "backslashreplace"),
        detail.decode("utf-8", "backslashreplace"),
        parked_by.decode("utf-8", "backslashreplace"),
    )


def park(headers: Headers | None, origin: Origin) -> OwnHeaders:
    """Give a parked record's headers: its own, whole, then its origin. Key and value stay as they are."""
    return [*_own(headers), *to_headers(origin)]


def unpark(headers: Headers | None) -> OwnHeaders:
    """Give a parked record's own headers back; of a record parked twice, those of the first parking stay."""
    own = _own(headers)
    first = len(own) - len(ORIGIN_HEADERS)
    if tuple(name for name, _ in own[max(first, 0) :]) != ORIGIN_HEADERS:
        raise Unreadable("no-envelope", "not a dead letter: it does not end with its origin")
    return own[:first]


def replayed_marker(partition: int, offset: int) -> list[tuple[str, bytes]]:
    """Give the headers of the record, of the same key and no value, that says: this letter was replayed."""
    return [(REPLAYED_HEADER, f"{partition}/{offset}".encode())]


def replayed_place(headers: Headers | None) -> tuple[int, int] | None:
    """Say which dead letter a marker is about (partition, offset); None when the record is no marker."""
    value = dict(_own(headers)).get(REPLAYED_HEADER)
    if value is None:
        return None
    match = _PLACE(value)
    if match is None:
        raise Unreadable("invalid-envelope", f"{REPLAYED_HEADER} is {value[:64]!r}, not <partition>/<offset>")
    return int(match[1]), int(match[2])


def _own(headers: Headers | None) -> OwnHeaders:
    return [(name, _bytes(value)) for name, value in headers or ()]


def _bytes(value: HeaderValue) -> bytes | None:
    return value.encode("utf-8", "surrogatepass") if isinstance(value, str) else value
