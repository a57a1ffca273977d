"""The views against the domain's own fold, over logs in any order."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from events.codec import Event, encode
from events.envelope import Envelope
from events.types import ClockTicked, Fact, SpendRecorded
from projections import migrate
from projections.batch import Batch
from projections.batch import Record as Projected
from projections.client import ClickHouse, open_folder
from projections.reader import Reader
from projections.store import Store
from proof.projected import differences, fold_batches
from streams.engine.transaction import Send
from tests.projector_kit import ACCOUNT, DAY, FACTS, HOUR_MS, MIDNIGHT_MS, NEXT_DAY, OTHER, campaigns, page

LETTERS = "dead-letters"
PLACES = 1_000  # a log has fewer records

hours = st.integers(0, 1)
micros = st.integers(0, 3).map(lambda n: n * 1_000_000)
moments = st.integers(0, 2).map(lambda n: MIDNIGHT_MS + n * HOUR_MS)
names = st.sampled_from(["c-0", "c-1"])
cells = st.lists(st.tuples(names, hours, micros), min_size=1, max_size=4)
facts = st.one_of(
    # Another day, another currency, and what is true only tomorrow: some of these pages are refused.
    st.builds(
        lambda seen, day, late_ms, currency: page(
            *seen, day=day, as_of_ms=late_ms + (24 * HOUR_MS if day == NEXT_DAY else 0), currency=currency
        ),
        cells,
        st.sampled_from([DAY, DAY, NEXT_DAY]),
        moments,
        st.sampled_from(["USD", "USD", "USD", "EUR"]),
    ),
    st.builds(
        SpendRecorded,
        transaction_id=st.sampled_from(["t-1", "t-2", "t-3"]),
        campaign=names,
        day=st.sampled_from([DAY, NEXT_DAY]),
        amount_micros=st.integers(1, 9),
        currency=st.sampled_from(["USD", "USD", "EUR"]),
    ),
    st.builds(campaigns, as_of_ms=moments, budget_micros=st.none() | micros, count=st.just(2)),
    st.builds(lambda now_ms: ClockTicked(now_ms=now_ms), moments),
)
logs = st.lists(st.tuples(st.sampled_from([ACCOUNT, ACCOUNT, ACCOUNT, OTHER]), facts), max_size=25)


def pushed(amount_micros: int) -> SpendRecorded:
    """Return an increment of one and the same transaction."""
    return SpendRecorded(
        transaction_id="t", campaign="c-0", day=DAY, amount_micros=amount_micros, currency="USD"
    )


# What chance finds rarely: each rule that tells two records apart, in the order in which a wrong one shows.
EQUALLY_OLD = [page(("c-0", 0, 9)), page(("c-0", 0, 3)), page(("c-0", 1, 3)), page(("c-0", 1, 9))]
OLDER = [page(("c-0", 0, 3), as_of_ms=MIDNIGHT_MS + 1), page(("c-0", 0, 9))]
REFUSED = [page(("c-0", 0, 3)), page(("c-0", 0, 9), as_of_ms=MIDNIGHT_MS + 1, currency="EUR")]
BUDGETS = [page(("c-0", 0, 1)), campaigns(budget_micros=9, count=1), campaigns(budget_micros=3, count=1)]
PUSHED = [pushed(3), pushed(9)]


@dataclass
class Written:
    """A record in memory, as the engine reads it."""

    place: int
    subject: bytes
    pairs: list[tuple[str, bytes | None]]
    body: bytes | None

    def topic(self) -> Any:  # noqa: ANN401 - the engine's protocol
        """Return the topic."""
        return FACTS

    def partition(self) -> Any:  # noqa: ANN401 - likewise
        """Return the partition."""
        return 0

    def offset(self) -> Any:  # noqa: ANN401 - likewise
        """Return its place in it."""
        return self.place

    def key(self) -> Any:  # noqa: ANN401 - likewise
        """Return its key."""
        return self.subject

    def value(self) -> Any:  # noqa: ANN401 - likewise
        """Return its body."""
        return self.body

    def headers(self) -> Any:  # noqa: ANN401 - likewise
        """Return its headers."""
        return self.pairs

    def timestamp(self) -> tuple[int, int]:
        """Return the kind and the milliseconds of its time."""
        return (1, self.place)

    def error(self) -> Any:  # noqa: ANN401 - likewise
        """Return nothing: a record that was written is no error."""
        return None


@dataclass
class Engine:
    """Tables of one log beside the other: to open or to empty them takes longer than to fill them."""

    clickhouse: ClickHouse
    reader: Reader
    logs: int = 0


@pytest.fixture(scope="module")
def engine(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Engine]:
    """Give an engine with all tables, none with a row."""
    with open_folder(tmp_path_factory.mktemp("engine"), "headgate") as clickhouse:
        migrate.migrate(clickhouse)
        reader = Reader(clickhouse)
        yield Engine(clickhouse, reader)
        reader.close()


def written(log: list[tuple[str, Fact]], number: int) -> list[Written]:
    """Return the records of a log, with places and accounts that no other log has."""
    records = []
    for offset, (account, fact) in enumerate(log, start=number * PLACES):
        subject = f"n{number}-{account}"
        envelope = Envelope(f"test.{offset}", fact.TYPE, fact.VERSION, "test", subject)
        headers, body = encode(Event(envelope, fact))
        records.append(Written(offset, subject.encode(), list(headers), body))
    return records


@settings(max_examples=20, suppress_health_check=[HealthCheck.too_slow, HealthCheck.function_scoped_fixture])
@example(log=[(ACCOUNT, fact) for fact in EQUALLY_OLD], cut=2, times=1)
@example(log=[(ACCOUNT, fact) for fact in OLDER], cut=1, times=2)
@example(log=[(ACCOUNT, fact) for fact in REFUSED], cut=1, times=2)
@example(log=[(ACCOUNT, fact) for fact in BUDGETS], cut=1, times=2)
@example(log=[(ACCOUNT, fact) for fact in PUSHED], cut=1, times=2)
@given(log=logs, cut=st.integers(0, 25), times=st.integers(1, 2))
def test_the_views_are_the_fold_whatever_the_order_the_batches_and_the_repetitions(
    engine: Engine, log: list[tuple[str, Fact]], cut: int, times: int
) -> None:
    """Hours, increments and budgets, exactly; what the domain refused counts nowhere."""
    engine.logs += 1
    records, sent = written(log, engine.logs), list[Send]()
    folded = fold_batches([(0, records)] if records else [], sent.append)
    batches = [Batch(frozenset({LETTERS})) for _ in range(2)]
    for record in records:
        place = (FACTS, 0, record.place, record.place, record.subject)
        batches[record.place % PLACES >= cut].take(Projected(*place, record.pairs, record.body))
    letters = [one for one in sent if one.topic == LETTERS]
    for offset, send in enumerate(letters, start=engine.logs * PLACES):
        pairs: Any = send.headers
        batches[1].take(Projected(LETTERS, 0, offset, 0, send.key, list(pairs), send.value))
    store = Store(engine.clickhouse)
    for batch in batches * times:
        if batch.records:
            store.write(batch, batch.next_offsets, "here")
    assert differences(folded, engine.reader.ask) == []
