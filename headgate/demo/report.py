"""The outcome of the demo: a table for people, JSON for machines, a picture for the README."""

from __future__ import annotations

import io
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

import msgspec
from rich.console import Console
from rich.panel import Panel
from rich.table import Table
from rich.text import Text

from headgate.board import tenths
from headgate.demo import view
from infra.errors import HeadgateError

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from rich.console import ConsoleRenderable

    from headgate.demo.proof import Check
    from headgate.demo.view import Scene

PICTURE_WIDTH = 120


class NotProven(HeadgateError):  # noqa: N818 - named after what it says
    """An invariant does not hold."""

    def __init__(self, broken: Sequence[Check], seed: int) -> None:
        told = "; ".join(f"{check.title}: {check.told}" for check in broken)
        super().__init__(
            f"The demo does not prove itself: {told}.",
            f"Please report it, with what it keeps when run again: headgate demo --seed {seed} --keep DIR",
        )


@dataclass(frozen=True, slots=True)
class Figures:
    """What was measured in the run."""

    seed: int
    campaigns: int
    workers: int
    run_ms: int
    records: int
    observations: int
    observations_per_second: int
    kills: int
    kills_in_a_round: int
    kills_while_restarting: int
    silences_ms: list[int]
    longest_silence_ms: int
    replay_observations_per_second: int
    state_rows: int
    state_hash: str


@dataclass(frozen=True, slots=True)
class Outcome:
    """What came out."""

    checks: list[Check]
    figures: Figures
    scene: Scene
    """A moment of the run worth a picture."""

    @property
    def broken(self) -> list[Check]:
        """The invariants that do not hold."""
        return [check for check in self.checks if not check.ok]

    def write_json(self, path: Path) -> None:
        """Write the invariants and the figures."""
        told = {
            "invariants": {check.name: check.ok for check in self.checks},
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
        console.print(view.render(self.scene, width=PICTURE_WIDTH))
        console.print(table(self))
        picture = console.export_svg(title="make demo")
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(re.sub(r"@font-face \{.*?\}\s*", "", picture, flags=re.DOTALL), encoding="utf-8")


def table(outcome: Outcome) -> ConsoleRenderable:
    """Draw the proof."""
    rows = Table.grid(padding=(0, 2, 0, 0))
    rows.add_column(no_wrap=True)
    rows.add_column(no_wrap=True, style="bold")
    rows.add_column(overflow="fold")
    for check in outcome.checks:
        sign = Text("✓", "bold green") if check.ok else Text("✗", "bold red")
        rows.add_row(sign, check.title, Text(check.told, "" if check.ok else "red"))
    figures = outcome.figures
    rows.add_row()
    for title, told in (
        (
            "observations",
            f"{figures.observations:,}; {figures.observations_per_second:,}/s while the day lasted",
        ),
        ("silence", f"{tenths(figures.longest_silence_ms)} s at most after a kill"),
        ("replay", f"{figures.replay_observations_per_second:,} observations/s"),
        ("state", f"{figures.state_hash[:16]}, the same whenever these options and seed {figures.seed} run"),
    ):
        rows.add_row("", Text(title, "dim"), told)
    ok = not outcome.broken
    return Panel(
        rows,
        title="Proven: each record counted exactly once" if ok else "Not proven",
        title_align="left",
        border_style="green" if ok else "red",
        padding=(0, 1),
        expand=False,
    )
