"""How pots look: what each holds, has spent and may still get today, and how fresh that is."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

import msgspec
import typer
from rich.console import Group
from rich.table import Table
from rich.text import Text

from headgate import context, ui
from headgate.board import duration
from headgate.money import pots
from headgate.money.amounts import short, sol

if TYPE_CHECKING:
    from collections.abc import Sequence

    from rich.console import ConsoleRenderable

    from headgate.money.pots import Pot, Treasury
    from infra.settings import Settings

BAR_WIDTH: Final = 12
WIDE: Final = 110
STALE_MS: Final = 300_000
NOTHING: Final = (
    "No pot is open yet.\n"
    "Open one: headgate pots open CLIENT NAME --cap 500 --campaign PLATFORM/ACCOUNT/CAMPAIGN\n"
    "On a local chain, fill its treasury first: headgate chain faucet CLIENT 1000"
)


def show(settings: Settings, client: str | None, *, as_json: bool) -> None:
    """Print the pots of a client, or of all."""
    found, treasuries = pots.found(settings, client), pots.treasuries(settings, client)
    now_ms = context.world_time(settings).now_ms()
    if as_json:
        typer.echo(msgspec.json.encode(told(found, treasuries)).decode())
        return
    console = ui.stdout()
    console.print(render(found, treasuries, now_ms, console.width))


def told(found: Sequence[Pot], treasuries: Sequence[Treasury]) -> dict[str, Any]:
    """Return pots and treasuries for a machine."""
    return {
        "pots": [{**msgspec.to_builtins(one), "state": state(one)[0]} for one in found],
        "treasuries": msgspec.to_builtins(treasuries),
    }


def render(
    found: Sequence[Pot], treasuries: Sequence[Treasury], now_ms: int, width: int
) -> ConsoleRenderable:
    """Draw pots, one a line, with what they come to."""
    if not found:
        return Text(NOTHING)
    clients = {one.client for one in found}
    wide = width >= WIDE
    table = _table(with_client=len(clients) > 1, wide=wide)
    for one in found:
        table.add_row(*([one.client] if len(clients) > 1 else []), *_cells(one, now_ms, wide=wide))
    if len(found) > 1:
        table.add_section()
        table.add_row(*([""] if len(clients) > 1 else []), *_totals(found))
    return Group(table, Text(), *(_treasury(one) for one in treasuries), _freshness(found, now_ms))


def state(one: Pot) -> tuple[str, str]:
    """Say in a word how a pot is, and in which colour."""
    words = (
        (not one.is_seen, "not read yet", "dim"),
        (one.is_foreign, "not ours", "bold red"),
        (one.is_paused, "paused", "bold yellow"),
        (one.coming_micro_usdc, "being funded", "cyan"),
        (one.going_micro_usdc, "settling", "cyan"),
        (not one.campaigns, "no campaign", "dim"),
        (not one.balance_micro_usdc, "empty", "yellow"),
    )
    return next(((word, style) for is_so, word, style in words if is_so), ("on", "green"))


def bar(used: int, limit: int, width: int = BAR_WIDTH) -> Text:
    """Draw how much of a limit is used."""
    filled = min(width, used * width // limit) if limit else 0
    style = "bold red" if used >= limit else "yellow" if used * 10 >= limit * 8 else "green"
    return Text.assemble(("━" * filled, style), ("─" * (width - filled), "dim"))


def ago(at_ms: int, now_ms: int) -> str:
    """Say how long something is past."""
    return f"{duration(max(0, now_ms - at_ms))} ago"


def _table(*, with_client: bool, wide: bool) -> Table:
    table = Table(box=None, pad_edge=False, padding=(0, 2, 0, 0), header_style="dim")
    if with_client:
        table.add_column("client", no_wrap=True)
    table.add_column("pot", no_wrap=True, overflow="ellipsis")
    for title in ("balance", "spent today"):
        table.add_column(title, justify="right", no_wrap=True)
    if wide:
        table.add_column("cap today", no_wrap=True, width=BAR_WIDTH)
    table.add_column("of cap", justify="right", no_wrap=True)
    table.add_column("pending", justify="right", no_wrap=True)
    table.add_column("last funding", no_wrap=True)
    table.add_column("", no_wrap=True)
    return table


def _cells(one: Pot, now_ms: int, *, wide: bool) -> list[Text | str]:
    word, style = state(one)
    called = Text(word, style)
    if one.open_alerts:
        called.append(f"  ▲ {one.open_alerts}", "yellow")
    last = Text("never", "dim")
    if one.last_funding_ms is not None:
        last = Text.assemble(
            short(one.last_funding_micro_usdc), (f"  {ago(one.last_funding_ms, now_ms)}", "dim")
        )
    spent = short(one.metered_today_micro_usdc) + ("+?" if one.campaigns_without_rate else "")
    return [
        one.called,
        short(one.balance_micro_usdc) if one.is_seen else Text("?", "dim"),
        spent,
        *([bar(one.cap_used_micro_usdc, one.daily_cap_micro_usdc)] if wide else []),
        f"{short(one.cap_used_micro_usdc)} / {short(one.daily_cap_micro_usdc)}",
        _pending(one),
        last,
        called,
    ]


def _pending(one: Pot) -> Text:
    parts = [f"+{short(one.coming_micro_usdc)}"] if one.coming_micro_usdc else []
    parts += [f"-{short(one.going_micro_usdc)}"] if one.going_micro_usdc else []
    return Text(" ".join(parts), "cyan") if parts else Text("-", "dim")


def _totals(found: Sequence[Pot]) -> list[Text]:
    balance = sum(one.balance_micro_usdc for one in found)
    spent = sum(one.metered_today_micro_usdc for one in found)
    return [Text(f"{len(found):,} pots", "bold"), Text(short(balance), "bold"), Text(short(spent), "bold")]


def _treasury(one: Treasury) -> Text:
    return Text.assemble(
        (f"{one.client}: ", "bold"),
        f"{short(one.treasury_micro_usdc)} USDC left in its treasury, ",
        f"{sol(one.fee_lamports)} for fees",
    )


def _freshness(found: Sequence[Pot], now_ms: int) -> Text:
    seen = [one for one in found if one.seen_ms is not None]
    if not seen:
        return Text(
            "The chain was not read yet: the chain executor does that; see `headgate chain doctor`.", "yellow"
        )
    # A pot that was closed is seen no more; its client's others say how fresh the rest is.
    newest = {one.client: one for one in sorted(seen, key=lambda one: one.seen_ms or 0)}
    oldest = min(newest.values(), key=lambda one: one.seen_ms or 0)
    age_ms = max(0, now_ms - (oldest.seen_ms or 0))
    style = "yellow" if age_ms > STALE_MS else "dim"
    return Text(f"chain as of {duration(age_ms)} ago, slot {oldest.slot:,} (finalized)", style)
