"""The ledger as ClickHouse adds it up, against the one that the treasury's own decider keeps."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any, Final

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from domain.treasury.rows import AccountRow, account_key, totals_key
from events.codec import Event, encode
from events.envelope import Envelope
from events.types import Fact
from projections import migrate
from projections.batch import Batch, Record
from projections.client import ClickHouse, open_folder
from projections.reader import Reader
from projections.store import Store
from tests.treasury_kit import POT, USD, Treasury, figures

DAY_MINUTES = 1_440
PLACES = 1_000  # a log has fewer records
FROM: Final = {
    "ledger_balances": "SELECT * FROM ledger_balances",
    "ledger_faults": "SELECT * FROM ledger_faults",
    "ledger_proof": "SELECT * FROM ledger_proof",
    "pot_proof": "SELECT * FROM pot_proof",
}


@dataclass
class Recorded(Treasury):
    """A client whose log is kept, inputs and outputs as they come."""

    log: list[tuple[str, Fact]] = field(default_factory=list)

    def take(self, fact: Fact, subject: str = "") -> list[Fact]:
        """Decide a fact, and keep it with what was decided."""
        before = len(self.subjects)
        told = super().take(fact, subject)
        self.log.append((subject or self.client, fact))
        self.log += zip(self.subjects[before:], told, strict=True)
        return told

    def step(self, what: str, dollars: int) -> None:
        """Let something happen; where it cannot, nothing does."""
        steps: dict[str, Callable[[int], object]] = {
            "want": self.want,
            "ask": lambda amount: self.ask(amount * USD, f"r{len(self.log)}"),
            "land": self.try_to_land,
            "tell": lambda _amount: [self.take(moved) for moved in self.moved()],
            "fail": self.try_to_fail,
            "night": self.night,
            "deposit": lambda amount: setattr(self.chain, "treasury", self.chain.treasury + amount * USD),
            "gift": lambda amount: setattr(
                self.chain.pots[POT], "gifts", self.chain.pots[POT].gifts + amount
            ),
            "withdraw": self.try_to_withdraw,
            "observe": lambda _amount: self.observe(),
        }
        steps[what](dollars)

    def want(self, dollars: int) -> None:
        """Let the campaign need something, and the time come at which that is seen to."""
        self.meter(expected_micros=dollars * USD)
        self.tick()

    def night(self, dollars: int) -> None:
        """Let a day end that has cost something, and what is due then."""
        self.close_day(min(dollars * USD, self.chain.pots[POT].balance))
        self.tick(DAY_MINUTES)

    def try_to_land(self, _dollars: int) -> None:
        """Let the open movement land, unless the chain refuses it."""
        if self.pot().open is not None and self.chain.refuses(self.asked[-1]) is None:
            self.land()

    def try_to_fail(self, _dollars: int) -> None:
        """Let the open movement never land."""
        if self.pot().open is not None:
            self.fail("expired", self.chain.pots[POT].next_sequence, 5_000)

    def try_to_withdraw(self, micro: int) -> None:
        """Let the pot's owner take something out while nothing of ours is under way."""
        if self.pot().open is None and self.chain.pots[POT].balance >= micro:
            self.chain.move(POT, "withdraw", "ee" * 32, micro)

    def settle_down(self) -> None:
        """Let everything be told that the chain has, and the chain be read twice."""
        for what in ("land", "tell", "observe", "observe"):
            self.step(what, 0)


@pytest.fixture(scope="module")
def clickhouse(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ClickHouse]:
    """Give an engine with all tables."""
    with open_folder(tmp_path_factory.mktemp("proof"), "headgate") as opened:
        migrate.migrate(opened)
        yield opened


@pytest.fixture(scope="module")
def numbers() -> Iterator[int]:
    """Give each example a number of its own."""
    return iter(range(10**6))


def projected(clickhouse: ClickHouse, client: Recorded, number: int) -> None:
    """Write a client's log into the tables."""
    batch = Batch()
    for offset, (subject, fact) in enumerate(client.log, start=number * PLACES):
        headers, body = encode(Event(Envelope(f"p.{offset}", fact.TYPE, fact.VERSION, "test", subject), fact))
        batch.take(Record("client-facts", 0, offset, 1, subject.encode(), list(headers), body))
    Store(clickhouse).write(batch, batch.next_offsets, "here")


def shown(clickhouse: ClickHouse, client: str) -> dict[str, list[dict[str, Any]]]:
    """Return what the views of the ledger say of a client."""
    reader = Reader(clickhouse)
    try:
        return {
            view: reader.ask(f"{FROM[view]} WHERE client = {{client:String}}", {"client": client}).dicts()
            for view in FROM
        }
    finally:
        reader.close()


happenings = st.tuples(
    st.sampled_from(
        [
            "want",
            "want",
            "ask",
            "land",
            "land",
            "tell",
            "fail",
            "night",
            "deposit",
            "gift",
            "withdraw",
            "observe",
        ]
    ),
    st.integers(1, 60),
)


@settings(max_examples=8, suppress_health_check=[HealthCheck.too_slow, HealthCheck.function_scoped_fixture])
@example(
    steps=[
        *[("want", 40), ("land", 1), ("ask", 7), ("land", 1), ("withdraw", 9), ("tell", 1), ("gift", 3)],
        *[("night", 20), ("land", 1), ("want", 50), ("fail", 1), ("deposit", 11)],
    ]
)
@given(steps=st.lists(happenings, max_size=20))
def test_the_ledger_added_up_is_the_one_that_decides_and_the_chain_agrees(
    clickhouse: ClickHouse, numbers: Iterator[int], steps: list[tuple[str, int]]
) -> None:
    """Every account, pending and posted; no fault; each pot on chain, by its movements and in the ledger."""
    number = next(numbers)
    client = Recorded(client=f"n{number}")
    client.chain.treasury = 500 * USD
    client.tick(480)
    client.open()
    client.link()
    client.observe()
    for what, dollars in steps:
        client.step(what, dollars)
    client.settle_down()
    projected(clickhouse, client, number)
    told = shown(clickhouse, client.client)
    assert told["ledger_faults"] == []
    assert all(one["is_balanced"] for one in told["ledger_proof"])
    (pot,) = told["pot_proof"]
    assert (pot["facts_agree"], pot["ledger_agrees"]) == (1, 1), pot
    kept = accounts(client)
    sides = ("debits_pending", "debits_posted", "credits_pending", "credits_posted")
    for one in told["ledger_balances"]:
        found = tuple(one[side] for side in sides)
        # What is closed is forgotten by the agent: nothing is left on it.
        assert found == kept.pop(one["account"], (0, one["debits_posted"], 0, one["debits_posted"])), one
    assert not kept


def accounts(client: Recorded) -> dict[str, tuple[int, int, int, int]]:
    """Return the accounts as the decider keeps them."""
    head = account_key(client.client, "")
    return {
        key.removeprefix(head).decode(): figures(row)
        for key, row in client.rows.items()
        if isinstance(row, AccountRow) and key.startswith(head) and key != totals_key(client.client)
    }
