from pathlib import Path
from tempfile import TemporaryDirectory

from hypothesis import given, settings
from hypothesis import strategies as st

from simulator.journal import Journal
from simulator.running import Refused, RunningWorld
from simulator.world import HOUR_MS, Row, World, WorldTerms, day_at, day_named, make
from tests.simulator_kit import CALM, NOON_MS, HandTime

MINUTE_MS = 60_000
WILD = WorldTerms(seed=3, accounts=4, campaigns=8, lag_ms=HOUR_MS, runaway_permille=500)
ACCOUNTS = list(make(WILD).accounts)
HOME, ELSEWHERE = ACCOUNTS[1], ACCOUNTS[2]
CAMPAIGN = "1780000000000002"

Change = tuple[str, str | int]
CHANGES: st.SearchStrategy[Change] = st.one_of(
    st.tuples(st.just("status"), st.sampled_from(["enabled", "paused"])),
    st.tuples(st.just("budget"), st.integers(1, 3_000).map(lambda units: units * 1_000_000)),
    st.tuples(st.just("runaway"), st.sampled_from([0, 500, 1_000, 20_000])),
    st.tuples(st.just("move"), st.sampled_from(ACCOUNTS)),
)
# How long after the last one something is done, and what.
STORIES = st.lists(st.tuples(st.integers(0, 400), CHANGES), max_size=12)


def lived(terms: WorldTerms, story: list[tuple[int, Change]], time: HandTime, *, asking: bool) -> World:
    """Return a world in which a story happened, looked at in between or not."""
    running = RunningWorld(make(terms), time, Journal(terms))
    for minutes, (what, after) in story:
        time.at_ms += minutes * MINUTE_MS
        if asking:
            # Also at what is to come, which the next change then makes untrue.
            everything(running.world, time.at_ms + 5 * HOUR_MS)
        home = next(a for a in ACCOUNTS if running.world.standing(a, CAMPAIGN))
        running.change("person", what, home, CAMPAIGN, after)  # type: ignore[arg-type] # drawn above
    return running.world


def everything(world: World, at_ms: int, by_ms: int | None = None) -> dict[tuple[str, str], list[Row]]:
    """Return what was spent by a moment, on the days up to `at_ms` that a story of that length touches."""
    return {
        (account, day): world.truth(account, day, at_ms if by_ms is None else by_ms)
        for account in world.accounts
        for day in days(world, account, at_ms)
    }


def days(world: World, account: str, at_ms: int) -> list[str]:
    """Return today and the four days before."""
    zone = world.accounts[account].time_zone
    return [day_at(zone, at_ms - back * 24 * HOUR_MS).name for back in range(5)]


def total(world: World, at_ms: int, by_ms: int) -> int:
    """Return all that a campaign has spent by a moment, wherever it was."""
    rows = (row for found in everything(world, at_ms, by_ms).values() for row in found)
    return sum(row.micros for row in rows if row.campaign == CAMPAIGN)


@settings(max_examples=40)
@given(STORIES, st.integers(0, 600))
def test_looking_at_a_world_changes_nothing(story: list[tuple[int, Change]], later: int) -> None:
    """What was spent is the same to the micro, however often and at whatever moments it was asked before."""
    time, unseen = HandTime(), HandTime()
    watched = lived(WILD, story, time, asking=True)
    alone = lived(WILD, story, unseen, asking=False)
    at_ms = time.at_ms + later * MINUTE_MS
    assert everything(watched, at_ms) == everything(alone, at_ms)


@settings(max_examples=40)
@given(STORIES, st.lists(st.integers(0, 90), min_size=1, max_size=6))
def test_spend_never_goes_back(story: list[tuple[int, Change]], waits: list[int]) -> None:
    """Every hour's total only grows while time passes, and not at all once the hour is over."""
    time = HandTime()
    world = lived(WILD, story, time, asking=False)
    for minutes in waits:
        before = everything(world, time.at_ms)
        then_ms = time.at_ms
        time.at_ms += minutes * MINUTE_MS
        for key, rows in before.items():
            now = {row.campaign: row.hours for row in world.truth(*key, time.at_ms)}
            start_ms = day_named(world.accounts[key[0]].time_zone, key[1]).start_ms
            for row in rows:
                over = max(0, (then_ms - start_ms) // HOUR_MS)
                assert all(a <= b for a, b in zip(row.hours, now[row.campaign], strict=False))
                assert row.hours[:over] == now[row.campaign][:over]


@settings(max_examples=40)
@given(STORIES, st.integers(1, 600))
def test_a_paused_campaign_spends_nothing(story: list[tuple[int, Change]], minutes: int) -> None:
    """From the moment of the pause on, to the micro."""
    time = HandTime()
    world = lived(WILD, [*story, (0, ("status", "paused"))], time, asking=False)
    later_ms = time.at_ms + minutes * MINUTE_MS
    assert total(world, later_ms, by_ms=later_ms) == total(world, later_ms, by_ms=time.at_ms)


@settings(max_examples=40)
@given(STORIES)
def test_no_day_goes_beyond_what_the_platform_allows_itself(story: list[tuple[int, Change]]) -> None:
    """The largest budget that a campaign had bounds each of its days, whatever loses its measure."""
    time = HandTime()
    world = lived(WILD, story, time, asking=False)
    first = make(WILD).standing(HOME, CAMPAIGN)
    assert first is not None
    assert first.budget_micros is not None
    budgets = [first.budget_micros, *(after for _, (what, after) in story if what == "budget")]
    limit = max(int(budget) for budget in budgets) * WILD.overdelivery_permille // 1_000
    for rows in everything(world, time.at_ms + 24 * HOUR_MS).values():
        assert all(row.micros <= limit for row in rows if row.campaign == CAMPAIGN)


@given(st.integers(0, 3_000))
def test_what_is_said_is_late_and_in_whole_units_and_its_hours_make_up_the_day(minutes: int) -> None:
    """A report of the day and one of its hours can be held against each other."""
    world, at_ms = make(WILD), NOON_MS + minutes * MINUTE_MS
    for account in world.accounts.values():
        day = day_at(account.time_zone, at_ms).name
        true = {row.campaign: row for row in world.truth(account.account, day, at_ms - WILD.lag_ms)}
        for row in world.reported(account.account, day, at_ms):
            assert all(micros % account.unit_micros == 0 for micros in row.hours)
            assert 0 <= true[row.campaign].micros - row.micros < account.unit_micros


@settings(max_examples=20)
@given(STORIES, st.integers(0, 12))
def test_a_restarted_world_goes_on_as_it_was(story: list[tuple[int, Change]], restart_after: int) -> None:
    """Its journal is all that it needs, also when the last line was torn."""
    with TemporaryDirectory() as folder:
        path = Path(folder) / "journal.jsonl"
        time = HandTime()
        running = RunningWorld(make(WILD), time, Journal(WILD, path))
        for number, (minutes, (what, after)) in enumerate(story):
            time.at_ms += minutes * MINUTE_MS
            if number == restart_after:
                running.journal.close()
                with path.open("ab") as torn:
                    torn.write(b'{"number":9')
                running = RunningWorld(make(WILD), time, Journal(WILD, path))
            home = next(a for a in ACCOUNTS if running.world.standing(a, CAMPAIGN))
            running.change("person", what, home, CAMPAIGN, after)  # type: ignore[arg-type] # drawn above
        running.journal.close()
        kept = Journal(WILD, path)
        kept.close()
        assert kept.entries == running.journal.entries
        alone = lived(WILD, story, HandTime(), asking=False)
        assert everything(running.world, time.at_ms) == everything(alone, time.at_ms)


@settings(max_examples=20)
@given(st.integers(0, 10_000))
def test_the_same_seed_gives_the_same_world(seed: int) -> None:
    """And another one another."""
    terms = WorldTerms(seed=seed, accounts=2, campaigns=4)
    one, same = make(terms), make(terms)
    other = make(WorldTerms(seed=seed + 1, accounts=2, campaigns=4))
    assert everything(one, NOON_MS) == everything(same, NOON_MS)
    assert everything(one, NOON_MS) != everything(other, NOON_MS)


@given(STORIES)
def test_a_clock_that_jumps_back_reorders_nothing(story: list[tuple[int, Change]]) -> None:
    """What is done later is written down as later, or as at the same moment."""
    time = HandTime()
    running = RunningWorld(make(CALM), time, Journal(CALM))
    for minutes, (what, after) in story:
        time.at_ms += (minutes - 200) * MINUTE_MS
        try:
            running.change("person", what, HOME, CAMPAIGN, after)  # type: ignore[arg-type] # drawn above
        except Refused:
            continue
    moments = [entry.at_ms for entry in running.journal.entries]
    assert moments == sorted(moments)
