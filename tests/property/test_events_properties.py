from typing import Any

import jsonschema
import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from events import registry
from events.codec import Event, decode, encode
from events.dead_letters import Origin, from_headers, park, unpark
from events.envelope import Envelope, fixed_headers, output_id, parse_output_id, write
from events.errors import DETAIL_CHARS_MAX, REASONS, Unreadable
from events.types import Fact, ForecastMade, FundingPolicySet, PolicySet, SpendObserved, TermsSet
from events.types.policy import PolicySetV1, PolicySetV2
from tools.schema import schema

CHARACTERS = st.characters(exclude_categories=["Cs"], exclude_characters="\0")
IDS = st.text(CHARACTERS, min_size=1, max_size=128)
PLACES = st.integers(0, 2**31 - 1)

BASE58 = "123456789ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz"
HASHES, ADDRESSES = "^[0-9a-f]{64}$", "^[1-9A-HJ-NP-Za-km-z]{32,44}$"
SIGNATURES = "^[1-9A-HJ-NP-Za-km-z]{64,88}$"
ACCOUNT_NAMES = "^[a-z-]+(:[A-Za-z0-9_.-]{1,128}){0,2}$"

# Strings whose pattern random text would hardly ever meet.
PATTERNED = {
    "^[A-Z]{3}$": st.text("ABCXYZ", min_size=3, max_size=3),
    "^[0-9]{4}-(0[1-9]|1[0-2])-(0[1-9]|[12][0-9]|3[01])$": st.dates().map(str),
    HASHES: st.text("0123456789abcdef", min_size=64, max_size=64),
    ADDRESSES: st.text(BASE58, min_size=32, max_size=44),
    SIGNATURES: st.text(BASE58, min_size=64, max_size=88),
    ACCOUNT_NAMES: st.sampled_from(["treasury", f"pot:{'ab' * 32}", "platform:google_ads:2026-11-21"]),
}

THRESHOLDS = st.tuples(st.integers(0, 900), st.integers(1000, 2000), st.integers(2100, 9000)).map(
    lambda bounds: {
        "pace_under_permille": bounds[0],
        "pace_warning_permille": bounds[1],
        "pace_critical_permille": bounds[2],
        "pace_hysteresis_permille": 99,
    }
)

QUANTILES = ("q025_micros", "q100_micros", "q500_micros", "q900_micros", "q975_micros")


@st.composite
def forecasts(draw: st.DrawFn) -> dict[str, Any]:
    """Give a campaign's forecast: as many hours in each quantile, and none below the one before."""
    hours = draw(st.lists(st.lists(st.integers(0, 10**15), min_size=5, max_size=5).map(sorted), max_size=4))
    rows = list(zip(*hours, strict=True)) or [()] * len(QUANTILES)
    return {"campaign": draw(IDS), **dict(zip(QUANTILES, map(list, rows), strict=True))}


# What goes with what in a person's terms; the rest may be anything.
WISHES = st.sampled_from(
    [
        {"budget": "platform", "amount_micros": None, "curve": None, "curve_weights": []},
        {"budget": "month", "amount_micros": 10**15, "curve": "custom", "curve_weights": [0, 1_000_000]},
        {"budget": "flight", "amount_micros": 0, "curve": "front", "curve_weights": []},
    ]
).map(
    lambda wish: {
        **wish,
        "first_day": "2026-11-21",
        "last_day": "2026-11-21",
        "start_ms": 5,
        "end_ms": 10,
        "floor_micros": 9,
        "ceiling_micros": 10,
        "open_hours": [1] * 7,
    }
)
ALERTING = {"alert_utilisation_permille": 850, "alert_budget_permille": 900, "plan_channels": []}

# Fields that depend on one another.
RELATED: dict[type[Fact], st.SearchStrategy[dict[str, Any]]] = {
    SpendObserved: st.tuples(st.integers(0, 2**42), st.integers(1, 26 * 3_600_000)).map(
        lambda pair: {"day_start_ms": pair[0], "day_end_ms": pair[0] + pair[1]}
    ),
    ForecastMade: st.lists(forecasts(), min_size=1, max_size=3).map(lambda some: {"campaigns": some}),
    PolicySet: THRESHOLDS.map(lambda thresholds: {**thresholds, **ALERTING}),
    PolicySetV2: THRESHOLDS,
    TermsSet: WISHES,
    PolicySetV1: THRESHOLDS,
    FundingPolicySet: st.just({"platform_limits": [{"platform": "meta", "micro_usdc": 0}]}),
}


def _values(kind: msgspec.inspect.Type) -> st.SearchStrategy[Any]:
    """Give every value that a type of the log may have, limits included."""
    match kind:
        case msgspec.inspect.StructType(fields=fields):
            return st.fixed_dictionaries({field.name: _values(field.type) for field in fields})
        case msgspec.inspect.VarTupleType(item_type=item, min_length=least):
            return st.lists(_values(item), min_size=least or 0, max_size=4)
        case msgspec.inspect.UnionType(types=members):
            return st.one_of([_values(member) for member in members])
        case _:
            return _leaves(kind)


def _leaves(kind: msgspec.inspect.Type) -> st.SearchStrategy[Any]:
    match kind:
        case msgspec.inspect.LiteralType(values=values):
            return st.sampled_from(values)
        case msgspec.inspect.BoolType():
            return st.booleans()
        case msgspec.inspect.IntType(ge=low, le=high):
            return st.integers(low, high)
        case msgspec.inspect.StrType(pattern=str(pattern)):
            return PATTERNED[pattern]
        case msgspec.inspect.StrType(min_length=low, max_length=high):
            return st.text(CHARACTERS, min_size=low or 0, max_size=high)
        case _:
            assert isinstance(kind, msgspec.inspect.NoneType), f"the log has no {kind}"
            return st.none()


@st.composite
def bodies(draw: st.DrawFn, fact: type[Fact]) -> dict[str, Any]:
    """Give a valid body of a type and version."""
    body: dict[str, Any] = draw(_values(msgspec.inspect.type_info(fact)))
    return {**body, **draw(RELATED.get(fact, st.just({})))}


def envelopes(fact: type[Fact]) -> st.SearchStrategy[Envelope]:
    """Give a valid envelope of a type and version."""
    return st.builds(
        Envelope,
        id=IDS,
        type=st.just(fact.TYPE),
        version=st.just(fact.VERSION),
        source=IDS,
        subject=IDS,
        time=st.sampled_from(["", "2026-11-21T12:00:00Z", "2026-11-21t12:00:00.123456789+05:30"]),
        correlation_id=st.none() | IDS,
        causation_id=st.none() | IDS,
        policy_version=st.none() | PLACES,
    )


@pytest.mark.parametrize("fact", list(registry.ALL.values()), ids=lambda fact: f"{fact.TYPE}.v{fact.VERSION}")
@given(data=st.data())
def test_every_version_reads_as_the_newest_and_survives_the_wire(
    fact: type[Fact], data: st.DataObject
) -> None:
    """Round trip and upcasting: whatever a version allowed is read, rewritten at the newest, and stays."""
    envelope, body = data.draw(envelopes(fact)), data.draw(bodies(fact))
    jsonschema.validate(body, schema(fact))
    event = decode(write(envelope, fixed_headers(fact.TYPE, fact.VERSION)), msgspec.json.encode(body))
    newest = registry.NEWEST_VERSIONS[fact.TYPE]
    assert newest == event.data.VERSION
    assert type(event.data) in registry.NEWEST
    assert event.envelope == msgspec.structs.replace(envelope, version=newest)
    assert decode(*encode(event)) == event
    assert encode(decode(*encode(event))) == encode(event)
    if newest == fact.VERSION:
        assert msgspec.json.decode(encode(event)[1]) == body


VALUES = st.none() | st.binary(max_size=40) | st.text(max_size=40)
KNOWN_NAMES = [
    *("ce_specversion", "ce_id", "ce_type", "ce_source", "ce_subject", "ce_time", "ce_dataschema"),
    *("ce_correlationid", "ce_causationid", "ce_policyversion", "content-type"),
]
HEADERS = st.none() | st.lists(st.tuples(st.text(max_size=20) | st.sampled_from(KNOWN_NAMES), VALUES))


def _read(headers: list[tuple[str, bytes | str | None]] | None, body: bytes | None) -> Event | None:
    try:
        return decode(headers, body)
    except Unreadable as error:
        is_told = error.reason in REASONS and len(error.detail) <= DETAIL_CHARS_MAX
    assert is_told
    return None


@given(HEADERS, st.none() | st.binary(max_size=100))
def test_junk_raises_nothing_but_unreadable(
    headers: list[tuple[str, bytes | str | None]] | None, body: bytes | None
) -> None:
    """Whatever stands in headers and body: an event, or a reason with a bounded detail."""
    _read(headers, body)


@given(st.sampled_from(KNOWN_NAMES), VALUES, st.binary(max_size=100) | st.just(b'{"now_ms":1}'))
def test_one_broken_header_raises_nothing_but_unreadable(
    name: str, value: bytes | str | None, body: bytes
) -> None:
    """A good record with one header exchanged is read or told, in bytes and in text."""
    good = write(Envelope("1", "clock.ticked", 1, "clock", "clock"), fixed_headers("clock.ticked", 1))
    event = _read([*(pair for pair in good if pair[0] != name), (name, value)], body)
    as_text: list[tuple[str, bytes | str | None]] = [
        (key, text.decode()) for key, text in good if key != name
    ]
    assert _read([*as_text, (name, value)], body) == event


@given(st.recursive(st.none() | st.booleans() | st.integers() | st.text(), st.lists), st.data())
def test_any_json_raises_nothing_but_unreadable(junk: object, data: st.DataObject) -> None:
    """A body of any shape, and a good body with one field exchanged for anything, is read or told."""
    fact = data.draw(st.sampled_from(list(registry.ALL.values())))
    body = data.draw(bodies(fact))
    headers: list[tuple[str, bytes | str | None]] = [
        *write(Envelope("1", fact.TYPE, fact.VERSION, "s", "s"), fixed_headers(fact.TYPE, fact.VERSION))
    ]
    _read(headers, msgspec.json.encode(junk))
    _read(headers, msgspec.json.encode({**body, data.draw(st.sampled_from(sorted(body))): junk}))


@given(st.from_regex(r"[a-z][a-z0-9-]{0,60}", fullmatch=True), PLACES, st.integers(0, 2**63 - 1), PLACES)
def test_output_ids_are_one_to_one(topic: str, partition: int, offset: int, index: int) -> None:
    """Two outputs have the same id only if they are the same output."""
    assert parse_output_id(output_id(topic, partition, offset, index)) == (topic, partition, offset, index)


@given(st.text(max_size=60))
def test_an_id_is_ours_only_if_we_would_write_it(text: str) -> None:
    """Reading an id and writing it again gives the same text, or it was none of ours."""
    place = parse_output_id(text)
    assert place is None or output_id(*place) == text


ORIGINS = st.builds(Origin, IDS, PLACES, PLACES, st.sampled_from(REASONS), st.text(max_size=900), IDS)


@given(HEADERS, ORIGINS, ORIGINS)
def test_parking_loses_nothing(
    headers: list[tuple[str, bytes | str | None]] | None, first: Origin, second: Origin
) -> None:
    """Whatever headers a record had, they come back from one parking and from two."""
    parked = park(headers, first)
    assert unpark(park(unpark(parked), second)) == unpark(parked)
    assert unpark(park(parked, second)) == parked
    assert from_headers(parked).offset == first.offset
