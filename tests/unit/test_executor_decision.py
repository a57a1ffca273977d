from typing import Any

import pytest

from connectors.errors import (
    AuthExpired,
    AuthRevoked,
    Conflict,
    Forbidden,
    InvalidRequest,
    NotConfigured,
    NotFound,
    PlatformError,
    RateLimited,
    Transient,
    VersionSunset,
)
from connectors.executor.decision import (
    ATTEMPTS_MAX,
    Act,
    Applied,
    GaveUp,
    LookAgain,
    Situation,
    Superseded,
    Verdict,
    before_looking,
    decide,
)
from connectors.executor.entry import Entry
from connectors.executor.records import Failed
from connectors.executor.troubles import Wait, judge
from connectors.ports import Campaign
from events.effects import outcome_id
from events.limits import ID_CHARS_MAX
from events.types import CommandAttempted
from tests.executor_cases import (
    BUDGET,
    NOT_AFTER_MS,
    OPTIONS,
    OTHER_BUDGET,
    attempted,
    budget,
    pause,
    resume,
    stop,
)

NOW_MS = NOT_AFTER_MS - 1_000
RUNS = Campaign("c1", "Shoes", "enabled", BUDGET, "mark 1")
PAUSED = Campaign("c1", "Shoes", "paused", BUDGET, "mark 2")
RICHER = Campaign("c1", "Shoes", "enabled", OTHER_BUDGET, "mark 2")
REMOVED = Campaign("c1", "Shoes", "removed", BUDGET, "mark 2")
TOUCHED = Campaign("c1", "Shoes", "enabled", BUDGET, "mark 2")
TRIED = attempted(pause(), RUNS)


def situation(**changes: Any) -> Situation:  # noqa: ANN401 - any of its fields
    """Return an ordinary moment, with changes."""
    usual: dict[str, Any] = {
        "now_ms": NOW_MS,
        "gives_up_ms": NOW_MS + 1,
        "settles_ms": NOW_MS,
        "attempt": None,
        "has_newer": False,
    }
    return Situation(**{**usual, **changes})


LATE = {"now_ms": NOT_AFTER_MS + 1, "gives_up_ms": NOT_AFTER_MS + 2, "settles_ms": 0}


@pytest.mark.parametrize(
    ("command", "found", "changes", "verdict"),
    [
        # Nothing was ever written for it.
        (pause(), RUNS, {}, Act()),
        (resume(), PAUSED, {}, Act()),
        (budget(), RUNS, {}, Act()),
        (pause(), PAUSED, {}, Superseded("already-so")),
        (resume(), RUNS, {}, Superseded("already-so")),
        (budget(), RICHER, {}, Superseded("already-so")),
        (pause(), RICHER, {}, Superseded("foreign-edit")),
        (pause(), RICHER, {"own_budgets": (OTHER_BUDGET,)}, Act()),
        (pause(), RICHER, {"own_budgets": (OTHER_BUDGET + 1,)}, Superseded("foreign-edit")),
        (budget(from_micros=1), RUNS, {"own_budgets": (BUDGET,)}, Act()),
        (stop(), RICHER, {}, Act()),
        (stop(), PAUSED, {}, Superseded("already-so")),
        (budget(), Campaign("c1", "Shoes", "enabled", None, ""), {}, Superseded("foreign-edit")),
        (pause(), None, {}, Superseded("removed")),
        (pause(), REMOVED, {}, Superseded("removed")),
        (pause(), RUNS, LATE, Superseded("expired")),
        (pause(), RUNS, {"has_newer": True}, Superseded("newer-command")),
        (pause(), RUNS, {"now_ms": NOT_AFTER_MS}, Act()),
        # A write may have left.
        (pause(), PAUSED, {"attempt": TRIED}, Applied()),
        (pause(), PAUSED, {"attempt": TRIED, "has_newer": True}, Applied()),
        (pause(), PAUSED, {"attempt": TRIED, **LATE}, Applied()),
        (pause(), RUNS, {"attempt": TRIED}, Act()),
        (pause(), RUNS, {"attempt": TRIED, "settles_ms": NOW_MS + 1}, LookAgain()),
        (pause(), RUNS, {"attempt": TRIED, **LATE}, Superseded("expired")),
        (pause(), RUNS, {"attempt": TRIED, **LATE, "settles_ms": NOT_AFTER_MS + 2}, LookAgain()),
        (pause(), RUNS, {"attempt": TRIED, "has_newer": True}, Superseded("newer-command")),
        (pause(), TOUCHED, {"attempt": TRIED}, Superseded("foreign-edit")),
        (pause(), TOUCHED, {"attempt": TRIED, "settles_ms": NOW_MS + 1}, Superseded("foreign-edit")),
        (pause(), RICHER, {"attempt": TRIED}, Superseded("foreign-edit")),
        (pause(), None, {"attempt": TRIED}, Superseded("removed")),
        (pause(), REMOVED, {"attempt": TRIED}, Superseded("removed")),
    ],
)
def test_each_situation_has_its_verdict(
    command: Any,  # noqa: ANN401 - as the case has it
    found: Campaign | None,
    changes: dict[str, Any],
    verdict: Verdict,
) -> None:
    """The whole table: what was written before, what the platform shows, and what follows."""
    assert decide(command, situation(**changes), found) == verdict


def test_a_platform_without_marks_is_judged_by_status_and_budget() -> None:
    """Where there is no mark, unchanged status and budget say that nothing took effect."""
    unmarked = Campaign("c1", "Shoes", "enabled", BUDGET, "")
    tried = attempted(pause(), unmarked)
    assert decide(pause(), situation(attempt=tried), unmarked) == Act()


@pytest.mark.parametrize("attempt", [attempted(pause(), RUNS), attempted(pause(), RUNS, ATTEMPTS_MAX)])
def test_what_never_takes_effect_is_given_up(attempt: CommandAttempted) -> None:
    """By its time, or by the number of writes, whichever comes first."""
    gives_up_ms = NOW_MS if attempt.attempt == 1 else NOW_MS + 1
    verdict = decide(pause(), situation(attempt=attempt, gives_up_ms=gives_up_ms), RUNS)
    assert isinstance(verdict, GaveUp)


def test_only_a_command_that_was_never_tried_is_void_without_a_look() -> None:
    """What may have been written has to be looked at first, however late it is."""
    assert before_looking(pause(), situation()) is None
    assert before_looking(pause(), situation(**LATE)) == Superseded("expired")
    assert before_looking(pause(), situation(has_newer=True)) == Superseded("newer-command")
    assert before_looking(pause(), situation(attempt=TRIED, has_newer=True, **LATE)) is None


@pytest.mark.parametrize(
    ("error", "outcome"),
    [
        (Forbidden("tiktok", "why"), Failed("forbidden", "why")),
        (NotFound("tiktok", "why"), Failed("not-found", "why")),
        (InvalidRequest("tiktok", "why"), Failed("invalid-request", "why")),
        (VersionSunset("tiktok", "why"), Failed("invalid-request", "why")),
        (NotConfigured("tiktok", "why"), Failed("not-configured", "why")),
    ],
)
def test_what_no_repetition_mends_fails_at_once(error: PlatformError, outcome: Failed) -> None:
    """The agent hears of it instead of waiting for an hour."""
    entry = Entry(pause(), gives_up_ms=NOW_MS + 10**6, failures=1)
    assert judge(entry, error, NOW_MS, OPTIONS) == outcome


@pytest.mark.parametrize(
    ("error", "at_least_ms", "at_most_ms"),
    [
        (Transient("tiktok", "why"), OPTIONS.retry.delay_ms // 2, OPTIONS.retry.delay_ms),
        (Conflict("tiktok", "why"), OPTIONS.retry.delay_ms // 2, OPTIONS.retry.delay_ms),
        (AuthExpired("tiktok", "why"), OPTIONS.person_ms, OPTIONS.person_ms),
        (AuthRevoked("tiktok", "why"), OPTIONS.person_ms, OPTIONS.person_ms),
        (
            RateLimited("tiktok", "why", retry_at_ms=NOW_MS + 7_000, scope="minute"),
            7_000 + OPTIONS.look.delay_ms // 2,
            7_000 + OPTIONS.look.delay_ms,
        ),
    ],
)
def test_what_may_pass_is_waited_for_and_given_up_in_the_end(
    error: PlatformError, at_least_ms: int, at_most_ms: int
) -> None:
    """Each trouble has its pause; at the end of the command's time it is tried once more."""
    entry = Entry(pause(), gives_up_ms=NOW_MS + 10**6, failures=1)
    verdict = judge(entry, error, NOW_MS, OPTIONS)
    assert isinstance(verdict, Wait)
    assert at_least_ms <= verdict.retry_at_ms - NOW_MS <= at_most_ms
    ending = Entry(pause(), gives_up_ms=NOW_MS + 1, failures=1)
    assert judge(ending, error, NOW_MS, OPTIONS) == Wait(NOW_MS + 1)
    assert judge(ending, error, NOW_MS + 1, OPTIONS) == GaveUp(f"{error.reason}: why")


def test_an_outcome_is_named_after_its_command_within_the_limit() -> None:
    """The same command has the same outcome id, also where a foreign id fills all the room."""
    assert outcome_id("account-facts.1.2.0") == "account-facts.1.2.0.outcome"
    longest = "x" * ID_CHARS_MAX
    assert len(outcome_id(longest)) <= ID_CHARS_MAX
    assert outcome_id(longest) == outcome_id(longest) != outcome_id("y" * ID_CHARS_MAX)
