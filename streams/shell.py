"""What surrounds a decider: decode, decide, and turn its decisions into rows and records.

Pure: the same batch over the same state gives the same bytes, live, in replay and in simulation.
"""

from collections.abc import Callable
from typing import Any, Final

import msgspec

from domain.decision import About, Decision, Refused, Row
from events.codec import Event, decode, encode
from events.dead_letters import Origin, park, replayed_place
from events.envelope import Envelope, output_id, parse_output_id
from events.errors import Unreadable
from events.types import Fact, SubjectReleased
from streams.agent import Agent
from streams.engine.batch import Batch, Record
from streams.engine.transaction import Send
from streams.engine.values import VERSION_BYTES, prefix

DEAD_LETTERS: Final = "dead-letters"
OURS: Final = "/headgate/"
SEEN_KEY: Final = b"\0seen\0"
STOPPED_KEY: Final = b"\0stopped\0"

# One input may not flood the log: a page of 500 campaigns over 25 hours stays far below this.
FACTS_MAX: Final = 20_000


ONE: Final = (None,)  # what is no page is one observation


class SeenRow(msgspec.Struct, array_like=True, frozen=True, gc=False):
    """The newest output of ours from one origin partition; what is not newer is a repetition."""

    offset: int
    index: int


class StoppedRow(msgspec.Struct, array_like=True, frozen=True, gc=False):
    """Why a subject stands still."""

    reason: str


class Processed(msgspec.Struct):
    """What a batch leads to: values for the table, records to send, and counts for whoever watches."""

    rows: dict[bytes, bytes | None]
    sends: list[Send]
    observations: int = 0
    repeated: int = 0
    parked: list[str] = []
    """The reason of each record that was parked."""


Get = Callable[[bytes], bytes | None]


class Shell:
    """Runs an agent's decider over batches."""

    def __init__(self, agent: Agent) -> None:
        self.agent = agent
        self._encode_row = msgspec.msgpack.Encoder().encode
        self._decode_row = msgspec.msgpack.Decoder(agent.rows).decode
        self._decode_seen = msgspec.msgpack.Decoder(SeenRow).decode
        self._decode_stopped = msgspec.msgpack.Decoder(StoppedRow).decode

    def process(self, batch: Batch, get: Get) -> Processed:
        """Decide a batch from the state that ``get`` gives."""
        return _Run(self, batch, get).process()

    def row(self, value: bytes) -> Row:
        """Return the decider's row in a table's value."""
        row: Row = self._decode_row(value[VERSION_BYTES:])
        return row


class _Run:
    """One batch on its way; what it changes lies over the state until the end."""

    def __init__(self, shell: Shell, batch: Batch, get: Get) -> None:
        self.agent, self.batch = shell.agent, batch
        self.get, self.shell = get, shell
        self.rows: dict[bytes, Any] = {}  # read or written so far, decoded
        self.versions: dict[bytes, bytes] = {}  # of those written
        self.result = Processed({}, [])
        self.read = self._reader()

    def process(self) -> Processed:
        for record in self.batch:
            self.take(record)
        encode_row, rows = self.shell._encode_row, self.rows  # noqa: SLF001 - its own shell
        self.result.rows = {
            key: None if (row := rows[key]) is None else version + encode_row(row)
            for key, version in self.versions.items()
        }
        return self.result

    def take(self, record: Record) -> None:
        try:
            event = decode(record.headers(), record.value())
            envelope = event.envelope
            if envelope.source.startswith(OURS) and self.is_repeated(record, envelope):
                return
            if self.agent.stops_subjects and self.stopped(record, event):
                return
            decision = self.agent.decide(self.read, event)
        except (Unreadable, Refused) as error:
            self.park(record, error.reason, error.detail)
            return
        self.result.observations += len(getattr(event.data, "observations", ONE))
        if decision.changes:
            self.write(record, decision.changes)
        if decision.facts:
            self.publish(record, envelope, decision)

    def _reader(self) -> Callable[[bytes], Any]:
        """Return how a decider reads: the row under a key as of the record before, decoded once a batch."""
        rows, get, decode_row = self.rows, self.get, self.shell._decode_row  # noqa: SLF001 - its own shell

        def read(key: bytes) -> Any:  # noqa: ANN401 - the decider knows which row lies under its key
            if key in rows:
                return rows[key]
            value = get(key)
            row = rows[key] = None if value is None else decode_row(value[VERSION_BYTES:])
            return row

        return read

    def write(self, record: Record, changes: dict[bytes, Any]) -> None:
        self.rows.update(changes)
        self.versions.update(dict.fromkeys(changes, prefix(record.offset())))

    def publish(self, record: Record, cause: Envelope, decision: Decision) -> None:
        if len(decision.facts) > FACTS_MAX:
            raise RuntimeError(
                f"{cause.type} {cause.id} leads to {len(decision.facts)} facts, {FACTS_MAX} at most"
            )
        tp, offset = self.batch.tp, record.offset()
        for index, said in enumerate(decision.facts):
            about = said if isinstance(said, About) else About(cause.subject, said)
            fact, subject = about.fact, about.subject
            envelope = Envelope(
                id=output_id(tp.topic, tp.partition, offset, index),
                type=fact.TYPE,
                version=fact.VERSION,
                source=self.agent.source,
                subject=subject,
                time=cause.time,
                correlation_id=cause.correlation_id or cause.id,
                causation_id=cause.id,
                policy_version=about.policy_version or decision.policy_version,
            )
            self.send(fact, envelope)

    def send(self, fact: Fact, envelope: Envelope) -> None:
        headers, body = encode(Event(envelope, fact))
        self.result.sends.append(Send(self.agent.routes[fact.TYPE], envelope.subject.encode(), body, headers))

    # ---- repetitions: a second line behind the transactions
    def is_repeated(self, record: Record, envelope: Envelope) -> bool:
        """Drop an output of ours that came before; from one origin they come in the order of their ids."""
        origin = parse_output_id(envelope.id)
        if origin is None:
            return False
        topic, partition, offset, index = origin
        key = SEEN_KEY + f"{envelope.source}\0{topic}\0{partition}".encode()
        seen = self.kept(key, self.shell._decode_seen)  # noqa: SLF001 - its own shell
        if seen is not None and (seen.offset, seen.index) >= (offset, index):
            if (
                replayed_place(record.headers()) is not None
            ):  # a dead letter comes late, but for the first time
                return False
            self.result.repeated += 1
            return True
        self.write(record, {key: SeenRow(offset, index)})
        return False

    # ---- what cannot be read
    def stopped(self, record: Record, event: Event) -> bool:
        """Park what follows an unreadable record of its subject, until the subject is released."""
        key = STOPPED_KEY + event.envelope.subject.encode()
        row = self.kept(key, self.shell._decode_stopped)  # noqa: SLF001 - its own shell
        if isinstance(event.data, SubjectReleased):
            self.write(record, {key: None} if row is not None else {})
            return True
        if row is None:
            return False
        self.park(record, "subject-stopped", f"stands still since: {row.reason}")
        return True

    def park(self, record: Record, reason: str, detail: str) -> None:
        """Send a record whole to the dead letters."""
        tp, key = self.batch.tp, record.key()
        origin = Origin(tp.topic, tp.partition, record.offset(), reason, detail, self.agent.name)
        self.result.sends.append(Send(DEAD_LETTERS, key, record.value(), park(record.headers(), origin)))
        self.result.parked.append(reason)
        if self.agent.stops_subjects and key is not None and reason != "subject-stopped":
            self.write(record, {STOPPED_KEY + key: StoppedRow(reason)})

    def kept(self, key: bytes, decode_row: Callable[[bytes], Any]) -> Any:  # noqa: ANN401 - as decoded
        if key in self.rows:
            return self.rows[key]
        value = self.get(key)
        return None if value is None else decode_row(value[VERSION_BYTES:])
