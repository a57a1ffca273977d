"""What tests of the treasury share: a client decided event by event, and a model of the chain beside it."""

from dataclasses import dataclass, field
from typing import Any

from domain.decision import About, Row
from domain.draft import Draft
from domain.treasury.decider import decide
from domain.treasury.ledger import Ledger, unit_of
from domain.treasury.limits import day_name
from domain.treasury.look import DAY_MS, HOUR_MS, Look, now_ms
from domain.treasury.rows import AccountRow, PotRow, SwitchRow, account_key, totals_key
from events.codec import Event, decode, encode
from events.envelope import Envelope
from events.types import (
    CampaignMetered,
    ClockTicked,
    Fact,
    FundingPolicySet,
    FundingRequested,
    FundPot,
    FxRateSet,
    MovementFailed,
    MovementLanded,
    PotLinked,
    PotMoved,
    PotOpened,
    SettlePot,
    VoidedFor,
    WebhookReceived,
)
from tests.treasury_chain import AUTHORITY, Chain, address

CLIENT = "acme"
POT, OTHER = "a1" * 32, "b2" * 32
START_MS, MINUTE_MS = 1_772_323_200_000, 60_000  # the beginning of 2026-03-01, UTC
USD = 1_000_000

Movement = FundPot | SettlePot


@dataclass
class Treasury:
    """One client's rows, decided event by event, beside a chain that moves when a test says so."""

    rows: dict[bytes, Row] = field(default_factory=dict)
    now_ms: int = 0
    told: list[Fact] = field(default_factory=list)
    subjects: list[str] = field(default_factory=list)
    chain: Chain = field(default_factory=Chain)
    client: str = CLIENT
    links: int = 0

    def take(self, fact: Fact, subject: str = "") -> list[Fact]:
        """Decide a fact and return what was published, which any reader must be able to read."""
        event = Event(Envelope("id", fact.TYPE, fact.VERSION, "/test", subject or self.client), fact)
        decision = decide(self.rows.get, event)
        for key, row in decision.changes.items():
            if row is None:
                self.rows.pop(key, None)
            else:
                self.rows[key] = row
        told: list[Fact] = []
        for said in decision.facts:
            assert isinstance(said, About)
            again = Event(Envelope("id", said.fact.TYPE, said.fact.VERSION, "/test", said.subject), said.fact)
            assert decode(*encode(again)) == again
            told.append(said.fact)
            self.subjects.append(said.subject)
        self.told += told
        self.check()
        return told

    def check(self) -> None:
        """Hold the ledger in balance, summed up over its accounts, each unit apart."""
        head = account_key(self.client, "")
        sums = {"micro-usdc": [0, 0, 0, 0], "lamport": [0, 0, 0, 0]}
        for key, row in self.rows.items():
            if key.startswith(head) and key != totals_key(self.client):
                assert isinstance(row, AccountRow)
                of_unit = sums[unit_of(key.removeprefix(head).decode())]
                for place, amount in enumerate(figures(row)):
                    assert amount >= 0
                    of_unit[place] += amount
        totals = self.ledger.totals()
        for whole, of_unit in ((totals.usdc, sums["micro-usdc"]), (totals.lamports, sums["lamport"])):
            assert list(figures(whole)) == of_unit
            assert of_unit[:2] == of_unit[2:]

    # ---- what is told to it
    def tick(self, minutes: int = 1) -> list[Fact]:
        """Let minutes pass on the log's clock, and on the chain's."""
        self.now_ms = max(self.now_ms, START_MS) + minutes * MINUTE_MS
        self.chain.now_ms = self.now_ms
        return self.take(ClockTicked(self.now_ms), "clock")

    def until(self, at_ms: int) -> list[Fact]:
        """Let the time come to a moment."""
        return self.tick(-(-(at_ms - self.now_ms) // MINUTE_MS))

    def open(self, pot: str = POT, cap: int = 1_000_000 * USD) -> list[Fact]:
        """Open a pot."""
        self.chain.open(pot, cap)
        a = address
        return self.take(
            PotOpened(
                pot=pot,
                name="Summer",
                address=a(pot),
                vault=a("vault"),
                mint=a("mint"),
                treasury=a("treasury"),
                settlement=a("settlement"),
                funder=a("funder"),
                spender=a("spender"),
                authority=AUTHORITY,
                daily_cap_micro_usdc=cap,
                at_ms=self.now_ms,
            )
        )

    def link(
        self, campaign: str = "c1", pot: str = POT, *, platform: str = "meta", on: bool = True
    ) -> list[Fact]:
        """Let a pot pay a campaign, or no longer."""
        self.links += 1
        return self.take(PotLinked(pot, platform, "1", campaign, self.links, on, 60, self.now_ms))

    def meter(self, campaign: str = "c1", pot: str = POT, **more: Any) -> list[Fact]:  # noqa: ANN401 - the fact's fields
        """Say where a campaign stands: by default nothing is spent of a hundred dollars, ten are expected."""
        return self.take(self.metered(campaign, pot, **more))

    def metered(self, campaign: str = "c1", pot: str = POT, **more: Any) -> CampaignMetered:  # noqa: ANN401 - likewise
        """Return where a campaign stands."""
        start_ms = self.now_ms // DAY_MS * DAY_MS
        spent = more.get("spent_micros", 0)
        told = {
            "platform": "meta",
            "account": "1",
            "currency": "USD",
            "day": day_of(more.get("day_start_ms", start_ms)),
            "day_start_ms": start_ms,
            "day_end_ms": more.get("day_start_ms", start_ms) + DAY_MS,
            "at_ms": self.now_ms,
            "budget_micros": 100 * USD,
            "spent_micros": spent,
            "likely_micros": spent,
            "expected_micros": 10 * USD,
            "band_micros": 0,
            "is_accelerated": False,
            "is_running": True,
            "is_closed": False,
        }
        return CampaignMetered(pot=pot, campaign=campaign, **(told | more))

    def close_day(self, spent_micros: int, campaign: str = "c1", pot: str = POT, **more: Any) -> list[Fact]:  # noqa: ANN401
        """Say what yesterday has cost."""
        start_ms = self.now_ms // DAY_MS * DAY_MS - DAY_MS
        figures = {"day_start_ms": start_ms, "spent_micros": spent_micros, "is_closed": True} | more
        return self.meter(campaign, pot, is_running=False, **figures)

    def ask(self, amount: int, request_id: str = "r1", pot: str = POT) -> list[Fact]:
        """Ask for a funding by hand."""
        return self.take(self.wish(amount, request_id, pot))

    def wish(self, amount: int, request_id: str = "r1", pot: str = POT) -> FundingRequested:
        """Return what a person asks for."""
        return FundingRequested(request_id, pot, amount, self.now_ms, "Ann", "test")

    def policy(self, **rules: Any) -> list[Fact]:  # noqa: ANN401 - the rules' fields
        """Put other rules into force."""
        version = self.look().policy.policy_version + 1
        return self.take(FundingPolicySet(policy_version=version, **rules))

    def rate(self, currency: str, nano_usdc: int) -> list[Fact]:
        """Say what a currency is worth."""
        return self.take(FxRateSet(currency, nano_usdc, self.now_ms, "test"))

    def webhook(self, kind: Any, campaign: str = "c1") -> list[Fact]:  # noqa: ANN401 - one of its words
        """Let a platform tell of a campaign."""
        return self.take(WebhookReceived("meta", "1", campaign, kind, self.now_ms))

    def observe(self, **more: Any) -> list[Fact]:  # noqa: ANN401 - the fact's fields
        """Let all pots be seen as they are on chain."""
        return self.take(self.chain.observed(**more))

    # ---- what comes of its commands
    @property
    def asked(self) -> list[Movement]:
        """Return all movements that were asked for."""
        return [one for one in self.told if isinstance(one, FundPot | SettlePot)]

    def land(self, fee: int = 5_000) -> list[Fact]:
        """Let the newest movement land, and the executor tell it."""
        command = self.asked[-1]
        self.chain.land(command)
        return self.take(self.landed(command, fee))

    def landed(self, command: Movement, fee: int = 5_000) -> MovementLanded:
        """Return what the executor says of a movement that landed."""
        kind = "fund" if isinstance(command, FundPot) else "settle"
        amount, slot, at_ms = command.amount_micro_usdc, self.chain.slot, self.now_ms
        about = command.movement_id, command.pot, kind, command.sequence, amount
        return MovementLanded("c", *about, "5" * 80, slot, fee, 1, at_ms)  # type: ignore[arg-type]  # one of its words

    def fail(
        self, reason: VoidedFor = "expired", next_sequence: int | None = None, fee: int = 0
    ) -> list[Fact]:
        """Let the newest movement never land."""
        return self.take(self.failed(self.asked[-1], reason, next_sequence, fee))

    def failed(
        self, command: Movement, reason: VoidedFor, next_sequence: int | None = None, fee: int = 0
    ) -> MovementFailed:
        """Return what the executor says of a movement that never lands."""
        kind = "fund" if isinstance(command, FundPot) else "settle"
        about = command.movement_id, command.pot, kind, command.sequence, reason, "no", next_sequence
        return MovementFailed("c", *about, self.chain.slot, fee, 1, self.now_ms)  # type: ignore[arg-type]  # one of its words

    def moved(self, pot: str = POT) -> list[PotMoved]:
        """Return all that a pot has moved."""
        return [PotMoved(pot, seen, self.now_ms) for seen in self.chain.pots[pot].moves]

    # ---- what it remembers
    @property
    def ledger(self) -> Ledger:
        """Return the ledger as it stands."""
        return Ledger(Draft(self.rows.get), self.client)

    def look(self, pot: str = POT) -> Look:
        """Return a pot as it stands."""
        return Look(Draft(self.rows.get), self.client, pot)

    def pot(self, pot: str = POT) -> PotRow:
        """Return what was asked of a pot."""
        return self.look(pot).row

    def switch(self, pot: str = POT) -> SwitchRow:
        """Return why a pot is paused."""
        return self.look(pot).switch

    def clock(self) -> int:
        """Return the time that it knows."""
        return now_ms(Draft(self.rows.get))


def funded(treasury_micro_usdc: int = 1_000_000 * USD, cap: int = 1_000_000 * USD) -> Treasury:
    """Return a client at eight in the morning whose pot pays campaign c1 and was observed once."""
    client = Treasury()
    client.chain.treasury = treasury_micro_usdc
    client.tick(8 * HOUR_MS // MINUTE_MS)
    client.open(cap=cap)
    client.link()
    client.observe()
    client.tick()
    client.told.clear()
    return client


def of(told: list[Fact], *kinds: type[Fact]) -> list[Any]:
    """Return facts of some kinds."""
    return [one for one in told if isinstance(one, kinds)]


def figures(row: AccountRow) -> tuple[int, int, int, int]:
    """Return an account's debits, pending and posted, and its credits."""
    return row.debits_pending, row.debits_posted, row.credits_pending, row.credits_posted


def day_of(at_ms: int) -> str:
    """Return the day of a moment, in UTC."""
    return day_name(at_ms // DAY_MS)
