"""A funding by hand over a real Kafka, answered as a treasury would; what the command refuses by itself."""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING, Any

import pytest
from confluent_kafka.admin import AdminClient, NewTopic  # type: ignore[attr-defined] # not in its own types

from events.codec import Event
from events.envelope import Envelope
from events.types import FundingPosted, FundingRefused, FundingRequested
from headgate import app, publishing
from headgate.money import funding
from headgate.money.funding import Places
from infra.errors import WaitAndRetry
from infra.settings import load
from streams import reading
from tests import money_kit as kit
from tests.campaign_kit import NOW_MS, installation

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from events.types import Fact
    from infra.settings import Settings

PATIENCE_SECONDS = 60
REQUEST = FundingRequested("r-1", kit.BOOTS, kit.UNIT, NOW_MS, "ada", "autumn")


class Desk:
    """Topics of one test, on which wishes arrive and are answered."""

    def __init__(self, settings: Settings, name: str) -> None:
        self.settings, self.conf = settings, settings.kafka_conf()
        self.places = Places(f"{name}-facts", (f"{name}-decisions",))
        admin = AdminClient(dict(self.conf))
        for future in admin.create_topics(
            [NewTopic(one, 2, 1) for one in (*self.places.followed, self.places.facts)]
        ).values():
            future.result(PATIENCE_SECONDS)

    def answer(self, *facts: Fact, subject: str = kit.CLIENT) -> None:
        """Write what a treasury says."""
        events = [
            Event(Envelope(f"a.{n}", one.TYPE, one.VERSION, "test", subject), one)
            for n, one in enumerate(facts)
        ]
        publishing.publish_all(self.conf, self.places.followed[0], events, "an answer")

    def follow(self, answers: Callable[[], None], wait_seconds: int = PATIENCE_SECONDS) -> funding.Outcome:
        """Follow a request that is answered as soon as it is heard."""
        said: list[str] = []

        def tell(text: str) -> None:
            # The first words come when the request is durable, and the end of the answers is known.
            if not said:
                threading.Thread(target=answers).start()
            said.append(text)

        return funding.follow(
            self.settings, kit.CLIENT, REQUEST, wait_seconds=wait_seconds, tell=tell, places=self.places
        )


@pytest.fixture
def desk(kafka: str, topic_name: str, tmp_path: Path) -> Desk:
    """Give topics of the test's own."""
    return Desk(load(None, {"data_dir": str(tmp_path), "kafka.bootstrap": kafka}), topic_name)


def test_a_funding_is_asked_once_and_followed_to_its_end(desk: Desk) -> None:
    """Answers for other clients, and what was answered before, are not ours."""
    facts = [
        *kit.reserved(kit.BOOTS, kit.FIRST, kit.UNIT, NOW_MS, "r-1"),
        *kit.landed(kit.BOOTS, kit.FIRST, kit.UNIT, NOW_MS),
    ]
    said = [one for one in facts if isinstance(one, FundingPosted) or one.TYPE == "funding.reserved"]
    refused = FundingRefused(kit.BOOTS, "r-1", kit.UNIT, "pot-paused", "", NOW_MS)
    desk.answer(refused)

    def answers() -> None:
        desk.answer(refused, subject="other")
        desk.answer(*said)

    outcome = desk.follow(answers)
    assert (outcome.came, outcome.signature) == ("posted", kit.SIGNATURE)
    (record,) = reading.read(desk.conf, desk.places.facts)
    headers: Any = record.headers()
    assert dict(headers)["ce_id"] == b"fund.r-1"
    assert record.key() == b"acme"


def test_a_treasury_that_does_not_answer_is_said_to_and_how_to_go_on(desk: Desk) -> None:
    """The request is in the log, and the same id follows it on."""
    with pytest.raises(WaitAndRetry, match="waits for the treasury") as caught:
        desk.follow(lambda: None, wait_seconds=1)
    assert "--request-id r-1" in caught.value.next_step


@pytest.fixture
def headgate(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Give the beginning of a command line in an installation with two pots."""
    monkeypatch.setenv("COLUMNS", "200")
    kit.project(installation(tmp_path), {kit.CLIENT: kit.story()})
    return ["--config", str(tmp_path / "headgate.toml"), "fund"]


def test_what_cannot_be_is_told_before_anything_is_asked(
    headgate: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    """No Kafka is there to ask: amounts, pots and ids are refused first; nothing moves unconfirmed."""
    wrong = {
        ("boots", "0"): "zero",
        ("boots", "1.0000001"): "7 decimals",
        ("boots", "18446744073709.551616"): "more than a pot on chain can count",
        ("shoes", "5"): "There is no pot shoes",
        ("boots", "5", "--request-id", "a b"): "no request id",
        ("boots", "5", "--reason", "x" * 501): "too long",
        ("boots", "5"): "was not confirmed",
    }
    for arguments, told in wrong.items():
        assert app.run([*headgate, *arguments]) == 65, arguments
        assert told in " ".join(capsys.readouterr().err.split())


def test_what_the_treasury_may_refuse_is_warned_of_before_it_is_asked(
    headgate: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    """What is in the pot, what its cap leaves, and what the treasury has."""
    app.run([*headgate, "boots", "4500"])
    text = " ".join(capsys.readouterr().err.split())
    assert "in it now 120.00 USDC; its cap leaves 350.00 USDC today; the treasury has 4,000.00 USDC" in text
    assert "It is more than its cap leaves today." in text
    assert "The treasury has less than that." in text


def test_a_request_that_is_repeated_after_its_end_is_not_made_again(
    headgate: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    """What became of it is said at once; no Kafka is asked."""
    assert app.run([*headgate, "boots", "50", "--request-id", "r-1"]) == 0
    text = " ".join(capsys.readouterr().out.split())
    assert f"acme/boots has 50.00 USDC more, finalized. signature {kit.SIGNATURE}" in text
    assert app.run([*headgate, "hats", "900", "--request-id", "r-2"]) == 1
    assert "since the client's limit of the day would be passed (780 are left)" in " ".join(
        capsys.readouterr().out.split()
    )
