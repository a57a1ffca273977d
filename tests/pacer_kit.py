"""What tests of the library share: a clock that stands where it is put, and a pacer that goes by it."""

from datetime import UTC, datetime, timedelta
from decimal import Decimal

from headgate import BudgetPacer, ChannelType, PacingStrategy, SpendTransaction

CAMPAIGN, CHANNEL = "campaign_001", ChannelType.GOOGLE_ADS
NOON = datetime(2026, 3, 10, 12, tzinfo=UTC)


class Clock:
    """A clock that a test puts where it wants."""

    def __init__(self, now: datetime = NOON) -> None:
        self.now = now

    def __call__(self) -> datetime:
        """Return the time that it shows."""
        return self.now

    def pass_by(self, **span: float) -> None:
        """Let some time go by."""
        self.now += timedelta(**span)


def spend(amount: str, at: datetime, channel: ChannelType = CHANNEL, **more: object) -> SpendTransaction:
    """Return a transaction of the campaign that tests are about."""
    return SpendTransaction(CAMPAIGN, channel, Decimal(amount), at, **more)  # type: ignore[arg-type]  # the fields that a test is about


def spend_evenly(pacer: BudgetPacer, amount: str, clock: Clock, channel: ChannelType = CHANNEL) -> None:
    """Record an amount in equal parts, one in each hour of the day so far."""
    hours = clock.now.hour + 1
    for back in range(hours):
        part = str(Decimal(amount) / hours)
        pacer.record_spend(spend(part, clock.now - timedelta(hours=back), channel))


def set_up(
    clock: Clock,
    budget: str = "1000.00",
    strategy: PacingStrategy = PacingStrategy.EVEN_DISTRIBUTION,
    **more: object,
) -> BudgetPacer:
    """Return a pacer with one campaign on one channel."""
    pacer = BudgetPacer(clock=clock, **more)  # type: ignore[arg-type]  # likewise
    pacer.allocate_hourly_budget(CAMPAIGN, CHANNEL, Decimal(budget), strategy)
    return pacer


def seed_channels() -> list[tuple[ChannelType, Decimal, PacingStrategy]]:
    """Return the channels of seed 004's advanced example."""
    return [
        (ChannelType.GOOGLE_ADS, Decimal("2000.00"), PacingStrategy.PREDICTIVE_ML),
        (ChannelType.FACEBOOK_ADS, Decimal("1500.00"), PacingStrategy.PERFORMANCE_WEIGHTED),
        (ChannelType.TIKTOK_ADS, Decimal("1000.00"), PacingStrategy.ADAPTIVE_HYBRID),
    ]
