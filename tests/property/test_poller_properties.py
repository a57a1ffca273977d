from hypothesis import given
from hypothesis import strategies as st

from connectors.local_days import local_day
from connectors.poller import pages
from connectors.poller.nearness import spent
from connectors.poller.pages import Read
from connectors.poller.poller import share_of
from connectors.poller.schedule import Schedule, interval_ms, jittered
from connectors.ports import Account, HourSpend
from events import codec
from events.limits import BODY_BYTES_MAX, PAGE_CAMPAIGNS_MAX
from events.types import SpendObserved
from tests.poller_kit import CADENCE, DAY, NOON_MS

ZONES = ("Europe/Berlin", "America/New_York", "Asia/Kolkata", "America/Santiago", "Australia/Lord_Howe")
ACCOUNT = Account("1", "One", "EUR", "Europe/Berlin")
READ = Read("client/shop/1", "spend", DAY.day, NOON_MS)


@given(st.integers(1_000, 86_400_000), st.text(max_size=20))
def test_jitter_moves_an_interval_by_a_tenth_at_most(every_ms: int, seed: str) -> None:
    """And the same seed always by the same."""
    moved = jittered(every_ms, seed)
    assert abs(moved - every_ms) * 10 <= every_ms
    assert moved == jittered(every_ms, seed)


@given(st.integers(0, 3_000), st.integers(0, 3_000))
def test_nearer_is_never_later(one: int, other: int) -> None:
    """And never outside of what was allowed."""
    low, high = sorted((one, other))
    assert CADENCE.spend_ms >= interval_ms(CADENCE, low) >= interval_ms(CADENCE, high) >= CADENCE.spend_ms_min


@given(st.sampled_from(ZONES), st.integers(1_735_689_600_000, 1_893_456_000_000), st.integers(0, 1_500))
def test_today_is_read_all_day_long_and_the_next_day_from_its_first_moment(
    zone: str, at_ms: int, near: int
) -> None:
    """In every zone, on every day, however long it is."""
    today = local_day(zone, at_ms)
    schedule = Schedule("c/p/1", CADENCE._replace(restated_days=0, campaigns_ms=10**9), at_ms)
    schedule.done("campaigns", at_ms)
    schedule.enter(today, local_day(zone, today.start_ms - 1), at_ms)
    last_ms = at_ms
    while (due := schedule.next()).at_ms < today.end_ms:
        schedule.done(due.kind, due.at_ms, near)
        if due.kind == "today":
            assert due.at_ms - last_ms <= CADENCE.spend_ms * 11 // 10
            last_ms = due.at_ms
    while (due := schedule.next()).kind != "today":
        schedule.done(due.kind, due.at_ms)
    assert due.at_ms == today.end_ms
    assert local_day(zone, due.at_ms).start_ms == today.end_ms


names = st.text(st.characters(exclude_characters="\0", exclude_categories=("Cs",)), min_size=1, max_size=128)
rows_of_a_day = st.dictionaries(
    st.tuples(names, st.integers(0, 24)), st.integers(0, 10**15), max_size=60
).map(lambda cells: [HourSpend(name, hour, micros) for (name, hour), micros in sorted(cells.items())])


@given(rows_of_a_day)
def test_pages_hold_all_rows_in_order(rows: list[HourSpend]) -> None:
    """What goes in comes out, whatever platforms call their campaigns."""
    records = pages.spend(READ, ACCOUNT, DAY, rows)
    told = [codec.decode(record.headers, record.value) for record in records]
    seen = [
        HourSpend(one.campaign, one.hour, one.spend_micros)
        for event in told
        if isinstance(event.data, SpendObserved)
        for one in event.data.observations
    ]
    assert seen == rows
    assert len({event.envelope.id for event in told}) == len(told)
    assert records == pages.spend(READ, ACCOUNT, DAY, rows)


@given(st.integers(1, 1_300), st.integers(1, 25), st.integers(1, 128))
def test_pages_keep_to_the_limits_of_the_log(campaigns: int, hours: int, chars: int) -> None:
    """At most 500 campaigns and 256 KB, and never half of a campaign."""
    rows = [
        HourSpend(f"{number:04d}".ljust(chars + 4, "x"), hour, 10**15, 10**12, 10**12, 10**12)
        for number in range(0, campaigns, max(1, campaigns * hours // 3_000))
        for hour in range(hours)
        if chars <= 124
    ]
    where: dict[str, int] = {}
    for number, record in enumerate(pages.spend(READ, ACCOUNT, DAY, rows)):
        assert len(record.value) <= BODY_BYTES_MAX
        page = codec.decode(record.headers, record.value).data
        assert isinstance(page, SpendObserved)
        inside = {one.campaign for one in page.observations}
        assert len(inside) <= PAGE_CAMPAIGNS_MAX
        assert not inside & where.keys()
        where |= dict.fromkeys(inside, number)
    assert where.keys() == {row.campaign for row in rows}


@given(st.sets(names.map(lambda name: f"c/p/{name}"), max_size=30), st.integers(1, 7))
def test_every_account_is_one_pollers_and_no_others(accounts: set[str], shares: int) -> None:
    """However many divide them."""
    parts = [share_of(sorted(accounts), share, shares) for share in range(shares)]
    assert sorted(name for part in parts for name in part) == sorted(accounts)


@given(rows_of_a_day)
def test_what_was_spent_is_the_sum_of_the_hours(rows: list[HourSpend]) -> None:
    """Nearness to budgets is judged by it."""
    assert sum(spent(DAY.day, NOON_MS, rows).micros.values()) == sum(row.spend_micros for row in rows)
