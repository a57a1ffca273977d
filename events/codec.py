"""From a record's headers and body to an event of the newest version, and back."""

import re
from collections.abc import Callable
from typing import Final, cast

import msgspec
from msgspec import Struct

from events import registry
from events.envelope import (
    SPEC_VERSION,
    Envelope,
    Headers,
    dataschema,
    fixed_headers,
    from_headers,
    header_bytes,
    read,
    write,
)
from events.errors import Unreadable
from events.limits import BODY_BYTES_MAX
from events.types.fact import Fact


class Event(Struct, frozen=True, gc=False):
    """A fact with what it says about itself."""

    envelope: Envelope
    data: Fact


class _Reader(Struct, frozen=True):
    type: str
    newest_version: int
    decode: Callable[[bytes], Fact]
    is_old: bool


def _readers() -> dict[tuple[bytes, bytes | None], _Reader]:
    # Looked up by the header's own bytes, so that a known type costs one dictionary access.
    readers: dict[tuple[bytes, bytes | None], _Reader] = {}
    for (type_, version), fact in registry.ALL.items():
        decode = cast("Callable[[bytes], Fact]", msgspec.json.Decoder(fact).decode)
        newest = registry.NEWEST_VERSIONS[type_]
        reader = _Reader(type_, newest, decode, version != newest)
        readers[type_.encode(), dataschema(type_, version).encode()] = reader
        if version == 1:
            readers[type_.encode(), None] = reader
    return readers


_READERS: Final = _readers()
_FIXED: Final = {fact: fixed_headers(fact.TYPE, fact.VERSION) for fact in registry.ALL.values()}
# The only way that JSON has to write it: an escape whose backslash is not itself escaped.
_ZERO: Final = re.compile(rb"(?<!\\)(?:\\\\)*\\u0000").search
_encode_body: Final = msgspec.json.Encoder().encode


def decode(headers: Headers | None, body: bytes | None) -> Event:
    """Read a record, at the newest version of its type; raise `Unreadable` and nothing else."""
    pairs = cast("dict[str, bytes]", dict(headers or ()))
    reader = _READERS.get((pairs.get("ce_type"), pairs.get("ce_dataschema")))  # type: ignore[arg-type]  # None is simply not there
    if reader is None or pairs.get("ce_specversion") != SPEC_VERSION:
        pairs = header_bytes(headers)
        reader = _reader(pairs)
    try:
        envelope = read(pairs, reader.type, reader.newest_version)
    except (AttributeError, TypeError):
        # Some client hands over text where others hand over bytes.
        envelope = read(header_bytes(headers), reader.type, reader.newest_version)
    fact = _body(reader, body)
    return Event(envelope, registry.upcast(fact) if reader.is_old else fact)


def encode(event: Event) -> tuple[list[tuple[str, bytes]], bytes]:
    """Write an event as headers and body; an event that could not be read again is a `ValueError`."""
    fixed = _FIXED.get(type(event.data))
    if fixed is None:
        raise ValueError(f"{type(event.data).__name__} is not in the registry of events")
    envelope, data = event.envelope, event.data
    if envelope.type != data.TYPE or envelope.version != data.VERSION:
        raise ValueError(f"envelope of {envelope.type}:{envelope.version} around {data.TYPE}:{data.VERSION}")
    body = _encode_body(data)
    if len(body) > BODY_BYTES_MAX:
        raise ValueError(
            f"{data.TYPE} of {len(body)} bytes, {BODY_BYTES_MAX} at most: split it into more pages"
        )
    return write(envelope, fixed), body


def _reader(pairs: dict[str, bytes]) -> _Reader:
    reader = _READERS.get((pairs.get("ce_type", b""), pairs.get("ce_dataschema")))
    envelope = from_headers(pairs.items())
    if reader is not None:
        return reader
    if envelope.type not in registry.NEWEST_VERSIONS:
        raise Unreadable("unknown-type", f"nothing is known about {envelope.type!r}")
    newest = registry.NEWEST_VERSIONS[envelope.type]
    raise Unreadable(
        "unknown-version", f"{envelope.type} {envelope.version}: versions 1 to {newest} are known"
    )


def _body(reader: _Reader, body: bytes | None) -> Fact:
    if body is None:
        raise Unreadable("no-body", f"{reader.type} without a body")
    if len(body) > BODY_BYTES_MAX:
        raise Unreadable("too-large", f"{reader.type} of {len(body)} bytes, {BODY_BYTES_MAX} at most")
    # Most bodies have no backslash at all, and one byte is found ten times as fast as six.
    if b"\\" in body and _ZERO(body):
        raise Unreadable(
            "invalid-body", f"{reader.type}: a zero character, which separates the parts of keys"
        )
    try:
        return reader.decode(body)
    except msgspec.ValidationError as error:
        raise Unreadable("invalid-body", f"{reader.type}: {error}") from error
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        raise Unreadable("not-json", f"{reader.type}: {error}") from error
    except RecursionError as error:
        raise Unreadable("invalid-body", f"{reader.type}: nested too deeply") from error
