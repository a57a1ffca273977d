"""The limit: a bare confluent-kafka loop with state in a dict and one transaction a round."""

import time
from collections import defaultdict
from typing import Any

from confluent_kafka import Consumer, Producer, TopicPartition

from proof.bench.job import Job, from_command_line
from proof.bench.meter import Meter
from proof.bench.step import agent_of, batch_of
from streams.engine.options import EngineOptions
from streams.shell import Shell
from streams.worker import settle_memory

POLL_SECONDS = 0.1
CALL_SECONDS = 10
ROUND_OBSERVATIONS = 25_600  # about the engine's round: two mebibytes of pages


class Loop:
    """Reads, decides and commits; it restores nothing, checks nothing and survives nothing."""

    def __init__(self, job: Job) -> None:
        self.job, self.meter, self.shell = job, Meter(job), Shell(agent_of(job))
        options = EngineOptions(
            group=job.group,
            slot="0",
            kafka={"bootstrap.servers": job.bootstrap},
            static_member=False,
            compression=job.compression,
        )
        self.consumer: Any = Consumer(options.consumer_conf())
        self.producer: Any = Producer(options.producer_conf())
        self.state: dict[int, dict[bytes, bytes]] = defaultdict(dict)
        self.round_records = min(8_000, ROUND_OBSERVATIONS // job.observations_a_record)

    def run(self) -> None:
        """Work until the job is over."""
        self.producer.init_transactions(CALL_SECONDS)
        self.consumer.subscribe([self.job.source])
        settle_memory()
        while not self.meter.finished:
            records = self.consumer.consume(self.round_records, POLL_SECONDS)
            if records:
                started = time.perf_counter()
                self.meter.count(self.round(records))
                self.meter.round(time.perf_counter() - started)
        self.meter.report()
        self.consumer.close()

    def round(self, records: list[Any]) -> int:
        """Commit what these records lead to; return the observations in them."""
        groups: dict[int, list[Any]] = defaultdict(list)
        for record in records:
            groups[record.partition()].append(record)
        self.producer.begin_transaction()
        decided = {partition: self.decide(partition, group) for partition, group in groups.items()}
        ends = [
            TopicPartition(self.job.source, partition, group[-1].offset() + 1)
            for partition, group in groups.items()
        ]
        self.producer.send_offsets_to_transaction(ends, self.consumer.consumer_group_metadata(), CALL_SECONDS)
        self.producer.commit_transaction(CALL_SECONDS)
        for partition, (rows, _) in decided.items():
            self.state[partition].update(rows)
        return sum(observations for _, observations in decided.values())

    def decide(self, partition: int, records: list[Any]) -> tuple[dict[bytes, Any], int]:
        """Decide one partition's records and queue what follows."""
        done = self.shell.process(batch_of(records), self.state[partition].get)
        produce, changelog = self.producer.produce, self.job.changelog
        for key, value in done.rows.items():
            produce(changelog, value, key, partition)
        for send in done.sends:
            produce(send.topic, send.value, send.key, send.partition, headers=send.headers)
        return done.rows, done.observations


if __name__ == "__main__":
    Loop(from_command_line()).run()
