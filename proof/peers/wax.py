"""bytewax as a contender: recovery on, state by account, outputs at least once.

A page is one item, and an account's rows are one state, which is its faster form.
"""

import os
from pathlib import Path
from typing import Any

import bytewax.operators as op
from bytewax.connectors.kafka import KafkaSink, KafkaSinkMessage, KafkaSource
from bytewax.dataflow import Dataflow
from bytewax.operators import StatefulBatchLogic
from bytewax.recovery import RecoveryConfig, init_db_dir
from bytewax.run import cli_main

from datetime import timedelta

from proof.bench.job import Job, from_command_line
from proof.bench.meter import Meter
from proof.bench.step import Found, agent_of, batch_of
from streams.shell import Shell

EPOCH = timedelta(seconds=1)  # far longer than Headgate's round, which is to its advantage


class Account(StatefulBatchLogic[Any, Any, dict[bytes, bytes]]):
    """The rows of one account."""

    def __init__(self, shell: Shell, meter: Meter, rows: dict[bytes, bytes]) -> None:
        self.shell, self.meter, self.rows = shell, meter, rows

    def on_batch(self, values: list[Any]) -> tuple[list[Any], bool]:
        """Decide the account's messages."""
        records = [
            Found(one.topic, one.partition, one.offset, one.key, one.value, one.headers) for one in values
        ]
        done = self.shell.process(batch_of(records), self.rows.get)
        self.rows.update(done.rows)
        self.meter.count(done.observations)
        if self.meter.late:
            self.meter.report()
            os._exit(0)
        return done.sends, StatefulBatchLogic.RETAIN

    def snapshot(self) -> dict[bytes, bytes]:
        """Return the state to save."""
        return dict(self.rows)


def build(job: Job, meter: Meter) -> Dataflow:
    """Return the flow."""
    shell = Shell(agent_of(job))
    flow = Dataflow("account")
    source = KafkaSource(
        [job.bootstrap], [job.source], tail=False, add_config={"fetch.queue.backoff.ms": "2"}
    )
    read = op.input("read", flow, source)
    keyed = op.key_on("account", read, lambda message: message.key.decode())
    decided = op.stateful_batch("decide", keyed, lambda state: Account(shell, meter, state or {}))
    out = op.map("record", decided, as_message)
    op.output(
        "write",
        out,
        KafkaSink([job.bootstrap], job.decisions, add_config={"compression.type": job.compression}),
    )
    return flow


def as_message(keyed: Any) -> Any:  # noqa: ANN401 - bytewax's types
    """Return what the sink writes."""
    _, send = keyed
    return KafkaSinkMessage(send.key, send.value, headers=send.headers)


def main() -> None:
    """Run until the input is over."""
    job = from_command_line()
    meter = Meter(job)
    folder = Path(job.folder)
    folder.mkdir(parents=True)
    init_db_dir(folder, job.partitions)
    cli_main(build(job, meter), epoch_interval=EPOCH, recovery_config=RecoveryConfig(folder))
    meter.end()
    meter.report()


if __name__ == "__main__":
    main()
