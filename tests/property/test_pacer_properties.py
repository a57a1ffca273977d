import asyncio
from datetime import UTC, datetime, timedelta
from decimal import Decimal

from hypothesis import given, settings
from hypothesis import strategies as st

from headgate import BudgetPacer, ChannelType, PacingStrategy
from headgate.pacer.amounts import to_amount, to_micros
from tests.pacer_kit import CAMPAIGN, CHANNEL, Clock, spend

START = datetime(2026, 3, 10, tzinfo=UTC)
AMOUNTS = st.integers(0, 400 * 10**6).map(to_amount)
STEPS = st.lists(
    st.tuples(
        st.sampled_from(["record", "ask", "hold", "check", "wait", "rebudget"]),
        AMOUNTS,
        st.integers(0, 5),
    ),
    max_size=25,
)
HOLD = timedelta(hours=2)


@given(st.integers(0, 10**15))
def test_amounts_come_back_as_they_were(micros: int) -> None:
    """Every amount that the log can tell is a Decimal and again the same micros."""
    assert to_micros(to_amount(micros), "amount") == micros


@settings(max_examples=40, deadline=None)
@given(
    st.integers(0, 10**15),
    st.sampled_from(list(PacingStrategy)),
    st.sampled_from(["UTC", "America/New_York", "Australia/Lord_Howe", "Asia/Kathmandu"]),
    st.datetimes(datetime(2025, 1, 1), datetime(2027, 12, 31)),  # noqa: DTZ001 - Hypothesis asks for naive ones
)
def test_allocations_add_up_whatever_day_it_is(
    micros: int, strategy: PacingStrategy, zone: str, now: datetime
) -> None:
    """To the micro, never negative, one for each hour that the day has there."""
    pacer = BudgetPacer(clock=Clock(now.replace(tzinfo=UTC)), time_zone=zone)
    allocations = pacer.allocate_hourly_budget(CAMPAIGN, CHANNEL, to_amount(micros), strategy)
    assert sum(to_micros(one.amount, "hour") for one in allocations) == micros
    assert 23 <= len(allocations) <= 25
    starts = [one.starts_at for one in allocations]
    assert starts == sorted(starts, key=datetime.timestamp)


class Caller:
    """Somebody who spends by a pacer's word, and keeps books of their own."""

    def __init__(self) -> None:
        self.clock = Clock(START)
        self.pacer = BudgetPacer(clock=self.clock)
        self.budget, self.spent = Decimal(1000), Decimal(0)
        self.counted: set[str] = set()
        self.held: dict[str, tuple[Decimal, datetime]] = {}
        self.pacer.allocate_hourly_budget(CAMPAIGN, CHANNEL, self.budget)

    def record(self, amount: Decimal, which: int) -> None:
        """Record a spend, some of them again, some of them held before."""
        is_new = self.pacer.record_spend(spend(str(amount), self.clock.now, transaction_id=f"t{which}"))
        assert is_new == (f"t{which}" not in self.counted)
        self.spent += amount if is_new else 0
        self.counted.add(f"t{which}")
        if is_new:
            self.held.pop(f"t{which}", None)

    def ask(self, amount: Decimal, _which: int) -> None:
        """Ask, and be promised no more than there is."""
        if self.pacer.can_spend(CAMPAIGN, CHANNEL, amount)[0]:
            assert self.spent + self.promised() + amount <= self.budget

    def hold(self, amount: Decimal, which: int) -> None:
        """Have an amount held, or another one in the place of what was held."""
        name = f"t{which}"
        others = self.promised() - self.held.get(name, (Decimal(0),))[0]
        self.held.pop(name, None)
        if self.pacer.can_spend(CAMPAIGN, CHANNEL, amount, hold=HOLD, transaction_id=name)[0]:
            assert self.spent + others + amount <= self.budget
            self.held[name] = (amount, self.clock.now + HOLD)

    def check(self, _amount: Decimal, _which: int) -> None:
        """Look at the pace."""
        assert self.pacer.check_pace(CAMPAIGN, CHANNEL)[0] >= 0

    def wait(self, _amount: Decimal, which: int) -> None:
        """Let time go by, within the day."""
        self.clock.now = min(
            self.clock.now + timedelta(minutes=37 * (which + 1)), START + timedelta(hours=23)
        )

    def rebudget(self, amount: Decimal, _which: int) -> None:
        """Set another budget."""
        self.budget = amount + 500
        self.pacer.allocate_hourly_budget(CAMPAIGN, CHANNEL, self.budget)

    def promised(self) -> Decimal:
        """Return what is held by now."""
        self.held = {name: one for name, one in self.held.items() if one[1] > self.clock.now}
        return sum((one[0] for one in self.held.values()), Decimal(0))


@settings(max_examples=60, deadline=None)
@given(STEPS)
def test_whatever_is_asked_nothing_is_lost_and_no_promise_breaks_the_budget(
    steps: list[tuple[str, Decimal, int]],
) -> None:
    """What was recorded is what is told; and spent, held and allowed together stay within the budget."""
    caller = Caller()
    for what, amount, which in steps:
        getattr(caller, what)(amount, which)
    assert caller.pacer.performance(CAMPAIGN).spend == caller.spent
    assert sum(one.amount for one in caller.pacer.hourly_allocations(CAMPAIGN, CHANNEL)) == caller.budget


@settings(max_examples=40, deadline=None)
@given(
    st.lists(
        st.tuples(st.sampled_from(list(ChannelType)[:3]), AMOUNTS, st.integers(0, 200)),
        min_size=1,
        max_size=12,
    )
)
def test_a_reallocation_changes_no_total(spends: list[tuple[ChannelType, Decimal, int]]) -> None:
    """The changes add up to zero, and the channels' budgets of the day are what they were together."""
    clock = Clock(START + timedelta(hours=15))
    pacer = BudgetPacer(clock=clock)
    channels = list(ChannelType)[:3]
    for channel in channels:
        pacer.allocate_hourly_budget(CAMPAIGN, channel, Decimal("777.777777"))
    for channel, amount, conversions in spends:
        pacer.record_spend(spend(str(amount), clock.now, channel, conversions=conversions))
    proposed = pacer.proposed_moves(CAMPAIGN)
    changed = asyncio.run(pacer.reallocate_unused(CAMPAIGN))
    assert sum(changed.values()) == 0
    assert bool(changed) == bool(proposed)
    planned = [one.amount for channel in channels for one in pacer.hourly_allocations(CAMPAIGN, channel)]
    assert sum(planned) == 3 * Decimal("777.777777")
