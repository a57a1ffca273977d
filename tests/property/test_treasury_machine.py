from collections import Counter

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from domain.treasury.ledger import TREASURY
from domain.treasury.limits import DAYS_KEPT
from domain.treasury.look import DAY_MS
from events.types import (
    Fact,
    FundingPosted,
    FundingRefused,
    FundingReserved,
    FundingVoided,
    FundPot,
    SettlementPosted,
    SettlementReserved,
    SettlementVoided,
    SettlePot,
    VoidedFor,
)
from tests.treasury_kit import OTHER, POT, USD, Treasury, of

POTS, CAMPAIGNS = (POT, OTHER), ("c1", "c2")
PLATFORM_LIMIT, POT_LIMIT, CLIENT_LIMIT, CAP = 90 * USD, 70 * USD, 110 * USD, 160 * USD
RESERVED = (FundingReserved, SettlementReserved)
ENDED = (FundingPosted, FundingVoided, SettlementPosted, SettlementVoided)
PROVABLE: tuple[VoidedFor, ...] = ("expired", "pot-paused", "refused", "too-late", "insufficient-funds")


class Funded(RuleBasedStateMachine):
    """Two pots, whatever is told of them in whatever order, against a chain that is right."""

    def __init__(self) -> None:
        super().__init__()
        self.client = Treasury()
        self.executor: list[Fact] = []  # what it has to tell
        self.watcher: list[Fact] = []  # likewise, in its order
        self.past: list[Fact] = []  # what was told already and may come again
        self.requests = 0
        self.is_ours_alone = True  # nobody else has moved money out
        self.ended: set[str] = set()  # movements that landed or that never will

    @initialize(is_observed=st.booleans())
    def pots_are_opened(self, *, is_observed: bool) -> None:
        """Open two pots, each for one campaign, and let the rules be tight."""
        self.client.chain.treasury = 60 * USD
        self.client.tick(60)
        for pot, campaign in zip(POTS, CAMPAIGNS, strict=True):
            self.client.open(pot, CAP)
            self.client.link(campaign, pot)
        self.client.policy(
            platform_limits=(),
            other_limit_micro_usdc=PLATFORM_LIMIT,
            pot_limit_micro_usdc=POT_LIMIT,
            client_limit_micro_usdc=CLIENT_LIMIT,
            settle_after_minutes=0,
        )
        if is_observed:
            self.hear(self.client.chain.observed())

    # ---- what the world does
    @rule(minutes=st.sampled_from([1, 1, 1, 5, 60, 24 * 60]))
    def time_passes(self, minutes: int) -> None:
        """Let the clock tick."""
        self.client.tick(minutes)

    @rule(
        which=st.integers(0, 1),
        expected=st.integers(0, 200).map(lambda dollars: dollars * USD),
        spent=st.integers(0, 100 * USD),
    )
    def a_campaign_is_metered(self, which: int, expected: int, spent: int) -> None:
        """Let a campaign want something."""
        figures = {"budget_micros": 300 * USD, "expected_micros": expected, "spent_micros": spent}
        self.hear(self.client.metered(CAMPAIGNS[which], POTS[which], **figures))

    @rule(which=st.integers(0, 1), spent=st.integers(0, 100 * USD))
    def a_day_is_closed(self, which: int, spent: int) -> None:
        """Let yesterday have cost something, or something else than was said before."""
        self.client.close_day(spent, CAMPAIGNS[which], POTS[which])

    @rule(which=st.integers(0, 1), amount=st.integers(1, 60).map(lambda dollars: dollars * USD))
    def a_person_asks(self, which: int, amount: int) -> None:
        """Ask for a funding."""
        self.requests += 1
        self.hear(self.client.wish(amount, f"r{self.requests}", POTS[which]))

    @rule(amount=st.integers(1, 300 * USD))
    def money_comes(self, amount: int) -> None:
        """Pay into the treasury."""
        self.client.chain.treasury += amount

    @rule(amount=st.integers(1, 100 * USD))
    def money_is_taken_out(self, amount: int) -> None:
        """Take money out of the treasury past all pots."""
        self.client.chain.treasury -= min(amount, self.client.chain.treasury)
        self.is_ours_alone = False

    @rule(
        which=st.integers(0, 1),
        amount=st.integers(1, 50 * USD),
        kind=st.sampled_from(["withdraw", "fund", "gift"]),
    )
    def others_move_money(self, which: int, amount: int, kind: str) -> None:
        """Let others withdraw, fund with our key, or send something to the vault."""
        chain, pot = self.client.chain, self.client.chain.pots[POTS[which]]
        if kind == "gift":
            pot.gifts += amount
        elif amount <= (pot.balance if kind == "withdraw" else chain.treasury):
            self.move(POTS[which], kind, "f" * 64, amount)
            self.is_ours_alone = False

    @rule(which=st.integers(0, 1), is_paused=st.booleans())
    def a_person_pauses_a_pot(self, which: int, *, is_paused: bool) -> None:
        """Pause a pot on chain, or let it go on."""
        self.client.chain.pots[POTS[which]].is_paused = is_paused

    # ---- what the executor and the watcher do
    @property
    def open(self) -> list[FundPot | SettlePot]:
        """Return the movements that neither landed nor never will."""
        return [one for one in self.client.asked if one.movement_id not in self.ended]

    @precondition(lambda self: self.open)
    @rule(data=st.data())
    def a_movement_ends(self, data: st.DataObject) -> None:
        """Let a movement land if it can, or let it be certain that it never does."""
        command = data.draw(st.sampled_from(self.open))
        self.ended.add(command.movement_id)
        pot = self.client.chain.pots[command.pot]
        if command.sequence != pot.next_sequence:
            self.executor.append(self.client.failed(command, "number-taken", pot.next_sequence, 5_000))
        elif self.client.chain.refuses(command) or data.draw(st.integers(0, 3)) == 0:
            reason = data.draw(st.sampled_from(PROVABLE))
            self.executor.append(self.client.failed(command, reason, pot.next_sequence, 5_000))
        else:
            self.land(command)

    @precondition(lambda self: self.executor)
    @rule(data=st.data())
    def the_executor_tells(self, data: st.DataObject) -> None:
        """Let the executor tell one of its outcomes."""
        self.hear(self.executor.pop(data.draw(st.integers(0, len(self.executor) - 1))))

    @rule()
    def the_watcher_looks(self) -> None:
        """Let all be observed; what moved was told before."""
        self.watcher.append(self.client.chain.observed())

    @precondition(lambda self: self.watcher)
    @rule()
    def the_watcher_tells(self) -> None:
        """Let the watcher tell the next thing."""
        self.hear(self.watcher.pop(0))

    @precondition(lambda self: self.past)
    @rule(data=st.data())
    def something_comes_again(self, data: st.DataObject) -> None:
        """Repeat what was told before: nothing may follow from it."""
        fact = data.draw(st.sampled_from(self.past))
        before = dict(self.client.rows)
        assert self.client.take(fact) == []
        assert self.client.rows == before

    # ---- what must hold
    @invariant()
    def one_movement_a_pot_is_open_and_each_ends_once(self) -> None:
        """Reserved, ended, reserved, ended: never two at once, none twice."""
        for pot in POTS:
            mine = [one for one in of(self.client.told, *RESERVED, *ENDED) if one.pot == pot]
            for reserved, ended in zip(mine[::2], mine[1::2], strict=False):
                assert isinstance(reserved, RESERVED)
                assert isinstance(ended, ENDED)
                assert reserved.movement_id == ended.movement_id
            assert not mine[-1:] or len(mine) % 2 == 0 or isinstance(mine[-1], RESERVED)
        ids = [one.movement_id for one in self.client.asked]
        assert len(ids) == len(set(ids))

    @invariant()
    def no_limit_is_exceeded(self) -> None:
        """Whatever came in between, what was reserved and not voided stays within the day's limits."""
        voided = {one.movement_id for one in of(self.client.told, FundingVoided)}
        sums: Counter[tuple[str, int]] = Counter()
        for one in of(self.client.told, FundingReserved):
            if one.movement_id not in voided:
                day = one.at_ms // DAY_MS
                sums[one.pot, day] += one.amount_micro_usdc
                sums["client", day] += one.amount_micro_usdc
                for part in one.parts:
                    sums[part.platform, day] += part.amount_micro_usdc
        for (what, _), amount in sums.items():
            limits = {"client": CLIENT_LIMIT, POT: POT_LIMIT, OTHER: POT_LIMIT}
            assert amount <= limits.get(what, PLATFORM_LIMIT)

    @invariant()
    def nothing_is_given_twice(self) -> None:
        """Hold all that is on its way out of the treasury to what is in it."""
        row = self.client.ledger.account(TREASURY)
        if self.is_ours_alone:
            assert row.credits_pending <= row.debits_posted - row.credits_posted

    @invariant()
    def old_limits_are_forgotten(self) -> None:
        """Accounts of days do not pile up."""
        assert len(self.client.look().of_client.days) <= DAYS_KEPT + 2

    def teardown(self) -> None:
        """In the end all is told, and the ledger is the chain."""
        if not self.client.chain.pots:
            return
        for _ in range(200):
            self.tell_all()
            if not self.open:
                self.client.tick()
            for command in self.open:
                self.ended.add(command.movement_id)
                if self.client.chain.refuses(command):
                    next_sequence = self.client.chain.pots[command.pot].next_sequence
                    self.executor.append(self.client.failed(command, "number-taken", next_sequence))
                else:
                    self.land(command)
            if not self.open and not self.executor and not self.watcher and not self.is_waiting():
                break
        self.tell_all()
        self.verdict()

    def verdict(self) -> None:
        """Compare ledger, facts and chain."""
        ledger, chain = self.client.ledger, self.client.chain
        for pot in POTS:
            assert self.client.pot(pot).open is None
            assert ledger.worth(f"pot:{pot}") == ledger.room(f"pot:{pot}") == chain.pots[pot].balance
        assert ledger.worth(TREASURY) == chain.treasury
        assert ledger.totals().usdc.debits_pending == 0
        outcomes = Counter(
            one.request_id
            for one in of(self.client.told, FundingReserved, FundingRefused)
            if one.request_id is not None
        )
        assert outcomes == Counter({f"r{number}": 1 for number in range(1, self.requests + 1)})

    # ---- how
    def hear(self, fact: Fact) -> None:
        """Let the treasury hear something that may come again."""
        self.client.take(fact)
        self.past.append(fact)

    def land(self, command: FundPot | SettlePot) -> None:
        """Let a movement land; executor and watcher will tell."""
        self.client.chain.land(command)
        self.executor.append(self.client.landed(command))
        self.watcher.append(self.client.moved(command.pot)[-1])

    def move(self, pot: str, kind: str, movement: str, amount: int) -> None:
        """Let a pot move money that nobody of us asked for."""
        self.client.chain.move(pot, kind, movement, amount)
        self.watcher.append(self.client.moved(pot)[-1])

    def tell_all(self) -> None:
        """Let all be told that there is to tell."""
        while self.executor:
            self.hear(self.executor.pop())
        while self.watcher:
            self.hear(self.watcher.pop(0))
        self.hear(self.client.chain.observed())

    def is_waiting(self) -> bool:
        """Say whether a person's wish still waits."""
        return any(self.client.look(pot).get("queue") is not None for pot in POTS)


Funded.TestCase.settings = settings(max_examples=120, stateful_step_count=60, deadline=None)
TestFunded = Funded.TestCase
