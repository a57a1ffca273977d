"""How accounts and campaigns stand, as the projections tell it: the rows behind `headgate status`."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import msgspec

from headgate.labels import labels
from headgate.meters import Meter
from infra.errors import FixInput
from projections import query

if TYPE_CHECKING:
    from collections.abc import Sequence

    from infra.settings import Settings

ROWS_MAX = 10_000
# What we paused stands still until we resume it, a person does, or the campaign is gone.
_HELD = (
    "last_action = 'pause' AND last_outcome = 'applied' AND status != 'removed'"
    " AND NOT (status = 'enabled' AND seen_ms > last_decided_ms)"
)
ACCOUNTS_SQL = f"""
SELECT subject, time_zone, currency, day, budget_micros, spend_micros, expected_micros, running, held,
    campaigns, read_ms, trouble, ifNull(alerted.open, 0) AS alerts
FROM
(
    SELECT
        subject,
        any(campaign_now.time_zone) AS time_zone,
        any(campaign_now.currency) AS currency,
        any(campaign_now.day) AS day,
        sum(
            if(
                status = 'removed',
                0,
                ifNull(campaign_now.target_micros, ifNull(campaign_now.budget_micros, 0))
            )
        ) AS budget_micros,
        sum(ifNull(campaign_now.spend_micros, 0)) AS spend_micros,
        sum(campaign_now.expected_micros) AS expected_micros,
        countIf(status = 'enabled' AND NOT ({_HELD})) AS running,
        countIf({_HELD}) AS held,
        countIf(status != 'removed') AS campaigns
    FROM campaign_now
    GROUP BY subject
) AS account
FULL JOIN
(
    SELECT
        subject,
        maxIf(completed_ms, kind = 'spend') AS read_ms,
        argMaxIf(last_reason, failed_ms, failed_ms > completed_ms) AS trouble
    FROM freshness
    GROUP BY subject
) AS read USING (subject)
LEFT JOIN (SELECT subject, count() AS open FROM open_alerts GROUP BY subject) AS alerted USING (subject)
ORDER BY subject
"""  # noqa: S608 - of our own words alone
CAMPAIGNS_SQL = f"""
SELECT campaign, name, status, currency, budget_micros, ifNull(spend_micros, 0) AS spend_micros,
    expected_micros, {_HELD} AS held, last_action, last_outcome, last_decided_ms, last_reason, breaker,
    ifNull(open_alerts, 0) AS alerts, target_micros
FROM campaign_now
WHERE subject = {{subject:String}}
ORDER BY held DESC, ratio_permille DESC NULLS LAST, name
"""  # noqa: S608 - of our own words alone, and a parameter


class AccountStanding(msgspec.Struct, frozen=True):
    """An account as it stands on its day."""

    subject: str
    time_zone: str
    currency: str
    day: str
    budget_micros: int
    spend_micros: int
    expected_micros: int | None
    running: int
    held: int
    """How many of its campaigns we paused."""
    campaigns: int
    read_ms: int
    trouble: str
    """Why the newest read failed; empty if it did not."""
    alerts: int = 0
    """How many are open, of the account itself and of its campaigns."""

    @property
    def meter(self) -> Meter:
        """What it spent of its budget."""
        return Meter(self.spend_micros, self.budget_micros, self.expected_micros)


class CampaignStanding(msgspec.Struct, frozen=True):
    """A campaign as it stands on its account's day."""

    campaign: str
    name: str
    status: str
    currency: str
    budget_micros: int | None
    spend_micros: int
    expected_micros: int | None
    held: bool
    last_action: str
    last_outcome: str
    last_decided_ms: int | None
    last_reason: str = ""
    breaker: str = "closed"
    alerts: int = 0
    target_micros: int | None = None
    """What its day is meant to cost, which may be another amount than its budget on the platform."""

    @property
    def meter(self) -> Meter:
        """What it spent of what its day is meant to cost."""
        return Meter(self.spend_micros, self.target_micros or self.budget_micros or 0, self.expected_micros)


def accounts(settings: Settings) -> list[AccountStanding]:
    """Return every account that the log knows."""
    return msgspec.convert(_ask(settings, ACCOUNTS_SQL), list[AccountStanding], strict=False)


def campaigns(settings: Settings, subject: str) -> list[CampaignStanding]:
    """Return an account's campaigns: those that we hold first, then the quickest."""
    rows = _ask(settings, CAMPAIGNS_SQL, {"subject": subject})
    return msgspec.convert(rows, list[CampaignStanding], strict=False)


def named(known: Sequence[AccountStanding]) -> dict[str, str]:
    """Return how people call each account."""
    return labels((one.subject, one.time_zone) for one in known)


def find(known: Sequence[AccountStanding], wanted: str) -> AccountStanding:
    """Return the account that someone means: by its whole name, or a part that only one has."""
    calls = named(known)
    exact = [one for one in known if wanted in {one.subject, calls[one.subject]}]
    text = wanted.lower()
    found = exact or [
        one for one in known if text in one.subject.lower() or text in calls[one.subject].lower()
    ]
    if len(found) == 1:
        return found[0]
    there = ", ".join(calls[one.subject] for one in (found or known)) or "none yet"
    what = f"{len(found)} accounts are meant by" if found else "There is no account"
    raise FixInput(f"{what} {wanted}.", f"Name one of: {there}.")


def _ask(settings: Settings, sql: str, params: dict[str, object] | None = None) -> list[dict[str, Any]]:
    return query.ask(settings, sql, params, limit=ROWS_MAX).dicts()
