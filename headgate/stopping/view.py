"""How the end of a stop looks: what came of it for each campaign, those that need somebody first."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, Final

from rich.table import Table
from rich.text import Text

from headgate.meters import seconds

if TYPE_CHECKING:
    from collections.abc import Sequence

    from headgate.stopping.picture import Picture
    from headgate.stopping.results import Came, Result

# More lines than these nobody reads in an emergency; --json has all of them.
LINES_MAX: Final = 40
WORDS: Final[dict[Came, tuple[str, str]]] = {
    "stopped": ("stands still", "green"),
    "stood-still": ("was not running", "dim"),
    "runs": ("runs again", "green"),
    "stays-paused": ("stays paused", "yellow"),
    "refused": ("refused", "bold red"),
    "under-way": ("still trying", "bold yellow"),
    "unheard": ("not heard of yet", "bold yellow"),
}


def in_words(found: Sequence[Result]) -> str:
    """Count what came of it, in one line."""
    counts = Counter(one.came for one in found)
    return ", ".join(f"{counts[came]:,} {WORDS[came][0]}" for came in WORDS if counts[came]) or "no campaigns"


def drawn(found: Sequence[Result]) -> Table:
    """Draw the results, a campaign a line."""
    table = Table(box=None, pad_edge=False, padding=(0, 1, 0, 0), header_style="dim")
    for title in ("campaign", "account", "what came of it"):
        table.add_column(title, overflow="fold")
    ordered = sorted(found, key=lambda one: (one.is_done, one.subject, one.campaign))
    for one in ordered[:LINES_MAX]:
        word, style = WORDS[one.came]
        took = f" in {seconds(one.ms)}" if one.ms is not None else ""
        told = f": {one.detail}" if one.detail else ""
        table.add_row(one.campaign, Text(one.subject, "dim"), Text.assemble((word + took, style), told))
    if len(ordered) > LINES_MAX:
        table.add_row(Text(f"and {len(ordered) - LINES_MAX:,} more", "dim"), "", "")
    return table


def listed(picture: Picture, told: dict[str, dict[str, object]]) -> Table:
    """Draw the stops in force, with what the projections know of why."""
    table = Table(box=None, pad_edge=False, padding=(0, 1, 0, 0), header_style="dim")
    table.add_column("stop", no_wrap=True)  # to be copied in one piece
    for title in ("holds", "since", "by", "reason"):
        table.add_column(title, overflow="fold")
    for stop_id, places in sorted(in_force(picture).items()):
        about = told.get(stop_id, {})
        held = "\n".join("/".join(place).rstrip("/") for place in places[:LINES_MAX])
        more = f"\nand {len(places) - LINES_MAX:,} more" if len(places) > LINES_MAX else ""
        table.add_row(
            Text(stop_id, "bold"),
            held + more,
            *(str(about.get(name, "?")) for name in ("at", "by", "reason")),
        )
    return table


def in_force(picture: Picture) -> dict[str, list[tuple[str, str]]]:
    """Return what each stop in force holds."""
    found: dict[str, list[tuple[str, str]]] = {}
    for place, stops in sorted(picture.stops.items()):
        for stop_id in stops:
            found.setdefault(stop_id, []).append(place)
    return found
