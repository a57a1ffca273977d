import csv
import io
import json
import os
import resource
import socket
import stat
import threading
from collections.abc import Iterator
from pathlib import Path

import msgspec
import pytest

from headgate import app
from infra.folder import FolderBusy
from infra.settings import Settings, load
from projections import endpoint, migrate, reader
from projections.batch import Batch, Record
from projections.client import ClickHouse, discard, open_clickhouse
from projections.endpoint import Endpoint, Question
from projections.errors import (
    ClickHouseAway,
    ClickHouseFull,
    ClickHouseRefuses,
    NothingProjected,
    QueryRefused,
)
from projections.migrate import Migration, MigrationRefused
from projections.query import ask, names
from projections.reader import Reader
from projections.store import Store

GOLDEN = Path(__file__).parent.parent / "golden"
# Nothing was parked, every alert is over, and each movement of the examples is the same funding.
EMPTY = {"refused", "set_aside", "open_alerts", "open_funding_alerts", "settlements"}
ENDLESS = "SELECT count() FROM numbers(1000000000000) WHERE number % 7 = sipHash64(number)"
POSITIONS = ("topic", "partition", "next_offset", "cluster")


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    """Give settings with a folder of the test's own."""
    return load(None, {"data_dir": str(tmp_path)})


@pytest.fixture
def clickhouse(settings: Settings) -> Iterator[ClickHouse]:
    """Give an open engine with all tables."""
    with open_clickhouse(settings) as opened:
        migrate.migrate(opened)
        yield opened


def golden() -> Batch:
    """Return all golden events as one batch."""
    batch = Batch()
    offset = 0
    for file in sorted(GOLDEN.glob("*.json")):
        for example in msgspec.json.decode(file.read_bytes()):
            headers = [(name, value.encode()) for name, value in example["headers"].items()]
            body = msgspec.json.encode(example["body"])
            batch.take(Record("account-facts", 0, offset, 1, b"key", list(headers), body))
            offset += 1
    return batch


def test_every_golden_event_goes_into_its_tables_and_every_view_answers(clickhouse: ClickHouse) -> None:
    """Whatever the log can say has a place; what comes again replaces itself."""
    batch, store = golden(), Store(clickhouse)
    for _ in range(2):
        store.write(batch, batch.next_offsets, "here")
    for table, rows in batch.rows.items():
        if rows:
            assert clickhouse.rows(f"SELECT count() FROM {table} FINAL")[0][0] == len(rows), table  # noqa: S608 - our own names
    views = clickhouse.rows("SELECT name FROM system.tables WHERE database = 'headgate' AND engine = 'View'")
    asked = Reader(clickhouse)
    try:
        for (view,) in views:
            assert asked.ask(f"SELECT * FROM {view}").rows or view in EMPTY, view  # noqa: S608 - our own names
    finally:
        asked.close()
    assert store.positions("here") == {("account-facts", 0): batch.records}


def test_migrations_are_applied_once_and_a_changed_one_is_refused(clickhouse: ClickHouse) -> None:
    """Tables are never of a shape that the code does not know."""
    wanted = migrate.load()
    assert migrate.migrate(clickhouse) == 0
    fourth = "CREATE TABLE IF NOT EXISTS extra\n(\n    a Int8\n)\nENGINE = ReplacingMergeTree ORDER BY a;\n"
    more = Migration(len(wanted) + 1, "more", fourth)
    assert migrate.migrate(clickhouse, [*wanted, more]) == 1
    changed = Migration(more.number, more.name, fourth.replace("Int8", "Int16"))
    with pytest.raises(MigrationRefused, match=r"\(more\) was changed after"):
        migrate.migrate(clickhouse, [*wanted, changed])
    with pytest.raises(MigrationRefused, match="made by a newer version"):
        migrate.migrate(clickhouse)


def test_a_migration_that_broke_off_is_done_again_from_its_beginning(clickhouse: ClickHouse) -> None:
    """It counts as applied only when all its statements are through."""
    wanted = migrate.load()
    start = "CREATE TABLE IF NOT EXISTS half\n(\n    a Int8\n)\nENGINE = ReplacingMergeTree ORDER BY a;\n"
    number = len(wanted) + 1
    with pytest.raises(ClickHouseRefuses, match="refuses"):
        migrate.migrate(clickhouse, [*wanted, Migration(number, "half", start + "CREATE NONSENSE;\n")])
    assert migrate.migrate(clickhouse, [*wanted, Migration(number, "half", start)]) == 1


def test_the_folder_belongs_to_one_process_and_says_which(clickhouse: ClickHouse, settings: Settings) -> None:
    """The second one is told whom to end, and touches nothing."""
    assert clickhouse.rows("SELECT 1") == [(1,)]
    with pytest.raises(FolderBusy, match=f"in use by process {os.getpid()}"):
        open_clickhouse(settings)


def test_a_damaged_folder_is_told_in_words_and_can_be_made_anew(settings: Settings) -> None:
    """Nothing is lost by throwing it away, and the error says so."""
    with open_clickhouse(settings) as opened:
        migrate.migrate(opened)
    (file,) = (settings.data_dir / "clickhouse/data/metadata").glob("headgate.sql")
    file.write_bytes(b"\x00nonsense")
    with pytest.raises(ClickHouseRefuses, match="cannot be opened") as caught:
        open_clickhouse(settings)
    assert "headgate projector --rebuild" in caught.value.next_step
    discard(settings)
    with open_clickhouse(settings) as opened:
        assert migrate.migrate(opened) == len(migrate.load())


def test_a_disk_without_room_is_told_and_takes_the_same_rows_later(clickhouse: ClickHouse) -> None:
    """The engine lives on, and the batch is not lost."""
    count = 10_000
    rows = [["t"] * count, list(range(count)), list(range(count)), ["here"] * count]
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (4_096, hard))
    try:
        with pytest.raises(ClickHouseFull, match="cannot write"):
            clickhouse.insert("positions", POSITIONS, rows)
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))
    clickhouse.insert("positions", POSITIONS, rows)
    assert clickhouse.rows("SELECT count() FROM positions FINAL") == [(count,)]


def test_a_server_that_is_away_is_told_in_words(tmp_path: Path) -> None:
    """Where it was looked for, and what to do."""
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    more = {"data_dir": str(tmp_path), "clickhouse.host": "127.0.0.1", "clickhouse.port": str(port)}
    with pytest.raises(ClickHouseAway, match=f"127.0.0.1:{port} does not answer"):
        ask(load(None, more), "SELECT 1")


@pytest.mark.parametrize(
    ("sql", "told"),
    [
        ("SELECT nope FROM spend", "Unknown expression identifier `nope`"),
        ("SELECT * FROM nowhere", "'nowhere'"),
        ("SELEC", "begins with SELEC"),
        ("SELECT 1; SELECT 2", "Syntax error"),
        ("SELECT 1 SETTINGS max_execution_time = 0", "only read"),
        ("SELECT * FROM file('/etc/hostname', LineAsString)", "only read"),
        ("SELECT * FROM url('http://127.0.0.1:1/', LineAsString)", "only read"),
        ("SELECT groupArray(number) FROM numbers(1000000000)", "too much memory"),
        ("SELECT {what:String}", "`what` is not set"),
        (ENDLESS, "longer than 1 s"),
    ],
)
def test_a_question_without_an_answer_is_told_in_words(
    clickhouse: ClickHouse, monkeypatch: pytest.MonkeyPatch, sql: str, told: str
) -> None:
    """Time, memory and rights are bounded, and no traceback is shown."""
    monkeypatch.setitem(reader.LIMITS, "max_memory_usage", 100_000_000)
    monkeypatch.setattr(reader, "SECONDS_MAX", 1)
    monkeypatch.setitem(reader.LIMITS, "max_execution_time", 1)
    monkeypatch.setattr(reader, "LIMITS", {**reader.LIMITS, "readonly": 1})
    asked = Reader(clickhouse)
    try:
        with pytest.raises(QueryRefused, match=told):
            asked.ask(sql)
        assert asked.ask("SELECT 1").rows == [[1]]
    finally:
        asked.close()


def test_an_answer_has_columns_types_and_a_limit(clickhouse: ClickHouse) -> None:
    """Also when it has no rows; values are as JSON can say them, integers whole."""
    asked = Reader(clickhouse)
    try:
        empty = asked.ask("SELECT subject, spend_micros FROM spend")
        assert (empty.columns, empty.types) == (("subject", "spend_micros"), ("String", "Int64"))
        cut = asked.ask("SELECT number FROM numbers(1000000)", limit=3)
        assert (cut.rows, cut.truncated) == ([[0], [1], [2]], True)
        many = asked.ask(
            "SELECT toInt64(9007199254740993), toDate('2026-11-21'), [1, 2], NULL, {a:String}, nan",
            {"a": "it's"},
        )
        assert many.rows[0][:5] == [9007199254740993, "2026-11-21", [1, 2], None, "it's"]
        assert many.rows[0][-1] is None
        assert ["raw"] in asked.ask("SHOW TABLES").rows
        with pytest.raises(QueryRefused, match="limit of 0"):
            asked.ask("SELECT 1", limit=0)
    finally:
        asked.close()


def test_the_projector_answers_for_others_who_may_read_its_token(
    clickhouse: ClickHouse, settings: Settings
) -> None:
    """Side by side, in words when wrong; without the token nothing is said."""
    batch = golden()
    Store(clickhouse).write(batch, batch.next_offsets, "here")
    with Endpoint(clickhouse, settings.data_dir):
        file = settings.data_dir / endpoint.ADDRESS_NAME
        assert stat.S_IMODE(file.stat().st_mode) == 0o600
        answers: list[int] = []

        def one() -> None:
            answers.append(ask(settings, "SELECT {n:Int32} + 1", {"n": 1}).rows[0][0])

        threads = [threading.Thread(target=one) for _ in range(8)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert answers == [2] * 8
        with pytest.raises(QueryRefused, match="begins with DROP"):
            ask(settings, "DROP TABLE raw")
        address = endpoint.find(settings.data_dir)
        assert address is not None
        wrong = msgspec.structs.replace(address, token="x" * 32)
        assert endpoint.ask(wrong, Question("SELECT 1")) is None
        assert endpoint.ask(address, Question("SELECT 1")) is not None
    assert not file.exists()


def test_without_a_projector_the_folder_is_asked_and_without_a_folder_the_next_step_is_told(
    settings: Settings,
) -> None:
    """Also when a projector died and left its address behind."""
    with pytest.raises(NothingProjected, match="Nothing has been projected"):
        ask(settings, "SELECT 1")
    with open_clickhouse(settings) as opened:
        migrate.migrate(opened)
        with Endpoint(opened, settings.data_dir):
            left_behind = (settings.data_dir / endpoint.ADDRESS_NAME).read_bytes()
    (settings.data_dir / endpoint.ADDRESS_NAME).write_bytes(left_behind)
    assert ask(settings, "SELECT count() FROM raw").rows == [[0]]
    (settings.data_dir / endpoint.ADDRESS_NAME).write_bytes(b"half of it")
    assert ask(settings, "SELECT count() FROM raw").rows == [[0]]


def test_the_command_line_asks_in_tables_json_and_csv(
    settings: Settings, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Without a query it lists what there is; what is wrong is told in words with an exit code."""
    monkeypatch.setenv("COLUMNS", "200")
    with open_clickhouse(settings) as opened:
        migrate.migrate(opened)
        batch = golden()
        Store(opened).write(batch, batch.next_offsets, "here")
    headgate = ["--data-dir", str(settings.data_dir), "sql"]
    assert app.run(headgate) == 0
    overview = capsys.readouterr().out
    assert "spend_by_day" in overview
    assert "@spend-today" in overview
    for name in names():
        assert app.run([*headgate, f"@{name}"]) == 0
        assert "row" in capsys.readouterr().out
    question = "SELECT spend_micros FROM spend_by_day WHERE campaign = 'c-1' AND subject LIKE 'acme/google/%'"
    assert app.run([*headgate, question]) == 0
    assert "15.340001" in capsys.readouterr().out
    assert app.run([*headgate, "--json", question]) == 0
    told = json.loads(capsys.readouterr().out)
    assert told == {"rows": [{"spend_micros": 15_340_001}], "truncated": False}
    assert app.run([*headgate, "--csv", question]) == 0
    assert list(csv.reader(io.StringIO(capsys.readouterr().out))) == [["spend_micros"], ["15340001"]]
    assert app.run([*headgate, "SELECT nope FROM spend"]) == QueryRefused.exit_code
    assert "Unknown expression identifier" in capsys.readouterr().err
