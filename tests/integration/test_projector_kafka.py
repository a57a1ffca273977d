import signal
import subprocess
import sys
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from events import topics as catalogue
from headgate.roles import projector
from infra.folder import FolderBusy
from infra.health import Health
from infra.kafka import LocalKafka
from infra.retry import Backoff
from infra.settings import Settings, load
from projections.client import ClickHouse, open_clickhouse
from projections.errors import ClickHouseFull, OtherLog
from projections.migrate import migrate
from projections.query import ask
from projections.sink import Sink, Terms
from projections.store import Store
from proof.projected import Folded, differences, fold
from streams import reading, topics
from tests.projector_child import POSITION_FIRST
from tests.projector_kit import ACCOUNT, OTHER, LogWriter, page, story

ROOT = Path(__file__).parents[2]
TIMEOUT_SECONDS = 120
CHILD = (sys.executable, "-m", "tests.projector_child")


@pytest.fixture(scope="module")
def log(tmp_path_factory: pytest.TempPathFactory) -> Iterator[LogWriter]:
    """Give a log of two accounts' days, decided, with records that nobody can read."""
    with LocalKafka(tmp_path_factory.mktemp("projected"), heap_mib=256, short_lived=True) as kafka:
        writer = LogWriter(kafka.bootstrap)
        topics.apply(writer.conf, catalogue.load(), "embedded")
        writer.write(*story())
        writer.write(*story(), subject=OTHER)
        writer.write_raw(b"\xff\x00", [("ce_id", b"x"), ("nothing", None)])
        writer.write_raw(None, [])
        writer.decide()
        yield writer


@pytest.fixture(scope="module")
def folded(log: LogWriter) -> Folded:
    """Give what the domain makes of the log."""
    return fold(log.conf)


def settings_of(log: LogWriter, folder: Path) -> Settings:
    """Return the settings of a projector in a folder of its own."""
    return load(None, {"data_dir": str(folder), "kafka.bootstrap": log.bootstrap, "projector.batch_ms": "50"})


def project(settings: Settings, **terms: int) -> int:
    """Project to the end of the log, in this process, and return how many records that were."""
    with open_clickhouse(settings) as clickhouse:
        migrate(clickhouse)
        sink = sink_of(settings, clickhouse, **terms)
        sink.run(to_end=True)
        return sink.records


def sink_of(settings: Settings, clickhouse: ClickHouse, **terms: int) -> Sink:
    """Return a sink, of small batches if so wished."""
    chosen = {"records_max": 1_000, "wait_ms": 50, **terms}
    return Sink(
        clickhouse,
        settings.kafka_conf(),
        catalogue.load(),
        terms=Terms(**chosen, retries=Backoff(delay_ms=1, delay_ms_max=2)),
        health=Health("projector"),
    )


def wrong(settings: Settings, log: LogWriter, folded: Folded) -> list[str]:
    """Say what the tables have otherwise than the log."""
    found = differences(folded, lambda sql, params, limit: ask(settings, sql, params, limit))
    names = [topic.name for topic in catalogue.load().topics if topic.carries != ("state",)]
    for name in names:
        records = sum(1 for _ in reading.read(log.conf, name))
        rows = count(settings, "raw", f"topic = '{name}'")
        if rows != records:
            found.append(f"{name} has {records} records, raw {rows}")
    return found


def count(settings: Settings, table: str, where: str = "1") -> int:
    """Return how many rows a table has, each once."""
    answer = ask(settings, f"SELECT count() FROM {table} FINAL WHERE {where}")  # noqa: S608 - our own words
    return int(answer.rows[0][0])


def contents(settings: Settings) -> dict[str, list[list[object]]]:
    """Return every table's rows."""
    tables = ask(settings, "SELECT name FROM system.tables WHERE database = 'headgate' AND engine != 'View'")
    return {
        name: sorted(ask(settings, f"SELECT * FROM {name} FINAL", limit=10_000).rows, key=str)  # noqa: S608 - our own names
        for (name,) in tables.rows
    }


def child(settings: Settings, log: LogWriter, number: int, *mutations: str) -> int:
    """Let a projector of its own process run until its n-th insert, or to the end."""
    command = [*CHILD, str(settings.data_dir), log.bootstrap, str(number), *mutations]
    done = subprocess.run(command, cwd=ROOT, timeout=TIMEOUT_SECONDS, capture_output=True, check=False)
    assert done.returncode in {0, -signal.SIGKILL}, done.stderr.decode()
    return done.returncode


def test_the_tables_are_the_fold_of_the_log_to_the_micro(
    log: LogWriter, folded: Folded, tmp_path: Path
) -> None:
    """Older, repeated, restated and refused pages count as the domain counts them, whatever the batches."""
    settings = settings_of(log, tmp_path)
    records = project(settings, records_max=3)
    assert len(folded.hours) == 12
    assert wrong(settings, log, folded) == []
    assert records == count(settings, "raw")
    assert count(settings, "dead_letters") == 8
    assert {row[0] for row in ask(settings, "SELECT reason FROM unreadable FINAL").rows} == {"no-envelope"}
    log_of = ask(settings, "SELECT subject, campaign, action, outcome FROM command_log ORDER BY subject")
    assert log_of.rows == [[ACCOUNT, "c-1", "pause", "pending"], [OTHER, "c-1", "pause", "pending"]]


def test_a_record_that_comes_twice_is_there_once(log: LogWriter, folded: Folded, tmp_path: Path) -> None:
    """Read again from the beginning into the same tables, nothing is different."""
    settings = settings_of(log, tmp_path)
    project(settings)
    before = contents(settings)
    with open_clickhouse(settings) as clickhouse:
        clickhouse.use_database()
        clickhouse.command("TRUNCATE TABLE positions")
    project(settings, records_max=7)
    assert contents(settings) == before
    assert wrong(settings, log, folded) == []
    assert project(settings) == 0


def test_a_projector_killed_between_any_two_inserts_loses_and_doubles_nothing(
    log: LogWriter, folded: Folded, tmp_path: Path
) -> None:
    """The first insert, those in the middle, raw, the position: after each of them the process dies."""
    settings = settings_of(log, tmp_path)
    kills, number = 0, 1
    while child(settings, log, number):
        kills += 1
        number += 3
    assert kills >= 3
    assert wrong(settings, log, folded) == []


def test_a_position_noted_before_its_rows_would_lose_them(
    log: LogWriter, folded: Folded, tmp_path: Path
) -> None:
    """The test above sees it when the safeguard is switched off."""
    settings = settings_of(log, tmp_path)
    assert child(settings, log, 3, POSITION_FIRST)
    assert not child(settings, log, 0, POSITION_FIRST)
    assert wrong(settings, log, folded)


def test_a_rebuild_gives_the_same_tables(log: LogWriter, folded: Folded, tmp_path: Path) -> None:
    """ClickHouse can be thrown away at any time; progress is told until all is there."""
    settings = settings_of(log, tmp_path)
    project(settings)
    before = contents(settings)
    told: list[tuple[int, int]] = []
    with open_clickhouse(settings) as clickhouse:
        clickhouse.use_database()
        clickhouse.command("ALTER TABLE spend_observations DELETE WHERE 1 SETTINGS mutations_sync = 2")
    assert wrong(settings, log, folded)
    records = projector.rebuild(settings, Health("projector"), lambda *seen: told.append(seen))
    assert contents(settings) == before
    assert told[-1] == (records, records)


def test_a_batch_waits_for_room_and_is_not_lost(
    log: LogWriter, folded: Folded, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A full disk is told in health; when there is room again the same batch goes in, and once."""
    settings = settings_of(log, tmp_path)
    seen: list[str] = []
    write, full = Store.write, iter([True, True, False, True])

    def sometimes_full(self: Store, *args: object) -> None:
        if next(full, False):
            raise ClickHouseFull("No space left on device.", "Make room.")
        write(self, *args)  # type: ignore[arg-type]  # passed on as they came

    def listen(_self: Health, name: str, problem: str | None) -> None:
        seen.append(f"{name}: {problem}")

    monkeypatch.setattr(Store, "write", sometimes_full)
    monkeypatch.setattr(Health, "condition", listen)
    project(settings, records_max=20)
    monkeypatch.undo()
    assert seen[:3] == [*["clickhouse: No space left on device."] * 2, "clickhouse: None"]
    assert wrong(settings, log, folded) == []


def test_tables_of_another_log_are_refused_in_words(log: LogWriter, tmp_path: Path) -> None:
    """Another Kafka, or one that was emptied: the next step is said, and nothing is changed."""
    settings = settings_of(log, tmp_path)
    project(settings)
    with open_clickhouse(settings) as clickhouse:
        clickhouse.use_database()
        columns = ("topic", "partition", "next_offset", "cluster")
        cluster = str(clickhouse.rows("SELECT any(cluster) FROM positions")[0][0])
        clickhouse.insert("positions", columns, [["account-facts"], [0], [10**9], [cluster]])
    with pytest.raises(OtherLog, match="stand at record 1000000000 of account-facts/0"):
        project(settings)
    with open_clickhouse(settings) as clickhouse:
        clickhouse.use_database()
        clickhouse.insert("positions", columns, [["account-facts"], [0], [2 * 10**9], ["elsewhere"]])
    with pytest.raises(OtherLog, match="of the log of Kafka elsewhere"):
        project(settings)


def test_a_page_is_asked_for_soon_after_it_was_written(log: LogWriter, tmp_path: Path) -> None:
    """From Kafka into an answer, through the role's own endpoint."""
    settings = settings_of(log, tmp_path)
    sinks: list[Sink] = []
    ready = threading.Event()
    role = threading.Thread(
        target=lambda: projector.project(
            settings, Health("projector"), on_ready=ready.set, on_sink=sinks.append
        )
    )
    role.start()
    try:
        assert ready.wait(TIMEOUT_SECONDS)
        with pytest.raises(FolderBusy, match="in use by process"):
            open_clickhouse(settings)
        log.write(page(("fresh", 5, 123_456)), subject="gamma/tiktok/1")
        question = "SELECT spend_micros FROM spend WHERE subject = 'gamma/tiktok/1'"
        for _ in range(600):
            answer = ask(settings, question)
            if answer.rows:
                break
            threading.Event().wait(0.1)
        assert answer.rows == [[123_456]]
    finally:
        sinks[0].stop()
        role.join(TIMEOUT_SECONDS)
    assert not role.is_alive()
    assert ask(settings, question).rows == [[123_456]]
