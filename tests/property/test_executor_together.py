"""A pause and a budget of one campaign on their way at once: neither is taken for a person's doing."""

from __future__ import annotations

from typing import TYPE_CHECKING

from hypothesis import given
from hypothesis import strategies as st

from connectors.executor.account import AccountWork
from connectors.executor.own_budgets import OwnBudgets
from connectors.ports import Campaign
from events.types import CommandApplied, CommandSuperseded
from tests.executor_cases import BUDGET, OTHER_BUDGET, attempted, budget, pause, stop
from tests.executor_scene import NOT_AFTER_MS, Scene, Trouble, troubles

if TYPE_CHECKING:
    import pytest

    from connectors.executor.command import Command

RUNS = Campaign("c1", "Shoes", "enabled", BUDGET, "0")
STEP = budget("c1", 0, not_after_ms=NOT_AFTER_MS)
AFTER = pause("c1", 1, not_after_ms=NOT_AFTER_MS)
BEFORE = pause("c1", 0, not_after_ms=NOT_AFTER_MS)
BEHIND = budget("c1", 1, not_after_ms=NOT_AFTER_MS)
STOP = stop("c1", 1)
NOBODY = st.builds(
    Trouble,
    answers=st.lists(
        st.sampled_from(["works", "lost", "reset", "limited", "conflict", "partial"]), max_size=6
    ),
    deaths=st.lists(st.integers(0, 12), max_size=4),
)
ORDERS = {"budget first": (STEP, AFTER), "pause first": (BEFORE, BEHIND), "stop behind": (STEP, STOP)}


def live(trouble: Trouble, *commands: Command) -> Scene:
    """Let executors bring commands about, and return the scene."""
    scene = Scene(trouble, RUNS)
    scene.live(*commands)
    return scene


def tried_in_vain() -> Scene:
    """Return a scene in which a budget was about to be written, and was not."""
    scene = Scene(Trouble(), RUNS)
    scene.attempts.append(attempted(STEP, RUNS))
    return scene


@given(st.sampled_from(sorted(ORDERS)), NOBODY)
def test_where_no_person_edits_none_of_them_is_taken_for_an_edit(order: str, trouble: Trouble) -> None:
    """The pause takes effect; the budget does, or gives way to a pause that waits."""
    commands = ORDERS[order]
    scene = live(trouble, *commands)
    assert scene.campaign.status == "paused"
    for command in commands:
        outcome = scene.outcome_of(command)
        if command.action == "pause":
            assert isinstance(outcome, CommandApplied)
        else:
            gave_way = isinstance(outcome, CommandSuperseded) and outcome.reason == "newer-command"
            assert isinstance(outcome, CommandApplied) or gave_way
            has_it = scene.campaign.daily_budget_micros == OTHER_BUDGET
            assert has_it == isinstance(outcome, CommandApplied)
    assert len(scene.effects) == sum(isinstance(one, CommandApplied) for one in scene.outcomes)


@given(st.sampled_from(sorted(ORDERS)), troubles)
def test_whatever_people_do_meanwhile_each_command_has_one_outcome_and_one_effect_at_most(
    order: str, trouble: Trouble
) -> None:
    """Nothing is done twice, and both are seen to."""
    scene = live(trouble, *ORDERS[order])
    assert len(scene.outcomes) == 2
    assert len(scene.effects) <= 2


def test_a_pause_is_not_kept_waiting_by_a_budget_that_the_platform_does_not_take() -> None:
    """Its write comes before the budget's next; the budget gives way."""
    scene = tried_in_vain()
    scene.live(STEP, STOP)
    assert [type(one) for one in scene.outcomes] == [CommandSuperseded, CommandApplied]
    assert scene.outcome_of(STEP).reason == "newer-command"
    assert scene.campaign == Campaign("c1", "Shoes", "paused", BUDGET, "1")


def test_a_pause_overtakes_a_budget_for_which_nothing_was_written() -> None:
    """Read together, the pause is first; the budget is set behind it, from what it was decided from."""
    scene = live(Trouble(), STEP, AFTER)
    assert [one.action for one in scene.attempts] == ["pause", "set-budget"]
    assert [type(one) for one in scene.outcomes] == [CommandApplied, CommandApplied]


def test_a_person_who_gives_another_budget_still_has_the_last_word() -> None:
    """Our own step is told from theirs: the pause that was decided from neither is decided again."""
    scene = Scene(Trouble(edits=["budget"]), RUNS)
    scene.edit()
    scene.live(STEP, AFTER)
    assert [getattr(one, "reason", None) for one in scene.outcomes] == ["foreign-edit", "foreign-edit"]
    assert scene.effects == []


def test_without_knowing_our_own_budgets_a_pause_would_be_taken_back(monkeypatch: pytest.MonkeyPatch) -> None:
    """The safeguard switched off: what we set ourselves looks like a person's edit."""
    sound = Scene(Trouble(), RUNS)
    sound.live(STEP)
    sound.live(STEP, AFTER)
    assert isinstance(sound.outcome_of(AFTER), CommandApplied)
    monkeypatch.setattr(OwnBudgets, "since", lambda _self, _command: ())
    broken = Scene(Trouble(), RUNS)
    broken.live(STEP)
    broken.live(STEP, AFTER)
    assert broken.outcome_of(AFTER).reason == "foreign-edit"


def test_without_giving_way_a_stop_would_wait_for_the_budget(monkeypatch: pytest.MonkeyPatch) -> None:
    """The safeguard switched off: the budget is tried again first."""
    monkeypatch.setattr(AccountWork, "_gives_way", lambda _self, _entry: False)
    scene = tried_in_vain()
    scene.live(STEP, STOP)
    assert [one.action for one in scene.attempts] == ["set-budget", "set-budget", "pause"]
