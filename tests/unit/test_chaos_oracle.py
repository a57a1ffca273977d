from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from faust.types import TP

from proof.chaos.generator import Generator, Item
from proof.chaos.verify import Verdict, counted, spend_of
from proof.chaos.world import PARTITIONS, World
from streams.engine.batch import Batch
from streams.engine.parts import MemoryPart
from streams.shell import Shell

STEPS = 1_500


@pytest.fixture
def world(tmp_path: Path) -> World:
    """Return a world whose cluster nobody asks."""
    return World(name="w", bootstrap="none", folder=str(tmp_path))


def items(generator: Generator) -> list[Item]:
    """Return some input."""
    return [*generator.first(), *(item for _ in range(STEPS) for item in generator.step())]


def record(item: Item, offset: int) -> Any:  # noqa: ANN401 - stands for the client's record
    """Return an item as it is read."""
    return SimpleNamespace(
        topic=lambda: item.topic,
        partition=lambda: 0,
        offset=lambda: offset,
        key=lambda: item.key.encode(),  # noqa: PLW0108 - like the others
        value=lambda: item.value,
        headers=lambda: item.headers,
    )


def decided(world: World, number: int, given: list[Item], *, twice: bool = False) -> MemoryPart:
    """Return the state of an agent after one partition's input."""
    agent, part = world.agents()[number], MemoryPart()
    chosen = [item for item in given if item.topic == agent.topic]
    for offset, item in enumerate([*chosen, *chosen] if twice else chosen):
        done = Shell(agent).process(Batch(TP(agent.topic, 0), [record(item, offset)]), part.get)
        part.apply(done.rows, offset, offset)
        assert (done.parked == [item.parked]) if item.parked else not done.parked
    return part


def test_the_same_seed_gives_the_same_input(world: World) -> None:
    """A run that went wrong can be fed again."""
    assert items(Generator(world, 7)) == items(Generator(world, 7))
    assert items(Generator(world, 7)) != items(Generator(world, 8))


def test_the_oracle_and_the_deciders_agree_when_nothing_goes_wrong(world: World) -> None:
    """What chaos later finds is then the engine's, and no quarrel of two interpretations."""
    generator = Generator(world, 3)
    given = items(generator)
    oracle, verdict = generator.oracle, Verdict()
    verdict.compare("spend", oracle.spend(), spend_of(decided(world, 0, given).items()))
    rows = counted(decided(world, 1, given).items())
    verdict.compare("metered", dict(oracle.meters), {key: row.sum_micros for key, row in rows.items()})
    assert verdict.exact, verdict.examples
    assert verdict.counts["spend compared"] > PARTITIONS


def test_the_meter_forgives_no_repetition(world: World) -> None:
    """A record that came twice counts twice, so that a defect of the engine cannot hide."""
    generator = Generator(world, 3)
    given = items(generator)
    rows, verdict = counted(decided(world, 1, given, twice=True).items()), Verdict()
    verdict.compare(
        "metered", dict(generator.oracle.meters), {key: row.sum_micros for key, row in rows.items()}
    )
    assert verdict.doubled == len(generator.oracle.meters)


def test_a_difference_of_one_micro_is_seen() -> None:
    """Sums are compared exactly, in both directions."""
    verdict = Verdict()
    verdict.compare("spend", {"a": 5, "b": 5, "c": 5}, {"a": 6, "b": 4, "d": 1})
    assert (verdict.doubled, verdict.lost, verdict.exact) == (2, 2, False)
