import io
import json
import re
import signal
import subprocess
import sys
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import psutil
import pytest
from faust.types import TP
from msgspec import structs
from rich.console import Console

from events.types import PaceDeviated
from headgate.demo import view
from headgate.demo.durable import DurableSpend
from headgate.demo.killing import TRIES_MAX, Kill, Killer, Planned, schedule
from headgate.demo.ledger import Ledger
from headgate.demo.proof import Check, Found, judge, judge_run, silences_ms
from headgate.demo.report import Figures, Outcome
from headgate.demo.script import Plan, Record, Script
from headgate.demo.trouble import Trouble
from headgate.demo.view import Line, Money, Scene, WorkerRow
from infra.supervisor import Status
from streams.agents.account import ACCOUNT
from streams.engine.batch import Batch
from streams.replay import Replayed, compare
from streams.shell import DEAD_LETTERS, Shell

PLAN = Plan(seconds=2, campaigns=240, seed=11)
FACT = PaceDeviated(
    campaign="c1",
    day="2026-11-21",
    as_of_ms=1,
    spent_micros=2_100_000,
    budget_micros=24_000_000,
    expected_micros=1_000_000,
    ratio_permille=2_147,
    band="critical",
    previous_band="over",
)


def day(plan: Plan = PLAN) -> list[Record]:
    """Return everything that a day sends, to one partition."""
    script = Script(plan, partitions=1)
    return [*script.introductions(), *(one for sweep in Trouble(script).sweeps() for one in sweep.records)]


class Arrived:
    """A record as it comes out of Kafka."""

    def __init__(self, record: Record, offset: int) -> None:
        self._record, self._offset = record, offset

    def headers(self) -> list[tuple[str, bytes]]:
        """Return the headers."""
        return self._record.headers

    def key(self) -> bytes:
        """Return the key."""
        return self._record.key

    def value(self) -> bytes:
        """Return the body."""
        return self._record.body

    def offset(self) -> int:
        """Return the place."""
        return self._offset


def decided(records: Sequence[Record]) -> tuple[DurableSpend, list[str]]:
    """Decide records in batches, as the worker does; return the spend in its rows and what was parked."""
    shell, durable, parked = Shell(ACCOUNT), DurableSpend(), []
    state: dict[bytes, bytes | None] = {}
    for first in range(0, len(records), 7):
        arrived = [Arrived(record, first + index) for index, record in enumerate(records[first : first + 7])]
        done = shell.process(Batch(TP(ACCOUNT.topic, 0), arrived, first - 1), state.get)
        state.update(done.rows)
        parked += [dict(send.headers or ())["hg_reason"] for send in done.sends if send.topic == DEAD_LETTERS]
        for key, value in done.rows.items():
            durable.take(key, value)
    return durable, [bytes(reason or b"").decode() for reason in parked]


def ledger_of(records: Sequence[Record]) -> Ledger:
    """Add up what records say."""
    ledger = Ledger()
    for record in records:
        ledger.take(record)
    return ledger


def found_for(ledger: Ledger) -> Found:
    """Return what is found when all is well."""
    spend = DurableSpend()
    spend.spend = dict(ledger.spend)
    return Found(spend, list(ledger.parked.elements()), Replayed(), {0: 9}, 1)


def red(checks: list[Check]) -> list[str]:
    """Return the names of the invariants that do not hold."""
    return [check.name for check in checks if not check.ok]


def test_the_same_seed_gives_the_same_bytes() -> None:
    """A run can be repeated, and its state hash compared."""
    assert day() == day()
    assert day() != day(replace(PLAN, seed=12))


def test_the_deciders_rows_hold_what_the_ledger_adds_up() -> None:
    """Two ways of counting agree on every campaign and day, with duplicates, late pages and pushes."""
    records = day()
    ledger = ledger_of(records)
    durable, parked = decided(records)
    assert {where: micros for where, micros in durable.spend.items() if micros} == {
        where: micros for where, micros in ledger.spend.items() if micros
    }
    assert durable.totals() == ledger.totals
    assert sorted(parked) == sorted(one.reason for one in ledger.parked.elements())
    assert len(parked) == 5


@pytest.mark.parametrize("fault", ["lost", "doubled"])
def test_a_record_that_is_lost_or_doubled_shows(fault: str) -> None:
    """The sums tell when one push was not counted, or one was counted again under another id."""
    records = day()
    push = next(one for one in records if b"spend.recorded" in dict(one.headers)["ce_type"])
    ledger = ledger_of(records)
    if fault == "lost":
        name = re.search(rb'"transaction_id":"(.*?)"', push.body)
        assert name is not None
        changed = [one for one in records if name[0] not in one.body]
    else:
        again = replace(push, body=push.body.replace(b'"tx-', b'"again-'))
        changed = [*records, again]
    found = replace(found_for(ledger), spend=decided(changed)[0])
    assert red(judge(ledger, {0: 9}, found)) == ["spend_as_sent"]


def test_a_run_as_it_should_be_is_proven() -> None:
    """Nothing is red when the log holds what was sent."""
    ledger = ledger_of(day())
    assert red(judge(ledger, {0: 9}, found_for(ledger))) == []


def test_what_is_not_committed_shows() -> None:
    """A partition that was not read to its end is told of."""
    ledger = ledger_of(day())
    assert red(judge(ledger, {0: 10}, found_for(ledger))) == ["all_committed"]


def test_a_dead_letter_that_is_missing_changed_or_too_many_shows() -> None:
    """Parked is parked whole, and nothing else is."""
    ledger = ledger_of(day())
    found = found_for(ledger)
    first, *others = found.parked
    for parked in (others, [replace(first, body=b"{}"), *others], [*found.parked, first]):
        assert red(judge(ledger, {0: 9}, replace(found, parked=parked))) == ["dead_letters_exact"]


def test_state_and_outputs_that_a_replay_does_not_give_show() -> None:
    """A row too many, another fact, and an id that stands twice are each told of."""
    ledger = ledger_of(day())
    found = found_for(ledger)
    compare(found.replayed.state, {b"a": b"1"}, {b"a": b"1", b"b": b"2"})
    assert red(judge(ledger, {0: 9}, found)) == ["state_as_replayed"]
    found = found_for(ledger)
    compare(found.replayed.outputs, {b"a": b"1"}, {b"a": b"2"})
    found.replayed.outputs.repeated = 1
    assert red(judge(ledger, {0: 9}, found)) == ["outputs_as_replayed", "outputs_once"]


def test_a_kill_that_was_not_done_and_a_drain_that_failed_show() -> None:
    """The demo does not claim more than it did."""
    kill = Kill("worker-0", 1, 0, while_restarting=False)
    assert red(judge_run([kill], planned=1, drained=True)) == []
    assert red(judge_run([kill], planned=2, drained=False)) == ["kills_done", "drained"]


def test_a_silence_is_the_longest_gap_of_any_partition_around_a_kill() -> None:
    """Gaps before and after are somebody else's."""
    kill = Kill("worker-0", 1, at_ms=1_000, while_restarting=False, back_ms=3_000)
    commits = {0: [0, 100, 990, 2_900, 3_050, 9_000], 1: [950, 1_050, 3_500], 2: []}
    assert silences_ms(commits, [kill]) == [2_450]


def test_kills_lie_within_the_run_and_every_third_hits_a_restart() -> None:
    """The schedule is the seed's, uneven, and leaves room at both ends."""
    planned = schedule(3, kills=9, workers=2, run_ms=30_000)
    assert planned == schedule(3, kills=9, workers=2, run_ms=30_000)
    assert all(30_000 * 0.12 <= one.due_ms <= 30_000 * 0.88 for one in planned)
    assert [one.again_after_ms is not None for one in planned] == [False, False, True] * 3
    assert all(planned[index].worker == planned[index - 1].worker for index in (2, 5, 8))


def test_a_campaigns_day_is_counted_once_wherever_its_rows_lie() -> None:
    """A row of the day that is older than the campaign's own row of that day does not count beside it."""
    records = day()
    durable, _ = decided(records)
    again = DurableSpend()
    shell_rows: dict[bytes, bytes | None] = {}
    shell = Shell(ACCOUNT)
    for offset, record in enumerate(records):
        batch = Batch(TP(ACCOUNT.topic, 0), [Arrived(record, offset)], offset - 1)
        shell_rows.update(shell.process(batch, shell_rows.get).rows)
    for key, value in reversed(shell_rows.items()):
        again.take(key, value)
    assert again.spend == durable.spend
    assert again.totals() == durable.totals()


def scene(**changes: object) -> Scene:
    """Return a scene with something in every part of it."""
    full = Scene(
        now_ms=1_795_270_000_000,
        elapsed_ms=18_000,
        run_ms=30_000,
        rates=[0, 100, 90_000, 21_500],
        counted=1_345_678,
        sent=1_345_900,
        money=[Money("USD", 12_402_153_230_000, 12_402_999_990_000), Money("EUR", 579_124_010_000, 1)],
        waiting=[0, 3, 999, 12, 0, 0, 1_000_000, 7],
        workers=[
            WorkerRow("worker-0", "starting", 1_234_567, 12, None),
            WorkerRow("worker-1", "ready", 1, 0, 4),
        ],
        story=[Line("12:03:04", "bad", f"kill -9 worker-0 (pid {number})") for number in range(40)],
        facts=[("borealis/google/123-456-7890", FACT)] * 40,
        kills=(2, 6),
    )
    return replace(full, **changes)


def drawn(content: view.Scene, width: int) -> list[str]:
    """Draw a scene on a terminal of that width and 24 lines."""
    console = Console(file=io.StringIO(), width=width, force_terminal=True, color_system=None)
    with console.capture() as captured:
        console.print(view.render(content, width=width, lines=23))
    return captured.get().splitlines()


@pytest.mark.parametrize("width", [80, 100, 120, 200])
def test_the_view_fits_its_terminal_and_shows_the_newest(width: int) -> None:
    """At each width all parts are there, whole, and nothing scrolls."""
    lines = drawn(scene(), width)
    text = "\n".join(lines)
    assert len(lines) <= 23
    assert max(map(len, lines)) <= width
    for part in (
        "21,500/s",
        "1,345,678",
        "12,402,153.23",
        "worker-1  ready",
        "2 of 6",
        "(pid 39)",
        "CRITICAL",
    ):
        assert part in text, (part, text)


def test_the_view_has_something_to_show_before_anything_happened() -> None:
    """The first frame is drawn before the first record."""
    assert any("What happens" in line for line in drawn(Scene(run_ms=1_000), 80))


def test_a_changed_pace_is_a_sentence() -> None:
    """People read what was decided."""
    assert (
        view.fact_line("acme/tiktok/7001", FACT).plain == "acme/tiktok/7001 c1 spends 2.1x its plan: CRITICAL"
    )
    back = structs.replace(FACT, band="on_track")
    assert view.fact_line("acme/tiktok/7001", back).plain == "acme/tiktok/7001 c1 is back on its plan"


def test_amounts_are_said_in_whole_units_and_cents() -> None:
    """Sums are cut, not rounded: an amount that is there is never said to be more."""
    assert view.sum_of(1_234_567_899_999) == "1,234,567.89"
    assert view.sum_of(9_999) == "0.00"


def outcome(*, ok: bool) -> Outcome:
    """Return an outcome with one invariant."""
    figures = Figures(7, 240, 2, 2_000, 10, 1_000, 500, 1, 1, 0, [2_450], 2_450, 300_000, 50, "ab" * 32)
    return Outcome([Check("spend_as_sent", "spend", ok, "240 campaign days")], figures, scene())


def test_the_picture_loads_nothing_from_elsewhere(tmp_path: Path) -> None:
    """A README must not make its readers' browsers call anybody."""
    outcome(ok=True).write_svg(tmp_path / "new" / "demo.svg")
    picture = (tmp_path / "new" / "demo.svg").read_text()
    assert "@font-face" not in picture
    assert "url(http" not in picture
    assert "Proven" in picture


def test_a_machine_reads_the_invariants_and_the_figures(tmp_path: Path) -> None:
    """The file has the form that all proofs share."""
    outcome(ok=False).write_json(tmp_path / "demo.json")
    told = json.loads((tmp_path / "demo.json").read_text())
    assert told["invariants"] == {"spend_as_sent": False}
    assert told["figures"]["longest_silence_ms"] == 2_450
    assert outcome(ok=True).broken == []


def test_a_worker_is_killed_in_the_middle_of_a_round_if_it_can_be_caught_there() -> None:
    """Between rounds it goes on unharmed; once caught it is killed, and what it left open is kept."""
    worker = subprocess.Popen([sys.executable, "-c", "import time; time.sleep(600)"])
    try:
        supervisor = OneWorker(worker)
        killer = Killer([Planned(1_000, 0)], supervisor, Looks([0, 0, 3]))  # type: ignore[arg-type] # stand-ins
        assert killer.step(999) is None
        assert [killer.step(1_000), killer.step(1_001)] == [None, None]
        assert psutil.Process(worker.pid).status() != psutil.STATUS_STOPPED
        kill = killer.step(1_002)
        assert kill is not None
        assert (kill.pid, kill.open_partitions, kill.while_restarting) == (worker.pid, 3, False)
        assert killer.is_through
        assert worker.wait(30) == -signal.SIGKILL
    finally:
        worker.kill()
        worker.wait(30)


def test_a_worker_that_is_never_caught_is_killed_all_the_same() -> None:
    """The kills that were asked for are done."""
    worker = subprocess.Popen([sys.executable, "-c", "import time; time.sleep(600)"])
    try:
        killer = Killer([Planned(0, 0)], OneWorker(worker), Looks([0] * TRIES_MAX))  # type: ignore[arg-type] # stand-ins
        kills = [killer.step(0) for _ in range(TRIES_MAX)]
        assert [kill.open_partitions for kill in kills if kill is not None] == [0]
        assert worker.wait(30) == -signal.SIGKILL
    finally:
        worker.kill()
        worker.wait(30)


class OneWorker:
    """A supervisor of one process that is not restarted."""

    def __init__(self, process: subprocess.Popen[bytes]) -> None:
        self._process = process

    def statuses(self) -> list[Status]:
        """Return how it is."""
        return [Status("worker-0", "ready", self._process.pid, 0, 5_000, "")]

    def replace(self, _role: str, _pid: int, _why: str) -> None:
        """End it."""
        self._process.kill()


class Looks:
    """Transactions that were found open, look by look."""

    def __init__(self, found: list[int]) -> None:
        self._found = found

    def look(self) -> int:
        """Return the next one."""
        return self._found.pop(0)
