from pathlib import Path

import pytest
from confluent_kafka.admin import AdminClient

from infra.doctor import kafka as checks
from infra.doctor import probe
from infra.folder import FolderLock
from infra.settings import load


@pytest.fixture(autouse=True)
def _empty_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Work without settings from outside."""
    monkeypatch.chdir(tmp_path)


def test_a_kafka_that_answers_is_ok_and_its_clock_is_compared(kafka: str) -> None:
    """On one machine there is no drift, and the topic that measured it is gone."""
    settings = load(flags={"kafka.bootstrap": kafka})
    reachable = checks.reachable(settings)
    assert reachable.status == "OK"
    assert reachable.detail == f"1 broker at {kafka}"
    drift = checks.drift(settings)
    assert drift.status == "OK"
    assert "not measured" not in drift.detail
    admin = AdminClient({"bootstrap.servers": kafka})
    assert probe.TOPIC not in admin.list_topics(timeout=10).topics


def test_an_embedded_kafka_that_runs_but_does_not_answer_fails(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A folder that is held says that Kafka should be there."""
    monkeypatch.setattr(probe, "ANSWER_TIMEOUT_SECONDS", 1)
    settings = load()
    assert "not running here" in checks.reachable(settings).detail
    with FolderLock(settings.data_dir / "kafka") as held:
        (held.folder / "bootstrap").write_text("127.0.0.1:1", encoding="ascii")
        check = checks.reachable(settings)
    assert check.status == "FAIL"
    assert "headgate up" in check.next_step
    assert tmp_path.is_dir()
