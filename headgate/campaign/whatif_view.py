"""How a plan looks beside the one that it would be: the hours of both, and what is different."""

from __future__ import annotations

from datetime import UTC, date, datetime
from typing import TYPE_CHECKING, Final
from zoneinfo import ZoneInfo

from rich.console import Group
from rich.table import Table
from rich.text import Text

from headgate.campaign import chart, plans
from headgate.campaign.plans import HOUR_MS
from headgate.meters import money

if TYPE_CHECKING:
    from collections.abc import Sequence

    from rich.console import ConsoleRenderable

    from headgate.campaign.find import Known
    from headgate.campaign.whatif import Answer, Planned

BLOCK_HOURS: Final = 8
BLOCKS_WIDTH: Final = 112


def render(found: Answer, known: Known, asked: str, width: int) -> ConsoleRenderable:
    """Draw the plan in force, or both plans if something was asked."""
    day = date.fromisoformat(found.day)
    title = Text.assemble(
        (known.called, "bold"), f"  {day:%a} {day.day} {day:%b %Y}", (f"  {known.time_zone}", "dim")
    )
    parts: list[ConsoleRenderable] = [title, Text(f"{found.campaign}  {found.subject}", "dim"), Text()]
    parts += [_facts(found, asked), Text()]
    parts += [*chart.draw(_hours(found, known.time_zone, asked), width), _legend(found, asked), Text()]
    if asked:
        parts.append(_differences(found, known.time_zone, width))
        parts.append(Text("Nothing was changed: `headgate terms set` and `policy set` do that.", "dim"))
    return Group(*parts)


def _facts(found: Answer, asked: str) -> Table:
    table = Table.grid(padding=(0, 2, 0, 0))
    table.add_column(style="dim", no_wrap=True)
    table.add_column(overflow="fold")
    if asked:
        table.add_column(overflow="fold", style="bold")
        table.add_row("", Text("now", "dim"), Text(asked))
    columns = [found.now, found.then] if asked else [found.now]
    for title, say in _FACTS:
        table.add_row(
            title, *(Text("nothing is planned", "dim") if one is None else say(one, found) for one in columns)
        )
    return table


def _target(one: Planned, found: Answer) -> Text:
    return Text(f"{money(one.target_micros, found.currency)} {found.currency}")


def _shape(one: Planned, _found: Answer) -> Text:
    return Text(plans.made_of(one.made_of, one.made_of_permille))


def _sure(one: Planned, _found: Answer) -> Text:
    return Text(plans.confidence(one.confidence_permille, one.history_days))


def _moved(one: Planned, found: Answer) -> Text:
    held = money(one.held_back_micros, found.currency)
    return Text(
        f"{held} to other hours, by the limits of single hours" if one.held_back_micros else "nothing"
    )


def _strategy(one: Planned, _found: Answer) -> Text:
    return Text(one.strategy)


def _most(one: Planned, found: Answer) -> Text:
    if not any(one.hours_micros):
        return Text("no hour is open")
    most = max(one.hours_micros)
    share = f", {most * 1_000 // one.target_micros // 10} % of the day" if one.target_micros else ""
    return Text(f"{money(most, found.currency)}{share}")


_FACTS: Final = (
    ("day's target", _target),
    ("strategy", _strategy),
    ("plan is", _shape),
    ("confidence", _sure),
    ("largest hour", _most),
    ("moved", _moved),
)


def _hours(found: Answer, time_zone: str, asked: str) -> list[chart.Hour]:
    """Return the hours to draw: the plan that is asked for as bars, with the one in force as a line."""
    drawn = found.then if asked else found.now
    if drawn is None:
        return []
    line = found.now if asked else None
    return [
        chart.Hour(
            label=label,
            spent_micros=drawn.hours_micros[hour],
            plan_micros=line.hours_micros[hour] if line and hour < len(line.hours_micros) else None,
            low_micros=drawn.low_micros[hour] if drawn.low_micros else None,
            high_micros=drawn.high_micros[hour] if drawn.high_micros else None,
            probable_micros=0,
            style="dim" if hour < found.over_hours else "cyan",
        )
        for hour, label in enumerate(_labels(found, time_zone, len(drawn.hours_micros)))
    ]


def _labels(found: Answer, time_zone: str, hours: int) -> list[str]:
    zone = ZoneInfo(time_zone)
    moments = (found.day_start_ms + hour * HOUR_MS for hour in range(hours))
    return [f"{datetime.fromtimestamp(one // 1_000, UTC).astimezone(zone):%H}" for one in moments]


def _legend(found: Answer, asked: str) -> Text:
    drawn = found.then if asked else found.now
    said = f"{chart.EIGHTHS[-1]} " + (f"with {asked}   {chart.PLAN * 2} as it is now" if asked else "plan")
    text = Text(f"       {said}   ", "dim")
    if drawn and drawn.high_micros:
        text.append(f"{chart.BAND} four days of five")
    return text


def _differences(found: Answer, time_zone: str, width: int) -> Table:
    """Draw the hours of both plans in blocks side by side, as many as there is room for."""
    changes = found.difference_micros
    labels = _labels(found, time_zone, len(changes))
    blocks = -(-len(changes) // BLOCK_HOURS) if width >= BLOCKS_WIDTH else 1
    rows = -(-len(changes) // blocks)
    table = Table(box=None, pad_edge=False, padding=(0, 2, 0, 0), header_style="dim")
    for _ in range(blocks):
        for title in ("hour", "now", "then", "change"):
            table.add_column(title, justify="right", no_wrap=True)
    for first in range(rows):
        cells: list[Text] = []
        for hour in range(first, len(changes), rows):
            cells += _hour(found, hour, labels[hour], changes[hour])
        table.add_row(*cells)
    return table


def _hour(found: Answer, hour: int, label: str, change: int) -> list[Text]:
    style = "dim" if hour < found.over_hours else ""
    signed = f"{'+' if change > 0 else ''}{money(change, found.currency)}" if change else "="
    color = "green" if change > 0 else "yellow"
    return [
        Text(label, "dim"),
        Text(money(_nth(found.now, hour), found.currency), style),
        Text(money(_nth(found.then, hour), found.currency), style),
        Text(signed, color if change else "dim"),
    ]


def _nth(one: Planned | None, hour: int) -> int:
    hours: Sequence[int] = one.hours_micros if one else ()
    return hours[hour] if hour < len(hours) else 0
