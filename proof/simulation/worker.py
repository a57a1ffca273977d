"""One worker: the engine's real parts, put together without Faust's loop and without threads."""

from collections.abc import Coroutine, Iterable
from functools import partial
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any

from faust.types import TP

from proof.simulation.agents import AGENTS, SOURCES, changelog
from proof.simulation.consumer import SimulatedConsumer
from proof.simulation.producer import SimulatedProducer
from streams.agent import Agent
from streams.app import step
from streams.engine.batch import Batch
from streams.engine.membership import Membership
from streams.engine.options import EngineOptions
from streams.engine.restore import restore
from streams.engine.rounds import Rounds
from streams.engine.stores import DiskStore, MemoryStore
from streams.engine.tables import Table, Tables
from streams.engine.transaction import Ends, Send, Staged, Transactions
from streams.shell import Shell

if TYPE_CHECKING:
    from proof.simulation.process import Process


class SimulatedTable:
    """A table without Faust's dictionary around it: the engine's methods on the engine's store."""

    part = Table.part
    stage = Table.stage

    def __init__(self, app: Any, agent: Agent, *, on_disk: bool) -> None:  # noqa: ANN401 - what a store needs of an app
        self.name, self.source = agent.table, agent.topic
        self.changelog_topic_name = changelog(agent)
        kind = DiskStore if on_disk else MemoryStore
        self.data = kind("", app, self, key_serializer="raw", value_serializer="raw")


class Sends:
    """What agents have sent in this round."""

    def __init__(self) -> None:
        self.staged: list[Send] = []

    def stage_all(self, sends: Iterable[Send]) -> None:
        """Let records leave with the round."""
        self.staged.extend(sends)

    def take(self) -> list[Send]:
        """Hand them over."""
        taken, self.staged = self.staged, []
        return taken


class Worker:
    """One incarnation; the order of its steps is that of ``streams.engine.consumer``."""

    def __init__(self, process: "Process", options: EngineOptions, *, on_disk: bool) -> None:
        self.process, self.options = process, options
        app = SimpleNamespace(options=options)
        self.tables: Any = Tables(app)
        self.tables.restore_with = partial(restore, make=partial(SimulatedConsumer, process))
        self.sends = Sends()
        self.agents: dict[str, tuple[Shell, Any]] = {}
        for agent in AGENTS:
            table: Any = SimulatedTable(app, agent, on_disk=on_disk)
            self.agents[agent.topic] = Shell(agent), self.tables.add(table)
        self.membership = Membership(
            options, self.take_over, self.give_up, make=partial(SimulatedConsumer, process)
        )
        self.transactions = Transactions(options, make=partial(SimulatedProducer, process))
        self.rounds = Rounds(self.tables, self.deliver, self.sends.take, self.commit, self.transactions.early)
        self.owned: set[TP] = set()

    def run(self) -> None:
        """Work until told to leave; whatever is raised ends the process."""
        try:
            self.transactions.open()
            self.membership.open()
            self.membership.subscribe(SOURCES)
            while not self.process.is_leaving:
                self.round()
            self.membership.close()
        finally:
            for _, table in self.agents.values():
                table.data.reset_state()  # lets go of files, as the end of a process does

    def round(self) -> None:
        """Fetch and process."""
        records = self.membership.fetch()
        if self.process.chance(0.02):
            self.membership.lag()
        if not records:
            return
        fetched = self.rounds.links.fetch(records)
        if self.process.is_struck("skip"):
            return
        drive(self.rounds.run(fetched))

    async def deliver(self, batches: list[Batch]) -> None:
        """Give each batch to its agent, in any order."""
        for batch in self.process.shuffled(batches):
            shell, table = self.agents[batch.tp.topic]
            step(shell, table, self.sends, batch)
            self.rounds.through(batch.tp, batch.last_offset)
            self.process.step("an agent is through")

    async def commit(self, staged: Staged) -> Ends:
        """Commit a round."""
        ends = self.transactions.commit(staged, self.membership.proof())
        self.process.step("committed, and the state does not know it yet")
        return ends

    def take_over(self, starts: dict[TP, int]) -> None:
        """Bring the state of what is ours up to date before it is read."""
        self.owned = set(starts)
        self.tables.keep(starts)
        self.tables.restore(set(starts), dict.fromkeys(self.tables.changelogs_on_disk(), "simulated"))
        self.rounds.links.begin(starts)

    def give_up(self) -> None:
        """Own nothing until the next assignment."""
        self.owned = set()


def drive(work: Coroutine[Any, Any, None]) -> None:
    """Run a coroutine that waits for nothing but simulated steps."""
    try:
        work.send(None)
    except StopIteration:
        return
    raise AssertionError("a round waited for an event loop")
