import msgspec
import pytest

from events import types
from events.codec import Event, decode, encode
from events.envelope import Envelope, dataschema, fixed_headers, write
from events.errors import DETAIL_CHARS_MAX, Unreadable
from events.limits import BODY_BYTES_MAX, PAGE_CAMPAIGNS_MAX
from events.types import Fact

HOUR_MS = 3_600_000


def _envelope(type_: str, version: int = 1) -> Envelope:
    return Envelope("1", type_, version, "test", "acme/google/1", "2026-11-21T12:00:00Z")


def _headers(type_: str, version: int = 1) -> list[tuple[str, bytes]]:
    return write(_envelope(type_, version), fixed_headers(type_, version))


def _page(observations: tuple[types.SpendObservation, ...], hours: int = 24) -> types.SpendObserved:
    return types.SpendObserved("USD", "2026-11-21", 0, hours * HOUR_MS, 1, observations)


def _reason(type_: str, body: bytes | None, version: int = 1) -> str:
    with pytest.raises(Unreadable) as caught:
        decode(_headers(type_, version), body)
    assert len(caught.value.detail) <= DETAIL_CHARS_MAX
    return caught.value.reason


def _body_reason(fact: Fact) -> str:
    return _reason(fact.TYPE, msgspec.json.encode(fact), fact.VERSION)


def test_an_event_survives_the_wire() -> None:
    """What is encoded is what is decoded."""
    page = _page((types.SpendObservation("c-1", 11, 12_340_000),))
    event = Event(_envelope("spend.observed"), page)
    assert decode(*encode(event)) == event


@pytest.mark.parametrize(
    ("campaign", "is_read"), [("\0", False), ("\\\0", False), ("\\u0000", True), ("\\", True)]
)
def test_a_zero_character_is_refused_and_only_that(campaign: str, is_read: bool) -> None:  # noqa: FBT001 -- a table
    """It would separate the parts of keys; the same six characters as text are harmless."""
    page = _page((types.SpendObservation(campaign, 11, 1),))
    if is_read:
        assert decode(_headers("spend.observed"), msgspec.json.encode(page)).data == page
    else:
        assert _body_reason(page) == "invalid-body"


def test_an_old_version_is_read_as_the_newest() -> None:
    """Version 1 of a recorded spend had no currency; it is in US dollars, and says version 2 from then on."""
    body = b'{"transaction_id":"tx","campaign":"c","day":"2026-11-21","amount_micros":5}'
    event = decode(_headers("spend.recorded", 1), body)
    assert event.data == types.SpendRecorded("tx", "c", "2026-11-21", 5, "USD")
    assert event.envelope.version == 2
    assert decode(*encode(event)) == event


def test_text_headers_are_understood_too() -> None:
    """Some clients hand over text where others hand over bytes, for all headers or for some."""
    event = Event(_envelope("clock.ticked"), types.ClockTicked(1))
    headers, body = encode(event)
    assert decode([(name, value.decode()) for name, value in headers], body) == event
    assert decode([*headers, ("ce_id", "1")], body) == event


@pytest.mark.parametrize("name", ["ce_time", "ce_correlationid", "ce_causationid", "ce_policyversion"])
def test_a_null_header_is_an_absent_one(name: str) -> None:
    """Kafka's headers may be null; an optional one that is null was not given."""
    headers, body = encode(Event(Envelope("1", "clock.ticked", 1, "clock", "clock"), types.ClockTicked(1)))
    assert decode([*headers, (name, None)], body) == decode(headers, body)


@pytest.mark.parametrize(
    ("body", "reason"),
    [
        (None, "no-body"),
        (b"", "not-json"),
        (b"{", "not-json"),
        (b"\xff", "not-json"),
        (b'{"now_ms":1}trailing', "not-json"),
        (b"[]", "invalid-body"),
        (b"{}", "invalid-body"),
        (b'{"now_ms":1.0}', "invalid-body"),
        (b'{"now_ms":"1"}', "invalid-body"),
        (b'{"now_ms":true}', "invalid-body"),
        (b'{"now_ms":null}', "invalid-body"),
        (b'{"now_ms":-1}', "invalid-body"),
        (b'{"now_ms":1,"nowms":2}', "invalid-body"),
        (b'{"now_ms":' + b"9" * 5000 + b"}", "invalid-body"),
        (b'{"now_ms":' + b"[" * 100_000, "invalid-body"),
        (b'{"x":' + b"[" * 100_000, "invalid-body"),
        (b" " * (BODY_BYTES_MAX + 1), "too-large"),
    ],
)
def test_a_bad_body_has_its_reason(body: bytes | None, reason: str) -> None:
    """Whatever stands in the body, it is told apart and never breaks the reader."""
    assert _reason("clock.ticked", body) == reason


def test_a_body_too_large_is_refused_before_it_is_parsed() -> None:
    """A body above the limit is too large whether or not it is JSON."""
    assert _reason("spend.observed", b"x" * (BODY_BYTES_MAX + 1)) == "too-large"


def test_unknown_types_and_versions_are_told_apart() -> None:
    """A new type and a new version of an old one need different people."""
    assert _reason("spend.guessed", b"{}") == "unknown-type"
    assert _reason("clock.ticked", b"{}", version=2) == "unknown-version"
    assert _reason("clock.ticked", b"{}", version=0) == "unknown-version"


def test_an_unknown_type_without_a_schema_is_an_unknown_type() -> None:
    """Without a dataschema the reason is the same."""
    headers = [pair for pair in _headers("spend.guessed") if pair[0] != "ce_dataschema"]
    with pytest.raises(Unreadable, match=r"spend\.guessed") as caught:
        decode(headers, b"{}")
    assert caught.value.reason == "unknown-type"


def test_a_page_has_a_bounded_number_of_campaigns_but_many_hours() -> None:
    """500 campaigns of two hours fit, one more campaign does not."""
    full = [types.SpendObservation(f"c-{i}", hour, 1) for i in range(PAGE_CAMPAIGNS_MAX) for hour in (0, 1)]
    page = _page(tuple(full))
    assert decode(_headers("spend.observed"), msgspec.json.encode(page)).data == page
    too_many = types.SpendObservation("one more", 0, 1)
    body = msgspec.json.encode(page).replace(b"]", b"," + msgspec.json.encode(too_many) + b"]")
    assert _reason("spend.observed", body) == "invalid-body"


@pytest.mark.parametrize("hours", [23, 24, 25])
def test_days_of_all_lengths_are_read(hours: int) -> None:
    """The days on which clocks are changed are days."""
    page = _page((), hours)
    assert decode(_headers("spend.observed"), msgspec.json.encode(page)).data == page


@pytest.mark.parametrize(
    ("field", "value"),
    [
        (b'"day_end_ms":86400000', b'"day_end_ms":0'),
        (b'"day_end_ms":86400000', b'"day_end_ms":97200000'),
        (b'"currency":"USD"', b'"currency":"usd"'),
        (b'"currency":"USD"', b'"currency":"USD\\n"'),
        (b'"day":"2026-11-21"', b'"day":"2026-13-21"'),
        (b'"day":"2026-11-21"', b'"day":"2026-11-21\\n"'),
        (b'"hour":24', b'"hour":25'),
        (b'"hour":24', b'"hour":-1'),
        (b'"spend_micros":7', b'"spend_micros":-1'),
        (b'"spend_micros":7', b'"spend_micros":1000000000000001'),
        (b'"spend_micros":7', b'"spend_micros":0.5'),
        (b'"spend_micros":7,', b""),
        (b'"campaign":"c"', b'"campaign":""'),
        (b'"campaign":"c"', b'"campaign":"' + b"c" * 129 + b'"'),
        (b'"campaign":"c"', b'"campaign":"\\ud800"'),
    ],
)
def test_a_page_outside_its_limits_is_refused(field: bytes, value: bytes) -> None:
    """Each limit of a page is held when it is read."""
    body = msgspec.json.encode(_page((types.SpendObservation("c", 24, 7),)))
    assert decode(_headers("spend.observed"), body)
    assert field in body
    assert _reason("spend.observed", body.replace(field, value)) in {"invalid-body", "not-json"}


def test_a_policy_whose_thresholds_do_not_rise_is_refused() -> None:
    """Thresholds that cross, or a hysteresis wider than their distance, would make alerts flap for ever."""
    assert decode(_headers("policy.set"), b'{"policy_version":1}').data == types.PolicySet(1)
    for body in (
        b'{"policy_version":1,"pace_warning_permille":2000}',
        b'{"policy_version":1,"pace_under_permille":1500}',
        b'{"policy_version":1,"pace_hysteresis_permille":500}',
        b'{"policy_version":0}',
    ):
        assert _reason("policy.set", body) == "invalid-body"


def test_an_event_that_could_not_be_read_again_is_not_written() -> None:
    """An envelope of another type, a type nobody registered, or a page too large is the writer's mistake."""
    with pytest.raises(ValueError, match="envelope of"):
        encode(Event(_envelope("spend.observed"), types.ClockTicked(1)))
    with pytest.raises(ValueError, match="envelope of"):
        encode(Event(_envelope("clock.ticked", 2), types.ClockTicked(1)))
    with pytest.raises(ValueError, match="registry"):
        encode(Event(_envelope("fact"), Fact()))
    large = _page(
        tuple(types.SpendObservation(f"{'c' * 100}{i}", h, 1) for i in range(500) for h in range(5))
    )
    with pytest.raises(ValueError, match="split it"):
        encode(Event(_envelope("spend.observed"), large))


def test_the_headers_of_an_encoded_event_name_its_schema() -> None:
    """Readers find the version in the headers, and need not look into the body."""
    headers, _ = encode(Event(_envelope("clock.ticked"), types.ClockTicked(1)))
    assert dict(headers)["ce_dataschema"].decode() == dataschema("clock.ticked", 1)
