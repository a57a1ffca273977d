"""The outcome of the demo: tables for people, JSON for machines, a picture for the README."""

from __future__ import annotations

import io
import re
from dataclasses import dataclass
from itertools import groupby
from typing import TYPE_CHECKING

import msgspec
from rich.console import Console, Group
from rich.panel import Panel
from rich.table import Table
from rich.text import Text

from headgate.demo import view
from headgate.meters import amount, seconds, short
from infra.errors import HeadgateError

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from rich.console import ConsoleRenderable

    from headgate.demo.checks import Check
    from headgate.demo.view import Scene

PICTURE_WIDTH, PICTURE_LINES = 120, 32
MINUTE_MS = 60_000


class NotProven(HeadgateError):  # noqa: N818 - named after what it says
    """An invariant does not hold."""

    def __init__(self, broken: Sequence[Check], seed: int) -> None:
        told = "; ".join(f"{check.title}: {check.told}" for check in broken)
        super().__init__(
            f"The demo does not prove itself: {told}.",
            f"Please report it, with what it keeps when run again: headgate demo --seed {seed} --keep DIR",
        )


@dataclass(frozen=True, slots=True)
class AccountSum:
    """What came of an account, over all of its days in the run."""

    client: str
    label: str
    currency: str
    days: int
    budget_micros: int
    """What its campaigns may cost on a day."""
    spent_micros: int
    pauses: int
    resumes: int
    decided_ms: int | None = None
    """From a page on the log to the pause on the log, the median."""
    applied_ms: int | None = None
    """From there to the platform's confirmation, the median."""
    reaction_ms: int | None = None
    """From page to confirmation, the median."""
    slowest_ms: int | None = None
    """From page to confirmation, the longest."""


@dataclass(frozen=True, slots=True)
class PotSum:
    """What came of a pot."""

    client: str
    name: str
    fundings: int
    funded_micro_usdc: int
    settled_micro_usdc: int
    balance_micro_usdc: int
    """On the finalized chain."""


@dataclass(frozen=True, slots=True)
class Figures:
    """What was measured in the run."""

    seed: int
    speed: int
    hours: int
    run_ms: int
    campaigns: int
    observations: int
    commands: int
    pauses: int
    resumes: int
    budget_steps: int
    alerts: int
    plans: int
    plans_with_history: int
    messages: int
    kills: int
    away_ms: list[int]
    reaction_ms_median: int | None
    reaction_ms_max: int | None
    replay_records: int
    replay_ms: int
    state_hash: str


@dataclass(frozen=True, slots=True)
class Outcome:
    """What came out."""

    checks: list[Check]
    accounts: list[AccountSum]
    figures: Figures
    scene: Scene
    """A moment of the run worth a picture."""
    pots: Sequence[PotSum] = ()

    @property
    def broken(self) -> list[Check]:
        """The invariants that do not hold."""
        return [check for check in self.checks if not check.ok]

    def write_json(self, path: Path) -> None:
        """Write the invariants and the figures."""
        told = {
            "invariants": {check.name: check.ok for check in self.checks},
            "findings": {check.name: check.told for check in self.checks},
            "accounts": msgspec.to_builtins(self.accounts),
            "pots": msgspec.to_builtins(self.pots),
            "figures": msgspec.to_builtins(self.figures),
        }
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(msgspec.json.format(msgspec.json.encode(told), indent=2) + b"\n")

    def write_svg(self, path: Path) -> None:
        """Draw the run and its proof as a picture that loads nothing from elsewhere."""
        console = Console(
            file=io.StringIO(),
            record=True,
            width=PICTURE_WIDTH,
            force_terminal=True,
            color_system="truecolor",
        )
        console.print(view.render(self.scene, width=PICTURE_WIDTH, lines=PICTURE_LINES))
        console.print(summary(self, PICTURE_WIDTH))
        picture = console.export_svg(title="make demo")
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(re.sub(r"@font-face \{.*?\}\s*", "", picture, flags=re.DOTALL), encoding="utf-8")


def summary(outcome: Outcome, width: int) -> ConsoleRenderable:
    """Draw what came of the accounts, and the proof."""
    wide = width >= view.MORE_COLUMNS
    parts = [_panel(_accounts(outcome, wide=wide), "What it came to", width)]
    if outcome.pots:
        parts.append(_panel(_pots(outcome.pots), "What the pots hold, in USDC", width))
    return Group(*parts, _proof(outcome, width))


def _pots(pots: Sequence[PotSum]) -> Table:
    table = Table(box=None, pad_edge=False, padding=(0, 2, 0, 0), header_style="dim", expand=True)
    table.add_column("pot", no_wrap=True)
    for title in ("fundings", "funded", "settled", "on chain"):
        table.add_column(title, justify="right", no_wrap=True)
    for one in pots:
        sums = (one.funded_micro_usdc, one.settled_micro_usdc, one.balance_micro_usdc)
        table.add_row(f"{one.client}/{one.name}", f"{one.fundings:,}", *map(amount, sums))
    return table


def _accounts(outcome: Outcome, *, wide: bool) -> Table:
    table = Table(box=None, pad_edge=False, padding=(0, 2, 0, 0), header_style="dim", expand=True)
    table.add_column("account", no_wrap=True)
    more = ("resumed", "page to pause", "to platform") if wide else ()
    for title in ("budget a day", "spent", "paused", *more, "reaction", "slowest"):
        table.add_column(title, justify="right", no_wrap=True)
    for client, group in groupby(outcome.accounts, key=lambda one: one.client):
        accounts = list(group)
        for one in accounts:
            table.add_row(*_cells(one, wide=wide))
        if len(accounts) > 1 and len({one.currency for one in accounts}) == 1:
            table.add_row(*_cells(_together(client, accounts), wide=wide), style="bold")
    return table


def _together(client: str, accounts: Sequence[AccountSum]) -> AccountSum:
    """Add up a client's accounts; of times only the worst says something of several."""
    slowest = [one.slowest_ms for one in accounts if one.slowest_ms is not None]
    return AccountSum(
        client=client,
        label=client,
        currency=accounts[0].currency,
        days=max(one.days for one in accounts),
        budget_micros=sum(one.budget_micros for one in accounts),
        spent_micros=sum(one.spent_micros for one in accounts),
        pauses=sum(one.pauses for one in accounts),
        resumes=sum(one.resumes for one in accounts),
        slowest_ms=max(slowest, default=None),
    )


def _cells(one: AccountSum, *, wide: bool) -> list[Text]:
    days = f" in {one.days} days" if wide and one.days > 1 else ""
    cells = [
        Text(one.label),
        Text(f"{short(one.budget_micros)} {one.currency}"),
        Text(f"{short(one.spent_micros)}{days}"),
        _count(one.pauses),
    ]
    if wide:
        cells += [_count(one.resumes), _took(one.decided_ms), _took(one.applied_ms)]
    return [*cells, _took(one.reaction_ms), _took(one.slowest_ms)]


def _count(count: int) -> Text:
    return Text(str(count)) if count else Text("-", "dim")


def _took(elapsed_ms: int | None) -> Text:
    return Text("-", "dim") if elapsed_ms is None else Text(seconds(elapsed_ms))


def _proof(outcome: Outcome, width: int) -> Panel:
    rows = Table.grid(padding=(0, 2, 0, 0))
    rows.add_column(no_wrap=True)
    rows.add_column(no_wrap=True, style="bold")
    rows.add_column(overflow="fold")
    for check in outcome.checks:
        sign = Text("✓", "bold green") if check.ok else Text("✗", "bold red")
        rows.add_row(sign, check.title, Text(check.told, "" if check.ok else "red"))
    rows.add_row()
    for title, told in _figures(outcome.figures):
        rows.add_row("", Text(title, "dim"), told)
    ok = not outcome.broken
    title = "Proven: nothing was lost, nothing was doubled" if ok else "Not proven"
    return _panel(rows, title, width, "green" if ok else "red")


def _figures(figures: Figures) -> list[tuple[str, str]]:
    told = []
    if figures.reaction_ms_median is not None and figures.reaction_ms_max is not None:
        median, longest = seconds(figures.reaction_ms_median), seconds(figures.reaction_ms_max)
        text = f"from a page on the log to paused on the platform {median} median, {longest} at most"
        told.append(("reaction", text))
    if figures.away_ms:
        text = f"{figures.kills} kill -9; the longest away for {seconds(max(figures.away_ms))}"
        told.append(("deaths", text))
    text = f"{figures.replay_records:,} records in {seconds(figures.replay_ms)}"
    return [*told, ("replay", f"{text}; state {figures.state_hash[:16]}")]


def _panel(content: ConsoleRenderable, title: str, width: int, style: str = "dim") -> Panel:
    return Panel(
        content, title=title, title_align="left", border_style=style, padding=(0, 1), width=min(width, 140)
    )
