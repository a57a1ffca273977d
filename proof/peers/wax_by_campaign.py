"""bytewax in its textbook form: one key a campaign, so a page is decided observation by observation.

The decider then sees one campaign only, so the account's policy is taken for the default one.
"""

import os
from collections.abc import Iterator
from typing import Any

import bytewax.operators as op
import msgspec
from bytewax.dataflow import Dataflow
from msgspec.structs import replace

from domain.account.rows import AnyRow
from domain.pacing.rows import AccountRow
from events.codec import Event, decode, encode
from events.envelope import Envelope, output_id
from events.types import CampaignsObserved, SpendObserved
from proof.bench.job import Job, from_command_line
from proof.bench.meter import Meter
from proof.bench.step import agent_of
from proof.peers.wax import output, run, source
from streams.engine.transaction import Send

Item = tuple[str, tuple[Event, str]]


class Step:
    """Decides one observation from its campaign's row."""

    def __init__(self, job: Job, meter: Meter) -> None:
        self.job, self.meter, self.agent = job, meter, agent_of(job)
        self.decode_row = msgspec.msgpack.Decoder(AnyRow).decode
        self.encode_row = msgspec.msgpack.Encoder().encode
        self.account = AccountRow("USD")

    def take_apart(self, message: Any) -> Iterator[Item]:  # noqa: ANN401 - bytewax's types
        """Yield each observation of a message under its campaign."""
        event = decode(message.headers, message.value)
        subject, data = event.envelope.subject, event.data
        parts: list[tuple[str, CampaignsObserved | SpendObserved]] = []
        if isinstance(data, SpendObserved):
            parts = [(one.campaign, replace(data, observations=(one,))) for one in data.observations]
        elif isinstance(data, CampaignsObserved):
            parts = [(one.campaign, replace(data, campaigns=(one,))) for one in data.campaigns]
        for index, (campaign, part) in enumerate(parts):
            name = output_id(self.job.source, message.partition, message.offset, index)
            yield f"{subject}\0{campaign}", (Event(event.envelope, part), name)

    def decide(self, rows: dict[bytes, bytes] | None, item: tuple[Event, str]) -> tuple[Any, list[Send]]:
        """Return the campaign's rows afterwards, and what to send."""
        (event, name), known = item, dict(rows or {})
        subject = event.envelope.subject.encode()

        def read(key: bytes) -> Any:  # noqa: ANN401 - the decider knows which row it reads
            value = known.get(key)
            return self.decode_row(value) if value is not None else self.account if key == subject else None

        decision = self.agent.decide(read, event)
        for key, row in decision.changes.items():
            if row is not None:
                known[key] = self.encode_row(row)
            else:
                known.pop(key, None)
        if isinstance(event.data, SpendObserved):
            self.count()
        return known, [self.send(fact, event.envelope, name) for fact in decision.facts]

    def count(self) -> None:
        """Count an observation; when the time is over, so is the run."""
        self.meter.count(1)
        if self.meter.done % 1_000 == 0 and self.meter.late:
            self.meter.report()
            os._exit(0)

    def send(self, fact: Any, cause: Envelope, name: str) -> Send:  # noqa: ANN401 - any fact
        """Return a fact as it is sent."""
        envelope = Envelope(
            name, fact.TYPE, fact.VERSION, self.agent.source, cause.subject, cause.time, cause.id, cause.id
        )
        headers, body = encode(Event(envelope, fact))
        return Send(self.job.decisions, cause.subject.encode(), body, headers)


def main() -> None:
    """Run until the input is over."""
    job = from_command_line()
    meter = Meter(job)
    step, flow = Step(job, meter), Dataflow("campaign")
    parts = op.flat_map("take apart", op.input("read", flow, source(job)), step.take_apart)
    output(job, op.stateful_flat_map("decide", parts, step.decide))
    run(job, meter, flow)


if __name__ == "__main__":
    main()
