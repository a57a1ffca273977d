from typing import Any

import pytest

from events.types import (
    CommandApplied,
    CommandAttempted,
    CommandSuperseded,
    PauseCampaign,
    ResumeCampaign,
    SetBudget,
)
from proof.chaos.verify import Verdict
from proof.path import effects
from proof.path.command import PROOFS
from proof.path.log import Command, Log, Order, Outcome
from proof.path.mutations import MUTATIONS
from proof.path.report import facts
from proof.path.run import Outcome as RunOutcome
from proof.path.world import Terms

SUBJECT, CAMPAIGN, ACCOUNT = "acme/tiktok/7", "c-1", "7"
DAY_END_MS = 100_000


def pause(order: int = 1, decided_ms: int = 1_000) -> PauseCampaign:
    """Return a pause until the end of the day."""
    return PauseCampaign(
        CAMPAIGN, order, decided_ms, DAY_END_MS, "over-budget", "2026-10-25", 12, 10, 11, "USD"
    )


def attempt(at_ms: int, order: int = 1, number: int = 1) -> CommandAttempted:
    """Return an attempt to pause."""
    return CommandAttempted(f"id-{order}", CAMPAIGN, "pause", order, number, at_ms, "enabled", 10, "")


def applied(at_ms: int, order: int = 1) -> CommandApplied:
    """Return the outcome of a pause that is in force."""
    return CommandApplied(f"id-{order}", CAMPAIGN, "pause", order, 1, at_ms)


def superseded(at_ms: int, order: int = 1) -> CommandSuperseded:
    """Return the outcome of a pause that a person undid."""
    return CommandSuperseded(f"id-{order}", CAMPAIGN, "pause", order, 1, at_ms, "foreign-edit", "enabled", 10)


def write(number: int, at_ms: int, after: str = "paused", who: str = "api", **more: object) -> dict[str, Any]:
    """Return an entry of the simulator's journal."""
    entry = {"number": number, "at_ms": at_ms, "who": who, "what": "status", "account": ACCOUNT}
    return {**entry, "campaign": CAMPAIGN, "after": after, "has_effect": True, **more}


def ordered(command: Command, attempts: list[CommandAttempted], outcomes: list[Outcome]) -> Order:
    """Return a command with what followed from it."""
    return Order(SUBJECT, command, attempts, outcomes)


def verdict(orders: list[Order], journal: list[dict[str, Any]]) -> Verdict:
    """Return what the oracle says."""
    log, found = Log(), Verdict()
    log.orders = {f"id-{one.command.order}": one for one in orders}
    effects.verify(log, journal, {ACCOUNT: SUBJECT}, found)
    return found


DONE = ordered(pause(), [attempt(2_000)], [applied(4_000)])


def test_a_command_with_one_outcome_and_one_effect_is_exact() -> None:
    """What should be looks so."""
    assert verdict([DONE], [write(1, 3_000)]).exact


def test_a_person_who_did_the_same_at_once_leaves_no_effect_to_us() -> None:
    """Between our look and our write: the platform is as wanted, and whose doing it is, nobody can tell."""
    journal = [write(1, 2_500, who="person"), write(2, 3_000, has_effect=False)]
    found = verdict([DONE], journal)
    assert (found.exact, found.counts["people who were quicker"]) == (True, 1)
    assert verdict([DONE], [write(1, 1_500, who="person")]).lost == 1


def test_a_second_effect_of_a_command_is_doubled() -> None:
    """Somebody undid it in between, or nothing would have had an effect."""
    journal = [write(1, 2_500), write(2, 3_000, "enabled", "person"), write(3, 3_500)]
    found = verdict([DONE], journal)
    assert found.doubled == 1
    # and a person was written over, which is told as well
    assert found.wrong == 1


def test_a_step_of_a_budget_is_held_to_its_own_write() -> None:
    """A write of another budget, or of a status, is none of it."""
    step = SetBudget(CAMPAIGN, 1, 1_000, DAY_END_MS, 10, 12, "USD", "steering", 11)
    order = ordered(step, [attempt(2_000)], [applied(4_000)])
    assert verdict([order], [write(1, 3_000, what="budget", after=12)]).exact
    assert verdict([order], [write(1, 3_000, what="budget", after=13)]).lost == 1
    assert verdict([order], [write(1, 3_000)]).lost == 1


def test_an_applied_command_without_an_effect_is_lost() -> None:
    """The outcome said so, and the platform knows nothing of it."""
    assert verdict([DONE], []).lost == 1


def test_a_write_for_which_there_was_no_attempt_is_wrong() -> None:
    """It left before its intent was durable."""
    late = ordered(pause(), [], [superseded(4_000)])
    assert verdict([late], [write(1, 3_000)]).wrong == 1


@pytest.mark.parametrize("at_ms", [1_500, 4_500])
def test_a_write_outside_its_commands_time_is_wrong(at_ms: int) -> None:
    """Before its first attempt, or after its outcome."""
    assert verdict([DONE], [write(1, at_ms)]).wrong == 1


def test_a_command_without_an_outcome_is_lost_and_two_outcomes_are_doubled() -> None:
    """Each command has exactly one."""
    assert verdict([ordered(pause(), [], [])], []).lost == 1
    twice = ordered(pause(), [attempt(2_000)], [applied(4_000), applied(5_000)])
    assert verdict([twice], [write(1, 3_000)]).doubled == 1


def test_a_superseded_command_may_have_had_an_effect() -> None:
    """Ours was in force and was undone, which is why it was left."""
    left = ordered(pause(), [attempt(2_000)], [superseded(4_000)])
    assert verdict([left], [write(1, 2_500), write(2, 3_000, "enabled", "person")]).exact
    assert verdict([left], []).exact


def test_a_pause_on_the_same_day_after_a_person_undid_ours_is_wrong() -> None:
    """Another command of that day writes over the person; the next day's does not."""
    again = ordered(pause(2, 50_000), [attempt(51_000, 2)], [applied(53_000, 2)])
    journal = [write(1, 3_000), write(2, 10_000, "enabled", "person")]
    assert verdict([DONE, again], [*journal, write(3, 52_000)]).wrong == 1
    tomorrow = ordered(pause(2, 150_000), [attempt(151_000, 2)], [applied(153_000, 2)])
    assert verdict([DONE, tomorrow], [*journal, write(3, 152_000)]).exact


def test_a_gap_in_the_order_of_commands_is_wrong() -> None:
    """A command that was decided and never sent would not be seen otherwise."""
    third = ordered(ResumeCampaign(CAMPAIGN, 3, 5_000, DAY_END_MS, "new-day"), [], [superseded(6_000, 3)])
    assert verdict([DONE, third], [write(1, 3_000)]).wrong == 1


def test_a_repeated_write_without_effect_is_counted_apart() -> None:
    """An attempt that was cut off may reach the platform late; it changes nothing there."""
    found = verdict([DONE], [write(1, 3_000), write(2, 3_500, has_effect=False)])
    assert found.exact
    assert found.counts["writes without effect"] == 1


def test_every_safeguard_of_the_proof_can_be_switched_off() -> None:
    """The command line names what the processes know, and each run kills somebody."""
    assert PROOFS.keys() == MUTATIONS.keys()
    assert all(terms.kills and terms.targets for terms in PROOFS.values())


def test_what_is_written_is_what_the_figures_read() -> None:
    """Kills and faults are summed by kind, and what was compared stands apart."""
    outcome = RunOutcome(Terms())
    outcome.killed["worker"] = 3
    outcome.verdict.compare("spend", {("a", "c", "d", 1): 5}, {("a", "c", "d", 1): 5})
    said = facts([outcome])
    assert (said["runs"], said["lost"], said["doubled"], said["faults"]) == (1, 0, 0, {"kill worker": 3})
    assert said["compared"] == {"spend": 1}
