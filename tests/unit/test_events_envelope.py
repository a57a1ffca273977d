import pytest

from events.envelope import Envelope, dataschema, from_headers, output_id, parse_output_id, to_headers
from events.errors import DETAIL_CHARS_MAX, Unreadable

FULL = Envelope(
    id="account-facts.3.120.0",
    type="pace.deviated",
    version=1,
    source="headgate/account",
    subject="acme/google/1",
    time="2026-11-21T12:00:00.5+01:00",
    correlation_id="poll-1",
    causation_id="poll.1",
    policy_version=3,
)
LEAN = Envelope(id="1", type="clock.ticked", version=1, source="headgate/clock", subject="clock")


@pytest.mark.parametrize("envelope", [FULL, LEAN], ids=["full", "lean"])
def test_an_envelope_survives_its_headers(envelope: Envelope) -> None:
    """What is written is what is read, with and without the optional parts."""
    assert from_headers(to_headers(envelope)) == envelope


def test_headers_are_those_of_the_cloudevents_kafka_binding() -> None:
    """Names and values are exactly what others' libraries look for."""
    assert dict(to_headers(FULL)) == {
        "ce_specversion": b"1.0",
        "ce_type": b"pace.deviated",
        "ce_dataschema": b"urn:headgate:schema:pace.deviated:1",
        "content-type": b"application/json",
        "ce_id": b"account-facts.3.120.0",
        "ce_source": b"headgate/account",
        "ce_subject": b"acme/google/1",
        "ce_time": b"2026-11-21T12:00:00.5+01:00",
        "ce_correlationid": b"poll-1",
        "ce_causationid": b"poll.1",
        "ce_policyversion": b"3",
    }


def test_an_absent_dataschema_means_version_one() -> None:
    """A stock client need not know the names of our schemas."""
    headers = [(name, value) for name, value in to_headers(FULL) if name != "ce_dataschema"]
    assert from_headers(headers).version == 1


def test_text_headers_and_null_headers_are_understood() -> None:
    """Clients differ in what they hand over: text for bytes, null for absent, headers we do not know."""
    headers = [
        *((name, value.decode()) for name, value in to_headers(LEAN)),
        ("ce_time", None),
        ("x", b"\xff"),
    ]
    assert from_headers(headers) == LEAN


@pytest.mark.parametrize("name", ["ce_specversion", "ce_id", "ce_type", "ce_source", "ce_subject"])
def test_a_missing_required_header_is_named(name: str) -> None:
    """The detail says which header is missing."""
    with pytest.raises(Unreadable, match=name) as caught:
        from_headers([pair for pair in to_headers(FULL) if pair[0] != name])
    assert caught.value.reason == "no-envelope"


@pytest.mark.parametrize(
    ("name", "value", "reason"),
    [
        ("ce_specversion", b"0.3", "invalid-envelope"),
        ("ce_id", b"", "invalid-envelope"),
        ("ce_id", b"x" * 129, "invalid-envelope"),
        ("ce_id", b"x" * 100_000, "invalid-envelope"),
        ("ce_id", b"\xff", "invalid-envelope"),
        ("ce_subject", b"x" * 400, "invalid-envelope"),
        ("ce_time", b"yesterday", "invalid-envelope"),
        ("ce_time", b"2026-11-21", "invalid-envelope"),
        ("ce_time", b"2026-11-21T12:00:00", "invalid-envelope"),
        ("ce_time", b"2026-11-21T12:00:00Z\n", "invalid-envelope"),
        ("ce_policyversion", b"-1", "invalid-envelope"),
        ("ce_policyversion", b"03", "invalid-envelope"),
        ("ce_policyversion", b"9999999999", "invalid-envelope"),
        ("ce_dataschema", b"urn:headgate:schema:pace.deviated:", "unknown-version"),
        ("ce_dataschema", b"urn:headgate:schema:pace.deviated:01", "unknown-version"),
        ("ce_dataschema", b"urn:headgate:schema:spend.observed:1", "unknown-version"),
        ("ce_dataschema", b"https://example/schema", "unknown-version"),
        ("ce_dataschema", b"", "unknown-version"),
    ],
)
def test_a_header_that_makes_no_sense_is_refused(name: str, value: bytes, reason: str) -> None:
    """Every bad value has its reason, and a detail that names the header and stays short."""
    headers = {**dict(to_headers(FULL)), name: value}
    with pytest.raises(Unreadable, match=name) as caught:
        from_headers(headers.items())
    assert caught.value.reason == reason
    assert len(caught.value.detail) <= DETAIL_CHARS_MAX


@pytest.mark.parametrize("headers", [None, []])
def test_no_headers_are_no_envelope(headers: list[tuple[str, bytes]] | None) -> None:
    """A record without headers says so, instead of breaking something."""
    with pytest.raises(Unreadable) as caught:
        from_headers(headers)
    assert caught.value.reason == "no-envelope"


def test_an_output_id_leads_back_to_its_input() -> None:
    """The id of an output is a function of its input's place, and the place can be read from it."""
    assert output_id("account-facts", 3, 120, 0) == "account-facts.3.120.0"
    assert parse_output_id("account-facts.3.120.0") == ("account-facts", 3, 120, 0)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "tx-9",
        "account-facts.3.120",
        "account-facts.3.-1.0",
        "account-facts.03.1.0",
        "a.1.2.3.4",
        "a.1.2.٣",
    ],
)
def test_an_id_of_others_is_no_output_id(text: str) -> None:
    """Only what we would write ourselves is taken for ours."""
    assert parse_output_id(text) is None


def test_a_schema_is_named_by_type_and_version() -> None:
    """The name of a schema is stable, and no import path."""
    assert dataschema("spend.recorded", 2) == "urn:headgate:schema:spend.recorded:2"
