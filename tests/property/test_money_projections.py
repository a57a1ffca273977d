"""The views of money against a fold in Python, over logs that are cut, repeated and delivered again."""

from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Final

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from events.types import (
    CampaignMetered,
    Fact,
    FxRateSet,
    LedgerBooked,
    MovementLanded,
    PotLinked,
    PotMoved,
    PotOpened,
    PotsObserved,
    Transfer,
)
from projections import migrate
from projections.client import ClickHouse, open_folder
from projections.reader import Reader
from projections.store import Store
from tests import money_kit as kit
from tests.campaign_kit import MIDNIGHT_MS

PLACES: Final = 1_000  # a log has fewer records
# What others than the agent write, at least once.
REPEATABLE: Final = (CampaignMetered, FxRateSet, MovementLanded, PotLinked, PotMoved, PotOpened, PotsObserved)
VIEWS: Final = (
    "fx_now",
    "ledger_balances",
    "ledger_faults",
    "ledger_proof",
    "metered_days",
    "movements",
    "pot_links_now",
    "pot_movements",
    "pot_proof",
    "pots_now",
    "treasury_now",
)
ACCOUNTS: Final = ("treasury", "outside", "settlement")
Balance = tuple[int, int, int, int]


@dataclass
class Engine:
    """Tables of one log beside the other: to open or to empty them takes longer than to fill them."""

    clickhouse: ClickHouse
    reader: Reader
    logs: int = 0

    def write(self, facts: list[Fact], cut: int = 0, times: int = 1) -> str:
        """Write a log of a client of its own in two batches, each so often; return the client."""
        self.logs += 1
        client, offset = f"n{self.logs}", self.logs * PLACES
        store = Store(self.clickhouse)
        for _ in range(times):
            for part, first in ((facts[cut:], offset + cut), (facts[:cut], offset)):
                if part:
                    batch = kit.batch_of(part, client, first)
                    store.write(batch, batch.next_offsets, "here")
        return client

    def told(self, view: str, client: str) -> list[tuple[Any, ...]]:
        """Return what a view says of a client, but for its name."""
        sql = f"SELECT * EXCEPT (client) FROM {view} WHERE client = {{client:String}} ORDER BY ALL"  # noqa: S608 - our own names
        answer = self.reader.ask(sql, {"client": client})
        return [tuple(row) for row in answer.rows]


@pytest.fixture(scope="module")
def engine(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Engine]:
    """Give an engine with all tables, and the story of a day in it, once and in order."""
    with open_folder(tmp_path_factory.mktemp("money"), "headgate") as clickhouse:
        migrate.migrate(clickhouse)
        reader = Reader(clickhouse)
        opened = Engine(clickhouse, reader)
        opened.write(kit.story())
        yield opened
        reader.close()


@settings(max_examples=5, suppress_health_check=[HealthCheck.too_slow, HealthCheck.function_scoped_fixture])
@example(cut=30, times=2, again=[0, 1, 2, 3, 4, 5, 6, 7, 8, 9])
@given(cut=st.integers(0, 60), times=st.integers(1, 2), again=st.lists(st.integers(0, 40), max_size=10))
def test_what_comes_again_changes_nothing_that_is_shown(
    engine: Engine, cut: int, times: int, again: list[int]
) -> None:
    """Batches inserted again, later ones first; and facts of others that the log has twice."""
    story = kit.story()
    may = [fact for fact in story if isinstance(fact, REPEATABLE)]
    client = engine.write([*story, *(may[number % len(may)] for number in again)], cut, times)
    for view in VIEWS:
        assert engine.told(view, client) == engine.told(view, "n1"), view


steps = st.lists(
    st.tuples(
        st.sampled_from(ACCOUNTS),
        st.sampled_from(ACCOUNTS),
        st.integers(1, 3) | st.just(10**15),
        st.sampled_from(["posted", "left pending", "posted later", "voided later"]),
    ).filter(lambda step: step[0] != step[1]),
    max_size=12,
)


@settings(max_examples=10, suppress_health_check=[HealthCheck.too_slow, HealthCheck.function_scoped_fixture])
@example(given_steps=[("treasury", "outside", 10**15, "posted later")] * 12, times=2)
@given(given_steps=steps, times=st.integers(1, 2))
def test_balances_are_the_fold_of_the_lines(
    engine: Engine, given_steps: list[tuple[str, str, int, str]], times: int
) -> None:
    """Debits and credits, pending and posted apart; sums are equal on both sides, however large."""
    lines = [line for number, step in enumerate(given_steps) for line in lines_of(number, step)]
    facts: list[Fact] = [LedgerBooked("gift", None, None, 1, MIDNIGHT_MS, (line,)) for line in lines]
    client = engine.write(facts, len(facts) // 2, times)
    shown = {row[0]: row[2:6] for row in engine.told("ledger_balances", client)}
    assert {name: row for name, row in shown.items() if any(row)} == folded(lines)
    assert engine.told("ledger_faults", client) == []
    for row in engine.told("ledger_proof", client):
        assert row[-1] == 1
        assert (row[1], row[3]) == (row[2], row[4])


def lines_of(number: int, step: tuple[str, str, int, str]) -> Iterator[Transfer]:
    """Return the lines of one step."""
    debit, credit, amount, how = step
    pending = Transfer(f"l{number}", debit, credit, amount, "micro-usdc", "pending")
    if how == "posted":
        yield Transfer(f"l{number}", debit, credit, amount, "micro-usdc", "posted")
        return
    yield pending
    if how != "left pending":
        state: Any = how.partition(" ")[0]
        yield Transfer(f"l{number}.end", debit, credit, amount, "micro-usdc", state, f"l{number}")


def folded(lines: list[Transfer]) -> dict[str, Balance]:
    """Return debits and credits by account, as the ledger's description says them."""
    sums: dict[str, list[int]] = defaultdict(lambda: [0, 0, 0, 0])
    for line in lines:
        for name, side in ((line.debit, 0), (line.credit, 2)):
            if line.state == "pending":
                sums[name][side] += line.amount
            elif line.pending_id is not None:
                sums[name][side] -= line.amount
            if line.state == "posted":
                sums[name][side + 1] += line.amount
    return {name: (row[0], row[1], row[2], row[3]) for name, row in sums.items() if any(row)}
