"""Makes Faust agents of ``Agent`` declarations: one body for all of them."""

from collections.abc import AsyncIterator, Callable, Iterable
from typing import Any, Protocol

from streams.agent import Agent
from streams.engine.app import EngineApp
from streams.engine.batch import Batch
from streams.engine.tables import Table
from streams.engine.transaction import Send
from streams.shell import Processed, Shell

OnProcessed = Callable[[Agent, Processed], None]


class Stages(Protocol):
    """Where an agent's sends wait for the round."""

    def stage_all(self, sends: Iterable[Send]) -> None:
        """Let records leave with the round."""
        ...


def attach(
    app: EngineApp, agents: Iterable[Agent], partitions_of: Callable[[str], int], on_processed: OnProcessed
) -> None:
    """Add agents to an app, each with its table, which has as many partitions as the agent's topic."""
    for agent in agents:
        attach_one(app, agent, partitions_of(agent.topic), on_processed)


def attach_one(app: EngineApp, agent: Agent, partitions: int, on_processed: OnProcessed) -> Any:  # noqa: ANN401 - Faust's agent is untyped
    """Add one agent and return Faust's handle on it."""
    shell = Shell(agent)
    table = app.table(agent.table, source=agent.topic, partitions=partitions)

    async def body(batches: AsyncIterator[Batch]) -> None:
        async for batch in batches:
            on_processed(agent, step(shell, table, app.producer, batch))

    body.__name__ = agent.name
    return app.agent(app.batches(agent.topic), name=agent.name)(body)


def step(shell: Shell, table: Table, producer: Stages, batch: Batch) -> Processed:
    """Decide one batch and stage what follows from it; the round commits it."""
    processed = shell.process(batch, table.part(batch).get)
    table.stage(batch, processed.rows)
    producer.stage_all(processed.sends)
    return processed
