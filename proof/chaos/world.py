"""The world of one chaos run: its cluster, topics, group and agents, told to each process by a file."""

from pathlib import Path

from msgspec import Struct, json, structs

from events import topics
from events.topics import ByEnvironment, Environment, Topic, changelog_name
from proof.chaos import agents
from streams.agent import Agent
from streams.engine.options import EngineOptions
from streams.kafka_admin import Admin

PARTITIONS = 6
# Short enough that a stopped worker is taken over soon, long enough for a machine with everything running.
SESSION_TIMEOUT_MS = 3_000
HEARTBEAT_MS = 500
TRANSACTION_TIMEOUT_MS = 3_000
# Small rounds: many commits a second, so that trouble finds one in flight.
ROUND_RECORDS_MAX = 30


class World(Struct, frozen=True):
    """What all processes of a run agree on; its name is part of every topic, so runs share a cluster."""

    name: str
    bootstrap: str
    folder: str
    environment: Environment = "embedded"
    store: str = "memory"
    chain: bool = False
    static_member: bool = True

    @property
    def kafka(self) -> dict[str, str | int | float | bool]:
        """The settings of any client."""
        return {"bootstrap.servers": self.bootstrap}

    @property
    def facts(self) -> str:
        """The account agent's topic."""
        return f"{self.name}-facts"

    @property
    def increments(self) -> str:
        """The meter's topic."""
        return f"{self.name}-increments"

    def agents(self) -> tuple[Agent, ...]:
        """Return the agents that a worker runs; in a chain one reads what another decides."""
        both = (agents.account(self.name), agents.meter(self.name))
        return (*both, agents.tally(self.name)) if self.chain else both

    def changelog(self, agent: Agent) -> str:
        """Return the changelog of an agent's table."""
        return changelog_name(self.name, agent.table)

    def engine_options(self, slot: str) -> EngineOptions:
        """Return the engine's settings of one worker."""
        return EngineOptions(
            group=self.name,
            slot=slot,
            kafka=self.kafka,
            session_timeout_ms=SESSION_TIMEOUT_MS,
            heartbeat_ms=HEARTBEAT_MS,
            transaction_timeout_ms=TRANSACTION_TIMEOUT_MS,
            round_records_max=ROUND_RECORDS_MAX,
            folder=str(Path(self.folder) / "state"),
            static_member=self.static_member,
        )

    def save(self) -> Path:
        """Write the world where its processes find it."""
        path = Path(self.folder) / "world.json"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(json.encode(self))
        return path

    def create_topics(self) -> None:
        """Create the topics, kept as the product's own."""
        admin, catalogue = Admin(self.kafka), topics.load()
        log = catalogue.topic("account-facts")
        changelog = next(topic for topic in catalogue.topics if topic.carries == ("state",))
        admin.create(catalogue.topic("dead-letters"), self.environment)
        for name in {self.facts, self.increments, *(t for a in self.agents() for t in a.routes.values())}:
            admin.create(_like(log, name), self.environment)
        for agent in self.agents():
            admin.create(_like(changelog, self.changelog(agent)), self.environment)


def load(path: Path) -> World:
    """Read a world that the harness has written."""
    return json.decode(path.read_bytes(), type=World)


def _like(topic: Topic, name: str) -> Topic:
    return structs.replace(topic, name=name, partitions=ByEnvironment(PARTITIONS, PARTITIONS, PARTITIONS))
