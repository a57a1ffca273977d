"""Finds the campaign that a person means: by its number or its name, or a part that only one has."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import msgspec

from infra.errors import FixInput
from projections import query

if TYPE_CHECKING:
    from infra.settings import Settings

SHOWN_MAX: Final = 5
FOUND_MAX: Final = 1_000
# The newest word on each campaign, without what only a look at its day needs.
FIND_SQL: Final = """
SELECT subject, campaign, newest.1 AS name, newest.2 AS time_zone, newest.3 AS currency
FROM
(
    SELECT subject, campaign, argMax((name, toString(time_zone), toString(currency)), as_of_ms) AS newest
    FROM campaign_observations GROUP BY subject, campaign
)
WHERE positionCaseInsensitiveUTF8(campaign, {wanted:String}) > 0
    OR positionCaseInsensitiveUTF8(name, {wanted:String}) > 0
ORDER BY lowerUTF8(name), subject, campaign
"""


class Known(msgspec.Struct, frozen=True):
    """A campaign, and whose it is."""

    subject: str
    campaign: str
    name: str
    time_zone: str
    currency: str

    @property
    def called(self) -> str:
        """How people call it."""
        return self.name or self.campaign


def campaign(settings: Settings, wanted: str, account: str | None = None) -> Known:
    """Return the campaign that is meant; an error in words names those that could be."""
    rows = query.ask(settings, FIND_SQL, {"wanted": wanted}, limit=FOUND_MAX).dicts()
    return choose(msgspec.convert(rows, list[Known]), wanted, account)


def choose(known: list[Known], wanted: str, account: str | None = None) -> Known:
    """Return the one of these that is meant."""
    fit = [one for one in known if account is None or account.lower() in one.subject.lower()]
    found = [one for one in fit if wanted in {one.campaign, one.name}] or fit
    if len(found) == 1:
        return found[0]
    if not found:
        raise FixInput(
            f"There is no campaign {wanted}" + (f" in an account {account}." if account else "."),
            "Give a part of its name or its number; `headgate status ACCOUNT` lists an account's campaigns.",
        )
    examples = "; ".join(f"{one.called} ({one.campaign}, {one.subject})" for one in found[:SHOWN_MAX])
    more = f"; and {len(found) - SHOWN_MAX:,} more" if len(found) > SHOWN_MAX else ""
    raise FixInput(
        f"{len(found):,} campaigns are meant by {wanted}.",
        f"Give more of the name, or the number, or --account: {examples}{more}.",
    )
