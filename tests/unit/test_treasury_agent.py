from typing import Any

import pytest
from faust.types import TP

from domain.decision import Refused
from domain.treasury.agenda import POTS_A_TICK_MAX
from domain.treasury.decider import FACTS_A_TICK_MAX, OF_POT
from domain.treasury.links import CAMPAIGNS_MAX, POTS_MAX
from domain.treasury.rows import DEFAULT_POLICY, ClientRow, client_key
from events import topics
from events.codec import Event, encode
from events.envelope import Envelope
from events.types import (
    ClockTicked,
    Fact,
    FundingPolicySet,
    FundingRefused,
    FundPot,
    FxRateSet,
    PollCompleted,
    PotsObserved,
    SubjectReleased,
    WebhookReceived,
)
from streams.agents.treasury import TREASURY
from streams.engine.batch import Batch
from streams.engine.parts import MemoryPart
from streams.shell import Shell
from tests.treasury_kit import CLIENT, MINUTE_MS, POT, START_MS, USD, Treasury, funded, of

# Those of a pot are in a table; those of a client are matched; the shell itself hears who is released.
CLIENTS = (PotsObserved, FundingPolicySet, FxRateSet, WebhookReceived, ClockTicked, SubjectReleased)
HEARD = {fact.TYPE for fact in (*OF_POT, *CLIENTS)}
CARRIES: dict[str, Any] = {topic.name: topic.carries for topic in topics.load().topics}


class Recorded:
    """A record as the client gives it."""

    def __init__(self, place: int, fact: Fact, subject: str) -> None:
        envelope = Envelope(f"in-{place}", fact.TYPE, fact.VERSION, "/test", subject)
        self._headers, self._body = encode(Event(envelope, fact))
        self._place, self._key = place, subject.encode()

    def offset(self) -> int:
        """Return the place."""
        return self._place

    def key(self) -> bytes:
        """Return the key."""
        return self._key

    def value(self) -> bytes:
        """Return the body."""
        return self._body

    def headers(self) -> Any:  # noqa: ANN401 - as the client gives them
        """Return the headers."""
        return self._headers


def history() -> list[tuple[Fact, str]]:
    """Return what leads to a funding, with whom each is about."""
    client = Treasury()
    heard: list[tuple[Fact, str]] = []
    take = client.take

    def hear(fact: Fact, subject: str = "") -> list[Fact]:
        heard.append((fact, subject or CLIENT))
        return take(fact, subject)

    client.take = hear  # type: ignore[method-assign]  # it listens to what its own methods take
    client.chain.treasury = 100 * USD
    client.tick()
    client.open()
    client.link()
    client.observe()
    client.meter(spent_micros=120 * USD)
    client.tick()
    client.ask(5 * USD)
    return heard


def run(cuts: tuple[int, ...]) -> tuple[dict[bytes, bytes], list[tuple[str, bytes, bytes]]]:
    """Decide the history in batches that end at the cuts."""
    records = [Recorded(place, *one) for place, one in enumerate(history())]
    part, sends, shell = MemoryPart(), [], Shell(TREASURY)
    for begin, end in zip((0, *cuts), (*cuts, len(records)), strict=True):
        batch: Any = Batch(TP(TREASURY.topic, 0), records[begin:end])  # type: ignore[arg-type]  # as much of a record as a shell reads
        done = shell.process(batch, part.get)
        assert done.parked == []
        part.apply(done.rows, 0, 0)
        sends += [(send.topic, send.key, send.value) for send in done.sends]
    return part.rows, sends


def test_batches_make_no_difference_to_what_is_decided() -> None:
    """The same history gives the same rows and records, byte for byte."""
    whole = run(())
    for cut in range(1, len(history())):
        assert run((cut,)) == whole


def test_each_fact_goes_to_its_topic_and_a_stop_to_the_account() -> None:
    """Its key is whom it is about."""
    _, sends = run(())
    assert {(topic, key) for topic, key, _ in sends} == {
        ("client-decisions", b"acme"),
        ("chain-commands", b"acme"),
        ("account-facts", b"acme/meta/1"),
    }


def test_the_agent_hears_all_that_its_topic_carries_and_says_only_what_topics_carry() -> None:
    """A type without a handler would stop a client."""
    assert set(CARRIES[TREASURY.topic]) == HEARD
    for type_, topic in TREASURY.routes.items():
        assert type_ in CARRIES[topic]


def test_what_is_not_for_it_is_refused() -> None:
    """And stops the client until a person has looked."""
    with pytest.raises(Refused, match="says nothing to the treasury agent"):
        Treasury().take(PollCompleted("spend", "2026-03-01", 1, 1, 1, 1))
    assert TREASURY.stops_subjects


def test_a_tick_takes_some_pots_and_leaves_the_others_to_the_next() -> None:
    """So that no tick floods the log."""
    client = Treasury()
    client.chain.treasury = 1_000_000 * USD
    client.tick()
    pots = [f"{number:064x}" for number in range(POTS_A_TICK_MAX + 30)]
    for number, pot in enumerate(pots):
        client.open(pot)
        client.link(f"c{number}", pot)
    client.observe()
    client.tick()
    client.tick()
    for number, pot in enumerate(pots):
        client.meter(f"c{number}", pot)
    first, second = (len(of(client.tick(), FundPot)) for _ in range(2))
    assert 0 < first <= POTS_A_TICK_MAX
    assert first + second == len(pots)


def test_time_never_goes_back() -> None:
    """Whichever clock tells it."""
    client = funded()
    assert client.take(ClockTicked(START_MS), "clock") == []
    assert client.clock() == client.now_ms


def test_two_clients_of_a_partition_share_the_clock_and_nothing_else() -> None:
    """Each has its own treasury, pots and ledger."""
    client = funded()
    other = Treasury(rows=client.rows, now_ms=client.now_ms, client="globex")
    other.chain.now_ms = client.now_ms
    other.chain.treasury = 5 * USD
    other.open()
    other.link()
    other.observe()
    client.meter()
    other.meter()
    client.tick()
    other.take(ClockTicked(client.now_ms + MINUTE_MS), "clock")
    assert len(client.asked) == 1
    assert client.asked[0].movement_id.startswith("acme.")
    assert "globex" in client.subjects
    other.check()


def test_a_client_has_a_limited_number_of_pots_and_a_pot_of_campaigns() -> None:
    """Limits on everything; who goes beyond them is told."""
    client = funded()
    client.rows[client_key(CLIENT)] = ClientRow(pots=POTS_MAX)
    assert of(client.open("c3" * 32), FundingRefused)[0].reason == "pot-unknown"
    for number in range(CAMPAIGNS_MAX - 1):
        assert client.link(f"more-{number}") == []
    assert of(client.link("too-many"), FundingRefused)[0].reason == "queue-full"
    assert FACTS_A_TICK_MAX < 1_000


def test_rules_are_in_force_by_their_version() -> None:
    """An older version that comes late changes nothing."""
    client = funded()
    client.policy(least_micro_usdc=7)
    client.take(DEFAULT_POLICY)
    assert client.look().policy.least_micro_usdc == 7


def test_what_is_told_of_campaigns_that_no_pot_pays_says_nothing() -> None:
    """The account may be metered before it is linked, and after."""
    client = funded()
    assert client.meter("unknown") == []
    client.link(on=False)
    assert client.meter() == []
    assert client.tick() == []
    assert client.pot(POT).open is None
