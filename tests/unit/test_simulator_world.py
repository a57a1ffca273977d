import errno
import os
from pathlib import Path

import pytest

from infra.errors import FixSetup
from simulator.faults import FAULTS_MAX, Fault, Faults
from simulator.journal import Journal
from simulator.quota import Quota, Quotas
from simulator.running import Refused, RunningWorld
from simulator.world import HOUR_MS, Traits, WorldTerms, day_at, day_named, make
from simulator.world.traffic import DAY_WEIGHT, weight
from tests.simulator_kit import CALM, NOON_MS, HandTime

MINUTE_MS, DAY_MS = 60_000, 86_400_000
ACCOUNT, CAMPAIGN = "7001000000000000001", "1780000000000001"
TODAY, YESTERDAY = "2026-11-21", "2026-11-20"


def started(terms: WorldTerms = CALM, path: Path | None = None) -> tuple[RunningWorld, HandTime]:
    """Give a world that goes on, and its time."""
    time = HandTime()
    return RunningWorld(make(terms), time, Journal(terms, path)), time


def told(running: RunningWorld, day: str = TODAY, account: str = ACCOUNT) -> int:
    """Return what the platform says now of a campaign's day."""
    rows = running.world.reported(account, day, running.now_ms())
    return sum(row.micros for row in rows if row.campaign == CAMPAIGN)


def test_the_world_of_the_default_has_clients_zones_and_currencies() -> None:
    """Three clients, six accounts, four time zones, three currencies, 300 campaigns."""
    accounts = make(WorldTerms()).accounts.values()
    assert len({account.client for account in accounts}) == 3
    assert len({account.time_zone for account in accounts}) == 4
    assert {account.currency for account in accounts} == {"USD", "EUR", "JPY"}
    world = make(WorldTerms())
    assert [len(world.standings(account)) for account in world.accounts] == [50] * 6


def test_an_ordinary_campaign_stays_within_its_budget() -> None:
    """Whoever is paused at 110 percent did lose its measure."""
    world = make(WorldTerms(runaway_permille=0))
    for account in world.accounts:
        for row in world.truth(account, YESTERDAY, NOON_MS + DAY_MS):
            standing = world.standing(account, row.campaign)
            assert standing is not None
            if standing.budget_micros is not None:
                assert 700 < row.micros * 1_000 // standing.budget_micros < 1_080


def test_the_hours_of_an_ordinary_day_weigh_as_much_as_an_even_day() -> None:
    """Traffic moves spend within the day and adds none."""
    for peak in range(24):
        traits = Traits("c", 1, 1_000, peak, swing=37)
        assert sum(weight(traits, hour) for hour in range(24)) == DAY_WEIGHT


@pytest.mark.parametrize(("day", "hours"), [("2026-03-29", 23), ("2026-10-25", 25), ("2026-11-21", 24)])
def test_a_day_has_as_many_hours_as_its_zone_says(day: str, hours: int) -> None:
    """In Berlin the clocks go forward in March and back in October."""
    found = day_named("Europe/Berlin", day)
    assert len(found.clock_hours) == hours
    assert found.end_ms - found.start_ms == hours * HOUR_MS
    assert day_at("Europe/Berlin", found.start_ms) == day_at("Europe/Berlin", found.end_ms - 1) == found


def test_what_is_said_comes_later_than_what_is_so() -> None:
    """Once everything stands still it is said in full after the lag, and not before."""
    terms = WorldTerms(seed=7, accounts=4, campaigns=12, lag_ms=HOUR_MS, runaway_permille=0)
    running, time = started(terms)
    running.freeze()
    early = told(running)
    time.pass_hours(1)
    whole = told(running)
    time.pass_hours(5)
    assert early < whole == told(running)
    with pytest.raises(Refused, match="stands still"):
        running.freeze()


def test_a_restatement_is_said_from_its_moment_on_and_of_its_days_alone() -> None:
    """Three percent less of yesterday, to a cent or two; what was truly spent stays."""
    running, time = started()
    before, today = told(running, YESTERDAY), told(running)
    earlier_ms = time.at_ms
    time.at_ms += MINUTE_MS
    running.restate(ACCOUNT, "", (YESTERDAY,), 970)
    running.freeze()
    assert abs(before * 97 // 100 - told(running, YESTERDAY)) < 30_000
    rows = running.world.reported(ACCOUNT, YESTERDAY, earlier_ms)
    assert sum(row.micros for row in rows if row.campaign == CAMPAIGN) == before
    assert told(running) >= today


def test_a_runaway_campaign_spends_so_many_times_as_much() -> None:
    """Until the platform's own limit of the day."""
    running, time = started()
    at_noon = told(running)
    time.pass_hours(1)
    ordinary = told(running) - at_noon
    running.change("world", "runaway", ACCOUNT, CAMPAIGN, 6_000)
    at_one = told(running)
    time.pass_hours(1)
    assert told(running) - at_one > 4 * ordinary


def test_a_campaign_that_moves_leaves_its_past_behind() -> None:
    """The old account keeps what was spent there, and the new one is charged from then on."""
    running, time = started()
    there = list(running.world.accounts)[3]
    running.change("person", "move", ACCOUNT, CAMPAIGN, there)
    before = told(running)
    assert running.world.standing(ACCOUNT, CAMPAIGN) is None
    assert told(running, account=there) == 0
    time.pass_hours(2)
    assert told(running) == before > 0
    assert told(running, account=there) > 0


def test_what_cannot_be_done_is_refused_and_not_written_down() -> None:
    """No such campaign, no such account, and nothing done to what was deleted."""
    running, _ = started()
    with pytest.raises(Refused, match="no campaign nobody"):
        running.change("api", "status", ACCOUNT, "nobody", "paused")
    with pytest.raises(Refused, match="no account nowhere"):
        running.change("person", "move", ACCOUNT, CAMPAIGN, "nowhere")
    with pytest.raises(Refused, match="no account nowhere"):
        running.restate("nowhere", "", (TODAY,), 900)
    running.change("person", "status", ACCOUNT, CAMPAIGN, "removed")
    with pytest.raises(Refused, match="was deleted"):
        running.change("api", "status", ACCOUNT, CAMPAIGN, "enabled")
    assert len(running.journal.entries) == 1


def test_the_journal_says_whether_a_write_had_an_effect() -> None:
    """A second pause is written down as none."""
    running, _ = started()
    first = running.change("api", "status", ACCOUNT, CAMPAIGN, "paused", request_id="r1")
    second = running.change("api", "status", ACCOUNT, CAMPAIGN, "paused", request_id="r2")
    assert (first.before, first.after, first.has_effect) == ("enabled", "paused", True)
    assert (second.before, second.after, second.has_effect) == ("paused", "paused", False)


def test_a_journal_of_another_world_is_refused(tmp_path: Path) -> None:
    """Going on with another seed would give a history that never was."""
    path = tmp_path / "journal.jsonl"
    Journal(CALM, path).close()
    with pytest.raises(FixSetup, match="belongs to another world"):
        Journal(WorldTerms(seed=8), path)


def test_what_cannot_be_written_down_does_not_happen(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A full disk leaves neither half a line nor an effect; once there is room, the world goes on."""
    path = tmp_path / "journal.jsonl"
    running, _ = started(CALM, path)
    whole = path.read_bytes()
    with monkeypatch.context() as full:
        full.setattr("os.fsync", _no_room)
        with pytest.raises(OSError, match="No space"):
            running.change("api", "status", ACCOUNT, CAMPAIGN, "paused")
    assert path.read_bytes() == whole
    standing = running.world.standing(ACCOUNT, CAMPAIGN)
    assert standing is not None
    assert standing.status == "enabled"
    entry = running.change("api", "status", ACCOUNT, CAMPAIGN, "paused")
    running.journal.close()
    again = Journal(CALM, path)
    assert again.entries == [entry]
    again.close()


def test_a_journal_that_is_damaged_in_its_middle_is_refused(tmp_path: Path) -> None:
    """Only the last line can be a write that never happened."""
    path = tmp_path / "journal.jsonl"
    Journal(CALM, path).close()
    path.write_bytes(path.read_bytes() + b"junk\n{}\n")
    with pytest.raises(FixSetup, match="cannot be read"):
        Journal(CALM, path)


def test_a_fault_meets_the_requests_that_it_is_meant_for() -> None:
    """By endpoint, account and time; as often as it was asked for."""
    faults = Faults()
    faults.add(Fault(kind="html", endpoint="campaign/get/", account="a", count=2, from_ms=5, until_ms=10))
    assert faults.meeting("campaign/get/", "b", 7) == []
    assert faults.meeting("report/integrated/get/", "a", 7) == []
    assert faults.meeting("campaign/get/", "a", 4) == []
    assert faults.meeting("campaign/get/", "a", 10) == []
    assert len(faults.meeting("campaign/get/", "a", 5)) == 1
    assert len(faults.meeting("campaign/get/", "a", 9)) == 1
    assert faults.meeting("campaign/get/", "a", 9) == []


def test_chance_is_the_same_for_the_same_seed() -> None:
    """A run of faults can be repeated."""
    runs = []
    for seed in (1, 1, 2):
        faults = Faults(seed)
        faults.add(Fault(kind="reset", permille=300))
        runs.append([len(faults.meeting("any/", "a", now)) for now in range(200)])
    assert runs[0] == runs[1] != runs[2]
    assert 20 < sum(runs[0]) < 100


def test_faults_have_a_limit_and_can_be_removed() -> None:
    """A script that runs wild is told so."""
    faults = Faults()
    for _ in range(FAULTS_MAX):
        number = faults.add(Fault(kind="html"))
    with pytest.raises(ValueError, match="remove some"):
        faults.add(Fault(kind="html"))
    faults.remove(number)
    assert len(faults.listed()) == FAULTS_MAX - 1
    faults.remove()
    assert faults.listed() == []


def test_each_window_of_a_quota_says_no_for_as_long_as_the_platform_does() -> None:
    """The next second, the penalty of the minute, and midnight in Greenwich."""
    by_second = Quotas(Quota(2, 1_000, 1_000))
    assert [by_second.take("t", NOON_MS + ms) for ms in (0, 1, 2, 999, 1_000)] == [
        True,
        True,
        False,
        False,
        True,
    ]
    by_minute = Quotas(Quota(1_000, 2, 1_000))
    moments = (0, 1, 2, 60_000, 300_001, 300_002)
    assert [by_minute.take("t", NOON_MS + ms) for ms in moments] == [True, True, False, False, False, True]
    by_day = Quotas(Quota(1_000, 1_000, 2))
    moments = (0, 1, 2, 12 * HOUR_MS - 1, 12 * HOUR_MS)
    assert [by_day.take("t", NOON_MS + ms) for ms in moments] == [True, True, False, False, True]
    assert by_day.take("another token", NOON_MS)


def _no_room(_descriptor: int) -> None:
    raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
