"""Faust as it comes, as a contender: its own consumer and table, at least once.

State by campaign; a page is one event and one call of the step.
"""

import asyncio
import logging
from typing import Any

import faust

from proof.bench.job import Job, from_command_line
from proof.bench.meter import Meter
from proof.bench.step import Found, agent_of, batch_of
from streams.shell import Shell


def build(job: Job, meter: Meter, over: asyncio.Event) -> faust.App:
    """Return an app with the agent."""
    shell = Shell(agent_of(job))
    app = faust.App(
        job.group,
        broker=f"kafka://{job.bootstrap}",
        store="memory://",
        datadir=job.folder,
        web_enabled=False,
        topic_disable_leader=True,
        topic_allow_declare=False,
        topic_partitions=job.partitions,
        consumer_auto_offset_reset="earliest",
        processing_guarantee="exactly_once" if job.is_exactly_once else "at_least_once",
        producer_compression_type=job.compression,
    )
    source = app.topic(
        job.source, key_type=bytes, value_type=bytes, value_serializer="raw", key_serializer="raw"
    )
    decisions = app.topic(
        job.decisions, key_type=bytes, value_type=bytes, value_serializer="raw", key_serializer="raw"
    )
    table = app.Table(
        "account-state",
        partitions=job.partitions,
        key_type=bytes,
        value_type=bytes,
    )

    @app.agent(source)
    async def account(stream: Any) -> None:  # noqa: ANN401 - Faust's stream is untyped
        async for event in stream.events():
            message = event.message
            headers = list(message.headers.items()) if hasattr(message.headers, "items") else message.headers
            record = Found(
                job.source, message.partition, message.offset, message.key, message.value, list(headers or ())
            )
            done = shell.process(batch_of([record]), table.get)
            for key, row in done.rows.items():
                if row is None:
                    del table[key]
                else:
                    table[key] = row
            for send in done.sends:
                await decisions.send(key=send.key, value=send.value, headers=dict(send.headers or ()))
            meter.count(done.observations)
            if meter.finished:
                over.set()

    return app


async def main() -> None:
    """Run until the job is over."""
    job = from_command_line()
    meter = Meter(job)
    over = asyncio.Event()
    app = build(job, meter, over)
    await app.start()
    await over.wait()
    meter.report()
    await app.stop()


if __name__ == "__main__":
    logging.basicConfig(level="WARNING")
    asyncio.run(main())
