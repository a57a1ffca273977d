import json
from dataclasses import replace
from pathlib import Path

import msgspec
import pytest
from confluent_kafka import Producer
from confluent_kafka.admin import AdminClient, NewTopic

from domain.pacing.rows import AccountRow, ClockRow
from events import codec
from events.types import PolicySet
from headgate import app, policies
from streams import reading
from streams.agents.account import ACCOUNT
from streams.engine.values import VERSION_BYTES

TIMEOUT_SECONDS = 60
SUBJECT = "acme/tiktok/7001"


@pytest.fixture
def facts(kafka: str, topic_name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> str:
    """Give a topic of facts, with a table beside it in which one account is known."""
    changelog = f"{topic_name}-changelog"
    conf: dict[str, str | int | float | bool] = {"bootstrap.servers": kafka}
    admin = AdminClient(conf)
    for future in admin.create_topics([NewTopic(name, 2, 1) for name in (topic_name, changelog)]).values():
        future.result(TIMEOUT_SECONDS)
    encode = msgspec.msgpack.Encoder().encode
    producer = Producer(conf)
    version = bytes(VERSION_BYTES)
    producer.produce(changelog, version + encode(ClockRow(5)), b"\0clock")
    producer.produce(
        changelog, version + encode(AccountRow("USD", PolicySet(policy_version=3))), SUBJECT.encode()
    )
    assert producer.flush(TIMEOUT_SECONDS) == 0
    monkeypatch.setattr(policies, "ACCOUNT", replace(ACCOUNT, topic=topic_name))
    monkeypatch.setattr(policies, "CHANGELOG", changelog)
    monkeypatch.setenv("HEADGATE_KAFKA__BOOTSTRAP", kafka)
    monkeypatch.chdir(tmp_path)
    return topic_name


def test_a_policy_that_is_set_is_the_next_version_in_the_accounts_facts(
    facts: str, kafka: str, capsys: pytest.CaptureFixture[str]
) -> None:
    """What is not named stays as it is in force; the record has the account's key, as agents read it."""
    assert app.run(["policy", "set", "7001", "--pause-at", "112.5"]) == 0
    assert "paused above 112.5 % of its daily budget" in capsys.readouterr().out
    (record,) = reading.read({"bootstrap.servers": kafka}, facts)
    event = codec.decode(record.headers(), record.value())  # type: ignore[arg-type] # the client's stub allows for more
    assert record.key() == SUBJECT.encode()
    assert event.envelope.subject == SUBJECT
    assert event.data == PolicySet(policy_version=4, guard_pause_permille=1_125)


@pytest.mark.usefixtures("facts")
def test_what_is_shown_is_what_is_in_force(capsys: pytest.CaptureFixture[str]) -> None:
    """A policy that was asked for and not decided yet is not told of as if it held."""
    assert app.run(["policy", "set", "7001", "--pause-at", "0"]) == 0
    assert "nothing is paused" in capsys.readouterr().out
    assert app.run(["policy", "show", "--json"]) == 0
    told = json.loads(capsys.readouterr().out)
    assert told[SUBJECT]["policy_version"] == 3
    assert told[SUBJECT]["guard_pause_permille"] == 1_100
    assert app.run(["policy", "show", "acme"]) == 0
    assert "110 %" in capsys.readouterr().out
    assert app.run(["policy", "set", "7001", "--set", "breaker_cooldown_minutes=15"]) == 0
    assert "policy 4: breaker_cooldown_minutes 15 min." in capsys.readouterr().out


@pytest.mark.usefixtures("facts")
def test_what_cannot_be_is_refused_in_words(capsys: pytest.CaptureFixture[str]) -> None:
    """An unknown account, a policy of nothing, thresholds that do not rise."""
    assert app.run(["policy", "set", "borealis/tiktok/1", "--pause-at", "110"]) == 65
    assert SUBJECT in capsys.readouterr().err
    assert app.run(["policy", "set", SUBJECT]) == 65
    assert "Nothing was to be set" in capsys.readouterr().err
    assert app.run(["policy", "set", SUBJECT, "--warn-at", "300"]) == 65
    assert "cannot be" in capsys.readouterr().err
