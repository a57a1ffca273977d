"""`headgate status`: how accounts and their campaigns stand, at a glance."""

from typing import Annotated

import msgspec
import typer
from rich.console import ConsoleRenderable, Group
from rich.table import Table
from rich.text import Text

from headgate import context, standing, ui, watching
from headgate.standing import AccountStanding, CampaignStanding
from infra.settings import Settings

app = typer.Typer()

MORE_COLUMNS = 110
BAR_WIDTH, BAR_WIDTH_MORE = 15, 28
# A live table leaves a line to its head, one to what is left out, one to the cursor, and two to the title.
OTHER_LINES = 6
# Too much spend is the ordinary reason, and needs no word.
HELD_FOR = {
    "day-spent": ", day spent",
    "breaker-open": ", breaker",
    "emergency-stop": ", stopped",
    "closed-hours": ", closed",
}
MINUTE_MS, HOUR_MS, DAY_MS = 60_000, 3_600_000, 86_400_000


@app.command()
def status(
    ctx: typer.Context,
    account: Annotated[
        str | None, typer.Argument(metavar="ACCOUNT", help="Show its campaigns; a part of its name will do.")
    ] = None,
    *,
    watch: Annotated[bool, typer.Option("--watch", help="Keep it fresh until Ctrl-C.")] = False,
    as_json: Annotated[bool, typer.Option("--json", help="Answer for a machine.")] = False,
) -> None:
    """Show what each account has spent of its budget today, how that stands to its plan, what we paused."""
    settings, console = context.settings(ctx), ui.stdout()
    if as_json or context.options(ctx).as_json:
        typer.echo(msgspec.json.encode(_rows(settings, account)).decode())
        return
    if not watch:
        console.print(_drawn(settings, account, console.width, None))
        return
    watching.keep_fresh(console, lambda lines: _drawn(settings, account, console.width, lines))


def _rows(settings: Settings, account: str | None) -> list[AccountStanding] | list[CampaignStanding]:
    known = standing.accounts(settings)
    if account is None:
        return known
    return standing.campaigns(settings, standing.find(known, account).subject)


def _drawn(settings: Settings, account: str | None, width: int, lines: int | None) -> ConsoleRenderable:
    known = standing.accounts(settings)
    now_ms = context.world_time(settings).now_ms()
    if account is None:
        return account_table(known, now_ms, width)
    one = standing.find(known, account)
    campaigns = standing.campaigns(settings, one.subject)
    shown = campaigns if lines is None else campaigns[: max(1, lines - OTHER_LINES)]
    left = len(campaigns) - len(shown)
    parts: list[ConsoleRenderable] = [_heading(one, now_ms), campaign_table(shown, width)]
    return Group(*parts, *([Text(f"and {left:,} more", "dim")] if left else []))


def account_table(known: list[AccountStanding], now_ms: int, width: int) -> ConsoleRenderable:
    """Draw the accounts, one a line."""
    if not known:
        return Text("No account has been read yet. `headgate up` says what is missing, if anything is.")
    wide, calls = width >= MORE_COLUMNS, standing.named(known)
    table = _table("account", "subject", wide=wide)
    alerted = any(one.alerts for one in known)
    for title in ("on", "held", *(["alerts"] if alerted else []), "read"):
        table.add_column(title, justify="right", no_wrap=True)
    for one in known:
        sums = Text(one.trouble, "yellow") if one.trouble else Text(one.meter.of_budget(one.currency))
        table.add_row(
            calls[one.subject],
            *([Text(one.subject, "dim")] if wide else []),
            one.meter.bar(BAR_WIDTH_MORE if wide else BAR_WIDTH),
            sums,
            one.meter.pace(),
            str(one.running),
            Text(str(one.held), "bold yellow" if one.held else "dim"),
            *(
                [Text(f"▲ {one.alerts}" if one.alerts else "-", "yellow" if one.alerts else "dim")]
                if alerted
                else []
            ),
            Text(ago(now_ms - one.read_ms) if one.read_ms else "never", "dim"),
        )
    return table


def campaign_table(campaigns: list[CampaignStanding], width: int) -> Table:
    """Draw an account's campaigns, one a line."""
    wide = width >= MORE_COLUMNS
    table = _table("campaign", "number", wide=wide)
    table.add_column("", no_wrap=True)
    for one in campaigns:
        table.add_row(
            one.name or one.campaign,
            *([Text(one.campaign, "dim")] if wide else []),
            one.meter.bar(BAR_WIDTH_MORE if wide else BAR_WIDTH) if one.budget_micros else Text(""),
            one.meter.of_budget(one.currency) if one.budget_micros else Text("no daily budget", "dim"),
            one.meter.pace(),
            _state(one),
        )
    return table


def _table(first: str, second: str, *, wide: bool) -> Table:
    table = Table(box=None, pad_edge=False, padding=(0, 1, 0, 0), header_style="dim", expand=True)
    table.add_column(first, no_wrap=True, ratio=1, overflow="ellipsis")
    if wide:
        table.add_column(second, no_wrap=True, ratio=2, overflow="ellipsis")
    table.add_column("today, ┃ plan", no_wrap=True, width=BAR_WIDTH_MORE if wide else BAR_WIDTH)
    table.add_column("of budget", no_wrap=True, justify="right")
    table.add_column("pace", no_wrap=True, width=6, justify="right")
    return table


def _heading(one: AccountStanding, now_ms: int) -> Text:
    read = f"read {ago(now_ms - one.read_ms)} ago" if one.read_ms else "never read"
    text = Text.assemble((one.subject, "bold"), f"  {one.time_zone}  {one.day}  ", (read, "dim"))
    return text.append(f"  {one.trouble}", "yellow") if one.trouble else text


def _state(one: CampaignStanding) -> Text:
    text = _runs(one)
    return text.append("  ").append_text(_alerts(one.alerts)) if one.alerts else text


def _alerts(count: int) -> Text:
    return Text(f"▲ {count}", "yellow") if count else Text("-", "dim")


def _runs(one: CampaignStanding) -> Text:
    if one.held:
        return Text(f"paused by us{HELD_FOR.get(one.last_reason, '')}", "bold yellow")
    if one.last_outcome == "pending":
        return Text(f"{one.last_action} under way", "yellow")
    if one.status != "enabled":
        return Text(one.status, "dim")
    return Text("on trial", "yellow") if one.breaker == "half_open" else Text("on", "green")


def ago(elapsed_ms: int) -> str:
    """Say an age in the one unit that matters."""
    if elapsed_ms < MINUTE_MS:
        return f"{max(0, elapsed_ms) // 1_000} s"
    if elapsed_ms < HOUR_MS:
        return f"{elapsed_ms // MINUTE_MS} min"
    return f"{elapsed_ms // HOUR_MS} h" if elapsed_ms < 2 * DAY_MS else f"{elapsed_ms // DAY_MS} d"
