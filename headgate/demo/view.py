"""How the demo looks while it runs: a line an account, the roles, and what happens, at any width."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Literal

from rich.columns import Columns
from rich.console import Group
from rich.panel import Panel
from rich.table import Table
from rich.text import Text

from headgate.meters import seconds, short

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from rich.console import ConsoleRenderable

    from headgate.meters import Meter

# From here on there is room for more columns, and from there on for the story beside the accounts.
MORE_COLUMNS, TWO_PANELS = 110, 170
ACCOUNTS_WIDTH = 112
# A blank line, and a head above the campaigns.
CAMPAIGNS_HEAD_LINES = 2
# A terminal of the usual height keeps a line for the cursor.
LINES_DEFAULT = 23
BAR_WIDTH, BAR_WIDTH_MORE = 15, 28
STORY_LINES_MIN, STORY_LINES_MAX = 5, 24
ROLES_A_LINE, ROLES_A_LINE_MORE = 4, 6
Tone = Literal["good", "bad", "plain", "world"]
"""The world's doings, which are trouble, are told apart from what we do and from what breaks."""
SIGNS: dict[Tone, tuple[str, str]] = {
    "good": ("✓", "green"),
    "bad": ("✗", "bold red"),
    "plain": ("·", "dim"),
    "world": ("!", "bold yellow"),
}
_WORDS: dict[Tone, str] = {"good": "", "bad": "red", "plain": "", "world": "yellow"}
_STATES = {"ready": ("●", "green"), "gave-up": ("✗", "bold red"), "stopped": ("○", "dim")}


@dataclass(frozen=True, slots=True)
class Line:
    """Something that happened at a simulated moment; of the same `group` only the newest is kept."""

    now_ms: int
    tone: Tone
    text: str
    group: str = ""


@dataclass(frozen=True, slots=True)
class RoleRow:
    """A role as it is now."""

    name: str
    state: str
    restarts: int


@dataclass(frozen=True, slots=True)
class AccountRow:
    """An account as the log shows it now."""

    label: str
    currency: str
    local: str
    """Which time it is there."""
    meter: Meter
    running: int
    held: int
    """How many we paused."""
    read_ago_ms: int | None
    trouble: str = ""


@dataclass(frozen=True, slots=True)
class CampaignRow:
    """A campaign worth a look."""

    name: str
    label: str
    currency: str
    meter: Meter
    is_held: bool


@dataclass(frozen=True, slots=True)
class MoneyRow:
    """The pots of all clients together."""

    pots: int
    balance_micro_usdc: int
    funded_micro_usdc: int
    settled_micro_usdc: int
    fundings: int
    pending: int


@dataclass(frozen=True, slots=True)
class Scene:
    """All that is to be seen at one moment."""

    now_ms: int = 0
    """The simulated moment."""
    begun_ms: int = 0
    ends_ms: int = 0
    speed: int = 1
    accounts: Sequence[AccountRow] = ()
    roles: Sequence[RoleRow] = ()
    story: Sequence[Line] = ()
    observations: int = 0
    pauses: int = 0
    resumes: int = 0
    steps: int = 0
    """How often a budget was stepped on its platform."""
    alerts: int = 0
    told: int = 0
    """How many messages have reached the receiver of alerts."""
    money: MoneyRow | None = None
    reaction_ms: int | None = None
    """From page to pause, as it was most often."""
    quickest: Callable[[int], Sequence[CampaignRow]] = lambda _count: ()
    """So many campaigns, those that we hold first, then those furthest ahead of their plan."""


def render(scene: Scene, *, width: int, lines: int = LINES_DEFAULT) -> ConsoleRenderable:
    """Draw a scene for a terminal of this size."""
    if width >= TWO_PANELS:
        inner = max(_own_lines(scene, wide=True), min(STORY_LINES_MAX, lines - 3))
        room = inner - _own_lines(scene, wide=True) - CAMPAIGNS_HEAD_LINES
        parts = Group(_top(scene, wide=True), Text(), _campaigns(scene, max(0, room)))
        left = _panel(parts, _title(scene), ACCOUNTS_WIDTH, inner + 2)
        right = _panel(_story(scene, inner), "What happens", width - ACCOUNTS_WIDTH, inner + 2)
        return Columns([left, right], padding=0)
    wide = width >= MORE_COLUMNS
    room = lines - _own_lines(scene, wide=wide) - 4
    story_lines = max(STORY_LINES_MIN, min(STORY_LINES_MAX, room))
    return Group(
        _panel(_top(scene, wide=wide), _title(scene), width),
        _panel(_story(scene, story_lines), "What happens", width, story_lines + 2),
    )


def clock(now_ms: int) -> str:
    """Say a simulated moment as the time of day in UTC."""
    return f"{datetime.fromtimestamp(now_ms // 1_000, UTC):%H:%M}"


def _own_lines(scene: Scene, *, wide: bool) -> int:
    roles = -(-len(scene.roles) // _roles_a_line(wide=wide))
    return 2 + len(scene.accounts) + roles + (scene.money is not None)


def _title(scene: Scene) -> str:
    moment = datetime.fromtimestamp(scene.now_ms // 1_000, UTC)
    return f"Headgate · simulated {moment:%a %d %b %H:%M} UTC · {scene.speed}x · {_share(scene)}"


def _share(scene: Scene) -> str:
    if scene.now_ms >= scene.ends_ms:
        return "settling"
    done = max(0, scene.now_ms - scene.begun_ms) * 100 // max(scene.ends_ms - scene.begun_ms, 1)
    return f"{done:2} %"


def _top(scene: Scene, *, wide: bool) -> ConsoleRenderable:
    money = () if scene.money is None else (_money(scene.money, wide=wide),)
    return Group(_accounts(scene, wide=wide), _figures(scene, wide=wide), *money, _roles(scene, wide=wide))


def _accounts(scene: Scene, *, wide: bool) -> Table:
    table = Table(box=None, pad_edge=False, padding=(0, 1, 0, 0), header_style="dim", expand=True)
    table.add_column("account", no_wrap=True, ratio=1, overflow="ellipsis")
    table.add_column("local", no_wrap=True, width=5)
    table.add_column("today, ┃ plan", no_wrap=True, width=BAR_WIDTH_MORE if wide else BAR_WIDTH)
    table.add_column("of budget", no_wrap=True, width=20 if wide else 19, justify="right")
    table.add_column("pace", no_wrap=True, width=6, justify="right")
    table.add_column("run" if not wide else "running", no_wrap=True, justify="right", width=7 if wide else 3)
    table.add_column("we hold" if wide else "held", no_wrap=True, justify="right", width=7 if wide else 4)
    if wide:
        table.add_column("read", no_wrap=True, justify="right", width=7)
    for row in scene.accounts:
        table.add_row(*_cells(row, wide=wide))
    return table


def _cells(row: AccountRow, *, wide: bool) -> list[Text | str]:
    meter = row.meter
    cells: list[Text | str] = [
        row.label,
        row.local,
        meter.bar(BAR_WIDTH_MORE if wide else BAR_WIDTH),
        Text(row.trouble, "yellow") if row.trouble else meter.of_budget(row.currency),
        meter.pace(),
        str(row.running),
        Text(str(row.held), "bold yellow" if row.held else "dim"),
    ]
    if wide:
        cells.append(Text("" if row.read_ago_ms is None else f"{row.read_ago_ms // 60_000} min", "dim"))
    return cells


def _campaigns(scene: Scene, count: int) -> Table:
    table = Table(box=None, pad_edge=False, padding=(0, 1, 0, 0), header_style="dim", expand=True)
    table.add_column("held, then quickest", no_wrap=True, ratio=1, overflow="ellipsis")
    table.add_column("", no_wrap=True, width=17, overflow="ellipsis")
    table.add_column("today, ┃ plan", no_wrap=True, width=BAR_WIDTH_MORE)
    table.add_column("of budget", no_wrap=True, width=22, justify="right")
    table.add_column("pace", no_wrap=True, width=6, justify="right")
    for row in scene.quickest(count):
        table.add_row(
            Text(row.name, "bold yellow" if row.is_held else ""),
            Text(row.label, "dim"),
            row.meter.bar(BAR_WIDTH_MORE),
            row.meter.of_budget(row.currency),
            row.meter.pace(),
        )
    return table


def _figures(scene: Scene, *, wide: bool) -> Text:
    text = Text(no_wrap=True, overflow="ellipsis")
    counts = [
        (scene.observations, "observation" if wide else "observed", "observations" if wide else "observed"),
        (scene.pauses, "pause", "pauses"),
        (scene.resumes, "resume", "resumes"),
        (scene.steps, "budget step" if wide else "step", "budget steps" if wide else "steps"),
        (scene.alerts, "alert", "alerts"),
    ]
    for count, one, many in [*counts, *([(scene.told, "told", "told")] if wide else [])]:
        text.append(f"{count:,}", "bold").append(f" {one if count == 1 else many}  ", "dim")
    if scene.reaction_ms is not None:
        text.append("page to pause " if wide else "", "dim").append(seconds(scene.reaction_ms), "bold")
    return text


def _money(row: MoneyRow, *, wide: bool) -> Text:
    text = Text(no_wrap=True, overflow="ellipsis")
    parts = [
        (f"{row.pots}", "pots hold" if wide else "pots"),
        (short(row.balance_micro_usdc), "USDC on chain" if wide else "USDC"),
        (f"{row.fundings:,}", "fundings"),
        *([(short(row.settled_micro_usdc), "settled")] if wide else []),
        (f"{row.pending}", "pending"),
    ]
    for figure, what in parts:
        text.append(figure, "bold").append(f" {what}  ", "dim")
    return text


def _roles_a_line(*, wide: bool) -> int:
    return ROLES_A_LINE_MORE if wide else ROLES_A_LINE


def _roles(scene: Scene, *, wide: bool) -> Table:
    cells, a_line = [_role(row) for row in scene.roles], _roles_a_line(wide=wide)
    table = Table.grid(padding=(0, 1, 0, 0), expand=True)
    for _ in range(a_line):
        table.add_column(no_wrap=True, ratio=1)
    for first in range(0, len(cells), a_line):
        table.add_row(*cells[first : first + a_line])
    return table


def _role(row: RoleRow) -> Text:
    sign, style = _STATES.get(row.state, ("◌", "yellow"))
    text = Text.assemble((sign, style), f" {row.name}")
    return text.append(f" ↻{row.restarts}", "yellow") if row.restarts else text


def _story(scene: Scene, lines: int) -> Table:
    table = Table.grid(padding=(0, 1, 0, 0), expand=True)
    table.add_column(style="dim", no_wrap=True, width=5)
    table.add_column(no_wrap=True, width=1)
    table.add_column(no_wrap=True, overflow="ellipsis", ratio=1)
    for line in scene.story[-lines:]:
        sign, style = SIGNS[line.tone]
        table.add_row(clock(line.now_ms), Text(sign, style), Text(line.text, _WORDS[line.tone]))
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
