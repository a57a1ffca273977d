"""Keeps a view fresh on the terminal until Ctrl-C, also while the projector restarts."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

from rich.console import Group
from rich.live import Live
from rich.text import Text

from infra.errors import WaitAndRetry

if TYPE_CHECKING:
    from collections.abc import Callable

    from rich.console import Console, ConsoleRenderable

LOOK_EACH_SECONDS = 2


def keep_fresh(console: Console, draw: Callable[[int], ConsoleRenderable]) -> None:
    """Draw again and again, given how many lines there are."""
    shown = draw(console.height)
    with Live(shown, console=console, auto_refresh=False, screen=True) as live:
        while True:
            time.sleep(LOOK_EACH_SECONDS)
            note = Text()
            try:
                shown = draw(console.height)
            except WaitAndRetry as away:
                # A projector that restarts is back in a moment; what was known stands until then.
                note = Text(away.what, "yellow")
            live.update(Group(shown, note), refresh=True)
