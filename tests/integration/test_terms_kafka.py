import json
from dataclasses import replace
from pathlib import Path

import msgspec
import pytest
from confluent_kafka import Producer
from confluent_kafka.admin import AdminClient, NewTopic  # type: ignore[attr-defined]  # its stub does not say so

from domain.pacing.rows import TermsRow, campaign_key, terms_key
from events import codec
from events.types import TermsSet
from headgate import app, policies
from headgate.commands import terms
from streams import reading
from streams.agents.account import ACCOUNT
from streams.engine.values import VERSION_BYTES
from tests import campaign_kit as kit
from tests.unit.test_whatif import table

TIMEOUT_SECONDS = 60
KNOWN = TermsSet(kit.CAMPAIGN, 4, "USD", budget="month", amount_micros=24_000 * kit.UNIT, why="autumn")


@pytest.fixture
def facts(kafka: str, topic_name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> str:
    """Give a topic of facts, with a table beside it in which a campaign has its days, plan and terms."""
    changelog = f"{topic_name}-changelog"
    conf: dict[str, str | int | float | bool] = {"bootstrap.servers": kafka}
    topics = [NewTopic(name, 2, 1) for name in (topic_name, changelog)]
    admin = AdminClient(conf)
    for future in admin.create_topics(topics).values():
        future.result(TIMEOUT_SECONDS)
    encode = msgspec.msgpack.Encoder().encode
    producer = Producer(conf)
    rows = {**table(), terms_key(campaign_key(kit.SUBJECT, kit.CAMPAIGN)): TermsRow(KNOWN)}
    for key, row in rows.items():
        producer.produce(changelog, bytes(VERSION_BYTES) + encode(row), key)
    assert producer.flush(TIMEOUT_SECONDS) == 0
    for module in (policies, terms):
        monkeypatch.setattr(module, "ACCOUNT", replace(ACCOUNT, topic=topic_name))
    monkeypatch.setattr(policies, "CHANGELOG", changelog)
    monkeypatch.setenv("HEADGATE_KAFKA__BOOTSTRAP", kafka)
    monkeypatch.setenv("COLUMNS", "120")
    monkeypatch.chdir(tmp_path)
    return topic_name


def test_terms_that_are_set_are_the_next_version_in_the_accounts_facts(
    facts: str, kafka: str, capsys: pytest.CaptureFixture[str]
) -> None:
    """What is not named stays as it is in force; the record has the account's key, as agents read it."""
    given = ("--budget", "month=3000", "--open", "mon-fri=8-20", "--curve", "front")
    assert app.run(["terms", "set", "7001", kit.CAMPAIGN, *given]) == 0
    assert "terms 5: 3,000.00 USD a month" in capsys.readouterr().out
    (record,) = reading.read({"bootstrap.servers": kafka}, facts)
    event = codec.decode(record.headers(), record.value())  # type: ignore[arg-type] # the client's stub allows for more
    assert record.key() == event.envelope.subject.encode() == kit.SUBJECT.encode()
    assert isinstance(event.data, TermsSet)
    assert (event.data.terms_version, event.data.amount_micros) == (5, 3_000 * kit.UNIT)
    assert (event.data.why, event.data.curve) == ("autumn", "front")


@pytest.mark.usefixtures("facts")
def test_terms_in_force_are_shown_and_what_cannot_be_is_refused(capsys: pytest.CaptureFixture[str]) -> None:
    """An unknown campaign, a misspelt kind, and nothing at all."""
    assert app.run(["terms", "show"]) == 0
    assert "24,000.00 USD a month (autumn)" in capsys.readouterr().out
    assert app.run(["terms", "show", "acme", "--json"]) == 0
    (told,) = json.loads(capsys.readouterr().out)
    assert (told["subject"], told["terms_version"]) == (kit.SUBJECT, 4)
    assert app.run(["terms", "show", "borealis"]) == 0
    assert "No terms" in capsys.readouterr().out
    assert app.run(["terms", "set", "7001", "c-9", "--budget", "5"]) == 65
    assert "has no campaign c-9" in " ".join(capsys.readouterr().err.split())
    assert app.run(["terms", "set", "7001", kit.CAMPAIGN]) == 65
    assert app.run(["terms", "set", "7001", kit.CAMPAIGN, "--budget", "year=5"]) == 65


def test_a_plan_is_shown_and_asked_about_and_nothing_is_written(
    facts: str, kafka: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """The names come from what is projected, the rows from the agent's own table."""
    kit.project(kit.installation(tmp_path), kit.story())
    headgate = ["--config", str(tmp_path / "headgate.toml"), "plan", "reach"]
    assert app.run(headgate) == 0
    assert "12 days of history" in capsys.readouterr().out
    assert app.run([*headgate, "--what-if", "budget=150", "open=8-20"]) == 0
    assert "150.00 USD" in capsys.readouterr().out
    assert app.run([*headgate, "--what-if", "budget=150", "--tomorrow", "--json"]) == 0
    told = json.loads(capsys.readouterr().out)
    assert sum(told["then"]["hours_micros"]) == 150 * kit.UNIT
    assert told["day"] == "2026-11-22"
    assert app.run([*headgate, "--what-if", "budgt=150"]) == 65
    assert "budget" in capsys.readouterr().err
    assert list(reading.read({"bootstrap.servers": kafka}, facts)) == []
