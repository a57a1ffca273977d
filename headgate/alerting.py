"""Alerts as people read them, of campaigns and of money: which there are, in words, the gravest first."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

import msgspec
from rich.console import Group
from rich.table import Table
from rich.text import Text

from domain.alerts import money_words, words
from events.types import AlertRaised, FundingAlertRaised
from headgate.board import duration
from projections import query

if TYPE_CHECKING:
    from collections.abc import Sequence

    from rich.console import ConsoleRenderable

    from domain.alerts.words import Words
    from infra.settings import Settings

ROWS_MAX: Final = 1_000
# A line for what it is, and about one for its figures and one for what to do.
LINES_EACH: Final = 4
SEVERITIES: Final = ("critical", "high", "warning", "info")
STYLES: Final = {"critical": "bold red", "high": "red", "warning": "yellow", "info": "cyan"}
SIGNS: Final = {"critical": "▲▲", "high": "▲", "warning": "△", "info": "·"}
ALERTS_SQL: Final = """
SELECT alert.*, named.name AS name
FROM
(
    SELECT * FROM alert_log
    WHERE raises > 0 AND (clears = 0 OR {everything:Bool})
        AND ({subject:String} = '' OR subject = {subject:String} OR startsWith(subject, concat({subject:String}, '/')))
) AS alert
LEFT JOIN
(
    SELECT subject, campaign, argMax(name, as_of_ms) AS name
    FROM campaign_observations GROUP BY subject, campaign
) AS named ON named.subject = alert.subject AND named.campaign = alert.campaign
ORDER BY
    if({everything:Bool}, 0, indexOf(['critical', 'high', 'warning', 'info'], severity)),
    if({everything:Bool}, -raised_ms, raised_ms),
    subject,
    campaign,
    kind
"""  # noqa: E501 - one condition a line
MONEY_SQL: Final = """
SELECT
    alert.client AS subject,
    '' AS campaign,
    pots.name AS name,
    kind,
    episode,
    severity,
    raised_ms,
    cleared_ms,
    '' AS cleared_for,
    ifNull(observed, 0) AS observed,
    ifNull(bound, 0) AS bound,
    unit,
    alert.pot AS pot,
    detail
FROM funding_alert_log AS alert
LEFT JOIN (SELECT client, pot, name FROM pots_now) AS pots
    ON pots.client = alert.client AND pots.pot = alert.pot
WHERE raises > 0 AND (clears = 0 OR {everything:Bool})
    AND ({subject:String} = '' OR alert.client = {subject:String})
"""


class Alert(msgspec.Struct, frozen=True):
    """An episode of an alert."""

    subject: str
    campaign: str
    name: str
    kind: str
    episode: int
    severity: str
    raised_ms: int
    cleared_ms: int | None
    cleared_for: str
    observed: int
    bound: int
    unit: str
    day: str | None = None
    spent_micros: int | None = None
    budget_micros: int | None = None
    ratio_permille: int | None = None
    currency: str = ""
    pot: str = ""
    detail: str = ""

    @property
    def is_money(self) -> bool:
        """Whether it is about a treasury or a pot."""
        return self.kind in money_words.KINDS

    @property
    def said(self) -> Words:
        """What is said of it."""
        return (
            money_words.say(self.money, self.subject) if self.is_money else words.say(self.fact, self.subject)
        )

    @property
    def whose(self) -> str:
        """Whom it is about, as its words name them."""
        if self.is_money:
            return money_words.who(self.pot or None, self.subject)
        return f"Campaign {self.campaign} of {self.subject}" if self.campaign else f"Account {self.subject}"

    @property
    def money(self) -> FundingAlertRaised:
        """The fact that an alert of money was raised by."""
        return msgspec.convert(
            {
                "kind": self.kind,
                "severity": self.severity,
                "pot": self.pot or None,
                "episode": self.episode,
                "at_ms": self.raised_ms,
                "observed": self.observed,
                "limit": self.bound,
                "unit": self.unit,
                "detail": self.detail,
            },
            FundingAlertRaised,
        )

    @property
    def fact(self) -> AlertRaised:
        """The fact that an alert of a campaign or an account was raised by."""
        return msgspec.convert(
            {
                "kind": self.kind,
                "severity": self.severity,
                "campaign": self.campaign or None,
                "episode": self.episode,
                "at_ms": self.raised_ms,
                "observed": self.observed,
                "limit": self.bound,
                "unit": self.unit,
                "day": self.day,
                "spent_micros": self.spent_micros,
                "budget_micros": self.budget_micros,
                "ratio_permille": self.ratio_permille,
                "currency": self.currency or None,
            },
            AlertRaised,
        )


def found(settings: Settings, subject: str | None, *, everything: bool = False) -> list[Alert]:
    """Return the alerts of an account or a client, or of all; those that are over if everything is wanted."""
    params: dict[str, object] = {"subject": subject or "", "everything": everything}
    rows = query.ask(settings, ALERTS_SQL, params, limit=ROWS_MAX).dicts()
    rows += query.ask(settings, MONEY_SQL, params, limit=ROWS_MAX).dicts()
    alerts = msgspec.convert(rows, list[Alert], strict=False)
    if everything:
        return sorted(alerts, key=lambda one: -one.raised_ms)[:ROWS_MAX]
    return sorted(alerts, key=lambda one: (SEVERITIES.index(one.severity), one.raised_ms))[:ROWS_MAX]


def told(alert: Alert) -> dict[str, Any]:
    """Return an alert with its words, for a machine."""
    return {**msgspec.to_builtins(alert), **alert.said._asdict()}


def render(alerts: Sequence[Alert], now_ms: int, most: int, *, everything: bool) -> ConsoleRenderable:
    """Draw alerts, each with its figures and what to do next."""
    if not alerts:
        return Text(
            "No alert was ever raised." if everything else "No alert: all is as it should be.", "green"
        )
    table = Table.grid(padding=(0, 1, 0, 0), expand=True)
    table.add_column(no_wrap=True, width=2)
    table.add_column(overflow="fold", ratio=1)
    for one in alerts[:most]:
        table.add_row(Text(SIGNS[one.severity], STYLES[one.severity]), _head(one, now_ms))
        table.add_row("", _body(one))
        table.add_row("", "")
    left = len(alerts) - most
    more = [Text(f"and {left:,} more; --lines shows them", "dim")] if left > 0 else []
    return Group(_counts(alerts), Text(), table, *more)


def _counts(alerts: Sequence[Alert]) -> Text:
    text = Text()
    for severity in SEVERITIES:
        count = sum(one.severity == severity and one.cleared_ms is None for one in alerts)
        if count:
            text.append("   " if text.plain else "").append(f"{count:,} {severity}", STYLES[severity])
    over = sum(one.cleared_ms is not None for one in alerts)
    if over:
        text.append("   " if text.plain else "").append(f"{over:,} over", "dim")
    return text


def _head(alert: Alert, now_ms: int) -> Text:
    who = alert.name or alert.campaign or alert.subject
    over = alert.cleared_ms is not None
    ms = max(0, (alert.cleared_ms if alert.cleared_ms is not None else now_ms) - alert.raised_ms)
    lasted = f"over after {duration(ms)}" if over else f"for {duration(ms)}"
    style = "dim" if over else STYLES[alert.severity]
    return Text.assemble((alert.said.title, style), f"  {who}", ("  " + lasted, "dim"))


def _body(alert: Alert) -> Text:
    said = alert.said
    about = said.sentence.removeprefix(alert.whose).strip()
    text = Text(f"It {about}").append(f" ({alert.whose})", "dim")
    return text if alert.cleared_ms is not None else text.append(f"\n{said.next_step}", "dim")
