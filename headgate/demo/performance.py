"""The whole demo in a folder: everything comes up, a day passes, and the log is held to what was so."""

from __future__ import annotations

from collections import defaultdict
from contextlib import ExitStack
from statistics import median_low
from typing import TYPE_CHECKING

from events import topics as catalogue
from events.types import AlertRaised
from headgate.demo import gather, interrupts, proof, setup
from headgate.demo.bank import Bank
from headgate.demo.crew import Crew
from headgate.demo.ear import Ear
from headgate.demo.report import AccountSum, Figures, Outcome, PotSum
from headgate.demo.stage import Outside, Stage
from headgate.demo.world import World
from headgate.options import GlobalOptions
from headgate.roles import simulator
from headgate.roles.up import roles
from infra.errors import CallAPerson
from infra.health import monotonic_ms
from infra.kafka import LocalKafka
from infra.settings import Settings
from infra.world_time import WorldTime
from simulator import pointing
from streams import topics

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

    from headgate.board import Board
    from headgate.demo.orders import Order
    from headgate.demo.proof import Found
    from headgate.demo.screen import Screen
    from headgate.demo.setup import Programme
    from streams.engine.options import KafkaConf

# Eight of the scenes kill, and a death or two of each may have other reasons.
PLANNED_DEATHS = 8
# What is not Headgate: it is there before all else, and asked last how things stand.
OUTSIDE = ("localnet", "simulator")
# Trains on weeks of history, which a day does not have.
NOT_PLAYED = "forecaster"


def perform(programme: Programme, folder: Path, board: Board, screen: Screen) -> Outcome:
    """Perform it all; whatever was started has ended at the end, however that comes."""
    with ExitStack() as stack:
        try:
            return _perform(programme, folder, stack, board, screen)
        finally:
            interrupts.hold()


def _perform(programme: Programme, folder: Path, stack: ExitStack, board: Board, screen: Screen) -> Outcome:
    conf = _start_kafka(folder, stack, board)
    ear = Ear(programme.seed)
    ear.start()
    stack.callback(ear.close)
    values = setup.begin(folder, programme) | setup.telling(ear.url, ear.secret)
    settings = setup.write(folder, values)
    crew = _crew(programme, folder)
    stack.callback(crew.close)
    with board.step("Platforms (simulated), and a chain"):
        crew.start(*OUTSIDE)
    url = simulator.url_of(settings)
    if url is None:
        raise CallAPerson("The simulator did not say where it is.", "Run it again with --keep DIR.")
    settings = setup.write(folder, {**values, **pointing.values(settings, url)})
    outside = _outside(settings, url, ear, stack)
    with board.step("Pots on chain"):
        outside.bank.open(outside.world.clients())
    with board.step("Poller, workers, executors, notifier, projector, clock"):
        crew.start(*(row.name for row in crew.rows() if row.name not in OUTSIDE))
    stage = Stage(settings, conf, crew, outside, programme)
    stack.callback(stage.close)
    begun_ms = monotonic_ms()
    stage.run(screen)
    run_ms = monotonic_ms() - begun_ms
    with board.step("Proof") as tell:
        found, replay_ms = gather.gather(settings, conf, outside, tell)
    stage.late.extend(crew.drain(*OUTSIDE))
    return _outcome(programme, stage, found, run_ms=run_ms, replay_ms=replay_ms)


def _crew(programme: Programme, folder: Path) -> Crew:
    options = GlobalOptions(config=folder / setup.NAME, data_dir=folder)
    everyone = roles(options, workers=programme.workers, simulator=True, localnet=True)
    played = [role for role in everyone if role.name != NOT_PLAYED]
    return Crew(played, logs_dir=folder / "logs", planned_deaths=PLANNED_DEATHS)


def _outside(settings: Settings, url: str, ear: Ear, stack: ExitStack) -> Outside:
    world = World(url, WorldTime(settings.time.speed, settings.time.anchor_ms, settings.time.origin_ms))
    world.learn()
    bank = Bank(settings, world)
    stack.callback(bank.close)
    return Outside(world, bank, ear)


def _start_kafka(folder: Path, stack: ExitStack, board: Board) -> KafkaConf:
    # Nothing but the defaults: the demo must never reach a Kafka that someone has configured.
    settings = Settings(data_dir=folder)
    kafka = LocalKafka(folder / settings.KAFKA_FOLDER, heap_mib=settings.kafka.heap_mib)
    stack.callback(kafka.stop)
    with board.step("Kafka") as tell:
        kafka.start(progress=tell)
    conf: KafkaConf = {**settings.kafka_conf()}
    with board.step("Topics"):
        topics.apply(conf, catalogue.load(), settings.environment)
    return conf


def _outcome(programme: Programme, stage: Stage, found: Found, *, run_ms: int, replay_ms: int) -> Outcome:
    applied = [order for order in found.orders if order.outcome == "applied"]
    took = [ms for order in applied if (ms := _took_ms(order)) is not None]
    checks = [
        *proof.judge(found),
        *proof.judge_run(
            open_scenes=stage.plot.open, scenes=len(stage.plot.done), kills=stage.kills, late=stage.late
        ),
    ]
    figures = Figures(
        seed=programme.seed,
        speed=programme.speed,
        hours=programme.hours,
        run_ms=run_ms,
        campaigns=programme.campaigns,
        observations=found.replayed.observations,
        commands=len(found.orders),
        pauses=sum(order.action == "pause" for order in applied),
        resumes=sum(order.action == "resume" for order in applied),
        budget_steps=sum(order.action == "set-budget" for order in applied),
        alerts=sum(isinstance(fact, AlertRaised) for _, _, fact in found.decided_facts.told),
        plans=found.decided_facts.plans,
        plans_with_history=found.decided_facts.sure,
        messages=len(found.heard),
        kills=stage.kills,
        away_ms=stage.away_ms,
        reaction_ms_median=median_low(took) if took else None,
        reaction_ms_max=max(took, default=None),
        replay_records=found.replayed.records,
        replay_ms=replay_ms,
        state_hash=found.replayed.state_hash,
    )
    accounts, picture = _accounts(stage, found.orders), stage.picture or stage.scene()
    return Outcome(checks, accounts, figures, picture, _pots(stage, found))


def _pots(stage: Stage, found: Found) -> list[PotSum]:
    return [
        PotSum(
            client=pot.client,
            name=pot.name,
            fundings=pot.fundings,
            funded_micro_usdc=pot.funded_micro_usdc,
            settled_micro_usdc=pot.settled_micro_usdc,
            balance_micro_usdc=found.money.chain[pot.id],
        )
        for pot in sorted(stage.story.purse.pots.values(), key=lambda pot: (pot.client, pot.name))
    ]


def _accounts(stage: Stage, orders: Iterable[Order]) -> list[AccountSum]:
    by_subject: dict[str, list[Order]] = defaultdict(list)
    for order in orders:
        if order.outcome == "applied":
            by_subject[order.subject].append(order)
    sums = []
    for subject, account in sorted(stage.story.seen.accounts.items()):
        applied = by_subject[subject]
        pauses = [order for order in applied if order.action == "pause"]
        days = stage.days_of(account)
        sums.append(
            AccountSum(
                client=subject.partition("/")[0],
                label=stage.story.label(subject),
                currency=account.currency,
                days=len(days),
                budget_micros=account.budget_micros(),
                spent_micros=sum(account.spent_micros[day] for day in days),
                pauses=len(pauses),
                resumes=sum(order.action == "resume" for order in applied),
                decided_ms=_median(order.to_decide_ms for order in pauses),
                applied_ms=_median(order.to_apply_ms for order in pauses),
                reaction_ms=_median(map(_took_ms, pauses)),
                slowest_ms=max((ms for one in pauses if (ms := _took_ms(one)) is not None), default=None),
            )
        )
    return sums


def _median(values: Iterable[int | None]) -> int | None:
    known = [value for value in values if value is not None]
    return median_low(known) if known else None


def _took_ms(order: Order) -> int | None:
    if order.done_ms is None or order.page_ms is None:
        return None
    return order.done_ms - order.page_ms
