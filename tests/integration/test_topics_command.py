import json
from pathlib import Path

import pytest

from events import topics as catalogue
from headgate import app
from infra.kafka import LocalKafka

NAMES = [topic.name for topic in catalogue.load().topics]


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Stand in a folder without settings."""
    monkeypatch.chdir(tmp_path)
    return tmp_path


def test_topics_are_checked_created_and_fit(
    folder: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """A person on a new Kafka: check fails and names what is missing, apply creates it, check is content."""
    with LocalKafka(folder / "kafka", heap_mib=256) as kafka:
        monkeypatch.setenv("HEADGATE_KAFKA__BOOTSTRAP", kafka.bootstrap)
        assert app.run(["topics", "check", "--json"]) == 1
        missing = json.loads(capsys.readouterr().out)
        assert [problem["topic"] for problem in missing] == NAMES
        assert app.run(["topics", "check"]) == 1
        assert "headgate topics apply" in capsys.readouterr().out
        assert app.run(["--json", "topics", "apply"]) == 0
        assert [change["kind"] for change in json.loads(capsys.readouterr().out)] == ["created"] * len(NAMES)
        assert app.run(["topics", "apply"]) == 0
        assert app.run(["topics", "check"]) == 0
        assert "All topics are as they should be." in capsys.readouterr().out


@pytest.mark.usefixtures("folder")
def test_topics_are_listed_without_kafka(capsys: pytest.CaptureFixture[str]) -> None:
    """The catalogue is data: every name is told whole, to people and to machines, with nothing running."""
    assert app.run(["topics", "list"]) == 0
    told = capsys.readouterr().out
    assert all(name in told for name in NAMES)
    assert app.run(["topics", "list", "--json"]) == 0
    listed = json.loads(capsys.readouterr().out)
    assert [topic["name"] for topic in listed] == NAMES
    assert listed[0]["partitions"] == {"embedded": 8, "three-brokers": 8, "cluster": 64}


@pytest.mark.usefixtures("folder")
def test_without_a_kafka_the_way_to_one_is_told(capsys: pytest.CaptureFixture[str]) -> None:
    """No address at all is a matter of setting up."""
    assert app.run(["topics", "check"]) != 0
    assert "headgate up" in capsys.readouterr().err
