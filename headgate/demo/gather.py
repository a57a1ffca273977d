"""Gathers what the proof needs after the run: tables, commands and dead letters of the log, and a replay."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Any

import msgspec

from domain.account.rows import AnyRow
from domain.pacing import cells
from domain.pacing.rows import CampaignRow, DayRow
from events import topics
from headgate.demo import money_proof
from headgate.demo.follow import told
from headgate.demo.orders import Order, Orders
from headgate.demo.proof import Found
from headgate.demo.rules import Decided
from projections import query
from streams import dead_letters, reading
from streams.agents.account import ACCOUNT
from streams.agents.treasury import TREASURY
from streams.engine.values import VERSION_BYTES
from streams.replay import Replay
from streams.worker import GROUP

if TYPE_CHECKING:
    from collections.abc import Callable

    from headgate.demo.proof import Micros
    from headgate.demo.stage import Outside
    from infra.settings import Settings
    from streams.agent import Agent
    from streams.engine.options import KafkaConf
    from streams.replay import Replayed

CHANGELOG = topics.changelog_name(GROUP, ACCOUNT.table)
DECISIONS = "account-decisions"
COMMAND_TOPICS = ("account-facts", "platform-commands", "platform-attempts")
CELLS_MAX = 100_000
CELLS_SQL = "SELECT subject, campaign, day, hour, spend_micros FROM spend"

_decode = msgspec.msgpack.Decoder(AnyRow).decode


def gather(
    settings: Settings, conf: KafkaConf, outside: Outside, tell: Callable[[str], None]
) -> tuple[Found, int]:
    """Read everything from its beginning; return it with how long the deciding again took, in ms."""
    world, ear = outside.world, outside.ear
    tell("asking the platform")
    reported, writes = world.reported(), world.writes()
    tell("reading the agent's table")
    decided = decided_micros(conf)
    tell("asking ClickHouse")
    projected = projected_micros(settings)
    tell("reading commands, decisions and dead letters")
    orders, facts = commands(conf), decisions(conf)
    parked = [f"{one.origin.topic}: {one.origin.reason}" for one in dead_letters.letters(conf)]
    tell("asking chain and ledger")
    money = money_proof.gather(settings, conf, outside.bank)
    replayed, replay_ms = replay(conf, ACCOUNT, tell)
    treasury, _ = replay(conf, TREASURY, tell)
    found = Found(
        reported,
        decided,
        projected,
        writes,
        orders,
        parked,
        replayed,
        money,
        treasury,
        facts,
        tuple(ear.heard),
        ear.refused,
        world.currencies(),
    )
    return found, replay_ms


def decided_micros(conf: KafkaConf) -> Micros:
    """Return what the agent's table holds, by campaign, day and hour."""
    newest: dict[bytes, bytes | None] = {}
    for message in reading.read(conf, CHANGELOG):
        key: Any = message.key()
        value: Any = message.value()
        newest[key] = value
    found: Micros = {}
    for key, value in newest.items():
        if value is None or key.startswith(b"\0"):
            continue
        row = _decode(value[VERSION_BYTES:])
        if not isinstance(row, CampaignRow | DayRow):
            continue
        subject, campaign, *day = key.decode().split("\0")
        of = row.day if isinstance(row, CampaignRow) else day[0]
        for hour, micros in enumerate(cells.totals(row.cells)):
            # A day that is put away lies under its own key, and never under both.
            found[subject, campaign, of, hour] = micros
    return found


def projected_micros(settings: Settings) -> Micros:
    """Return what ClickHouse says, by campaign, day and hour."""
    answer = query.ask(settings, CELLS_SQL, limit=CELLS_MAX)
    return {
        (subject, campaign, str(day), hour): micros for subject, campaign, day, hour, micros in answer.rows
    }


def commands(conf: KafkaConf) -> list[Order]:
    """Return all commands of the log with what came of them."""
    orders = Orders()
    for topic in COMMAND_TOPICS:
        for message in reading.read(conf, topic):
            one = told(message)
            if one.event is not None:
                orders.take(one.event, partition=one.partition, offset=one.offset, wall_ms=one.wall_ms)
    return list(orders.by_id.values())


def decisions(conf: KafkaConf) -> Decided:
    """Return what the agent told readers, all of it."""
    found = Decided()
    for message in reading.read(conf, DECISIONS):
        one = told(message)
        if one.event is not None:
            found.take(one.event)
    return found


def replay(conf: KafkaConf, agent: Agent, tell: Callable[[str], None]) -> tuple[Replayed, int]:
    """Decide an agent's log again and compare it with what was recorded."""
    again = Replay(conf, agent, group=GROUP, changelog=topics.changelog_name(GROUP, agent.table))
    begun = time.monotonic_ns()
    again.decide(_every_tenth(lambda done, whole: tell(f"deciding again: {done:,} of {whole:,} records")))
    replay_ms = (time.monotonic_ns() - begun) // 1_000_000
    tell("comparing every row")
    again.compare_state()
    tell("comparing every decision")
    again.compare_outputs()
    return again.result, replay_ms


def _every_tenth(tell: Callable[[int, int], None]) -> Callable[[int, int], None]:
    told_tenths = -1

    def progress(done: int, whole: int) -> None:
        nonlocal told_tenths
        if (tenths := done * 10 // max(whole, 1)) > told_tenths:
            told_tenths = tenths
            tell(done, whole)

    return progress
