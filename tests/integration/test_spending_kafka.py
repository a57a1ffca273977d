"""The commands that ask before spending and that move budget, over a real Kafka and real projections."""

import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from typing import Any

import msgspec
import pytest
from confluent_kafka import Consumer, Producer, TopicPartition
from confluent_kafka.admin import AdminClient, NewTopic  # type: ignore[attr-defined] # not in its own types

from domain.decision import Row
from domain.pacing.rows import AccountRow, CampaignRow, TermsRow, campaign_key, day_key, terms_key
from events.codec import Event, decode, encode
from events.envelope import Envelope
from events.types import (
    CampaignObservation,
    CampaignPlan,
    CampaignsObserved,
    ClockTicked,
    Fact,
    PlanSet,
    SpendAnswered,
    SpendObservation,
    SpendObserved,
    SpendRequested,
    TermsSet,
)
from headgate import app, asking
from headgate.reallocation import applying, known
from infra.errors import WaitAndRetry
from streams import reading
from streams.agents.account import ACCOUNT
from streams.engine.values import VERSION_BYTES
from tests import campaign_kit as kit

SUBJECT, UNIT = kit.SUBJECT, kit.UNIT
TIMEOUT_SECONDS = 60
SLOW, QUICK = "1780000000000021", "1780000000000022"


@pytest.fixture
def topics(kafka: str, topic_name: str, monkeypatch: pytest.MonkeyPatch) -> tuple[str, str, str]:
    """Give a topic of facts, one of decisions and one of the agent's rows, in the place of the product's."""
    names = (topic_name, f"{topic_name}-said", f"{topic_name}-rows")
    admin = AdminClient({"bootstrap.servers": kafka})
    for future in admin.create_topics([NewTopic(one, 2, 1) for one in names]).values():
        future.result(TIMEOUT_SECONDS)
    for module in (asking, applying):
        monkeypatch.setattr(module, "ACCOUNT", replace(ACCOUNT, topic=names[0]))
    monkeypatch.setattr(asking, "DECISIONS", names[1])
    monkeypatch.setattr(known, "CHANGELOG", names[2])
    monkeypatch.setenv("HEADGATE_KAFKA__BOOTSTRAP", kafka)
    return names


@pytest.fixture(scope="module")
def config(tmp_path_factory: pytest.TempPathFactory) -> str:
    """Give an installation in which a client's week is projected: one campaign left most of its budget."""
    folder = tmp_path_factory.mktemp("client")
    kit.project(kit.installation(folder), week())
    return str(folder / "headgate.toml")


def week() -> Iterator[Fact]:
    """Return a week of two campaigns with the same budget, and the day after it."""
    yield ClockTicked(kit.NOW_MS)
    seen = (
        CampaignObservation(SLOW, "Slow", "enabled", 100 * UNIT),
        CampaignObservation(QUICK, "Quick", "enabled", 100 * UNIT),
        CampaignObservation("3", "Gone", "removed", 100 * UNIT),
    )
    yield CampaignsObserved("USD", kit.ZONE, kit.NOW_MS, seen)
    for back in range(8, -1, -1):
        start_ms = kit.MIDNIGHT_MS - back * kit.DAY_MS
        day, end_ms = f"2026-11-{21 - back:02}", start_ms + kit.DAY_MS
        plans = tuple(
            CampaignPlan(one, 100 * UNIT, "EVEN", (100 * UNIT, *(0,) * 23)) for one in (SLOW, QUICK, "3")
        )
        yield PlanSet(day, start_ms, end_ms, start_ms, plans)
        if back:
            cells = (
                SpendObservation(SLOW, 9, 40 * UNIT, 0, 50, 3),
                SpendObservation(QUICK, 9, 100 * UNIT, 0, 90, 15),
            )
            yield SpendObserved("USD", day, start_ms, end_ms, end_ms, cells)


def keep(kafka: str, topic: str, rows: dict[bytes, Row | None]) -> None:
    """Write rows as the agent's table keeps them."""
    producer = Producer({"bootstrap.servers": kafka})
    for key, row in rows.items():
        value = None if row is None else bytes(VERSION_BYTES) + msgspec.msgpack.encode(row)
        producer.produce(topic, value, key)
    assert producer.flush(TIMEOUT_SECONDS) == 0


def told(kafka: str, topic: str) -> list[Event]:
    """Return what a topic holds."""
    messages: list[Any] = list(reading.read({"bootstrap.servers": kafka}, topic))
    return [decode(message.headers(), message.value()) for message in messages]


@contextmanager
def answering(kafka: str, topics: tuple[str, str, str], verdict: str) -> Iterator[None]:
    """Answer one request as the account agent would, after a decision about something else."""
    conf: dict[str, Any] = {
        "bootstrap.servers": kafka,
        "group.id": topics[0],
        "auto.offset.reset": "earliest",
    }
    consumer, failed = Consumer(conf), list[BaseException]()
    consumer.assign([TopicPartition(topics[0], number, 0) for number in range(2)])

    def answer() -> None:
        message: Any = consumer.poll(TIMEOUT_SECONDS)
        asked = decode(message.headers(), message.value()).data
        assert isinstance(asked, SpendRequested)
        until_ms = kit.NOW_MS if asked.hold_ms else None
        reason = "within-plan" if verdict == "allowed" else "circuit-breaker"
        given = (asked.campaign, verdict, reason, asked.amount_micros, 7 * UNIT, until_ms)
        producer = Producer(conf | {"partitioner": "murmur2_random"})
        for fact in (SpendAnswered("another", *given), SpendAnswered(asked.request_id, *given)):  # type: ignore[arg-type]  # in their order
            headers: Any
            headers, body = encode(Event(Envelope("e", fact.TYPE, fact.VERSION, "/test", SUBJECT), fact))
            producer.produce(topics[1], body, message.key(), headers=headers)
        assert producer.flush(TIMEOUT_SECONDS) == 0

    def run() -> None:
        try:
            answer()
        except BaseException as error:  # noqa: BLE001 - handed to the test, which waits for this thread
            failed.append(error)

    thread = threading.Thread(target=run)
    thread.start()
    try:
        yield
    finally:
        thread.join(TIMEOUT_SECONDS)
        consumer.close()
        assert not failed


@pytest.mark.parametrize(("verdict", "code"), [("allowed", 0), ("refused", 1)])
def test_who_asks_gets_the_answer_to_their_own_request(
    kafka: str,
    topics: tuple[str, str, str],
    config: str,
    capsys: pytest.CaptureFixture[str],
    verdict: str,
    code: int,
) -> None:
    """The exit code says it, the words say why, and the request has its account's key."""
    with answering(kafka, topics, verdict):
        asked = ["--config", config, "can-spend", "7001", "quick", "5.25", "--hold", "5m"]
        assert app.run(asked) == code
    said = capsys.readouterr().out
    if verdict == "allowed":
        assert "Quick may spend 5.25 USD: it is within its plan. 7.00 USD left today. Held as " in said
    else:
        assert "Quick may not spend 5.25 USD: its circuit breaker is open." in said
    (event,) = told(kafka, topics[0])
    assert isinstance(event.data, SpendRequested)
    assert (event.data.campaign, event.data.amount_micros, event.data.hold_ms) == (QUICK, 5_250_000, 300_000)
    assert event.envelope.subject == SUBJECT


def test_a_request_that_nobody_answers_ends_in_words(kafka: str, topics: tuple[str, str, str]) -> None:
    """Whoever asked learns what to look at, and is not told yes."""
    request = SpendRequested("r1", QUICK, UNIT, "USD")
    with pytest.raises(WaitAndRetry, match="worker"):
        asking.ask({"bootstrap.servers": kafka}, SUBJECT, request, 0.3)
    assert len(told(kafka, topics[0])) == 1


def test_a_reallocation_is_proposed_and_then_put_into_force(
    kafka: str, topics: tuple[str, str, str], config: str, capsys: pytest.CaptureFixture[str]
) -> None:
    """Without --apply nothing is written; with it both have their next terms, the total unchanged."""
    keep(kafka, topics[2], holding())
    assert app.run(["--config", config, "reallocate", "acme"]) == 0
    said = " ".join(capsys.readouterr().out.split())
    assert "Slow" in said
    assert "30.00 USD" in said
    assert not told(kafka, topics[0])
    assert app.run(["--config", config, "--json", "reallocate", "acme", "--apply", "--yes"]) == 0
    answer = json.loads(capsys.readouterr().out)
    assert answer["applied"] == 2
    (move,) = answer["moves"]
    assert (move["from"]["campaign"], move["to"]["campaign"]) == (SLOW, QUICK)
    assert (move["amount_micros"], move["basis"], answer["compared"]) == (30 * UNIT, "conversions", 2)
    terms = {
        event.data.campaign: event.data
        for event in told(kafka, topics[0])
        if isinstance(event.data, TermsSet)
    }
    assert (terms[SLOW].amount_micros, terms[QUICK].amount_micros) == (70 * UNIT, 130 * UNIT)
    assert (terms[SLOW].terms_version, terms[QUICK].terms_version) == (1, 4)


def holding() -> dict[bytes, Row | None]:
    """Return the agent's rows of both campaigns, and rows that say nothing of terms or targets."""
    slow, quick = campaign_key(SUBJECT, SLOW), campaign_key(SUBJECT, QUICK)
    return {
        SUBJECT.encode(): AccountRow("USD"),
        slow: CampaignRow(target_micros=100 * UNIT),
        quick: CampaignRow(target_micros=100 * UNIT),
        terms_key(quick): TermsRow(TermsSet(QUICK, 3, "USD", strategy="EVEN")),
        day_key(quick, "2026-11-20"): CampaignRow(target_micros=UNIT),
        campaign_key("other/tiktok/1", QUICK): CampaignRow(target_micros=UNIT),
        terms_key(slow): None,
    }


def test_what_cannot_be_asked_is_refused_before_anything_is_written(
    kafka: str, topics: tuple[str, str, str], config: str, capsys: pytest.CaptureFixture[str]
) -> None:
    """An amount that is none, a client that nobody knows, a question that nobody can answer."""
    assert app.run(["--config", config, "can-spend", "7001", "quick", "much"]) == 65
    assert app.run(["--config", config, "can-spend", "7001", "quick", "0.0000001"]) == 65
    assert app.run(["--config", config, "reallocate", "borealis"]) == 65
    assert app.run(["--config", config, "--json", "reallocate", "acme", "--apply"]) == 65
    assert "--yes" in capsys.readouterr().err
    assert not told(kafka, topics[0])
