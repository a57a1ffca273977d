import json
import subprocess
import sys
from pathlib import Path

import pytest

from proof.simulation import runs
from proof.simulation.mutations import MUTATIONS, Mutation

FIRST_SEED = 1
SEEDS, SEEDS_IN_A_TEST = 300, 50
DISK_SEEDS = range(1, 9)


@pytest.mark.parametrize("first", range(FIRST_SEED, FIRST_SEED + SEEDS, SEEDS_IN_A_TEST))
def test_nothing_is_lost_or_doubled_whatever_the_seed_does(first: int) -> None:
    """Kills at any step, zombies, rebalances and refusals: log, changelog, memory and oracle agree."""
    outcomes = [runs.run(seed) for seed in range(first, first + SEEDS_IN_A_TEST)]
    assert [f"seed {one.seed}: {one.told()}" for one in outcomes if not one.is_exact] == []


@pytest.mark.parametrize("seed", DISK_SEEDS)
def test_stores_on_disk_are_as_exact_as_memory(seed: int) -> None:
    """The same trouble with state that outlives the processes."""
    outcome = runs.run(seed, on_disk=True)
    assert outcome.is_exact, outcome.told()


def test_a_lost_batch_ends_the_process_and_is_read_again() -> None:
    """With batches dropped between fetch and agents, whatever is committed is whole."""
    outcomes = [runs.run(seed, skips=True) for seed in range(1, 31)]
    assert [one.told() for one in outcomes if not one.is_stuck and not one.verdict.is_exact] == []
    assert sum(one.faults["skip"] for one in outcomes) > 0
    assert sum(one.faults["ended: LinkBroken"] for one in outcomes) > 0


@pytest.mark.parametrize("mutation", MUTATIONS, ids=lambda mutation: mutation.name.replace(" ", "-"))
def test_a_safeguard_that_is_off_shows(mutation: Mutation) -> None:
    """The harness can fail: without the safeguard a seed turns red, and with it the same seeds do not."""
    shown = runs.try_mutation(mutation, FIRST_SEED)
    assert shown.seed is not None
    assert shown.in_control == [], shown.told()


def test_a_seed_repeats_itself_to_the_step() -> None:
    """What a seed has shown once it shows again."""
    for seed in (3, 11):
        first, again = runs.run(seed), runs.run(seed)
        assert (first.faults, first.steps) == (again.faults, again.steps)


def test_the_trouble_reaches_every_step_of_a_round() -> None:
    """Over some hundred seeds processes die at each step at which they can."""
    faults = sum((runs.run(seed).faults for seed in range(1, 121)), runs.run(0).faults)
    steps = ("send_offsets", "commit_transaction", "commit_transaction is done", "write", "watermarks")
    assert [step for step in steps if not faults[f"killed at: {step}"]] == []
    kinds = ("rebalance", "leave", "stand still", "woke after the end", "refused", "late answer", "abortable")
    assert [kind for kind in (*kinds, "fatal", "second in its place") if not faults[kind]] == []


def test_the_command_writes_its_result(tmp_path: Path) -> None:
    """The figures' page reads what the simulation writes, and the exit code tells whether all is well."""
    to = tmp_path / "simulation.json"
    command = [sys.executable, "-m", "proof.simulation", "--seeds", "3", "--no-mutations", "--json", str(to)]
    done = subprocess.run(command, capture_output=True, text=True, timeout=120, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    result = json.loads(to.read_text())
    assert (result["runs"], result["lost"], result["doubled"]) == (3, 0, 0)
    assert set(result) >= {"faults", "mutations"}
