import json
import re
from pathlib import Path
from typing import get_args

import msgspec
import pytest

from domain.treasury import ledger
from domain.treasury.alerting import SEVERITIES
from events.types import FundingAlertKind, FundingPolicySet, LedgerBooked

DOCS = Path(__file__).parents[2] / "docs"
ROW = re.compile(
    r"^\| `(?P<name>\w+)` \| (?P<default>[^|]+) \| (?P<unit>[^|]+) \| [^|]+ \| (?P<origin>[^|]+) \|$"
)
UNITS = {"_permille": "permille", "_micro_usdc": "micro-USDC", "_minutes": "minutes", "_lamports": "lamports"}
FIELDS = {
    field.name: field for field in msgspec.structs.fields(FundingPolicySet) if field.name != "policy_version"
}


def rows() -> list[re.Match[str]]:
    """Return the page's rows of fields."""
    lines = (DOCS / "funding-policy.md").read_text("utf-8").splitlines()
    return [found for line in lines if (found := ROW.match(line))]


def test_every_rule_is_explained_once_and_in_order() -> None:
    """Whoever adds one to the policy says here what it does and where it comes from."""
    assert [row["name"] for row in rows()] == list(FIELDS)


@pytest.mark.parametrize("name", FIELDS)
def test_the_page_tells_the_default_and_the_unit(name: str) -> None:
    """A default that is changed without the page would be a lie."""
    (row,) = (row for row in rows() if row["name"] == name)
    wanted = json.loads(msgspec.json.encode(FIELDS[name].default))
    assert json.loads(row["default"]) == wanted
    for ending, unit in UNITS.items():
        assert not name.endswith(ending) or row["unit"].startswith(unit)


def test_every_origin_is_one_of_those_that_are_named() -> None:
    """The seed that asked for it, or a reason of our own."""
    for row in rows():
        assert re.match(r"seed 000: .|ours: .", row["origin"]), row["name"]


def test_the_page_on_the_ledger_names_every_account_and_booking() -> None:
    """Whoever reads a line finds there what it means."""
    page = (DOCS / "ledger.md").read_text("utf-8")
    shared = (
        ledger.TREASURY,
        ledger.OUTSIDE,
        ledger.SETTLEMENT,
        ledger.FEES,
        ledger.FEE_PAYER,
        ledger.ALLOWANCE,
    )
    for name in (*shared, *(f"{one}:<" for one in (*ledger.HELD[1:], *ledger.ALLOWED))):
        assert f"| `{name}" in page
    (what,) = (field for field in msgspec.structs.fields(LedgerBooked) if field.name == "what")
    for word in get_args(what.type):
        assert f"`{word}`" in page


def test_every_kind_of_alert_has_its_severity() -> None:
    """A new kind without one would fail when it is needed."""
    assert set(SEVERITIES) == set(get_args(FundingAlertKind))
