import copy

from infra.errors import CallAPerson, FixInput, FixSetup, HeadgateError, WaitAndRetry


def test_an_error_says_what_happened_and_what_to_do_next() -> None:
    """The text of an error is both of its sentences."""
    error = HeadgateError(what="Port 9092 is taken.", next_step="Choose another one.")
    assert str(error) == "Port 9092 is taken.\nChoose another one."
    assert error.exit_code == 1


def test_each_reaction_has_its_own_exit_code() -> None:
    """A supervisor can tell from the code alone whether a restart may help."""
    kinds = (WaitAndRetry, FixSetup, FixInput, CallAPerson)
    assert len({kind.exit_code for kind in kinds}) == len(kinds)


def test_an_error_can_be_rebuilt_from_its_parts() -> None:
    """What copies or pickles an error, as pools of processes do, keeps it whole."""
    error = copy.copy(FixSetup("a", "b"))
    assert (type(error), error.what, error.next_step) == (FixSetup, "a", "b")
