"""`headgate treasury` over a real Kafka and the projections: what it shows, and what it writes."""

import json
import uuid
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from confluent_kafka.admin import AdminClient, NewTopic  # type: ignore[attr-defined] # not in its own types

from headgate import app
from headgate.money import rules
from headgate.money.funding import FACTS
from streams import reading
from tests import money_kit as kit
from tests.campaign_kit import installation

Ask = Callable[..., tuple[int, str]]
CLIENT = f"acme-{uuid.uuid4().hex[:8]}"


@pytest.fixture
def conf(kafka: str) -> dict[str, Any]:
    """Give a Kafka with the topics that the command reads and writes; other tests may have made them."""
    conf: dict[str, Any] = {"bootstrap.servers": kafka}
    admin = AdminClient(conf)
    there = admin.list_topics(timeout=30).topics
    wanted = [NewTopic(name, 8, 1) for name in (FACTS, rules.CHANGELOG) if name not in there]
    for future in admin.create_topics(wanted).values() if wanted else ():
        future.result(60)
    return conf


@pytest.fixture
def ask(
    conf: dict[str, Any], tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> Ask:
    """Give a command line in an installation with a client's day."""
    monkeypatch.setenv("COLUMNS", "160")
    monkeypatch.setenv("HEADGATE_KAFKA__BOOTSTRAP", conf["bootstrap.servers"])
    kit.project(installation(tmp_path), {CLIENT: kit.story()})
    capsys.readouterr()

    def run(*arguments: str) -> tuple[int, str]:
        code = app.run(["--config", str(tmp_path / "headgate.toml"), "treasury", *arguments])
        printed = capsys.readouterr()
        return code, " ".join((printed.out + printed.err).split())

    return run


def written(conf: dict[str, Any]) -> list[dict[str, Any]]:
    """Return what was written for this test's client, with its type; tests may share the broker."""
    found = []
    for record in reading.read(conf, FACTS):
        headers: Any = record.headers()
        if record.key() == CLIENT.encode():
            found.append({"type": dict(headers)["ce_type"].decode(), **json.loads(record.value() or b"")})
    return found


def test_a_treasury_is_shown_with_limits_and_their_use(ask: Ask) -> None:
    """By itself where there is one client only; for a machine with exact figures."""
    code, text = ask()
    assert code == 0
    assert f"treasury of {CLIENT} 4,000.00 USDC, 0.8 SOL for fees" in text
    assert "all platforms" in text
    assert "EUR 1.0832" in text
    assert "the default rules" in text
    answer = json.loads(ask(CLIENT, "--json")[1])
    (whole, *_) = answer["limits"]
    assert (whole["used_micro_usdc"], whole["pending_micro_usdc"]) == (180 * kit.UNIT, 70 * kit.UNIT)


def test_rules_rates_and_tidings_are_written_to_the_clients_facts(ask: Ask, conf: dict[str, Any]) -> None:
    """Each says what holds from now on; rules are numbered above all that are known."""
    assert f"{CLIENT}, rules 4: pot_limit_micro_usdc 5,000.00 USDC." in ask("set", "pot_limit=5000")[1]
    assert "1 GBP is 1.27 USDC" in ask("fx", "gbp", "1.27")[1]
    assert "tiktok/7001/c3: campaign-paused" in ask("webhook", "c3", "paused")[1]
    policy, rate, told = written(conf)
    assert (policy["type"], policy["policy_version"]) == ("funding.policy.set", 4)
    assert (rate["type"], rate["currency"], rate["nano_usdc"]) == ("fx.rate.set", "GBP", 1_270_000_000)
    assert (told["type"], told["campaign"], told["kind"]) == ("webhook.received", "c3", "campaign-paused")


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (["nobody"], "no client nobody"),
        (["fx", "USD", "1"], "counts as USDC"),
        (["fx", "EURO", "1"], "no currency"),
        (["fx", "EUR", "0"], "no rate"),
        (["webhook", "c3", "stopped"], "No platform tells stopped"),
        (["webhook", "c99", "paused"], "No pot pays a campaign c99"),
        (["set", "pot_limit=x", "--client", CLIENT], "no amount"),
    ],
)
def test_what_cannot_be_is_refused_in_words(ask: Ask, arguments: list[str], told: str) -> None:
    """With whom or what to name instead."""
    code, text = ask(*arguments)
    assert told in text
    assert code == 65
