"""Says what a run has lost, doubled or got wrong, by log, changelog, memory and an independent oracle."""

from collections import Counter, defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from faust.types import TP

from domain.pacing.cells import totals
from domain.pacing.rows import CampaignRow, DayRow
from proof.simulation.agents import AGENTS, METER, TALLY, changelog
from proof.simulation.log import Log
from proof.simulation.oracle import CampaignDay, Oracle
from streams.agent import Agent
from streams.agents.account import ACCOUNT
from streams.engine.batch import Batch
from streams.engine.parts import MemoryPart
from streams.engine.transaction import Send
from streams.engine.values import VERSION_BYTES
from streams.replay import fingerprint, identity, is_of
from streams.shell import DEAD_LETTERS, Shell

if TYPE_CHECKING:
    from proof.simulation.world import World

Rows = dict[bytes, bytes]


@dataclass
class Verdict:
    """What was found; all empty is exact."""

    lost: int = 0
    doubled: int = 0
    wrong_rows: int = 0
    """Rows and records that are not what the log says."""
    stale_restored: int = 0
    """Rows for which a restore would give an older value than the changelog has."""
    metered_twice: int = 0
    tallied_twice: int = 0
    stale_rows: int = 0
    """Values in changelogs that are older than those before them; a restore refuses them."""
    notes: list[str] = field(default_factory=list)

    @property
    def is_exact(self) -> bool:
        """Whether nothing was lost, doubled or wrong."""
        return not (self.lost or self.doubled or self.wrong_rows)


def verify(world: "World") -> Verdict:
    """Compare everything that a run has left."""
    verdict, decisions = Verdict(), 0
    for agent in AGENTS:
        rows, sends = decided(world, agent)
        compare_outputs(world, agent, sends, verdict)
        there = {log.where[1]: restored(world, log, verdict) for log in world.broker.of(changelog(agent))}
        compare_rows(world, agent, rows, there, verdict)
        if agent is ACCOUNT:
            compare_spend(world, there, verdict)
            decisions = sum(1 for send in sends if send.topic == TALLY.topic)
        elif agent is METER:
            records = sum(1 for log in world.broker.of(METER.topic) for _ in log.committed())
            verdict.metered_twice = compare_count(METER, records, there, verdict)
        else:
            verdict.tallied_twice = compare_count(TALLY, decisions, there, verdict)
    return verdict


def decided(world: "World", agent: Agent) -> tuple[dict[int, Rows], list[Send]]:
    """Decide an agent's log again, each partition in one piece."""
    shell, rows, sends = Shell(agent), {}, []
    for log in world.broker.of(agent.topic):
        part, partition = MemoryPart(), log.where[1]
        entries: list[Any] = list(log.committed())
        if entries:
            done = shell.process(Batch(TP(*log.where), entries), part.get)
            part.apply(done.rows, 0, 0)
            sends += done.sends
        rows[partition] = part.rows
    return rows, sends


def compare_outputs(world: "World", agent: Agent, sends: list[Send], verdict: Verdict) -> None:
    """Look for each record that the agent should have sent."""
    expected = {identity(send.topic, send.headers): fingerprint(send) for send in sends}
    found: Counter[tuple[str, str]] = Counter()
    for send in sent(world, agent):
        name = identity(send.topic, send.headers)
        found[name] += 1
        if expected.get(name) != fingerprint(send):
            verdict.wrong_rows += 1
            verdict.notes.append(f"{agent.name}: {name} is unexpected or says something else")
    for name in expected:
        if not found[name]:
            verdict.lost += 1
            verdict.notes.append(f"{agent.name}: {name} is missing")
    for name, times in found.items():
        if times > 1:
            verdict.doubled += 1
            verdict.notes.append(f"{agent.name}: {name} came {times} times")


def sent(world: "World", agent: Agent) -> Iterator[Send]:
    """Iterate over the committed records that an agent has sent."""
    for topic in sorted({*agent.routes.values(), DEAD_LETTERS}):
        for log in world.broker.of(topic):
            for entry in log.committed():
                send = Send(topic, entry.key(), entry.value(), list(entry.headers() or ()))
                if is_of(agent, send):
                    yield send


def restored(world: "World", log: Log, verdict: Verdict) -> Rows:
    """Return what a restore makes of a changelog."""
    found, newest = world.restored(start=0), dict[bytes, bytes]()
    for entry in log.committed():
        headers: Any = entry.headers()
        key, value = entry.key() or b"", entry.value()
        found.take(key, value, headers)
        if value is not None:
            newest[key] = max(newest.get(key, b""), value[:VERSION_BYTES])
    verdict.stale_rows += found.refused
    verdict.stale_restored += sum(
        1 for key, value in found.rows.items() if value is not None and value[:VERSION_BYTES] < newest[key]
    )
    return {key: value for key, value in found.rows.items() if value is not None}


def compare_rows(
    world: "World", agent: Agent, expected: dict[int, Rows], there: dict[int, Rows], verdict: Verdict
) -> None:
    """Compare a table with its changelog's content, and with what its owners have."""
    for partition, rows in expected.items():
        note_rows(f"{agent.table} in the changelog", rows, there[partition], verdict)
        for worker in world.alive():
            if TP(agent.topic, partition) in worker.owned:
                part = worker.agents[agent.topic][1].data.part(partition)
                note_rows(f"{agent.table} in memory", rows, dict(part.items()), verdict)


def note_rows(what: str, expected: Rows, there: Rows, verdict: Verdict) -> None:
    """Note each row that differs."""
    for key in expected.keys() | there.keys():
        if expected.get(key) != there.get(key):
            verdict.wrong_rows += 1
            verdict.notes.append(f"{what}: {key!r} is {there.get(key)!r}, not {expected.get(key)!r}")


def compare_spend(world: "World", rows: dict[int, Rows], verdict: Verdict) -> None:
    """Hold what the decider made of the log to what the oracle makes of it."""
    oracle = Oracle()
    for log in world.broker.of(ACCOUNT.topic):
        oracle.read(log.committed())
    letters = sum(1 for log in world.broker.of(DEAD_LETTERS) for _ in log.committed())
    if letters != oracle.parked:
        verdict.notes.append(f"{letters} dead letters, not {oracle.parked}")
        verdict.lost += max(oracle.parked - letters, 0)
        verdict.doubled += max(letters - oracle.parked, 0)
    expected, there = oracle.spend(), spend(rows)
    for where in expected.keys() | there.keys():
        if expected.get(where, 0) != there.get(where, 0):
            verdict.wrong_rows += 1
            verdict.notes.append(f"{where}: {there.get(where)} micros, not {expected.get(where)}")


def spend(rows: dict[int, Rows]) -> dict[CampaignDay, int]:
    """Return what an account agent's rows say each campaign spent on each day."""
    shell, total = Shell(ACCOUNT), defaultdict[CampaignDay, int](int)
    for part in rows.values():
        for key, value in part.items():
            if key.startswith(b"\0"):
                continue
            row, names = shell.row(value), key.decode().split("\0")
            if isinstance(row, CampaignRow):
                total[names[0], names[1], row.day] = row.spent_micros + row.recorded_micros
            elif isinstance(row, DayRow):
                current = shell.row(part[campaign]) if (campaign := key.rsplit(b"\0", 1)[0]) in part else None
                if not isinstance(current, CampaignRow) or current.day != names[2]:
                    total[names[0], names[1], names[2]] = sum(totals(row.cells)) + row.recorded_micros
    return {where: micros for where, micros in total.items() if micros}


def compare_count(agent: Agent, records: int, rows: dict[int, Rows], verdict: Verdict) -> int:
    """Hold a counting agent to the number of its records; return how many it has counted too many."""
    shell = Shell(agent)
    counted = sum(
        getattr(shell.row(value), "count", 0)
        for part in rows.values()
        for key, value in part.items()
        if not key.startswith(b"\0")
    )
    verdict.lost += max(records - counted, 0)
    verdict.doubled += max(counted - records, 0)
    return max(counted - records, 0)
