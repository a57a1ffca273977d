"""Who says what about whom: CloudEvents 1.0 in Kafka's binary binding."""

import re
from collections.abc import Iterable
from datetime import UTC, datetime
from typing import Final

from msgspec import Struct

from events.errors import Unreadable
from events.limits import ID_CHARS_MAX, SUBJECT_CHARS_MAX, VERSION_MAX

SPEC_VERSION: Final = b"1.0"
CONTENT_TYPE: Final = b"application/json"
SCHEMA_PREFIX: Final = "urn:headgate:schema:"

HeaderValue = bytes | str | None
Headers = Iterable[tuple[str, HeaderValue]]

_REQUIRED: Final = ("ce_specversion", "ce_id", "ce_type", "ce_source", "ce_subject")
_TIME: Final = re.compile(
    rb"\d{4}-[01]\d-[0-3]\d[Tt][0-2]\d:[0-5]\d:[0-6]\d(?:\.\d{1,9})?(?:[Zz]|[+-]\d\d:\d\d)"
).fullmatch
_NUMBER: Final = re.compile(rb"0|[1-9][0-9]{0,9}").fullmatch
_OUTPUT_ID: Final = re.compile(
    r"([A-Za-z0-9_-]{1,100})\.(0|[1-9][0-9]{0,9})\.(0|[1-9][0-9]{0,18})\.(0|[1-9][0-9]{0,9})"
).fullmatch


class Envelope(Struct, frozen=True, gc=False):
    """What every record says about itself, apart from its content."""

    id: str
    type: str
    version: int
    source: str
    subject: str
    time: str = ""
    correlation_id: str | None = None
    causation_id: str | None = None
    policy_version: int | None = None


def moment(at_ms: int) -> str:
    """Write a moment as an envelope's time."""
    seconds, rest_ms = divmod(at_ms, 1000)
    text = datetime.fromtimestamp(seconds, UTC).isoformat(timespec="seconds").removesuffix("+00:00")
    return f"{text}.{rest_ms:03d}Z" if rest_ms else f"{text}Z"


def output_id(topic: str, partition: int, offset: int, index: int) -> str:
    """Give the id of the index-th output that an input record caused; a repetition has the same."""
    return f"{topic}.{partition}.{offset}.{index}"


def parse_output_id(text: str) -> tuple[str, int, int, int] | None:
    """Say which input record caused an output, or None when the id is not one of ours."""
    match = _OUTPUT_ID(text)
    if match is None:
        return None
    topic, partition, offset, index = match.groups()
    return topic, int(partition), int(offset), int(index)


def dataschema(type_: str, version: int) -> str:
    """Name the schema of a type and version."""
    return f"{SCHEMA_PREFIX}{type_}:{version}"


def from_headers(headers: Headers | None) -> Envelope:
    """Read an envelope from a record's headers, or say why not (`Unreadable`)."""
    pairs = header_bytes(headers)
    missing = [name for name in _REQUIRED if name not in pairs]
    if missing:
        raise Unreadable("no-envelope", f"missing headers: {', '.join(missing)}")
    if pairs["ce_specversion"] != SPEC_VERSION:
        raise Unreadable("invalid-envelope", f"ce_specversion is {pairs['ce_specversion']!r}, not 1.0")
    type_ = _text(pairs["ce_type"], "ce_type")
    return read(pairs, type_, _version(pairs.get("ce_dataschema"), type_))


def to_headers(envelope: Envelope) -> list[tuple[str, bytes]]:
    """Write an envelope as headers."""
    type_ = envelope.type
    return write(envelope, fixed_headers(type_, envelope.version))


def fixed_headers(type_: str, version: int) -> tuple[tuple[str, bytes], ...]:
    """Give the headers that all records of a type and version share."""
    return (
        ("ce_specversion", SPEC_VERSION),
        ("ce_type", type_.encode()),
        ("ce_dataschema", dataschema(type_, version).encode()),
        ("content-type", CONTENT_TYPE),
    )


def write(envelope: Envelope, fixed: tuple[tuple[str, bytes], ...]) -> list[tuple[str, bytes]]:
    """Put an envelope's own headers behind those that its type and version share."""
    headers = [
        *fixed,
        ("ce_id", envelope.id.encode()),
        ("ce_source", envelope.source.encode()),
        ("ce_subject", envelope.subject.encode()),
    ]
    if envelope.time:
        headers.append(("ce_time", envelope.time.encode()))
    if envelope.correlation_id is not None:
        headers.append(("ce_correlationid", envelope.correlation_id.encode()))
    if envelope.causation_id is not None:
        headers.append(("ce_causationid", envelope.causation_id.encode()))
    if envelope.policy_version is not None:
        headers.append(("ce_policyversion", b"%d" % envelope.policy_version))
    return headers


def header_bytes(headers: Headers | None) -> dict[str, bytes]:
    """Give headers as bytes by name; clients differ in whether they hand over text, and null is absent."""
    return {
        name: value.encode("utf-8", "surrogatepass") if isinstance(value, str) else value
        for name, value in headers or ()
        if value is not None
    }


def read(pairs: dict[str, bytes], type_: str, version: int) -> Envelope:
    """Read the headers that differ from record to record; the caller knows type and version."""
    time = pairs.get("ce_time")
    if time is not None and _TIME(time) is None:
        raise Unreadable("invalid-envelope", f"ce_time is {time[:64]!r}, not an RFC 3339 time")
    try:
        id_, source, subject = (
            pairs["ce_id"].decode(),
            pairs["ce_source"].decode(),
            pairs["ce_subject"].decode(),
        )
    except (KeyError, UnicodeDecodeError):
        id_ = source = subject = ""
    # Written out, since every record passes here; whatever is odd goes the long way, which says what it is.
    if not (
        0 < len(id_) <= ID_CHARS_MAX
        and 0 < len(source) <= SUBJECT_CHARS_MAX
        and 0 < len(subject) <= SUBJECT_CHARS_MAX
        and "\0" not in id_ + source + subject
    ):
        id_ = _text(pairs.get("ce_id"), "ce_id")
        source = _text(pairs.get("ce_source"), "ce_source", SUBJECT_CHARS_MAX)
        subject = _text(pairs.get("ce_subject"), "ce_subject", SUBJECT_CHARS_MAX)
    correlation_id = pairs.get("ce_correlationid")
    causation_id = pairs.get("ce_causationid")
    policy_version = pairs.get("ce_policyversion")
    return Envelope(
        id_,
        type_,
        version,
        source,
        subject,
        "" if time is None else time.decode(),
        None if correlation_id is None else _text(correlation_id, "ce_correlationid"),
        None if causation_id is None else _text(causation_id, "ce_causationid"),
        None if policy_version is None else _policy_version(policy_version),
    )


def _text(value: bytes | None, name: str, chars_max: int = ID_CHARS_MAX) -> str:
    if value is None:
        raise Unreadable("no-envelope", f"missing header: {name}")
    try:
        text = value.decode()
    except UnicodeDecodeError as error:
        raise Unreadable("invalid-envelope", f"{name} is not UTF-8: {error.reason}") from error
    if not 0 < len(text) <= chars_max:
        raise Unreadable(
            "invalid-envelope", f"{name} has {len(text)} characters, 1 to {chars_max} are allowed"
        )
    if "\0" in text:
        raise Unreadable(
            "invalid-envelope", f"{name} has a zero character, which separates the parts of keys"
        )
    return text


def _policy_version(value: bytes) -> int:
    if _NUMBER(value) is None or int(value) > VERSION_MAX:
        raise Unreadable("invalid-envelope", f"ce_policyversion is {value[:64]!r}, not a version")
    return int(value)


def _version(schema: bytes | None, type_: str) -> int:
    # A stock client need not know our schema names; what it sends is the first version of its type.
    if schema is None:
        return 1
    prefix = dataschema(type_, 0)[:-1].encode()
    number = schema.removeprefix(prefix)
    if not schema.startswith(prefix) or _NUMBER(number) is None:
        raise Unreadable(
            "unknown-version", f"ce_dataschema is {schema[:200]!r}, not {prefix.decode()}<version>"
        )
    return int(number)
