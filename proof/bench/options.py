"""What a benchmark is asked for."""

from dataclasses import dataclass
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

    def say(self, words: Any) -> None:  # noqa: ANN401 - whatever Rich shows
        """Show progress."""
        self.console.print(words, highlight=False, style="dim")
