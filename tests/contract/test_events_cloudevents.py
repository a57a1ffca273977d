from datetime import UTC, datetime

import msgspec
from cloudevents.core.bindings.kafka import KafkaMessage, from_binary_event, to_binary_event
from cloudevents.core.v1.event import CloudEvent

from events.codec import Event, decode, encode
from events.envelope import Envelope
from events.types import SpendRecorded

BODY = {"transaction_id": "tx-9", "campaign": "c-1", "day": "2026-11-21", "amount_micros": 1_500_000}
ATTRIBUTES = {
    "id": "tx-9",
    "type": "spend.recorded",
    "source": "https://partner.example/ads",
    "subject": "acme/google/123-456-7890",
    "time": datetime(2026, 11, 21, 12, 0, 0, 123456, tzinfo=UTC),
    "datacontenttype": "application/json",
}


def test_a_stock_client_that_knows_no_schema_is_understood() -> None:
    """Without a dataschema it is version 1, whose currency was always the US dollar."""
    message = to_binary_event(CloudEvent(attributes=ATTRIBUTES, data=BODY))
    event = decode(list(message.headers.items()), message.value)
    assert event.data == SpendRecorded("tx-9", "c-1", "2026-11-21", 1_500_000, "USD")
    assert event.envelope.subject == "acme/google/123-456-7890"
    assert event.envelope.time == "2026-11-21T12:00:00.123456Z"


def test_a_stock_client_that_names_the_schema_is_understood() -> None:
    """With our schema's name it may send the newest version, extensions included."""
    attributes = {
        **ATTRIBUTES,
        "dataschema": "urn:headgate:schema:spend.recorded:2",
        "correlationid": "import-7",
        "partitionkey": "acme/google/123-456-7890",
    }
    message = to_binary_event(CloudEvent(attributes=attributes, data={**BODY, "currency": "EUR"}))
    event = decode(list(message.headers.items()), message.value)
    assert message.key == event.envelope.subject
    assert event.data == SpendRecorded("tx-9", "c-1", "2026-11-21", 1_500_000, "EUR")
    assert event.envelope.correlation_id == "import-7"


def test_a_stock_client_understands_us() -> None:
    """Every attribute of ours arrives in a stock reader, extensions included, and the body as JSON."""
    envelope = Envelope(
        id="account-facts.3.120.0",
        type="spend.recorded",
        version=2,
        source="headgate/account",
        subject="acme/google/123-456-7890",
        time="2026-11-21T12:00:00Z",
        correlation_id="import-7",
        causation_id="tx-9",
        policy_version=3,
    )
    fact = SpendRecorded("tx-9", "c-1", "2026-11-21", 1_500_000, "EUR")
    headers, body = encode(Event(envelope, fact))
    read = from_binary_event(KafkaMessage(headers=dict(headers), key=None, value=body))
    assert read.get_id() == envelope.id
    assert read.get_type() == "spend.recorded"
    assert read.get_source() == envelope.source
    assert read.get_subject() == envelope.subject
    assert read.get_time() == datetime(2026, 11, 21, 12, tzinfo=UTC)
    assert read.get_dataschema() == "urn:headgate:schema:spend.recorded:2"
    assert read.get_extension("correlationid") == "import-7"
    assert read.get_extension("causationid") == "tx-9"
    assert read.get_extension("policyversion") == "3"
    assert read.get_data() == msgspec.to_builtins(fact)
