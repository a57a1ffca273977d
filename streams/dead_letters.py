"""Dead letters: what is parked, what of it was replayed, and putting a record back where it came from."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from confluent_kafka import KafkaException, Message, Producer

from events import topics
from events.codec import Event, encode
from events.dead_letters import Origin, from_headers, replayed_marker, replayed_place, unpark
from events.envelope import Envelope
from events.types import SubjectReleased
from infra.errors import FixInput, WaitAndRetry
from streams import reading
from streams.engine.options import CLIENT_LOG, KafkaConf
from streams.shell import DEAD_LETTERS

TRANSACTIONAL_ID = "headgate-dead-letters"  # one at a time: a second replay refuses the first one's commit
CALL_SECONDS = 30.0
REPLAY_MAX = 10_000


@dataclass(frozen=True)
class Letter:
    """A parked record and what became of it."""

    partition: int
    offset: int
    origin: Origin
    key: bytes | None
    value: bytes | None
    headers: list[tuple[str, bytes | None]]
    replayed: bool

    @property
    def name(self) -> str:
        """How people refer to it."""
        return f"{self.partition}/{self.offset}"


def letters(conf: KafkaConf) -> list[Letter]:
    """Return all dead letters, oldest first in each partition."""
    records = list(reading.read(conf, DEAD_LETTERS))
    replayed = {place for record in records if (place := _marks(record)) is not None}
    return [_letter(record, replayed) for record in records if _marks(record) is None]


def find(conf: KafkaConf, names: Iterable[str]) -> list[Letter]:
    """Return the letters that people named, or say which one is not there."""
    known = {letter.name: letter for letter in letters(conf)}
    wanted = list(names)
    unknown = [name for name in wanted if name not in known]
    if unknown:
        raise FixInput(
            f"There is no dead letter {', '.join(unknown)}.",
            "See `headgate dead-letters list` for their names.",
        )
    return [known[name] for name in wanted]


def replay(conf: KafkaConf, chosen: Sequence[Letter]) -> int:
    """Put letters back at the end of the partitions they came from, each once, in one transaction.

    Each goes back as it was, and a marker goes to the dead letters with it: both happen or neither.
    """
    todo = [letter for letter in chosen if not letter.replayed]
    if len(todo) > REPLAY_MAX:
        raise FixInput(f"{len(todo)} letters at once, {REPLAY_MAX} at most.", "Name fewer of them.")
    if not todo:
        return 0
    producer = Producer(
        {**conf, "logger": CLIENT_LOG, "transactional.id": TRANSACTIONAL_ID, "partitioner": "murmur2_random"}
    )
    try:
        producer.init_transactions(CALL_SECONDS)
        # Read again now that no other replay can commit: what it has replayed meanwhile is left out.
        done = {letter.name for letter in letters(conf) if letter.replayed}
        todo = [letter for letter in todo if letter.name not in done]
        producer.begin_transaction()
        for topic, partition, subject in stopped_subjects(todo):
            headers, body = _release(subject)
            producer.produce(topic, body, subject, partition, headers=headers)
        for letter in todo:
            _put_back(producer, letter)
        producer.commit_transaction(CALL_SECONDS)
    except KafkaException as error:
        raise WaitAndRetry(
            f"The replay did not go through, so nothing was replayed: {error.args[0].str()}.",
            "Run the same command again.",
        ) from error
    return len(todo)


def _put_back(producer: Producer, letter: Letter) -> None:
    marker: Any = replayed_marker(letter.partition, letter.offset)
    headers: Any = [*unpark(letter.headers), *marker]
    producer.produce(letter.origin.topic, letter.value, letter.key, letter.origin.partition, headers=headers)
    producer.produce(DEAD_LETTERS, None, letter.key, letter.partition, headers=marker)


def stopped_subjects(chosen: Sequence[Letter]) -> list[tuple[str, int, bytes]]:
    """Return the subjects that stand still because of these letters, where their topic wants that."""
    catalogue = topics.load()
    stopping = {topic.name for topic in catalogue.topics if topic.on_unreadable == "stop-subject"}
    places = {(one.origin.topic, one.origin.partition, one.key) for one in chosen if one.key is not None}
    return sorted(place for place in places if place[0] in stopping)


def _release(subject: bytes) -> Any:  # noqa: ANN401 - as the client wants its headers
    name = subject.decode()
    envelope = Envelope(
        f"release.{name}", SubjectReleased.TYPE, SubjectReleased.VERSION, "headgate/dead-letters", name
    )
    return encode(Event(envelope, SubjectReleased(reason="its dead letters are replayed")))


def _headers(record: Message) -> list[tuple[str, bytes | None]]:
    pairs: Any = record.headers() or ()  # a list of pairs, though the client's stub allows for a mapping
    return [(name, value.encode() if isinstance(value, str) else value) for name, value in pairs]


def _marks(record: Message) -> tuple[int, int] | None:
    """Say which letter a record marks as replayed; a letter that was itself replayed before is no marker."""
    headers = _headers(record)
    if record.value() is not None or any(name == "hg_reason" for name, _ in headers):
        return None
    return replayed_place(headers)


def _letter(record: Message, replayed: set[tuple[int, int]]) -> Letter:
    place = (record.partition() or 0, record.offset() or 0)
    headers = _headers(record)
    key: Any = record.key()
    value: Any = record.value()
    return Letter(*place, from_headers(headers), key, value, headers, place in replayed)
