"""A client's money as the log tells it, for tests of what people are shown: two pots, and what can happen."""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING, Final, Literal

from events.codec import Event, encode
from events.envelope import Envelope
from events.types import (
    AttemptSigned,
    CampaignMetered,
    ClockTicked,
    Fact,
    FundingAlertRaised,
    FundingPart,
    FundingPolicySet,
    FundingPosted,
    FundingRefused,
    FundingReserved,
    FundingVoided,
    FundPot,
    FxRateSet,
    LedgerBooked,
    MovementLanded,
    MovementSeen,
    PotLinked,
    PotMoved,
    PotOpened,
    PotSeen,
    PotsObserved,
    SettlementPosted,
    SettlementReserved,
    Transfer,
)
from events.types.funding import Fx
from headgate.money import history
from headgate.money.history import Move
from projections import migrate
from projections.batch import Batch, Record
from projections.client import open_clickhouse
from projections.store import Store
from tests.campaign_kit import DAY, MIDNIGHT_MS, NOW_MS

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from infra.settings import Settings

CLIENT: Final = "acme"
UNIT: Final = 1_000_000
MINUTE_MS: Final = 60_000
BOOTS, HATS = hashlib.sha256(b"acme/boots").hexdigest(), hashlib.sha256(b"acme/hats").hexdigest()
ADDRESSES: Final = {
    BOOTS: "4Nd1mBQtrMJVYVfKf2PJy9NZUZdTAsp7D5xXkqdR2hPQ",
    HATS: "8qbHbw2BbbTHBW1sbeqakYXVKRQM8Ne7pLK7m6CVfeR",
}
NAMES: Final = {BOOTS: "boots", HATS: "hats"}
TREASURY, WHOSE = (
    "9xQeWvG816bUx9EPjHmaT23yvVM2ZWbrrpZb9PusVFin",
    "So11111111111111111111111111111111111111112",
)
SIGNATURE: Final = "5VERv8NMvzbJMEkV8xnrLkEaWRtSz9CosKDYjCJjBRnbJLgp8uirBgmQpjKhoR4tjF3ZpRzrFmBV6UjKdiSZkQUW"
SLOT: Final = 5_000
FIRST: Final = SLOT << 20
UTC_DAY: Final = NOW_MS // 86_400_000
CAP: Final = 500 * UNIT
CLIENT_FACTS_MAX: Final = 1_000


def movement_id(pot: str, sequence: int) -> str:
    """Name a movement as the treasury does."""
    return f"{CLIENT}.{pot[:12]}.{sequence}"


def opened(pot: str, at_ms: int = MIDNIGHT_MS) -> PotOpened:
    """Return a pot that was opened."""
    return PotOpened(
        pot, NAMES[pot], ADDRESSES[pot], WHOSE, WHOSE, TREASURY, WHOSE, WHOSE, WHOSE, WHOSE, CAP, at_ms
    )


def linked(pot: str, campaign: str, version: int = 1, *, is_linked: bool = True) -> PotLinked:
    """Return a campaign that is paid from a pot."""
    return PotLinked(pot, "tiktok", "7001", campaign, version, is_linked, 60, MIDNIGHT_MS)


def metered(
    pot: str, campaign: str, spent_micros: int, currency: str = "USD", at_ms: int = NOW_MS
) -> CampaignMetered:
    """Return where a campaign stands."""
    return CampaignMetered(
        pot=pot,
        platform="tiktok",
        account="7001",
        campaign=campaign,
        currency=currency,
        day=DAY,
        day_start_ms=MIDNIGHT_MS,
        day_end_ms=MIDNIGHT_MS + 86_400_000,
        at_ms=at_ms,
        budget_micros=100 * UNIT,
        spent_micros=spent_micros,
        likely_micros=spent_micros,
        expected_micros=UNIT,
        band_micros=0,
        is_accelerated=False,
        is_running=True,
        is_closed=False,
    )


def lines(id_: str, debit: str, credit: str, amount: int, state: str) -> tuple[Transfer, ...]:
    """Return the lines of a movement's one step: its pot's, and the client's limit of the day."""
    pairs = ((debit, credit), (f"client:{DAY}", "allowance"))
    pending = {"pending": None}
    return tuple(
        Transfer(
            f"{id_}.{state}.{number}",
            *pair,
            amount,
            "micro-usdc",
            state,  # type: ignore[arg-type]  # one of its words
            pending.get(state, f"{id_}.pending.{number}"),
        )
        for number, pair in enumerate(pairs)
    )


def reserved(
    pot: str, sequence: int, amount: int, at_ms: int, request_id: str | None = None, id_: str | None = None
) -> Iterator[Fact]:
    """Return what reserving a funding says, with its command and its first transaction."""
    id_ = id_ or movement_id(pot, sequence)
    euros = Fx("EUR", 1_083_200_000, MIDNIGHT_MS)
    parts = (FundingPart("tiktok", "7001", "c1", amount - 1, None), FundingPart("meta", "9", "c9", 1, euros))
    transfers = lines(id_, f"pot:{pot}", "treasury", amount, "pending")
    mode: Literal["planned", "by-hand"] = "planned" if request_id is None else "by-hand"
    yield FundingReserved(
        id_,
        pot,
        sequence,
        amount,
        parts,
        mode,
        request_id,
        at_ms,
        transfers,
    )
    movement = hashlib.sha256(id_.encode()).hexdigest()
    yield FundPot(id_, movement, pot, sequence, amount, TREASURY, WHOSE, at_ms, at_ms + 30 * MINUTE_MS)
    yield AttemptSigned(f"fund.{id_}", 1, SIGNATURE, "AAAA", 900, 1, at_ms + 500)


def moved(pot: str, sequence: int, kind: str, amount: int, at_ms: int, id_: str | None = None) -> PotMoved:
    """Return a movement that the chain has."""
    movement = hashlib.sha256((id_ or movement_id(pot, sequence)).encode()).hexdigest()
    seen = MovementSeen(sequence, kind, movement, amount, SLOT + 40)  # type: ignore[arg-type]  # one of its words
    return PotMoved(pot, seen, at_ms)


def landed(pot: str, sequence: int, amount: int, at_ms: int) -> Iterator[Fact]:
    """Return what says that a funding landed, and posts it."""
    id_ = movement_id(pot, sequence)
    yield MovementLanded(
        f"fund.{id_}", id_, pot, "fund", sequence, amount, SIGNATURE, SLOT + 40, 5_000, 1, at_ms
    )
    yield moved(pot, sequence, "fund", amount, at_ms)
    posts = lines(id_, f"pot:{pot}", "treasury", amount, "posted")
    yield FundingPosted(id_, pot, sequence, amount, SLOT + 40, SIGNATURE, at_ms, posts)


def settled(pot: str, sequence: int, amount: int, at_ms: int) -> Iterator[Fact]:
    """Return a settlement, whole."""
    id_ = movement_id(pot, sequence)
    pending = lines(id_, "settlement", f"pot:{pot}", amount, "pending")
    yield SettlementReserved(id_, pot, sequence, amount, "2026-11-20", at_ms, pending)
    yield moved(pot, sequence, "settle", amount, at_ms)
    posts = lines(id_, "settlement", f"pot:{pot}", amount, "posted")
    yield SettlementPosted(id_, pot, sequence, amount, SLOT + 60, SIGNATURE, at_ms, posts)


def hashed(pot: str, moves: Iterable[PotMoved]) -> str:
    """Return the running hash that a pot has after its movements."""
    found = history.begun(ADDRESSES[pot], FIRST)
    for one in moves:
        seen = one.seen
        found = history.moved(found, Move(seen.sequence, seen.kind, seen.movement, seen.amount_micro_usdc))
    return found.hex()


def seen(pot: str, moves: list[PotMoved], *, is_paused: bool = False, gift: int = 0) -> PotSeen:
    """Return a pot as the chain has it after its movements."""
    sums = {
        kind: sum(one.seen.amount_micro_usdc for one in moves if one.seen.kind == kind)
        for kind in ("fund", "settle", "withdraw")
    }
    return PotSeen(
        pot=pot,
        balance_micro_usdc=sums["fund"] - sums["settle"] - sums["withdraw"] + gift,
        next_sequence=FIRST + len(moves),
        history=hashed(pot, moves),
        funded_micro_usdc=sums["fund"],
        settled_micro_usdc=sums["settle"],
        withdrawn_micro_usdc=sums["withdraw"],
        daily_cap_micro_usdc=CAP,
        cap_day=UTC_DAY,
        cap_used_micro_usdc=sums["fund"],
        spent_day=UTC_DAY,
        spent_micro_usdc=sums["settle"],
        is_paused=is_paused,
        authority=WHOSE,
    )


def observed(*pots: PotSeen, slot: int = SLOT + 100, at_ms: int = NOW_MS - 3_000) -> PotsObserved:
    """Return what the chain says of the client."""
    return PotsObserved(slot, at_ms, TREASURY, 4_000 * UNIT, WHOSE, 800_000_000, pots, is_whole=True)


def deposit(amount: int) -> LedgerBooked:
    """Return money that came into the treasury."""
    line = Transfer("acme.deposit", "treasury", "outside", amount, "micro-usdc", "posted")
    return LedgerBooked("deposit", None, None, SLOT, MIDNIGHT_MS, (line,))


def story() -> list[Fact]:
    """Return a day: boots is funded twice and settled once; of hats one is open, one voided, one refused."""
    at_ms = NOW_MS - 60 * MINUTE_MS
    facts: list[Fact] = [
        ClockTicked(now_ms=NOW_MS),
        deposit(5_000 * UNIT),
        opened(BOOTS),
        opened(HATS),
        linked(BOOTS, "c1"),
        linked(BOOTS, "c2"),
        linked(HATS, "c3"),
        FxRateSet("EUR", 1_083_200_000, NOW_MS - 60 * MINUTE_MS, "ecb"),
        FundingPolicySet(3, mode="ahee", client_limit_micro_usdc=1_000 * UNIT),
        metered(BOOTS, "c1", 40 * UNIT),
        metered(BOOTS, "c2", 10 * UNIT, "EUR"),
    ]
    facts += [*reserved(BOOTS, FIRST, 100 * UNIT, at_ms), *landed(BOOTS, FIRST, 100 * UNIT, at_ms + 14_000)]
    facts += settled(BOOTS, FIRST + 1, 30 * UNIT, at_ms + MINUTE_MS)
    later_ms = at_ms + 40 * MINUTE_MS
    facts += reserved(BOOTS, FIRST + 2, 50 * UNIT, later_ms, "r-1")
    facts += landed(BOOTS, FIRST + 2, 50 * UNIT, later_ms + 20_000)
    voided = movement_id(HATS, FIRST)
    facts += reserved(HATS, FIRST, 80 * UNIT, at_ms)
    back = lines(voided, f"pot:{HATS}", "treasury", 80 * UNIT, "voided")
    facts.append(FundingVoided(voided, HATS, FIRST, 80 * UNIT, "expired", "late", at_ms + MINUTE_MS, back))
    facts += reserved(HATS, FIRST, 70 * UNIT, NOW_MS - MINUTE_MS, id_=f"{voided}.again")
    facts.append(FundingRefused(HATS, "r-2", 900 * UNIT, "client-limit", "780 are left", NOW_MS))
    facts.append(
        FundingAlertRaised(
            "funding_stuck", "high", HATS, 1, NOW_MS - MINUTE_MS, 75, 15, "minutes", "movement 1"
        )
    )
    facts.append(observed(seen(BOOTS, moves_of(facts, BOOTS)), seen(HATS, [])))
    return facts


def moves_of(facts: Iterable[Fact], pot: str) -> list[PotMoved]:
    """Return what a pot has moved, in order and once."""
    found = {one.seen.sequence: one for one in facts if isinstance(one, PotMoved) and one.pot == pot}
    return [found[sequence] for sequence in sorted(found)]


def batch_of(facts: Iterable[Fact], subject: str = CLIENT, first_offset: int = 0) -> Batch:
    """Return rows of facts; commands are named as their attempts name them."""
    batch = Batch()
    for offset, fact in enumerate(facts, start=first_offset):
        id_ = f"fund.{fact.movement_id}" if isinstance(fact, FundPot) else f"m.{subject}.{offset}"
        headers, body = encode(Event(Envelope(id_, fact.TYPE, fact.VERSION, "test", subject), fact))
        batch.take(Record("client-facts", 0, offset, 1, subject.encode(), list(headers), body))
    return batch


def project(settings: Settings, told: Mapping[str, Iterable[Fact]]) -> None:
    """Write facts of clients into a folder's tables, as the projector does."""
    with open_clickhouse(settings) as clickhouse:
        migrate.migrate(clickhouse)
        for number, (client, facts) in enumerate(told.items()):
            batch = batch_of(facts, client, number * CLIENT_FACTS_MAX)
            Store(clickhouse).write(batch, batch.next_offsets, "here")
