"""The step that every contender applies: Headgate's own shell and decider, on records as they find them."""

import dataclasses
from typing import NamedTuple

from faust.types import TP

from proof.bench.job import Job
from streams.agent import Agent
from streams.agents.account import ACCOUNT, COMMANDS
from streams.engine.batch import Batch, Record


def agent_of(job: Job) -> Agent:
    """Return the account agent, reading and writing the run's own topics."""
    routes = dict.fromkeys(ACCOUNT.routes, job.decisions)
    if job.commands:
        routes |= dict.fromkeys((one.TYPE for one in COMMANDS), job.commands)
    return dataclasses.replace(ACCOUNT, topic=job.source, routes=routes)


class Found(NamedTuple):
    """A record as a peer hands it over, in the shape that the shell reads."""

    in_topic: str
    in_partition: int
    at_offset: int
    its_key: bytes | None
    its_value: bytes | None
    its_headers: list[tuple[str, bytes]]

    def topic(self) -> str:
        """Return the topic it was read from."""
        return self.in_topic

    def partition(self) -> int:
        """Return the partition it was read from."""
        return self.in_partition

    def offset(self) -> int:
        """Return its place in the partition."""
        return self.at_offset

    def key(self) -> bytes | None:
        """Return its key."""
        return self.its_key

    def value(self) -> bytes | None:
        """Return its body."""
        return self.its_value

    def headers(self) -> list[tuple[str, bytes]]:
        """Return its headers."""
        return self.its_headers

    def timestamp(self) -> tuple[int, int]:
        """Return the kind and the milliseconds of its time, which the step does not read."""
        return 0, 0

    def error(self) -> None:
        """Return what went wrong instead of a record: nothing."""


def batch_of(records: list[Record]) -> Batch:
    """Return consecutive records of one partition as the shell takes them."""
    first = records[0]
    return Batch(TP(first.topic(), first.partition()), records)
