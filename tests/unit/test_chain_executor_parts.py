import asyncio
import hashlib
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from chain.errors import NotConfigured, Unknown
from chain.executor.attempts import read as read_attempt
from chain.executor.known import Known
from chain.executor.options import ChainTopics
from chain.executor.order import read as read_order
from chain.executor.rates import NANO, REPEAT_MS, Rate, Rates, nano_usdc, rates
from chain.executor.records import attempt_record, outcome_record, seen_record, table_record
from chain.executor.watch import ChainWatch
from events.codec import decode
from events.envelope import parse_output_id
from events.types import (
    AttemptSigned,
    FundPot,
    MovementFailed,
    MovementSeen,
    PotMoved,
    PotsObserved,
    TableMade,
)
from headgate.context import RoleContext
from headgate.roles.chain_executor import configured, options
from infra.errors import CallAPerson, FixSetup
from infra.health import Health
from infra.settings import Settings
from infra.world_time import WorldTime
from tests.chain_cases import ADDRESS, Letter, known_of, opened

TOPICS = ChainTopics()
MOVEMENT = "ab" * 32
FUND = FundPot(
    "acme.1", hashlib.sha256(b"acme.1").hexdigest(), MOVEMENT, 7, 5, ADDRESS, ADDRESS, 1_000, 9_000
)
SIGNED = AttemptSigned("id", 2, "5" * 88, "AQ==", 1, 1, 1)


def letter(fact: Any, subject: str = "acme", id_: str = "1") -> Letter:  # noqa: ANN401 - any fact
    """Return a record."""
    return Letter(fact, subject, 3, id_)


def order_of(fact: Any = FUND) -> Any:  # noqa: ANN401 - a fact, an order
    """Return an order at 3/7."""
    one = letter(fact, id_="client-facts.3.9.0")
    return read_order(one.headers(), one.value(), 3, 7)


def test_a_rate_is_read_to_the_last_digit() -> None:
    """A binary fraction would be off by a billionth, and every funding with it."""
    assert nano_usdc("EUR", "1.0832") == 1_083_200_000
    assert nano_usdc("JPY", "0.006512345") == 6_512_345
    assert nano_usdc("BTC", "100000") == 100_000 * NANO
    with pytest.raises(FixSetup, match="a CHF is worth nothing"):
        nano_usdc("CHF", "0.000")


def test_a_dollar_is_a_dollar_whatever_the_settings_say() -> None:
    """USDC and USD are one to one, and always told."""
    assert rates({"USD": "0.97", "EUR": "1.1"}) == (Rate("EUR", 1_100_000_000), Rate("USD", NANO))
    assert rates({}) == (Rate("USD", NANO),)


def test_a_client_is_told_rates_once_in_a_while() -> None:
    """Also when the world's time has leapt back."""
    told = Rates((Rate("USD", NANO),))
    assert [fact.as_of_ms for fact in told.due("acme", REPEAT_MS)] == [REPEAT_MS]
    told.told("acme", REPEAT_MS)
    assert told.due("acme", 2 * REPEAT_MS - 1) == ()
    assert told.due("globex", 2 * REPEAT_MS - 1) != ()
    assert told.due("acme", 2 * REPEAT_MS) != ()
    assert told.due("acme", REPEAT_MS - 1) != ()


def test_attempts_stand_beside_their_orders_and_outcomes_where_the_treasury_hears_them() -> None:
    """By their ids they are found again, and known when they are repeated."""
    order = order_of()
    attempt = attempt_record(TOPICS, order, SIGNED)
    event = decode(attempt.headers, attempt.value)
    assert (attempt.topic, attempt.partition, attempt.key) == ("chain-attempts", 3, b"acme")
    assert parse_output_id(event.envelope.id) == ("chain-commands", 3, 7, 2)
    failed = MovementFailed(order.id, "acme.1", MOVEMENT, "fund", 7, "expired", "", None, 1, 0, 1, 5)
    outcome = outcome_record(TOPICS, order, failed, 5)
    event = decode(outcome.headers, outcome.value)
    assert (outcome.topic, outcome.partition, event.envelope.id) == (
        "client-facts",
        -1,
        f"{order.id}.outcome",
    )
    table = table_record(TOPICS, order, TableMade(ADDRESS, ADDRESS, 7, 1))
    assert (table.topic, table.partition) == ("chain-pots", 3)


def test_what_was_seen_has_an_id_that_is_no_origin() -> None:
    """It comes from the chain, not from a record, and repetitions have the same id."""
    moved = PotMoved(MOVEMENT, MovementSeen(7, "fund", MOVEMENT, 5, 1), 1)
    observed = PotsObserved(9, 1, ADDRESS, 1, ADDRESS, 1, (), is_whole=True)
    written = [seen_record(TOPICS, "acme", fact) for fact in (moved, observed)]
    ids = [decode(one.headers, one.value).envelope.id for one in written]
    assert ids == [f"pot.{MOVEMENT}.7", "pots.none.9"]
    assert [parse_output_id(id_) for id_ in ids] == [None, None]


def test_an_attempt_is_known_by_its_id_and_what_nobody_of_us_wrote_is_passed_over() -> None:
    """One that is ours and cannot be read may still move money, so that stops everything."""
    assert read_attempt(TOPICS, letter(SIGNED, id_="chain-commands.3.7.2")) == (7, SIGNED)
    assert read_attempt(TOPICS, letter(SIGNED, id_="chain-commands.4.7.2")) is None
    assert read_attempt(TOPICS, letter(SIGNED, id_="by hand")) is None
    with pytest.raises(CallAPerson, match="chain-commands/3 cannot be read"):
        read_attempt(TOPICS, letter(FUND, id_="chain-commands.3.7.2"))


def test_what_there_is_for_a_client_is_known_from_its_topic() -> None:
    """Of a pot that was opened again the newest counts; what is no pot is passed over."""
    known = known_of("acme", "globex")
    assert sorted(known.clients()) == ["acme", "globex"]
    assert known.partition("globex") == 1
    again = opened("0" * 63 + "0", ADDRESS, name="again")
    assert known.take(Letter(again, "acme")) == "acme"
    assert [one.name for one in known.pots("acme")] == ["again"]
    assert known.take(letter(FUND)) is None
    broken = letter(FUND)
    broken._value = b"{"  # noqa: SLF001 - a record that nobody can read
    assert known.take(broken) is None
    assert known.take(Letter(opened("0" * 64, "z" * 44), "acme")) is None
    assert known.take(letter(TableMade(ADDRESS, "z" * 44, 7, 1))) is None
    assert known.take(letter(TableMade(ADDRESS, ADDRESS, 7, 1))) == "acme"
    assert [made.table for made in known.tables("acme")] == [ADDRESS]
    assert Known().tables("acme") == ()


def problems(health: Health) -> str:
    """Return why a role is not ready, in one text."""
    return " | ".join(health.readiness().reasons)


def test_what_only_a_person_can_mend_is_seen_and_goes_when_it_is_mended() -> None:
    """A stuck order, a pot that is none, keys that are missing."""
    health = Health("chain-executor")
    watch = ChainWatch(health, WorldTime())
    watch.assigned([0])
    watch.stuck(order_of(), "the ring has rolled past it")
    watch.wrong_pots("acme", ["pot shoes (Abc): no pot"])
    watch.trouble("acme", NotConfigured("there is no key of the funder"), 2)
    told = problems(health)
    assert "1 orders wait for a person" in told
    assert "1 are not what they must be: pot shoes" in told
    assert "there is no key of the funder" in told
    failed = MovementFailed("x", "acme.1", MOVEMENT, "fund", 7, "expired", "", None, 1, 0, 1, 5)
    watch.ended(order_of(), failed, 1)
    watch.wrong_pots("acme", [])
    watch.reached("acme")
    assert problems(health) == ""


def test_an_answer_that_is_late_is_no_persons_business() -> None:
    """It is counted and tried again."""
    health = Health("chain-executor")
    watch = ChainWatch(health, WorldTime())
    watch.assigned([0])
    watch.trouble("acme", Unknown("no answer"), 2)
    assert problems(health) == ""
    watch.unobserved("acme", Unknown("no answer"))
    assert "no answer" in problems(health)
    watch.observed(PotsObserved(9, 1, ADDRESS, 1, ADDRESS, 1, (), is_whole=True))
    assert problems(health) == ""


def test_a_role_without_a_chain_says_so_and_waits(tmp_path: Path) -> None:
    """It neither fails nor pretends to be ready, and ends when it is told to."""
    health = Health("chain-executor")
    role = RoleContext(Settings(data_dir=tmp_path), health, "", WorldTime())

    async def wait_in_vain() -> None:
        ending = asyncio.Event()
        waiting = asyncio.create_task(configured(role, ending))
        async with asyncio.timeout(10):
            while "not configured" not in problems(health):  # noqa: ASYNC110 - nobody tells
                await asyncio.sleep(0)
        ending.set()
        assert await waiting is None

    asyncio.run(wait_in_vain())


def test_the_settings_bound_what_an_executor_does(tmp_path: Path) -> None:
    """Batches, haste, how often it looks, and rates."""
    chain = Settings(data_dir=tmp_path).chain.model_copy(
        update={"batch_max": 4, "priority_fee_max": 9, "observe_ms": 500, "fx": {"EUR": "1.1"}}
    )
    settings = Settings(data_dir=tmp_path, kafka={"bootstrap": "127.0.0.1:1"})  # type: ignore[arg-type] # pydantic makes it of it
    given = options(settings.model_copy(update={"chain": chain}), "7")
    assert (given.work.batch_max, given.work.priority_fee_max, given.watch.observe_ms) == (4, 9, 500)
    assert Rate("EUR", 1_100_000_000) in given.watch.rates
    assert given.producer_conf()["transactional.id"] == "headgate-chain-executor-7"
    assert replace(given, slot="8").consumer_conf()["group.instance.id"] == "headgate-chain-executor-8"
