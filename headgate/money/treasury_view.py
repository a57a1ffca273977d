"""How a treasury looks: what it holds, its limits with their use, its rates, its rules."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

import msgspec
from rich.console import Group
from rich.table import Table
from rich.text import Text

from domain.alerts.words import duration, percent
from domain.treasury.rows import DEFAULT_POLICY
from headgate.money.amounts import short, sol, usdc
from headgate.money.pots_view import ago, bar
from headgate.money.rules import NAMES

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from rich.console import ConsoleRenderable

    from events.types import FundingPolicySet
    from headgate.money.pots import Treasury
    from headgate.money.treasury import Limit, Rate

NANO_DIGITS: Final = 9
BAR_WIDTH: Final = 20


def render(  # noqa: PLR0913 - the parts of one picture
    client: str,
    held: Treasury | None,
    policy: FundingPolicySet,
    limits: Sequence[Limit],
    rates: Sequence[Rate],
    *,
    now_ms: int,
    names: Mapping[str, str],
) -> ConsoleRenderable:
    """Draw a treasury."""
    parts: list[ConsoleRenderable] = [_head(client, held, now_ms), Text(), _limits(limits, names), Text()]
    parts += [_rates(rates, policy, now_ms), Text()] if rates else []
    return Group(*parts, _rules(policy))


def said(name: str, value: Any) -> str:  # noqa: ANN401 - as the rule has it
    """Say a rule's value in its unit."""
    if name == "platform_limits":
        return ", ".join(f"{one['platform']} {short(one['micro_usdc'])}" for one in value) or "none"
    if name.endswith("_micro_usdc"):
        return usdc(value)
    if name.endswith("_permille"):
        return percent(value)
    if name.endswith(("_minutes", "_minutes_max")):
        return duration(value)
    return sol(value) if name.endswith("_lamports") else str(value)


def rate(nano_usdc: int) -> str:
    """Say what a unit of a currency is worth."""
    units, rest = divmod(nano_usdc, 10**NANO_DIGITS)
    return f"{units}.{f'{rest:09}'.rstrip('0').ljust(2, '0')}"


def _head(client: str, held: Treasury | None, now_ms: int) -> Text:
    text = Text.assemble((f"treasury of {client}", "bold"))
    if held is None:
        return text.append("  the chain was not read for it yet", "yellow")
    text.append(f"  {usdc(held.treasury_micro_usdc)}", "bold green")
    text.append(f", {sol(held.fee_lamports)} for fees")
    return text.append(f"  ({ago(held.seen_ms, now_ms)}, slot {held.slot:,}) {held.treasury}", "dim")


def _limits(limits: Sequence[Limit], names: Mapping[str, str]) -> Table:
    table = Table(box=None, pad_edge=False, padding=(0, 2, 0, 0), header_style="dim")
    table.add_column("limit, a day in UTC", no_wrap=True)
    table.add_column("", no_wrap=True, width=BAR_WIDTH)
    for title in ("used", "pending", "of"):
        table.add_column(title, no_wrap=True, justify="right")
    for one in limits:
        taken = one.used_micro_usdc + one.pending_micro_usdc
        pot = next((name for hex_, name in names.items() if one.name == f"pot {hex_[:12]}"), None)
        table.add_row(
            one.name if pot is None else f"pot {pot}",
            bar(taken, one.limit_micro_usdc, BAR_WIDTH),
            short(one.used_micro_usdc),
            short(one.pending_micro_usdc) if one.pending_micro_usdc else Text("-", "dim"),
            short(one.limit_micro_usdc),
        )
    return table


def _rates(rates: Sequence[Rate], policy: FundingPolicySet, now_ms: int) -> Table:
    table = Table(box=None, pad_edge=False, padding=(0, 2, 0, 0), header_style="dim")
    for title in ("currency", "USDC", "said", "by"):
        table.add_column(title, no_wrap=True, justify="right" if title == "USDC" else "left")
    for one in rates:
        is_old = now_ms - one.as_of_ms > policy.fx_age_minutes_max * 60_000
        when = Text(ago(one.as_of_ms, now_ms), "bold red" if is_old else "dim")
        table.add_row(
            one.currency, rate(one.nano_usdc), when.append(", too old" if is_old else ""), one.given_by
        )
    return table


def _rules(policy: FundingPolicySet) -> Table:
    usual, told = msgspec.to_builtins(DEFAULT_POLICY), msgspec.to_builtins(policy)
    table = Table(box=None, pad_edge=False, padding=(0, 2, 0, 0), header_style="dim", title_justify="left")
    version = f"rules {policy.policy_version}" if policy.policy_version else "the default rules"
    table.title = Text(version, "bold")
    table.add_column("rule", no_wrap=True)
    table.add_column("is", overflow="fold")
    table.add_column("default", overflow="fold")
    for name in NAMES:
        differs = told[name] != usual[name]
        value = Text(said(name, told[name]), "bold yellow" if differs else "")
        table.add_row(name, value, Text(said(name, usual[name]) if differs else "", "dim"))
    return table
