"""What is known of campaign pots: accounts on chain that hold a campaign's USDC."""

from typing import Annotated, ClassVar, Literal

from msgspec import Meta, Struct

from events.limits import AmountMicros, Day, Id, Name, Reason, TimeMs, Version
from events.types.fact import Fact

PotId = Annotated[str, Meta(pattern="^[0-9a-f]{64}$", max_length=64)]
"""The 32 bytes by which a pot is found on chain, in hex: the campaign id of the seed."""
Address = Annotated[str, Meta(pattern="^[1-9A-HJ-NP-Za-km-z]{32,44}$", max_length=44)]
Hash = Annotated[str, Meta(pattern="^[0-9a-f]{64}$", max_length=64)]
Signature = Annotated[str, Meta(pattern="^[1-9A-HJ-NP-Za-km-z]{64,88}$", max_length=88)]
Sequence = Annotated[int, Meta(ge=0, le=2**62)]
Slot = Annotated[int, Meta(ge=0, le=2**62)]
Lamports = Annotated[int, Meta(ge=0, le=2**62)]
CheckMinutes = Annotated[int, Meta(ge=5, le=1_440)]
MovementKind = Literal["fund", "settle", "withdraw"]
POTS_A_SNAPSHOT_MAX = (
    49  # a pot and its vault each, beside the treasury and who pays fees: 100 accounts a call
)


class PotOpened(Fact, frozen=True):
    """A pot is there on chain, and was read back; the client that this is about pays it from `treasury`."""

    TYPE: ClassVar[str] = "pot.opened"
    VERSION: ClassVar[int] = 1

    pot: PotId
    name: Name
    address: Address
    vault: Address
    mint: Address
    treasury: Address
    """The token account that it is funded from."""
    settlement: Address
    """The token account that its settlements go to."""
    funder: Address
    spender: Address
    authority: Address
    daily_cap_micro_usdc: AmountMicros
    at_ms: TimeMs


class PotLinked(Fact, frozen=True):
    """A campaign is paid from a pot, or no longer; the highest `link_version` of a campaign counts.

    It goes to the treasury's topic and to the account's: the one funds, the other says how much is needed.
    """

    TYPE: ClassVar[str] = "pot.linked"
    VERSION: ClassVar[int] = 1

    pot: PotId
    platform: Id
    account: Id
    campaign: Id
    link_version: Version
    is_linked: bool
    check_minutes: CheckMinutes
    """How often it is metered; a funding lasts until the next time."""
    at_ms: TimeMs


class MovementSeen(Struct, frozen=True, gc=False, forbid_unknown_fields=True):
    """A movement as the pot itself remembers it."""

    sequence: Sequence
    kind: MovementKind
    movement: Hash
    """The 32 bytes that were given for it on chain."""
    amount_micro_usdc: AmountMicros
    slot: Slot


class PotSeen(Struct, frozen=True, gc=False, forbid_unknown_fields=True):
    """A pot as it was on chain, finalized."""

    pot: PotId
    balance_micro_usdc: AmountMicros
    """What its vault holds."""
    next_sequence: Sequence
    history: Hash
    """The running hash over all of its movements."""
    funded_micro_usdc: AmountMicros
    settled_micro_usdc: AmountMicros
    withdrawn_micro_usdc: AmountMicros
    daily_cap_micro_usdc: AmountMicros
    cap_day: Annotated[int, Meta(ge=0, le=10_000_000)]
    """Days since 1970, of the chain's clock: the day of `cap_used_micro_usdc`."""
    cap_used_micro_usdc: AmountMicros
    spent_day: Annotated[int, Meta(ge=0, le=10_000_000)]
    """The newest day that something was settled for, and how much."""
    spent_micro_usdc: AmountMicros
    is_paused: bool
    authority: Address


class PotsObserved(Fact, frozen=True):
    """What the chain says, finalized, of a client's treasury and pots, all at one slot."""

    TYPE: ClassVar[str] = "pots.observed"
    VERSION: ClassVar[int] = 1

    slot: Slot
    at_ms: TimeMs
    treasury: Address
    treasury_micro_usdc: AmountMicros
    fee_payer: Address
    fee_lamports: Lamports
    pots: Annotated[tuple[PotSeen, ...], Meta(max_length=POTS_A_SNAPSHOT_MAX)]
    is_whole: bool
    """Whether these are all pots of the client, with those told before of the same slot.

    Then it can be told what came into the treasury.
    """


class PotMoved(Fact, frozen=True):
    """A movement that the finalized chain has in a pot, whoever made it; a pot's come in their order."""

    TYPE: ClassVar[str] = "pot.moved"
    VERSION: ClassVar[int] = 1

    pot: PotId
    seen: MovementSeen
    at_ms: TimeMs


class PotSwitched(Fact, frozen=True):
    """A pot was paused or let go on, by our command."""

    TYPE: ClassVar[str] = "pot.switched"
    VERSION: ClassVar[int] = 1

    command_id: Id
    pot: PotId
    is_paused: bool
    order: Version
    signature: Signature | None
    """None where it was so already."""
    slot: Slot
    fee_lamports: Lamports
    at_ms: TimeMs


class PotSwitchFailed(Fact, frozen=True):
    """A pot could not be paused or let go on."""

    TYPE: ClassVar[str] = "pot.switch.failed"
    VERSION: ClassVar[int] = 1

    command_id: Id
    pot: PotId
    is_paused: bool
    order: Version
    detail: Reason
    fee_lamports: Lamports
    at_ms: TimeMs


class CampaignMetered(Fact, frozen=True):
    """Where a campaign stands that is paid from a pot: what it has cost, and what it will until next time."""

    TYPE: ClassVar[str] = "campaign.metered"
    VERSION: ClassVar[int] = 1

    pot: PotId
    platform: Id
    account: Id
    campaign: Id
    currency: Annotated[str, Meta(pattern="^[A-Z]{3}$", max_length=3)]
    day: Day
    day_start_ms: TimeMs
    day_end_ms: TimeMs
    at_ms: TimeMs
    budget_micros: AmountMicros | None
    """The day's; null where nothing says what it may cost."""
    spent_micros: AmountMicros
    """As the platform has reported it."""
    likely_micros: AmountMicros
    """With what it has probably not reported yet."""
    expected_micros: AmountMicros
    """What the plan expects from now until the next time, at most until the day's end."""
    band_micros: AmountMicros
    """How much more than that it may well be: the upper end of the forecast's band."""
    is_accelerated: bool
    is_running: bool
    is_closed: bool
    """Whether the day is over; such a figure replaces what was said of that day before."""


class WebhookReceived(Fact, frozen=True):
    """A platform told of a campaign by itself, through a webhook whose signature was right."""

    TYPE: ClassVar[str] = "webhook.received"
    VERSION: ClassVar[int] = 1

    platform: Id
    account: Id
    campaign: Id
    kind: Literal["campaign-paused", "campaign-resumed", "budget-updated"]
    at_ms: TimeMs
