"""bytewax as a contender: recovery on, state by account, outputs at least once.

A page is one item and an account's rows are one state, which is its faster form: it reads thousands of
pages at a time, so that several pages of an account are decided in one step and their rows written once.
"""

import os
from datetime import timedelta
from pathlib import Path
from typing import Any

import bytewax.operators as op
from bytewax.connectors.kafka import KafkaSink, KafkaSinkMessage, KafkaSource
from bytewax.dataflow import Dataflow
from bytewax.operators import StatefulBatchLogic
from bytewax.recovery import RecoveryConfig, init_db_dir
from bytewax.run import cli_main

from proof.bench.job import Job, from_command_line
from proof.bench.meter import Meter
from proof.bench.step import Found, agent_of, batch_of
from streams.shell import Shell

EPOCH = timedelta(seconds=1)  # far longer than Headgate's round, which is to its advantage


class Account(StatefulBatchLogic[Any, Any, dict[bytes, bytes]]):
    """The rows of one account."""

    def __init__(self, shell: Shell, meter: Meter, rows: dict[bytes, bytes] | None) -> None:
        self.shell, self.meter, self.rows = shell, meter, rows or {}

    def on_batch(self, values: list[Any]) -> tuple[list[Any], bool]:
        """Decide the account's messages."""
        records: list[Any] = [
            Found(one.topic, one.partition, one.offset, one.key, one.value, one.headers) for one in values
        ]
        done = self.shell.process(batch_of(records), self.rows.get)
        for key, row in done.rows.items():
            if row is None:
                self.rows.pop(key, None)
            else:
                self.rows[key] = row
        self.meter.count(done.observations)
        if self.meter.late:
            self.meter.report()
            os._exit(0)
        return done.sends, StatefulBatchLogic.RETAIN

    def snapshot(self) -> dict[bytes, bytes]:
        """Return the state to save."""
        return dict(self.rows)


def source(job: Job) -> KafkaSource:
    """Return the input, read to its present end."""
    return KafkaSource([job.bootstrap], [job.source], tail=False)


def output(job: Job, keyed: Any) -> None:  # noqa: ANN401 - bytewax's types
    """Write what was decided."""
    sink = KafkaSink([job.bootstrap], job.decisions, add_config={"compression.type": job.compression})
    op.output("write", op.map("record", keyed, as_message), sink)


def as_message(keyed: Any) -> Any:  # noqa: ANN401 - bytewax's types
    """Return what the sink writes."""
    _, send = keyed
    return KafkaSinkMessage(send.key, send.value, headers=send.headers)


def run(job: Job, meter: Meter, flow: Dataflow) -> None:
    """Run until the input is over; only then is everything durable."""
    folder = Path(job.folder)
    folder.mkdir(parents=True)
    init_db_dir(folder, job.partitions)
    cli_main(flow, epoch_interval=EPOCH, recovery_config=RecoveryConfig(folder))
    meter.end()
    meter.report()


def main() -> None:
    """Run with one state an account."""
    job = from_command_line()
    meter, shell, flow = Meter(job), Shell(agent_of(job)), Dataflow("account")
    keyed = op.key_on("account", op.input("read", flow, source(job)), lambda message: message.key.decode())
    output(job, op.stateful_batch("decide", keyed, lambda rows: Account(shell, meter, rows)))
    run(job, meter, flow)


if __name__ == "__main__":
    main()
