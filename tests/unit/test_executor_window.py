import pytest

from connectors.ports import Campaign
from events.types import CommandAttempted
from infra.commands.attempts import ATTEMPTS_A_COMMAND_MAX, Attempts
from infra.commands.window import WINDOW_COMMANDS_MAX, Window, done_ahead
from infra.errors import CallAPerson
from tests.executor_cases import BUDGET, attempted, pause

RUNS_MARK = "mark 1"


def test_the_position_stops_before_the_first_open_command() -> None:
    """What is done behind it is told beside, and passed when the first is done."""
    window = Window(10)
    for offset in (10, 11, 13):
        assert window.take(offset)
    window.finish(11)
    window.finish(13)
    assert (window.position, window.metadata, window.open_commands) == (10, "1 3", 1)
    window.finish(10)
    assert (window.position, window.metadata, window.open_commands) == (14, "", 0)


def test_what_was_told_as_done_is_not_taken_again() -> None:
    """A start that reads from the position finds out from the note which commands are done."""
    window = Window(10, done_ahead(10, "1 3"))
    assert [window.take(offset) for offset in (10, 11, 12, 13)] == [True, False, True, False]
    window.finish(10)
    assert (window.position, window.metadata) == (12, "1")
    window.finish(12)
    assert (window.position, window.metadata) == (14, "")


def test_notes_about_what_was_not_read_again_yet_are_kept() -> None:
    """The first command is done before the others are fetched: their note must not be lost."""
    window = Window(10, {11, 13})
    assert window.take(10)
    window.finish(10)
    assert (window.position, window.metadata) == (11, "0 2")


def test_attempts_are_read_again_as_long_as_their_command_is_open() -> None:
    """Also those of commands that a start has not read again yet."""
    window = Window(10, (), {12: 5}, end=9)
    window.take(10)
    window.attempted(10, 9)
    window.attempted(10, 11)
    assert window.attempts_position == 5
    window.take(12)
    window.finish(12)
    assert window.attempts_position == 9
    window.finish(10)
    assert window.attempts_position == 12


def test_a_full_window_takes_no_more() -> None:
    """One open command and many done behind it: what has to be told stays within Kafka's limit."""
    window = Window(10**15)
    for offset in range(10**15, 10**15 + WINDOW_COMMANDS_MAX):
        assert not window.is_full
        window.take(offset)
    assert window.is_full
    for offset in range(10**15 + 1, 10**15 + WINDOW_COMMANDS_MAX):
        window.finish(offset)
    assert window.is_full
    assert len(window.metadata) < 4_096
    window.finish(10**15)
    assert not window.is_full


def test_a_note_that_is_not_ours_stops_the_executor_in_words() -> None:
    """To guess which commands are done would do some of them twice."""
    assert done_ahead(7, None) == done_ahead(7, "") == set()
    with pytest.raises(CallAPerson, match="not its own: 'by hand'"):
        done_ahead(7, "by hand")


def test_only_attempts_of_open_commands_count() -> None:
    """What is before the position, or noted as done, has its outcome."""
    attempts = Attempts[CommandAttempted]()
    for offset, number in ((3, 1), (4, 1), (5, 1), (5, 2)):
        tried = attempted(pause(offset=offset), _campaign(), number)
        attempts.take(offset, tried, 100 + offset + number)
    attempts.forget_before(4, {4})
    made = {offset: [one.attempt for one in of_it] for offset, of_it in attempts.made.items()}
    assert made == {5: [1, 2]}
    assert attempts.first_offsets == {5: 106}


def test_of_many_attempts_the_newest_are_kept() -> None:
    """A command that is tried for days must not fill the memory; where its first stands is still known."""
    attempts = Attempts[int]()
    for number in range(ATTEMPTS_A_COMMAND_MAX + 5):
        attempts.take(7, number, 100 + number)
    assert attempts.made[7] == tuple(range(5, ATTEMPTS_A_COMMAND_MAX + 5))
    assert attempts.first_offsets == {7: 100}


def _campaign() -> Campaign:
    return Campaign("c1", "Shoes", "enabled", BUDGET, RUNS_MARK)
