"""What is known of a client's campaigns: their last days, as projected, and what holds for them now."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

import msgspec

from domain.pacing.rows import AccountRow, CampaignRow, TermsRow
from headgate import table
from projections import query

if TYPE_CHECKING:
    from events.types import TermsSet
    from infra.settings import Settings
    from streams.engine.options import KafkaConf

CHANGELOG: Final = table.CHANGELOG
ROWS_MAX: Final = 100_000
TERMS_SUFFIX: Final = b"\0terms"
# Days that are over and had a plan: what of it was used, and what it brought. What was spent beyond a day's
# plan does not make up for what another day left.
WEEK_SQL: Final = """
WITH newest AS
(
    SELECT subject, max(day) AS today FROM plan_now
    WHERE startsWith(subject, {prefix:String}) GROUP BY subject
)
SELECT
    planned.subject AS subject,
    planned.campaign AS campaign,
    any(shown.name) AS name,
    any(shown.status = 'enabled' OR (shown.last_action = 'pause' AND shown.last_outcome = 'applied')) AS runs,
    toUInt32(count()) AS days,
    sum(planned.budget_micros) AS due_micros,
    sum(least(spent.spend_micros, planned.budget_micros)) AS used_micros,
    sum(spent.spend_micros) AS spend_micros,
    sum(spent.conversions) AS conversions
FROM plan_now AS planned
INNER JOIN newest ON newest.subject = planned.subject
INNER JOIN campaign_now AS shown ON shown.subject = planned.subject AND shown.campaign = planned.campaign
LEFT JOIN spend_by_day AS spent
    ON spent.subject = planned.subject AND spent.campaign = planned.campaign AND spent.day = planned.day
WHERE startsWith(planned.subject, {prefix:String}) AND shown.status != 'removed'
    AND planned.day < newest.today AND toDate(planned.day) >= toDate(newest.today) - {days:UInt32}
GROUP BY subject, campaign
ORDER BY subject, campaign
"""


class Week(msgspec.Struct, frozen=True):
    """What a campaign's last days were meant to cost, what they cost, and what that brought."""

    subject: str
    campaign: str
    name: str
    runs: bool
    """Whether nobody but us keeps it from running."""
    days: int
    due_micros: int
    used_micros: int
    """Of what was due; more on one day does not make up for less on another."""
    spend_micros: int
    conversions: int

    @property
    def place(self) -> str:
        """Return what tells it from all others; no name has a zero character."""
        return f"{self.subject}\0{self.campaign}"


@dataclass(frozen=True, slots=True)
class Holding:
    """What holds by now: currencies by subject, targets of the day and terms by place."""

    currencies: dict[str, str] = field(default_factory=dict)
    targets: dict[str, int] = field(default_factory=dict)
    terms: dict[str, TermsSet] = field(default_factory=dict)


def week(settings: Settings, client: str, days: int) -> list[Week]:
    """Return the campaigns of a client that had a plan in the last days."""
    given: dict[str, object] = {"prefix": f"{client}/", "days": days}
    rows = query.ask(settings, WEEK_SQL, given, limit=ROWS_MAX).dicts()
    return msgspec.convert(rows, list[Week], strict=False)


def holding(conf: KafkaConf, client: str) -> Holding:
    """Read what holds of a client's campaigns out of the agent's own table."""
    prefix, found = f"{client}/".encode(), Holding()

    def is_wanted(key: bytes) -> bool:
        # A campaign's own row and its terms; days, plans and all the rest are of no use here.
        return key.startswith(prefix) and key.removesuffix(TERMS_SUFFIX).count(b"\0") <= 1

    for key, row in table.rows(conf, CHANGELOG, is_wanted).items():
        place = key.removesuffix(TERMS_SUFFIX).decode()
        match row:
            case AccountRow():
                found.currencies[place] = row.currency
            case CampaignRow(target_micros=int(target)):
                found.targets[place] = target
            case TermsRow():
                found.terms[place] = row.terms
            case _:
                pass
    return found
