"""How the demo looks while it runs: figures, workers, the story and the newest facts, at any width."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from rich.columns import Columns
from rich.console import Group
from rich.panel import Panel
from rich.table import Table
from rich.text import Text

if TYPE_CHECKING:
    from collections.abc import Sequence

    from rich.console import ConsoleRenderable

    from events.types import PaceDeviated
    from events.types.pacing import Band
    from headgate.board import Tone

# From here on the story stands beside the figures, and from there on the facts beside the story.
TWO_COLUMNS, THREE_COLUMNS = 110, 170
FIGURES_WIDTH, STORY_WIDTH = 52, 70
# A terminal of the usual height keeps a line for the cursor.
LINES_DEFAULT = 23
# Lines of figures beside those of currencies and workers.
OWN_LINES = 5
FACTS_LINES = 4
WIDE_STORY_LINES = 9
CHART_LINES = 4
SPARKS_MAX = 44
STORY, FACTS = "What happens", "Paces that changed"
BARS = "▁▂▃▄▅▆▇█"
_SIGNS: dict[Tone, tuple[str, str]] = {
    "good": ("✓", "green"),
    "bad": ("✗", "bold red"),
    "plain": ("·", "dim"),
}
_STATES = {"ready": "green", "gave-up": "bold red", "stopped": "dim"}
_BANDS: dict[Band, str] = {"critical": "bold red", "over": "yellow", "under": "cyan", "on_track": "green"}


@dataclass(frozen=True, slots=True)
class Line:
    """Something that happened."""

    moment: str
    tone: Tone
    text: str


@dataclass(frozen=True, slots=True)
class WorkerRow:
    """A worker as it is now."""

    name: str
    state: str
    pid: int | None
    restarts: int
    partitions: int | None


@dataclass(frozen=True, slots=True)
class Money:
    """A sum that was sent and what of it is durable, in micros of a currency."""

    currency: str
    counted_micros: int
    sent_micros: int


@dataclass(frozen=True, slots=True)
class Scene:
    """All that is to be seen at one moment."""

    now_ms: int = 0
    """The simulated moment."""
    elapsed_ms: int = 0
    run_ms: int = 0
    rates: Sequence[int] = ()
    """Observations a second, the newest last."""
    counted: int = 0
    sent: int = 0
    money: Sequence[Money] = ()
    waiting: Sequence[int] = ()
    """Records not yet committed, by partition."""
    workers: Sequence[WorkerRow] = ()
    story: Sequence[Line] = ()
    facts: Sequence[tuple[str, PaceDeviated]] = ()
    kills: tuple[int, int] = field(default=(0, 0))


def render(scene: Scene, *, width: int, lines: int = LINES_DEFAULT) -> ConsoleRenderable:
    """Draw a scene for a terminal of this size."""
    return _narrow(scene, width, lines) if width < TWO_COLUMNS else _wide(scene, width)


def _narrow(scene: Scene, width: int, lines: int) -> ConsoleRenderable:
    """Put the parts below each other; the story takes what the terminal's height leaves."""
    story_lines = max(3, lines - _own_lines(scene) - FACTS_LINES - 6)
    return Group(
        _panel(_figures(scene, sparkline=True), _title(scene), width),
        _panel(_story(scene, story_lines), STORY, width, story_lines + 2),
        _panel(_facts(scene, FACTS_LINES), FACTS, width, FACTS_LINES + 2),
    )


def _wide(scene: Scene, width: int) -> ConsoleRenderable:
    """Put the story beside the figures, and the facts below it or, where there is room, beside it."""
    own_lines, rest = _own_lines(scene), width - FIGURES_WIDTH
    if width >= THREE_COLUMNS:
        inner = max(own_lines + CHART_LINES, WIDE_STORY_LINES)
        (story_width, story_lines), (facts_width, facts_lines) = (
            (STORY_WIDTH, inner),
            (rest - STORY_WIDTH, inner),
        )
    else:
        inner = max(own_lines + CHART_LINES, WIDE_STORY_LINES + FACTS_LINES + 2)
        (story_width, story_lines), (facts_width, facts_lines) = (
            (rest, inner - FACTS_LINES - 2),
            (rest, FACTS_LINES),
        )
    drawing = chart(scene.rates, width=FIGURES_WIDTH - 4, lines=inner - own_lines)
    left = _panel(Group(_figures(scene, sparkline=False), drawing), _title(scene), FIGURES_WIDTH, inner + 2)
    story = _panel(_story(scene, story_lines), STORY, story_width, story_lines + 2)
    facts = _panel(_facts(scene, facts_lines), FACTS, facts_width, facts_lines + 2)
    beside = [story, facts] if width >= THREE_COLUMNS else [Group(story, facts)]
    return Columns([left, *beside], padding=0)


def _own_lines(scene: Scene) -> int:
    return OWN_LINES + len(scene.money) + len(scene.workers)


def fact_line(subject: str, fact: PaceDeviated) -> Text:
    """Say a changed pace in a sentence."""
    style = _BANDS[fact.band]
    if fact.band == "on_track":
        return Text.assemble(f"{subject} {fact.campaign} is ", ("back on its plan", style))
    ratio = f"{fact.ratio_permille // 1_000}.{fact.ratio_permille % 1_000 // 100}"
    return Text.assemble(f"{subject} {fact.campaign} spends {ratio}x its plan: ", (fact.band.upper(), style))


def sum_of(micros: int) -> str:
    """Say an amount in whole units and cents; what is less is cut off."""
    units, rest = divmod(micros, 1_000_000)
    return f"{units:,}.{rest // 10_000:02}"


def bars(values: Sequence[int], top: int) -> str:
    """Draw values as bars; only nothing is drawn as the lowest one."""
    steps = len(BARS) - 1
    return "".join(BARS[min(steps, -(-value * steps // max(top, 1)))] for value in values)


def _title(scene: Scene) -> str:
    moment = datetime.fromtimestamp(scene.now_ms // 1_000, UTC)
    seconds = min(scene.elapsed_ms, scene.run_ms) // 1_000
    return f"{moment:%d %b %Y %H:%M} UTC, simulated · {seconds} of {scene.run_ms // 1_000} s"


def _figures(scene: Scene, *, sparkline: bool) -> ConsoleRenderable:
    table = Table.grid(padding=(0, 1), expand=True)
    table.add_column(style="dim", no_wrap=True)
    table.add_column(no_wrap=True, ratio=1, overflow="crop")
    newest = scene.rates[-1] if scene.rates else 0
    rate = Text.assemble((f"{newest:,}", "bold"), "/s ")
    if sparkline:
        rate.append(bars(scene.rates[-SPARKS_MAX:], max(scene.rates, default=0)), "cyan")
    table.add_row("observations", rate)
    table.add_row("counted", _of(f"{scene.counted:,}", f"{scene.sent:,} sent"))
    for money in scene.money:
        table.add_row(money.currency, _of(sum_of(money.counted_micros), f"{sum_of(money.sent_micros)} sent"))
    # One bar a partition; a thousand records fill it, which is what a silence of some seconds lets wait.
    waiting = Text(bars(scene.waiting, 1_000), "yellow")
    waiting.append(f" {sum(scene.waiting):,} records", "default")
    table.add_row("waiting", waiting)
    done, planned = scene.kills
    table.add_row("kills", Text.assemble((f"{done}", "bold red" if done else ""), f" of {planned}"))
    return Group(table, _workers(scene))


def chart(values: Sequence[int], *, width: int, lines: int) -> Text:
    """Draw the newest values as columns of so many lines, over a base line that is always there."""
    newest, steps = values[-width:], len(BARS)
    top = max(newest, default=0)
    heights = [-(-value * steps * lines // max(top, 1)) for value in newest]
    rows = []
    for line in reversed(range(lines)):
        cells = (min(max(height - line * steps, 0), steps) for height in heights)
        rows.append("".join(BARS[cell - 1] if cell else " " for cell in cells))
    return Text("\n".join(rows), "cyan", no_wrap=True)


def _of(counted: str, sent: str) -> Text:
    return Text.assemble((counted, "bold"), (f" of {sent}", "dim"))


def _workers(scene: Scene) -> Table:
    table = Table(box=None, pad_edge=False, padding=(0, 2, 0, 0), header_style="dim")
    for title in ("worker", "state", "pid", "restarts", "partitions"):
        table.add_column(title, justify="left" if title in {"worker", "state"} else "right", no_wrap=True)
    for row in scene.workers:
        table.add_row(
            row.name,
            Text(row.state, _STATES.get(row.state, "yellow")),
            str(row.pid or ""),
            str(row.restarts),
            "" if row.partitions is None else str(row.partitions),
        )
    return table


def _story(scene: Scene, lines: int) -> Table:
    table = Table.grid(padding=(0, 1, 0, 0), expand=True)
    table.add_column(style="dim", no_wrap=True, width=8)
    table.add_column(no_wrap=True, width=1)
    table.add_column(no_wrap=True, overflow="ellipsis", ratio=1)
    for line in scene.story[-lines:]:
        sign, style = _SIGNS[line.tone]
        table.add_row(
            line.moment, Text(sign, style), Text(line.text, "bold red" if line.tone == "bad" else "")
        )
    return table


def _facts(scene: Scene, lines: int) -> ConsoleRenderable:
    table = Table.grid()
    table.add_column(no_wrap=True, overflow="ellipsis")
    for subject, fact in scene.facts[-lines:]:
        table.add_row(fact_line(subject, fact))
    return table


def _panel(content: ConsoleRenderable, title: str, width: int, height: int | None = None) -> Panel:
    return Panel(
        content,
        title=title,
        title_align="left",
        width=width,
        height=height,
        border_style="dim",
        padding=(0, 1),
    )
