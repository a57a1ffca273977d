"""The whole demo in a folder: Kafka and workers come up, the day runs, the log is held to what was sent."""

from __future__ import annotations

from contextlib import ExitStack
from dataclasses import dataclass
from typing import TYPE_CHECKING

from events import topics as catalogue
from headgate.demo import interrupts, proof
from headgate.demo.crew import Crew
from headgate.demo.report import Figures, Outcome
from headgate.demo.stage import Stage
from infra.kafka import LocalKafka
from infra.settings import Settings
from streams import topics
from streams.agents.account import ACCOUNT

if TYPE_CHECKING:
    from pathlib import Path

    from headgate.board import Board
    from headgate.demo.proof import Check, Found
    from headgate.demo.screen import Screen
    from headgate.demo.script import Plan
    from streams.engine.options import KafkaConf


@dataclass(frozen=True, slots=True)
class Programme:
    """What is performed."""

    plan: Plan
    kills: int
    workers: int


def perform(programme: Programme, folder: Path, board: Board, screen: Screen) -> Outcome:
    """Perform it all; whatever was started has ended at the end, however that comes."""
    # Nothing but the defaults: the demo must never reach a Kafka that someone has configured.
    settings = Settings(data_dir=folder)
    with ExitStack() as stack:
        try:
            return _perform(programme, settings, stack, board, screen)
        finally:
            interrupts.hold()


def _perform(
    programme: Programme, settings: Settings, stack: ExitStack, board: Board, screen: Screen
) -> Outcome:
    conf = _start_kafka(settings, stack, board)
    crew = Crew(settings.data_dir, workers=programme.workers, planned_deaths=programme.kills)
    stack.callback(crew.close)
    with board.step("Workers"):
        crew.start()
    partitions = range(catalogue.load().topic(ACCOUNT.topic).partitions.of(settings.environment))
    stage = Stage(programme.plan, conf, crew, kills=programme.kills, partitions=partitions)
    stack.callback(stage.close)
    stage.run(screen)
    with board.step("Proof") as tell:
        found = proof.gather(conf, tell)
    return _outcome(programme, stage, found)


def _start_kafka(settings: Settings, stack: ExitStack, board: Board) -> KafkaConf:
    kafka = LocalKafka(settings.data_dir / settings.KAFKA_FOLDER, heap_mib=settings.kafka.heap_mib)
    stack.callback(kafka.stop)
    with board.step("Kafka") as tell:
        kafka.start(progress=tell)
    conf: KafkaConf = {**settings.kafka_conf()}
    with board.step("Topics"):
        topics.apply(conf, catalogue.load(), settings.environment)
    return conf


def _outcome(programme: Programme, stage: Stage, found: Found) -> Outcome:
    kills, feeder = stage.killer.done, stage.feeder
    checks: list[Check] = [
        *proof.judge(feeder.ledger, feeder.ends, found),
        *proof.judge_run(kills, planned=programme.kills, drained=stage.drained),
    ]
    silences = proof.silences_ms(stage.watch.commits, kills)
    figures = Figures(
        seed=programme.plan.seed,
        campaigns=programme.plan.campaigns,
        workers=programme.workers,
        run_ms=stage.fed_ms,
        records=found.replayed.records,
        observations=found.replayed.observations,
        observations_per_second=found.replayed.observations * 1_000 // max(stage.fed_ms, 1),
        kills=len(kills),
        kills_in_a_round=sum(kill.open_partitions > 0 for kill in kills),
        kills_while_restarting=sum(kill.while_restarting for kill in kills),
        silences_ms=silences,
        longest_silence_ms=max(silences, default=0),
        replay_observations_per_second=found.replayed.observations * 1_000 // max(found.replay_ms, 1),
        state_rows=found.replayed.state.expected,
        state_hash=found.replayed.state_hash,
    )
    return Outcome(checks, figures, stage.picture or stage.scene())
