"""An account's commands among lost answers, refusals, people's edits and deaths at any step, in no time."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from connectors.ports import Campaign
from events.types import CommandApplied, CommandSuperseded
from proof.executor_mutations import MUTATIONS
from tests.executor_cases import BUDGET, budget, pause, resume
from tests.executor_scene import NOT_AFTER_MS, Scene, Trouble, troubles

if TYPE_CHECKING:
    from connectors.executor.command import Command

COMMANDS = {
    "pause": pause("c1", not_after_ms=NOT_AFTER_MS),
    "resume": resume("c1", not_after_ms=NOT_AFTER_MS),
    "budget": budget("c1", not_after_ms=NOT_AFTER_MS),
}


def check(scene: Scene, command: Command) -> None:
    """Hold a scene's end to what an executor promises."""
    assert len(scene.outcomes) == 1
    assert len(scene.effects) <= 1
    assert scene.writes_over_people == 0
    outcome = scene.outcomes[0]
    if isinstance(outcome, CommandApplied):
        assert command.is_met_by(scene.told_of)
        assert scene.effects or scene.edited_after_attempt
    elif isinstance(outcome, CommandSuperseded) and outcome.reason in {"already-so", "expired"}:
        assert not scene.effects
    elif isinstance(outcome, CommandSuperseded):
        assert scene.told_of != START[command.action]


START = {
    "pause": Campaign("c1", "Shoes", "enabled", BUDGET, "0"),
    "resume": Campaign("c1", "Shoes", "paused", BUDGET, "0"),
    "set-budget": Campaign("c1", "Shoes", "enabled", BUDGET, "0"),
}


@given(st.sampled_from(sorted(COMMANDS)), troubles)
def test_whatever_happens_a_command_takes_effect_once_and_never_over_a_person(
    kind: str, trouble: Trouble
) -> None:
    """One outcome, one effect at most, nothing written over an edit that came after an attempt."""
    command = COMMANDS[kind]
    scene = Scene(trouble, START[command.action])
    scene.live(command)
    check(scene, command)


DEATH_AFTER_THE_WRITE = 5  # look, two steps of the intent, before the write and behind it
SCENES_THAT_TELL = {
    "repeat-without-a-look": lambda: Trouble(answers=["lost"], edits=["resume"]),
    "write-before-the-intent": lambda: Trouble(deaths=[3]),
}


@pytest.mark.parametrize("mutation", sorted(MUTATIONS))
def test_without_its_safeguards_the_property_turns_red(
    monkeypatch: pytest.MonkeyPatch, mutation: str
) -> None:
    """The same scene holds with the safeguard and breaks without it, or the property would say nothing."""
    command = COMMANDS["pause"]
    sound = Scene(SCENES_THAT_TELL[mutation](), START["pause"])
    sound.live(command)
    check(sound, command)
    MUTATIONS[mutation](monkeypatch.setattr)
    broken = Scene(SCENES_THAT_TELL[mutation](), START["pause"])
    broken.live(command)
    with pytest.raises(AssertionError):
        check(broken, command)
