import io

import pytest
from rich.console import Console

from headgate.board import Row, TerminalBoard, duration, render
from infra.supervisor import Event

ROWS = [
    Row("kafka", "ready", None, 0, 3_725_000, "127.0.0.1:39092"),
    Row("worker-0", "ready", 4194303, 12, 65_000),
    Row(
        "worker-1",
        "waiting",
        None,
        3,
        None,
        "was killed by SIGKILL; restarting in 400 ms, which is a long note",
    ),
    Row("clock", "gave up", None, 0, None, "ended with code 78, which a restart cannot mend"),
]


def drawn(width: int) -> list[str]:
    """Draw the table at a width."""
    console = Console(file=io.StringIO(), width=width)
    console.print(render(ROWS))
    file = console.file
    assert isinstance(file, io.StringIO)
    return file.getvalue().splitlines()


@pytest.mark.parametrize("width", [80, 120])
def test_the_table_has_one_line_a_role_at_any_width(width: int) -> None:
    """Nothing wraps on a narrow terminal."""
    lines = drawn(width)
    assert len(lines) == len(ROWS) + 1
    assert all(len(line) <= width for line in lines)
    assert "worker-0  ready    4194303        12  1 min 05 s" in lines[2]


def test_a_long_note_is_cut_and_shows_it() -> None:
    """The columns that matter keep their width."""
    assert drawn(80)[3].rstrip().endswith("…")


@pytest.mark.parametrize(
    ("elapsed_ms", "said"),
    [
        (999, "0 s"),
        (59_999, "59 s"),
        (60_000, "1 min 00 s"),
        (3_725_000, "1 h 02 min"),
        (90_000_000, "1 d 1 h"),
    ],
)
def test_a_duration_is_said_in_two_units(elapsed_ms: int, said: str) -> None:
    """Seconds matter in the first hour, hours matter after days."""
    assert duration(elapsed_ms) == said


def board() -> tuple[TerminalBoard, io.StringIO]:
    """Make a board that prints into memory."""
    target = io.StringIO()
    return TerminalBoard(Console(file=target, width=80)), target


def test_a_death_and_the_return_are_told_and_ordinary_starts_are_not() -> None:
    """The table shows states; lines are for what happened."""
    shown, target = board()
    shown.event(Event("worker-0", "started", 1))
    shown.event(Event("worker-0", "ready", 1))
    assert target.getvalue() == ""
    shown.event(Event("worker-0", "died", 1, "was killed by SIGKILL; restarting"))
    shown.event(Event("worker-0", "ready", 2))
    died, back = target.getvalue().splitlines()
    assert "✗ worker-0 was killed by SIGKILL; restarting" in died
    assert "✓ worker-0 is back after 0." in back


def test_giving_up_shows_the_last_lines() -> None:
    """The reason is on the screen, not only in a file."""
    shown, target = board()
    shown.event(Event("clock", "gave-up", 1, "ended with code 1", ("first", "[last] " + "x" * 100)))
    lines = target.getvalue().splitlines()
    assert lines[1] == "    first"
    assert lines[2].startswith("    [last] xxx")
    assert len(lines) == 3


def test_a_step_that_fails_is_marked_and_the_error_goes_on() -> None:
    """A person sees which step it was."""
    shown, target = board()
    with pytest.raises(KeyError, match="no metadata"), shown.step("Kafka") as tell:
        tell({}["no metadata"])
    assert "✗ Kafka" in target.getvalue()


def test_a_step_that_is_done_leaves_a_line_with_its_seconds() -> None:
    """What took long can be read afterwards."""
    shown, target = board()
    with shown.step("Kafka"):
        pass
    (line,) = target.getvalue().splitlines()
    assert "✓ Kafka  0.0 s" in line
