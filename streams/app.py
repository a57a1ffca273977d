"""Makes Faust agents of ``Agent`` declarations: one body for all of them."""

from collections.abc import AsyncIterator, Callable, Iterable
from typing import Any

from streams.agent import Agent
from streams.engine.app import EngineApp
from streams.engine.batch import Batch
from streams.shell import Processed, Shell

OnProcessed = Callable[[Agent, Processed], None]


def attach(app: EngineApp, agents: Iterable[Agent], partitions: int, on_processed: OnProcessed) -> None:
    """Add agents to an app, each with its table."""
    for agent in agents:
        attach_one(app, agent, partitions, on_processed)


def attach_one(app: EngineApp, agent: Agent, partitions: int, on_processed: OnProcessed) -> Any:  # noqa: ANN401 - Faust's agent is untyped
    """Add one agent and return Faust's handle on it."""
    shell = Shell(agent)
    table = app.table(agent.table, source=agent.topic, partitions=partitions)

    async def body(batches: AsyncIterator[Batch]) -> None:
        async for batch in batches:
            processed = shell.process(batch, table.part(batch).get)
            table.stage(batch, processed.rows)
            app.producer.stage_all(processed.sends)
            on_processed(agent, processed)

    body.__name__ = agent.name
    return app.agent(app.batches(agent.topic), name=agent.name)(body)
