"""`headgate demo`: a simulated day, trouble in it, and the proof that nothing was lost or doubled."""

import logging
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Annotated

import typer

from headgate import ui
from headgate.board import Board, PlainBoard, TerminalBoard
from headgate.demo import interrupts
from headgate.demo.performance import perform
from headgate.demo.report import NotProven, Outcome, summary
from headgate.demo.screen import PlainScreen, Screen, TerminalScreen
from headgate.demo.setup import NAME, Programme
from infra import logs
from infra.errors import FixInput
from infra.folder import FolderLock

app = typer.Typer()

INTERRUPTED_EXIT = 130


@app.command()
def demo(  # noqa: PLR0913 - each is an option of the command line
    *,
    speed: Annotated[
        int, typer.Option(min=1, max=2_000, help="How many times as fast as ours time runs.")
    ] = 480,
    hours: Annotated[int, typer.Option(min=1, max=72, help="How long the simulated day is.")] = 24,
    campaigns: Annotated[int, typer.Option(min=60, max=10_000, help="Campaigns of six accounts.")] = 300,
    seed: Annotated[
        int, typer.Option(min=0, help="The same seed gives the same world, and the same trouble.")
    ] = 7,
    json_file: Annotated[
        Path | None, typer.Option("--json", metavar="FILE", help="Write invariants and figures.")
    ] = None,
    svg: Annotated[Path | None, typer.Option(metavar="FILE", help="Draw a picture of the run.")] = None,
    keep: Annotated[
        Path | None, typer.Option(metavar="DIR", help="Keep all data in this folder, new or empty.")
    ] = None,
) -> None:
    """Let a day pass at a simulated ad platform, make trouble, and prove that nothing was lost or doubled.

    All of it runs in a folder of its own, of which nothing is left. Fails if an invariant does not hold.
    """
    programme = Programme(speed, hours, seed, campaigns=campaigns)
    try:
        with interrupts.ending_by_signal(), _folder(keep) as folder:
            outcome = _perform(programme, folder)
    except KeyboardInterrupt:
        ui.stderr().print("Interrupted: everything has ended" + ("." if keep else ", nothing is left."))
        raise typer.Exit(INTERRUPTED_EXIT) from None
    _tell(outcome, json_file, svg, keep)
    if outcome.broken:
        raise NotProven(outcome.broken, seed)


def _perform(programme: Programme, folder: Path) -> Outcome:
    console = ui.stdout()
    with ExitStack() as stack:
        board: Board
        screen: Screen
        if console.is_terminal:
            (folder / "logs").mkdir()
            handler = logging.FileHandler(folder / "logs" / "demo.log")
            stack.callback(handler.close)
            logs.configure(level="info", format="json", role="demo", handler=handler)
            board, screen = TerminalBoard(console), TerminalScreen(console)
        else:
            logs.configure(level="info", format="auto", role="demo")
            board, screen = PlainBoard(), PlainScreen()
        return perform(programme, folder, board, screen)


def _tell(outcome: Outcome, json_file: Path | None, svg: Path | None, keep: Path | None) -> None:
    console = ui.stdout()
    console.print(summary(outcome, console.width))
    if json_file is not None:
        outcome.write_json(json_file)
    if svg is not None:
        outcome.write_svg(svg)
    if keep is not None:
        console.print(
            f"All data is in {keep}; look around with: headgate --config {keep / NAME} up --simulator",
            soft_wrap=True,
        )


@contextmanager
def _folder(keep: Path | None) -> Iterator[Path]:
    """Give the folder of the run; one that nobody wants to keep is removed."""
    if keep is not None and keep.exists() and (not keep.is_dir() or any(keep.iterdir())):
        raise FixInput(f"{keep} is not an empty folder.", "Name another one with --keep.")
    folder = Path(tempfile.mkdtemp(prefix="headgate-demo-")) if keep is None else keep.absolute()
    try:
        with FolderLock(folder):
            yield folder
    finally:
        if keep is None:
            shutil.rmtree(folder)
