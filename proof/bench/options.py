"""What a benchmark is asked for."""

from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from rich.console import Console


@dataclass(frozen=True)
class Options:
    """How often, how long, who, and where progress goes."""

    console: Console
    runs: int = 3
    quick: bool = False
    who: tuple[str, ...] = ()
    scenario: str = ""
    peer_seconds_max: int = 60
    traffic: Path | None = None
    prices: Path | None = None
    """Series that the benchmark of pacing is to use in place of its own."""
    notes: list[str] = field(default_factory=list)
    """What a benchmark wants said beside its figures."""

    def say(self, words: Any) -> None:  # noqa: ANN401 - whatever Rich shows
        """Show progress."""
        self.console.print(words, highlight=False, style="dim")
