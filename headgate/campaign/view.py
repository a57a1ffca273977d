"""How a campaign's day looks: what it cost against its plan, what is ahead, its hours, and the reasons."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from typing import TYPE_CHECKING, Final
from zoneinfo import ZoneInfo

from rich.console import Group
from rich.table import Table
from rich.text import Text

from domain.forecast.outlook import Outlook
from headgate.board import duration
from headgate.campaign import ahead, chart, plans, wanted
from headgate.campaign.plans import HOUR_MS
from headgate.meters import UNDER, Meter, money, times

if TYPE_CHECKING:
    from collections.abc import Sequence

    from rich.console import ConsoleRenderable

    from headgate.campaign.ahead import Looked
    from headgate.campaign.day import CampaignDay
    from headgate.campaign.decisions import Decision

TWO_COLUMNS: Final = 116
OVER_TARGET_PERMILLE: Final = 1_050
BAR_WIDTH_MAX: Final = 40
SIGNS: Final = {
    "good": ("✓", "green"),
    "bad": ("✗", "bold red"),
    "critical": ("▲", "bold red"),
    "high": ("▲", "red"),
    "warning": ("▲", "yellow"),
    "info": ("▲", "cyan"),
    "held": ("■", "bold yellow"),
    "person": ("◆", "magenta"),
    "plain": ("·", "dim"),
}
BREAKERS: Final = {
    "closed": ("closed", "green"),
    "open": ("OPEN", "bold red"),
    "half_open": ("half open, on trial", "yellow"),
}
BANDS: Final = ((2_000, "far too fast"), (1_500, "too fast"), (UNDER, "on track"), (0, "too slow"))
HELD_FOR: Final = {
    "over-budget": "over its limit",
    "likely-over-budget": "probably over its limit",
    "day-spent": "its day is spent",
    "breaker-open": "its breaker is open",
    "emergency-stop": "stopped by a person's order",
    "closed-hours": "closed in these hours",
}


def render(day: CampaignDay, decisions: Sequence[Decision], width: int, shown: int) -> ConsoleRenderable:
    """Draw it all for a terminal of this width."""
    looked = ahead.of(day)
    parts: list[ConsoleRenderable] = [*heading(day), Text()]
    today, future = _today(day, looked, width), _ahead(day, looked)
    if width >= TWO_COLUMNS:
        grid = Table.grid(padding=(0, 4, 0, 0), expand=True)
        grid.add_column(ratio=3)
        grid.add_column(ratio=2)
        grid.add_row(today, future)
        parts.append(grid)
    else:
        parts += [today, future]
    parts += [Text(), *chart.draw(hours(day, looked), width), _legend(day, looked), Text()]
    return Group(*parts, why(decisions[:shown], day, more=max(0, len(decisions) - shown)))


def heading(day: CampaignDay) -> list[Text]:
    """Say which campaign and day it is."""
    local = at(day, day.now_ms)
    named = date.fromisoformat(day.day)
    moment = f"{named:%a} {named.day} {named:%b %Y}" + (f", {local}" if day.is_today else ", over")
    first = Text.assemble((day.name, "bold"), ("  ", ""), (moment, "bold"), (f"  {day.time_zone}", "dim"))
    read_min = max(0, day.now_ms - day.as_of_ms) // 60_000
    read = f"  figures of {read_min} min ago" if day.is_today and day.spent_micros else ""
    return [first, Text(f"{day.campaign}  {day.subject}{read}", "dim")]


def hours(day: CampaignDay, looked: Looked) -> list[chart.Hour]:
    """Return the day's hours as the chart draws them."""
    zone, plan = ZoneInfo(day.time_zone), day.plan
    found = []
    for hour in range(day.hours):
        clock = datetime.fromtimestamp((day.day_start_ms + hour * HOUR_MS) // 1_000, UTC).astimezone(zone)
        planned = _nth(plan.hours_micros, hour) if plan else None
        spent = _nth(day.spent_micros, hour) or 0
        meter = Meter(spent, 0, planned)
        found.append(
            chart.Hour(
                label=f"{clock:%H}",
                spent_micros=spent,
                plan_micros=planned,
                low_micros=_nth(plan.low_micros, hour) if plan else None,
                high_micros=_nth(plan.high_micros, hour) if plan else None,
                probable_micros=looked.late_micros.get(hour, 0),
                # Of the running hour only a part is over, so that it would always look slow.
                style="green" if hour >= day.running_hour or planned is None else meter.style or "green",
                is_now=day.is_today and hour == day.running_hour,
            )
        )
    return found


def why(decisions: Sequence[Decision], day: CampaignDay, *, more: int) -> Table:
    """Draw the decisions, the newest first; a sentence has as many lines as it needs."""
    table = Table.grid(padding=(0, 1, 0, 0), expand=True)
    table.add_column(style="dim", no_wrap=True, width=9)
    table.add_column(no_wrap=True, width=1)
    table.add_column(overflow="fold", ratio=1)
    table.add_row(Text("why", "bold"), "", "" if decisions else Text("Nothing has been decided yet.", "dim"))
    for one in decisions:
        sign, style = SIGNS.get(one.tone, SIGNS["plain"])
        told = Text(one.text)
        if one.outcome:
            told.append(f" {one.outcome[0].upper()}{one.outcome[1:]}.", "dim")
        table.add_row(at(day, one.at_ms), Text(sign, style), told)
    if more:
        table.add_row("", "", Text(f"and {more:,} more; --lines shows them", "dim"))
    return table


def at(day: CampaignDay, moment_ms: int) -> str:
    """Say a moment as the account's clocks show it, with its weekday if it is another day's."""
    local = datetime.fromtimestamp(moment_ms // 1_000, UTC).astimezone(ZoneInfo(day.time_zone))
    if local.date().isoformat() == day.day or not day.day:
        return f"{local:%H:%M}"
    next_midnight = local.date() == date.fromisoformat(day.day) + timedelta(days=1) and local.hour == 0
    return "24:00" if next_midnight and local.minute == 0 else f"{local:%a %H:%M}"


def _today(day: CampaignDay, looked: Looked, width: int) -> Table:
    table = _facts()
    meter = day.meter
    of = f" of {money(day.target_micros, day.currency)}" if day.target_micros else ""
    spent = f"{money(day.total_micros, day.currency)}{of} {day.currency}"
    table.add_row("spent", Text.assemble((spent, "bold"), _share(day)))
    if day.target_micros:
        table.add_row("", meter.bar(min(BAR_WIDTH_MAX, width - 12)))
    if meter.expected_micros is not None:
        pace = meter.ratio_permille
        said = "" if pace is None else f"{times(pace)} {_band(pace)}"
        due = money(meter.expected_micros, day.currency) + (" by now" if day.is_today else "")
        table.add_row("planned", Text.assemble(f"{due}  ", (said, meter.style)))
    if day.is_today:
        table.add_row("nowcast", _nowcast(day, looked))
    table.add_row("state", _state(day))
    table.add_row("breaker", Text(*BREAKERS.get(day.standing.breaker, (day.standing.breaker, ""))))
    table.add_row("alerts", _alerts(day))
    return table


def _ahead(day: CampaignDay, looked: Looked) -> Table:
    table = _facts()
    if day.plan:
        plan = day.plan
        sure = plans.confidence(plan.confidence_permille, plan.history_days)
        table.add_row("plan is", Text(plans.made_of(plan.made_of, plan.made_of_permille)))
        table.add_row("", Text(f"{plan.strategy}; confidence {sure}", "dim"))
        if plan.held_back_micros:
            table.add_row(
                "moved", f"{money(plan.held_back_micros, day.currency)} by the limits of single hours"
            )
    if day.target_micros and day.standing.budget_micros not in {None, day.target_micros}:
        table.add_row("budget", f"{money(day.standing.budget_micros or 0, day.currency)} on its platform now")
    table.add_row("day ends", _day_end(day, looked))
    if looked.month_end:
        table.add_row("month", _range(looked.month_end, day.currency))
    if day.is_today:
        out = looked.runs_out_ms
        said = Text("not today", "dim") if out is None else Text(f"about {at(day, out)} at this pace")
        table.add_row("runs out", said)
    if looked.budget_gone:
        table.add_row("", f"its {day.terms.budget if day.terms else ''} budget about {looked.budget_gone}")
    table.add_row("burn", _burn(day, looked))
    if day.terms:
        table.add_row("terms", wanted.in_words(day.terms))
    return table


def _facts() -> Table:
    table = Table.grid(padding=(0, 2, 0, 0))
    table.add_column(style="dim", no_wrap=True, width=8)
    table.add_column(overflow="fold")
    return table


def _burn(day: CampaignDay, looked: Looked) -> str:
    burn = looked.burn
    said = [] if burn.hour_micros is None else [f"{money(burn.hour_micros, day.currency)} in the last hour"]
    if burn.day_micros is not None:
        said.append(f"{money(burn.day_micros, day.currency)} in 24 hours")
    if burn.week_micros is not None:
        said.append(f"{money(burn.week_micros, day.currency)} a day in the last 7")
    return " · ".join(said) or f"{money(day.total_micros, day.currency)} today"


def _share(day: CampaignDay) -> str:
    if not day.target_micros:
        return "   nothing is planned"
    permille = day.total_micros * 1_000 // day.target_micros
    return f"   {permille // 10}.{permille % 10} %"


def _band(ratio_permille: int) -> str:
    return next(said for least, said in BANDS if ratio_permille >= least)


def _nowcast(day: CampaignDay, looked: Looked) -> Text:
    so_far, expected = looked.so_far, day.expected_micros
    text = _range(Outlook(so_far.median_micros, so_far.low_micros, so_far.high_micros), day.currency)
    meter = Meter(so_far.median_micros, day.target_micros, expected)
    if meter.ratio_permille is not None:
        text.append("  ").append(f"{times(meter.ratio_permille)} {_band(meter.ratio_permille)}", meter.style)
    return text


def _day_end(day: CampaignDay, looked: Looked) -> Text:
    if looked.day_end is None:
        return Text("not known yet", "dim")
    text = _range(looked.day_end, day.currency)
    if day.target_micros:
        permille = looked.day_end.expected_micros * 1_000 // day.target_micros
        style = "yellow" if permille > OVER_TARGET_PERMILLE else ""
        text.append(f"  {permille // 10} % of its target", style)
    return text


def _range(one: Outlook, currency: str) -> Text:
    text = Text(f"~{money(one.expected_micros, currency)}")
    if one.low_micros is not None and one.high_micros is not None and one.low_micros != one.high_micros:
        text.append(f"  {money(one.low_micros, currency)} to {money(one.high_micros, currency)}", "dim")
    return text


def _state(day: CampaignDay) -> Text:
    now = day.standing
    since = "" if now.last_decided_ms is None else f" since {at(day, now.last_decided_ms)}"
    if now.is_held:
        return Text(f"paused by us{since}: {HELD_FOR.get(now.last_reason, now.last_reason)}", "bold yellow")
    if now.last_outcome == "pending":
        return Text(f"{now.last_action} under way{since}", "yellow")
    if now.status_now == "enabled":
        return Text("runs", "green")
    return Text(f"{now.status_now}, not by us", "magenta")


def _alerts(day: CampaignDay) -> Text:
    if not day.alerts:
        return Text("none", "green")
    text = Text()
    for number, one in enumerate(day.alerts):
        sign, style = SIGNS[one.severity]
        text.append(", " if number else "").append(f"{sign} {one.kind.replace('_', ' ')}", style)
        text.append(f" for {duration(max(0, day.now_ms - one.raised_ms))}", "dim")
    return text


def _legend(day: CampaignDay, looked: Looked) -> Text:
    text = Text("       ", "dim")
    for sign, said in ((chart.EIGHTHS[-1], "spent"), (chart.PLAN * 2, "plan")):
        text.append(f"{sign} {said}   ")
    if day.plan and day.plan.high_micros:
        text.append(f"{chart.BAND} four days of five   ")
    if any(looked.late_micros.values()):
        text.append(f"{chart.PROBABLE} probably, not reported yet")
    return text


def _nth(values: Sequence[int], number: int) -> int | None:
    return values[number] if number < len(values) else None
