"""Where the running demo is shown: a live view on a terminal, log lines elsewhere."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING, Protocol

from rich.live import Live

from headgate.board import REFRESHES_PER_SECOND
from headgate.demo import view
from infra import logs
from infra.health import monotonic_ms

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from contextlib import AbstractContextManager

    from rich.console import Console, ConsoleRenderable

    from headgate.demo.view import Line, Scene

PROGRESS_EACH_MS = 10_000


class Screen(Protocol):
    """What shows the demo while it runs."""

    def showing(self, scene: Callable[[], Scene]) -> AbstractContextManager[Callable[[], None]]:
        """Show the newest scene inside the context; what is given is called now and then."""

    def tell(self, line: Line) -> None:
        """Tell something that happened."""


class TerminalScreen:
    """The live view; the story is a part of it."""

    def __init__(self, console: Console) -> None:
        self._console = console
        self._record = PlainScreen()

    @contextmanager
    def showing(self, scene: Callable[[], Scene]) -> Iterator[Callable[[], None]]:
        """Keep the view fresh; its last state stays."""

        def draw() -> ConsoleRenderable:
            size = self._console.size
            return view.render(scene(), width=size.width, lines=size.height - 1)

        with Live(
            console=self._console,
            get_renderable=draw,
            refresh_per_second=REFRESHES_PER_SECOND,
            vertical_overflow="crop",
        ):
            yield lambda: None

    def tell(self, line: Line) -> None:
        """Keep it in the log as well."""
        self._record.tell(line)


class PlainScreen:
    """Log lines: the story as it happens, the figures each few seconds."""

    def __init__(self) -> None:
        self._log = logs.get("headgate.demo")
        self._told_ms = monotonic_ms()

    @contextmanager
    def showing(self, scene: Callable[[], Scene]) -> Iterator[Callable[[], None]]:
        """Log how far it is, now and then and at the end."""

        def progress() -> None:
            if monotonic_ms() - self._told_ms >= PROGRESS_EACH_MS:
                self._told_ms = monotonic_ms()
                self._progress(scene())

        yield progress
        self._progress(scene())

    def tell(self, line: Line) -> None:
        """Log it."""
        write = self._log.warning if line.tone == "bad" else self._log.info
        write("demo.story", at=view.clock(line.now_ms), text=line.text)

    def _progress(self, scene: Scene) -> None:
        self._log.info(
            "demo.progress",
            at=view.clock(scene.now_ms),
            observations=scene.observations,
            pauses=scene.pauses,
            resumes=scene.resumes,
            held=sum(row.held for row in scene.accounts),
            reaction_ms=scene.reaction_ms,
        )
