"""quixstreams as a contender: exactly-once, one key an account, a campaign's row under its own state key.

A page is one message and one call of the step, which is its natural and its faster form.
"""

import signal
import threading
from typing import Any

from quixstreams import Application, message_context
from quixstreams.models.topics import TopicConfig

from proof.bench.job import Job, from_command_line
from proof.bench.meter import Meter
from proof.bench.step import Found, agent_of, batch_of
from streams.shell import Shell

COMMIT_SECONDS = 1.0  # far longer than Headgate's round, which is to its advantage
LOOK_SECONDS = 0.05


def build(job: Job, meter: Meter) -> Application:
    """Return the application with its one dataframe."""
    shell = Shell(agent_of(job))
    app = Application(
        broker_address=job.bootstrap,
        consumer_group=job.group,
        auto_offset_reset="earliest",
        processing_guarantee="exactly-once",
        commit_interval=COMMIT_SECONDS,
        state_dir=job.folder,
        loglevel="WARNING",
        consumer_extra_config={"fetch.queue.backoff.ms": 2},
        producer_extra_config={"compression.type": job.compression},
    )
    like_ours = TopicConfig(num_partitions=job.partitions, replication_factor=1)
    source = app.topic(job.source, value_deserializer="bytes", key_deserializer="bytes", config=like_ours)
    decisions = app.topic(job.decisions, value_serializer="bytes", key_serializer="bytes", config=like_ours)

    def step(value: bytes, key: bytes, _timestamp: int, headers: Any, state: Any) -> list[Any]:  # noqa: ANN401 - quixstreams' types
        at = message_context()
        record = Found(job.source, at.partition, at.offset, key, value, headers)
        done = shell.process(batch_of([record]), state.get_bytes)
        for row_key, row in done.rows.items():
            if row is None:
                state.delete(row_key)
            else:
                state.set_bytes(row_key, row)
        meter.count(done.observations)
        return done.sends

    frame = app.dataframe(source).apply(step, stateful=True, expand=True, metadata=True)
    frame = frame.set_headers(lambda send, _key, _timestamp, _headers: send.headers)
    frame.apply(lambda send: send.value).to_topic(decisions)
    return app


def main() -> None:
    """Run until the job is over; its last commit ends the measured time."""
    job = from_command_line()
    meter = Meter(job)
    app = build(job, meter)

    def watch() -> None:
        over = threading.Event()
        while not meter.finished:
            over.wait(LOOK_SECONDS)
        signal.raise_signal(signal.SIGTERM)

    threading.Thread(target=watch, daemon=True).start()
    app.run()
    meter.end()
    meter.report()


if __name__ == "__main__":
    main()
