import json
from pathlib import Path

import pytest

from headgate.app import run
from infra.settings import NoKafka, Settings, SettingsWrong, explain, load


@pytest.fixture(autouse=True)
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Work in a folder of the test's own, without settings from outside."""
    monkeypatch.chdir(tmp_path)
    return tmp_path


def write(folder: Path, text: str) -> Path:
    """Write a settings file."""
    path = folder / "headgate.toml"
    path.write_text(text, encoding="utf-8")
    return path


def source_of(name: str, **arguments: object) -> str:
    """Return where a setting comes from."""
    return next(one.source for one in explain(**arguments) if one.name == name)  # type: ignore[arg-type]  # as load


def test_without_anything_the_defaults_hold() -> None:
    """An empty folder is enough to begin."""
    settings = load()
    assert settings == Settings()
    assert {one.source for one in explain()} == {"default"}


def test_a_flag_wins_over_the_environment_and_that_over_the_file(
    project: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Each source beats the ones below it, setting by setting, and is named."""
    file = write(project, "[worker]\nprocesses = 3\nround_records_max = 30\nround_bytes_max = 100000\n")
    monkeypatch.setenv("HEADGATE_WORKER__PROCESSES", "4")
    monkeypatch.setenv("HEADGATE_WORKER__ROUND_RECORDS_MAX", "40")
    flags = {"worker.processes": "5"}
    worker = load(flags=flags).worker
    assert (worker.processes, worker.round_records_max, worker.round_bytes_max) == (5, 40, 100_000)
    assert source_of("worker.processes", flags=flags) == "command line"
    assert source_of("worker.round_records_max") == "environment (HEADGATE_WORKER__ROUND_RECORDS_MAX)"
    assert source_of("worker.round_bytes_max") == str(file)
    assert source_of("worker.store") == "default"


def test_a_flag_that_was_not_given_hides_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    """None means not given, as the command line says it."""
    monkeypatch.setenv("HEADGATE_LOGS__LEVEL", "WARNING")
    assert load(flags={"logs.level": None}).logs.level == "warning"


def test_the_nearest_file_above_is_found_and_its_data_dir_is_beside_it(
    project: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A command works from a folder below as it does from the project's own."""
    write(project, 'data_dir = "data"\n')
    below = project / "deep" / "down"
    below.mkdir(parents=True)
    monkeypatch.chdir(below)
    assert load().data_dir == project / "data"


def test_a_data_dir_of_the_command_line_is_taken_from_where_the_command_was_called(project: Path) -> None:
    """What a person types is meant from where they stand."""
    write(project, 'data_dir = "data"\n')
    assert load(flags={"data_dir": "elsewhere"}).data_dir == Path("elsewhere")


def test_a_file_that_is_named_is_read_instead_of_the_nearest(project: Path) -> None:
    """--config FILE takes the place of headgate.toml."""
    write(project, "[worker]\nprocesses = 3\n")
    other = project / "other.toml"
    other.write_text("[worker]\nprocesses = 7\n", encoding="utf-8")
    assert load(other).worker.processes == 7


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("[worker]\nproceses = 3\n", "Did you mean worker.processes?"),
        ("[wroker]\nprocesses = 3\n", "Did you mean worker.processes?"),
        ("data-dir = 'x'\n", "Did you mean data_dir?"),
        ("zzz = 1\n", "headgate config show"),
        ("worker = 3\n", "is a group of settings"),
        ("[worker]\nprocesses = 'two'\n", "worker.processes"),
        ("[worker]\nprocesses = -1\n", "worker.processes"),
        ("environment = 'moon'\n", "three-brokers"),
        ("[kafka]\nport = 70000\n", "kafka.port"),
        ("[kafka.client]\n'group.id' = 'mine'\n", "group.id is decided by Headgate"),
        ("this is no toml", "is no TOML"),
    ],
)
def test_a_mistake_in_the_file_is_named_with_what_was_meant(project: Path, text: str, told: str) -> None:
    """A wrong name or value is never ignored, and the message leads to it."""
    file = write(project, text)
    with pytest.raises(SettingsWrong) as mistake:
        load()
    assert told in str(mistake.value)
    assert str(file) in str(mistake.value)


@pytest.mark.parametrize(
    ("variable", "value", "told"),
    [
        ("HEADGATE_WORKER__PROCESES", "1", "Did you mean HEADGATE_WORKER__PROCESSES?"),
        ("HEADGATE_DATADIR", "x", "Did you mean HEADGATE_DATA_DIR?"),
        ("HEADGATE_WORKER", "3", "HEADGATE_WORKER__PROCESSES"),
        ("HEADGATE_WORKER__PROCESSES", "two", "environment (HEADGATE_WORKER__PROCESSES)"),
        ("HEADGATE_KAFKA__CLIENT", "no json", "HEADGATE_KAFKA__CLIENT is JSON"),
    ],
)
def test_a_mistake_in_the_environment_is_named_by_its_variable(
    monkeypatch: pytest.MonkeyPatch, variable: str, value: str, told: str
) -> None:
    """A misspelt variable would otherwise be ignored in silence."""
    monkeypatch.setenv(variable, value)
    with pytest.raises(SettingsWrong) as mistake:
        load()
    assert told in str(mistake.value)


def test_a_file_that_was_named_and_is_not_there_is_an_error(project: Path) -> None:
    """Only the file that nobody asked for may be missing."""
    with pytest.raises(SettingsWrong, match="cannot be read"):
        load(project / "missing.toml")


def test_client_options_are_strings_for_librdkafka_whatever_toml_reads(project: Path) -> None:
    """Unquoted dotted names, numbers and booleans arrive as librdkafka wants them."""
    write(
        project,
        "[kafka]\nbootstrap = 'broker:9092'\n[kafka.client]\nsecurity.protocol = 'SSL'\n"
        "'socket.keepalive.enable' = true\n'socket.timeout.ms' = 5000\n",
    )
    conf = load().kafka_conf()
    assert conf["bootstrap.servers"] == "broker:9092"
    assert conf["security.protocol"] == "SSL"
    assert conf["socket.keepalive.enable"] == "true"
    assert conf["socket.timeout.ms"] == "5000"


def test_a_secret_reaches_the_client_and_nobody_else(
    project: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Neither the settings' text nor what `config show` prints has the password."""
    secret = "hunter2-hunter2"  # noqa: S105 - the secret of this test
    write(
        project,
        "[kafka]\nbootstrap = 'broker:9092'\n[kafka.client]\n"
        f"sasl.username = 'me'\nsasl.password = '{secret}'\n[telemetry]\notlp_endpoint = 'http://u:{secret}@h'\n",
    )
    settings = load()
    assert settings.kafka_conf()["sasl.password"] == secret
    assert secret not in repr(settings.kafka)
    assert run(["config", "show", "--json"]) == 0
    shown = capsys.readouterr().out
    assert secret not in shown
    client = next(one for one in json.loads(shown) if one["name"] == "kafka.client")
    assert "me" in client["value"]["sasl.username"]


def test_a_wrong_value_is_not_repeated_in_the_message(monkeypatch: pytest.MonkeyPatch) -> None:
    """A secret in the wrong place would end in a log."""
    monkeypatch.setenv("HEADGATE_KAFKA__PORT", "hunter2")
    with pytest.raises(SettingsWrong) as mistake:
        load()
    assert "hunter2" not in str(mistake.value)


def test_without_a_kafka_the_message_says_how_to_get_one() -> None:
    """Commands that need Kafka fail with what to do, not with a timeout."""
    with pytest.raises(NoKafka, match="headgate up"):
        load().kafka_conf()


def test_the_embedded_kafka_of_the_data_folder_is_found(project: Path) -> None:
    """Other processes need no setting to reach what `up` started."""
    (project / ".headgate" / "kafka").mkdir(parents=True)
    (project / ".headgate" / "kafka" / "bootstrap").write_text("127.0.0.1:1234", encoding="ascii")
    assert load().kafka_conf()["bootstrap.servers"] == "127.0.0.1:1234"


def test_every_setting_has_a_meaning() -> None:
    """`config show --meanings` leaves nothing unexplained."""
    assert [one.name for one in explain() if not one.meaning] == []


def test_config_show_prints_each_setting_with_its_source(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """A person sees at a glance what was changed, and by what."""
    monkeypatch.setenv("HEADGATE_WORKER__STORE", "disk")
    assert run(["config", "show"]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert any("worker.store" in line and "disk" in line for line in lines)
    assert any("HEADGATE_WORKER" in line for line in lines)  # on a narrow terminal in the line below
    assert len(lines) >= len(explain())


def test_rates_are_shown_and_the_addresses_of_endpoints_are_not(project: Path) -> None:
    """Whoever sells access to a chain puts the key into the address."""
    write(project, '[chain]\nrpc_urls = ["https://rpc.example/a-key"]\nfx = {EUR = "1.0832"}\n')
    shown = {one.name: one.value for one in explain()}
    assert shown["chain.rpc_urls"] == ["***"]
    assert shown["chain.fx"] == {"EUR": "1.0832"}
