"""How a policy looks: every threshold in its group, and which of them are not the default."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from rich.table import Table
from rich.text import Text

from domain.alerts.words import duration
from headgate import policies
from headgate.meters import amount

if TYPE_CHECKING:
    from domain.pacing.rows import AccountRow

GROUPS: Final = {
    "pace": "pace against the plan",
    "guard": "pausing",
    "plan": "planning",
    "steer": "stepping budgets on the platform",
    "breaker": "circuit breaker",
    "alert": "alerts",
}
TENTH: Final = 10


def render(subject: str, row: AccountRow) -> Table:
    """Draw all thresholds of an account."""
    version = f"policy {row.policy_version}" if row.policy_version else "the default policy"
    table = Table(box=None, pad_edge=False, padding=(0, 2, 0, 0), title_justify="left", header_style="dim")
    table.title = Text.assemble((subject, "bold"), f"  {version}")
    for title in ("threshold", "is", "default"):
        table.add_column(title, no_wrap=title != "is")
    group, usual = "", policies.defaults()
    for name, value in policies.thresholds(row).items():
        prefix = name.partition("_")[0]
        if prefix != group:
            group = prefix
            table.add_row(Text(GROUPS.get(group, group), "bold"))
        differs = value != usual[name]
        told = Text(said(name, value), "bold yellow" if differs else "")
        table.add_row(f"  {name}", told, Text(said(name, usual[name]) if differs else "", "dim"))
    return table


def said(name: str, value: Any) -> str:  # noqa: ANN401 - as the threshold has it
    """Say a threshold's value in its unit."""
    if name == "plan_channels":
        return ", ".join(f"{one['channel']}={one['strategy']}" for one in value) or "as the account"
    if value is None:
        return "4.00 in US dollars, else off" if name == "alert_cpc_micros" else "none"
    if name.endswith("_permille"):
        return percent(value)
    if name.endswith("_minutes"):
        return duration(value)
    if name.endswith("_micros"):
        return amount(value) if value else "off"
    return f"{value:,}" if isinstance(value, int) else str(value)


def percent(permille: int) -> str:
    """Say thousandths in hundredths."""
    whole, rest = divmod(permille, TENTH)
    return f"{whole}.{rest} %" if rest else f"{whole} %"
