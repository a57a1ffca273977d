from collections.abc import Iterator
from pathlib import Path
from typing import Any

import jsonschema
import msgspec
import pytest

from events import registry
from events.codec import decode, encode
from events.types.fact import Fact

GOLDEN = Path(__file__).parent.parent / "golden"
SCHEMAS = Path(__file__).parent.parent.parent / "events" / "schemas"


def _examples() -> Iterator[Any]:
    for file in sorted(GOLDEN.glob("*.json")):
        for example in msgspec.json.decode(file.read_bytes()):
            yield pytest.param(file.stem, example, id=f"{file.stem}: {example['name']}")


def _headers(example: dict[str, Any]) -> list[tuple[str, bytes]]:
    return [(name, value.encode()) for name, value in example["headers"].items()]


def _stem(fact: type[Fact]) -> str:
    return f"{fact.TYPE}.v{fact.VERSION}"


def test_every_version_has_golden_examples_and_every_example_its_version() -> None:
    """Neither a type without an example, nor an example that nothing reads any more."""
    assert {file.stem for file in GOLDEN.glob("*.json")} == {_stem(fact) for fact in registry.ALL.values()}
    assert all(msgspec.json.decode(file.read_bytes()) for file in GOLDEN.glob("*.json"))


@pytest.mark.parametrize(("stem", "example"), list(_examples()))
def test_a_golden_example_reads_as_it_always_did(stem: str, example: dict[str, Any]) -> None:
    """What was written once means the same for ever, at the newest version."""
    event = decode(_headers(example), msgspec.json.encode(example["body"]))
    assert stem.rpartition(".v")[0] == event.data.TYPE
    assert msgspec.json.decode(msgspec.json.encode(event.data)) == example["reads_as"]
    assert event.envelope.version == event.data.VERSION == registry.NEWEST_VERSIONS[event.data.TYPE]


@pytest.mark.parametrize(("stem", "example"), list(_examples()))
def test_a_golden_example_of_the_newest_version_is_what_we_write(stem: str, example: dict[str, Any]) -> None:
    """An event that was read is written with the same headers, and with a body that reads the same."""
    event = decode(_headers(example), msgspec.json.encode(example["body"]))
    headers, body = encode(event)
    if stem == f"{event.data.TYPE}.v{event.data.VERSION}" and "ce_dataschema" in example["headers"]:
        assert dict(headers) == dict(_headers(example))
    assert msgspec.json.decode(body) == example["reads_as"]


@pytest.mark.parametrize(("stem", "example"), list(_examples()))
def test_a_golden_example_fits_its_published_schema(stem: str, example: dict[str, Any]) -> None:
    """The JSON Schema that others validate with accepts what we accept."""
    schema = msgspec.json.decode((SCHEMAS / f"{stem}.json").read_bytes())
    validator = jsonschema.Draft202012Validator(schema)
    validator.check_schema(schema)
    validator.validate(example["body"])


@pytest.mark.parametrize(("stem", "example"), list(_examples()))
def test_a_golden_example_with_an_unknown_field_fits_no_schema(stem: str, example: dict[str, Any]) -> None:
    """Schema and reader agree that a misspelt field is an error."""
    schema = msgspec.json.decode((SCHEMAS / f"{stem}.json").read_bytes())
    with pytest.raises(jsonschema.ValidationError):
        jsonschema.validate({**example["body"], "currencyy": "USD"}, schema)
