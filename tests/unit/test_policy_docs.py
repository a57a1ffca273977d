import json
import re
from pathlib import Path

import msgspec
import pytest

from events.types import PolicySet

PAGE = Path(__file__).parents[2] / "docs" / "policy.md"
ROW = re.compile(
    r"^\| `(?P<name>\w+)` \| (?P<default>[^|]+) \| (?P<unit>[^|]+) \| [^|]+ \| (?P<origin>[^|]+) \|$"
)
UNITS = {"_permille": "permille", "_micros": "micros", "_minutes": "minutes", "_hours": "hours"}
FIELDS = {field.name: field for field in msgspec.structs.fields(PolicySet) if field.name != "policy_version"}


def rows() -> list[re.Match[str]]:
    """Return the page's rows of fields."""
    lines = PAGE.read_text("utf-8").splitlines()
    return [found for line in lines if (found := ROW.match(line))]


def test_every_threshold_is_explained_once_and_in_order() -> None:
    """Whoever adds one to the policy says here what it does and where it comes from."""
    assert [row["name"] for row in rows()] == list(FIELDS)


@pytest.mark.parametrize("name", FIELDS)
def test_the_page_tells_the_default_and_the_unit(name: str) -> None:
    """A default that is changed without the page would be a lie."""
    (row,) = (row for row in rows() if row["name"] == name)
    wanted = msgspec.to_builtins(FIELDS[name].default)
    assert json.loads(row["default"]) == (list(wanted) if isinstance(wanted, tuple) else wanted)
    for ending, unit in UNITS.items():
        assert not name.endswith(ending) or row["unit"].startswith(unit)


def test_every_origin_is_one_of_those_that_are_named() -> None:
    """A seed that asked for it, the platforms, or a reason of our own."""
    for row in rows():
        assert re.match(r"seed 00\d|platforms|ours", row["origin"]), row["name"]
        assert row["origin"].strip() != "ours", row["name"]
