"""What the treasury is asked, told and decides: money reserved, posted or voided as double entry."""

from typing import Annotated, ClassVar, Literal

from msgspec import Meta, Struct

from events.limits import AmountMicros, Currency, Day, Id, Name, Reason, Share, TimeMs, Version
from events.types.fact import Fact
from events.types.pots import Hash, Lamports, PotId, Sequence, Signature, Slot

NanoUsdc = Annotated[int, Meta(ge=1, le=10**15)]
"""Thousandths of a micro-USDC that one whole unit of a currency is worth: a yen is some 6,500,000."""
FundingMode = Literal["planned", "ahee"]
TransferUnit = Literal["micro-usdc", "lamport"]
TransferState = Literal["pending", "posted", "voided"]
AccountName = Annotated[str, Meta(pattern="^[a-z-]+(:[A-Za-z0-9_.-]{1,128}){0,2}$", max_length=300)]
"""treasury, pot:<id>, platform:<name>:<day>, settlement, fees, outside …; docs/ledger.md names them all."""
TRANSFERS_MAX = 64
PARTS_MAX = 32
PLATFORMS_MAX = 64
RefusedFor = Literal[
    "treasury-short",
    "platform-limit",
    "client-limit",
    "pot-limit",
    "pot-cap",
    "pot-paused",
    "pot-unknown",
    "pot-closed",
    "pot-foreign",
    "queue-full",
    "fx-missing",
    "fx-stale",
    "too-small",
]
VoidedFor = Literal[
    "expired",
    "number-taken",
    "pot-paused",
    "pot-cap",
    "insufficient-funds",
    "not-allowed",
    "pot-closed",
    "refused",
    "not-configured",
    "too-late",
]
FundingAlertKind = Literal[
    "treasury_short",
    "funding_failing",
    "funding_stuck",
    "pot_overspent",
    "limit_reached",
    "fees_low",
    "fx_stale",
    "ledger_differs",
    "pot_foreign",
]


class Transfer(Struct, frozen=True, gc=False, forbid_unknown_fields=True):
    """One immutable line of the ledger: what one account is debited, another is credited.

    A pending one is later posted or voided by a line of its own that names it, never by both.
    """

    id: Id
    debit: AccountName
    credit: AccountName
    amount: AmountMicros
    unit: TransferUnit
    state: TransferState
    pending_id: Id | None = None


Transfers = Annotated[tuple[Transfer, ...], Meta(max_length=TRANSFERS_MAX)]


class Fx(Struct, frozen=True, gc=False, forbid_unknown_fields=True):
    """The rate by which an amount was turned into USDC."""

    currency: Currency
    nano_usdc: NanoUsdc
    as_of_ms: TimeMs


class FundingPart(Struct, frozen=True, gc=False, forbid_unknown_fields=True):
    """What one campaign needs of a funding; by hand it is for none."""

    platform: Id
    account: Id | None
    campaign: Id | None
    amount_micro_usdc: AmountMicros
    fx: Fx | None


Parts = Annotated[tuple[FundingPart, ...], Meta(max_length=PARTS_MAX)]


class FundingRequested(Fact, frozen=True):
    """A person wants a pot to be funded, now."""

    TYPE: ClassVar[str] = "funding.requested"
    VERSION: ClassVar[int] = 1

    request_id: Id
    pot: PotId
    amount_micro_usdc: Annotated[int, Meta(ge=1, le=10**15)]
    at_ms: TimeMs
    by: Name
    reason: Reason


class FxRateSet(Fact, frozen=True):
    """What a currency is worth; the newest `as_of_ms` counts, for as long as policy lets it."""

    TYPE: ClassVar[str] = "fx.rate.set"
    VERSION: ClassVar[int] = 1

    currency: Currency
    nano_usdc: NanoUsdc
    as_of_ms: TimeMs
    source: Name


class PlatformLimit(Struct, frozen=True, gc=False, forbid_unknown_fields=True):
    """Most that a day's fundings for one platform may come to."""

    platform: Id
    micro_usdc: AmountMicros


DEFAULT_PLATFORM_LIMITS = (
    PlatformLimit("google_ads", 100_000_000_000),
    PlatformLimit("meta", 100_000_000_000),
    PlatformLimit("amazon_dsp", 50_000_000_000),
)


class FundingPolicySet(Fact, frozen=True):
    """A person's rules for a client's treasury; the highest `policy_version` is in force."""

    TYPE: ClassVar[str] = "funding.policy.set"
    VERSION: ClassVar[int] = 1

    policy_version: Annotated[int, Meta(ge=0, le=2**31 - 1)]
    mode: FundingMode = "planned"
    safety_permille: Share = 950
    """Of what `ahee` expects for the rest of the day, so much is kept in the pot."""
    accelerated_permille: Annotated[int, Meta(ge=1, le=1_000)] = 80
    """Of the daily budget, so much an hour is expected of an accelerated campaign."""
    least_micro_usdc: AmountMicros = 1_000_000
    """What is less than this is not worth a transaction."""
    pause_permille: Annotated[int, Meta(ge=1_000, le=10_000)] = 1_100
    """Of a pot's daily budget: beyond it campaign and pot are paused."""
    failures_max: Annotated[int, Meta(ge=1, le=100)] = 5
    """As many failed fundings of a pot in a row pause it and its campaigns."""
    platform_limits: Annotated[tuple[PlatformLimit, ...], Meta(max_length=PLATFORMS_MAX)] = (
        DEFAULT_PLATFORM_LIMITS
    )
    other_limit_micro_usdc: AmountMicros = 50_000_000_000
    """Of a platform that is not named."""
    client_limit_micro_usdc: AmountMicros = 250_000_000_000
    pot_limit_micro_usdc: AmountMicros = 25_000_000_000
    """These three a day, in UTC, counting what is pending."""
    fx_age_minutes_max: Annotated[int, Meta(ge=1, le=40_320)] = 2_880
    settle_after_minutes: Annotated[int, Meta(ge=0, le=40_320)] = 180
    """How long after a day's end what it has cost is taken from the pot."""
    stuck_minutes: Annotated[int, Meta(ge=1, le=1_440)] = 15
    """A movement that is open for longer raises an alert."""
    sign_minutes: Annotated[int, Meta(ge=1, le=10_080)] = 30
    """For so long a movement may be signed anew; after that it is better decided again."""
    fees_least_lamports: Lamports = 50_000_000

    def __post_init__(self) -> None:
        if len({one.platform for one in self.platform_limits}) != len(self.platform_limits):
            raise ValueError("a platform has one limit in platform_limits")


class FundingReserved(Fact, frozen=True):
    """Money is set aside for a pot, and `fund.pot` asks for its movement."""

    TYPE: ClassVar[str] = "funding.reserved"
    VERSION: ClassVar[int] = 1

    movement_id: Id
    pot: PotId
    sequence: Sequence
    amount_micro_usdc: AmountMicros
    parts: Parts
    mode: Literal["planned", "ahee", "by-hand"]
    request_id: Id | None
    at_ms: TimeMs
    transfers: Transfers


class FundingRefused(Fact, frozen=True):
    """No money is set aside; what would have been wanted, and why not."""

    TYPE: ClassVar[str] = "funding.refused"
    VERSION: ClassVar[int] = 1

    pot: PotId
    request_id: Id | None
    wanted_micro_usdc: AmountMicros
    reason: RefusedFor
    detail: Reason
    at_ms: TimeMs


class FundingPosted(Fact, frozen=True):
    """The money is in the pot, finalized."""

    TYPE: ClassVar[str] = "funding.posted"
    VERSION: ClassVar[int] = 1

    movement_id: Id
    pot: PotId
    sequence: Sequence
    amount_micro_usdc: AmountMicros
    slot: Slot
    signature: Signature | None
    """None where the pot itself told first that it has it."""
    at_ms: TimeMs
    transfers: Transfers


class FundingVoided(Fact, frozen=True):
    """It is certain that the money will not move by this movement; it is free again."""

    TYPE: ClassVar[str] = "funding.voided"
    VERSION: ClassVar[int] = 1

    movement_id: Id
    pot: PotId
    sequence: Sequence
    amount_micro_usdc: AmountMicros
    reason: VoidedFor
    detail: Reason
    at_ms: TimeMs
    transfers: Transfers


class SettlementReserved(Fact, frozen=True):
    """What days have cost is set aside in the pot, and `settle.pot` asks for its movement."""

    TYPE: ClassVar[str] = "settlement.reserved"
    VERSION: ClassVar[int] = 1

    movement_id: Id
    pot: PotId
    sequence: Sequence
    amount_micro_usdc: AmountMicros
    day: Day
    at_ms: TimeMs
    transfers: Transfers


class SettlementPosted(Fact, frozen=True):
    """What days have cost has left the pot, finalized."""

    TYPE: ClassVar[str] = "settlement.posted"
    VERSION: ClassVar[int] = 1

    movement_id: Id
    pot: PotId
    sequence: Sequence
    amount_micro_usdc: AmountMicros
    slot: Slot
    signature: Signature | None
    at_ms: TimeMs
    transfers: Transfers


class SettlementVoided(Fact, frozen=True):
    """It is certain that this settlement will not move; it is decided again."""

    TYPE: ClassVar[str] = "settlement.voided"
    VERSION: ClassVar[int] = 1

    movement_id: Id
    pot: PotId
    sequence: Sequence
    amount_micro_usdc: AmountMicros
    reason: VoidedFor
    detail: Reason
    at_ms: TimeMs
    transfers: Transfers


class LedgerBooked(Fact, frozen=True):
    """The ledger follows what others moved: deposits, withdrawals, gifts to a pot, and fees."""

    TYPE: ClassVar[str] = "ledger.booked"
    VERSION: ClassVar[int] = 1

    what: Literal["deposit", "taken-out", "withdrawn", "gift", "fee", "limit", "foreign-movement"]
    pot: PotId | None
    movement: Hash | None
    slot: Slot
    at_ms: TimeMs
    transfers: Transfers


class FundingAlertRaised(Fact, frozen=True):
    """Something is wrong with a client's money; `episode` counts how often with this pot and kind.

    Without a pot it is about the client's treasury.
    """

    TYPE: ClassVar[str] = "funding.alert.raised"
    VERSION: ClassVar[int] = 1

    kind: FundingAlertKind
    severity: Literal["warning", "high", "critical"]
    pot: PotId | None
    episode: Version
    at_ms: TimeMs
    observed: Annotated[int, Meta(ge=0, le=2**62)]
    limit: Annotated[int, Meta(ge=0, le=2**62)]
    unit: Literal["micro-usdc", "lamports", "minutes", "times"]
    detail: Reason


class FundingAlertCleared(Fact, frozen=True):
    """It is over."""

    TYPE: ClassVar[str] = "funding.alert.cleared"
    VERSION: ClassVar[int] = 1

    kind: FundingAlertKind
    pot: PotId | None
    episode: Version
    raised_ms: TimeMs
    at_ms: TimeMs
