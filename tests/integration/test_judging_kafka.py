"""What a real log tells of movements to whoever judges one; and a verdict as the executors read it."""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING

import pytest
from confluent_kafka.admin import AdminClient, NewTopic  # type: ignore[attr-defined] # not in its own types

from chain.executor.known import Known
from events.codec import Event
from events.envelope import Envelope
from events.types import AttemptSigned, FundPot, MovementFailed, MovementJudged, PausePot
from headgate import publishing
from headgate.potting import judging
from headgate.potting.cases import Topics, read_all
from infra.errors import FixInput
from infra.settings import load
from streams import reading
from tests.chain_cases import ADDRESS, opened

if TYPE_CHECKING:
    from pathlib import Path

    from events.types import Fact

PATIENCE_SECONDS = 60
POT = "ab" * 32
SIGNATURE = "1" * 64


def wanted(movement_id: str) -> FundPot:
    """Return a funding."""
    hash_ = hashlib.sha256(movement_id.encode()).hexdigest()
    return FundPot(movement_id, hash_, POT, 64, 5, ADDRESS, ADDRESS, 1_000, 9_000)


def test_the_log_tells_all_of_a_movement_and_takes_a_verdict(
    kafka: str, topic_name: str, tmp_path: Path
) -> None:
    """Its order, what was signed, how another one ended; the verdict comes back as the executors read it."""
    settings = load(None, {"data_dir": str(tmp_path), "kafka.bootstrap": kafka})
    conf = settings.kafka_conf()
    topics = Topics(*(f"{topic_name}-{kind}" for kind in ("commands", "attempts", "facts", "pots")))
    names = (topics.commands, topics.attempts, topics.facts, topics.pots)
    admin = AdminClient(dict(conf))
    for future in admin.create_topics([NewTopic(one, 2, 1) for one in names]).values():
        future.result(PATIENCE_SECONDS)

    def write(topic: str, id_: str, fact: Fact) -> None:
        event = Event(Envelope(id_, fact.TYPE, fact.VERSION, "test", "acme"), fact)
        publishing.publish_all(conf, topic, [event], "a fact")

    write(topics.commands, "c-1", wanted("m-1"))
    write(topics.commands, "c-2", PausePot(POT, 1, "by-hand", 0, 1))
    write(topics.commands, "c-3", wanted("m-3"))
    write(topics.attempts, "a-1", AttemptSigned("c-1", 1, SIGNATURE, "AQ==", 1, 1, 1))
    write(topics.facts, "f-1", MovementFailed("c-3", "m-3", POT, "fund", 64, "expired", "", 1, 1, 0, 1, 1))
    write(topics.pots, "p-1", opened(POT, ADDRESS))
    judged = MovementJudged("m-1", POT, "landed", "ana", "the explorer shows it", 7)
    judging.publish(settings, "acme", judged, topics.pots)

    cases = read_all(conf, topics)
    case = cases.find("m-1")
    assert (case.order.client, case.order.id, len(case.attempts)) == ("acme", "c-1", 1)
    assert case.judged == judged
    with pytest.raises(FixInput, match="failed already"):
        cases.find("m-3")
    known = Known()
    for message in reading.read(conf, topics.pots):
        assert known.take(message) == "acme"
    assert known.judgement("acme", "m-1") == judged
