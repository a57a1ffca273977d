"""What the chain executor is asked to bring about on chain, what it was about to send, and how that went."""

from typing import Annotated, ClassVar, Literal

from msgspec import Meta

from events.limits import AmountMicros, Day, Id, Name, Reason, TimeMs, Version
from events.types.fact import Fact
from events.types.funding import VoidedFor
from events.types.pots import Address, Hash, Lamports, PotId, Sequence, Signature, Slot

RAW_CHARS_MAX = 1_644  # base64 of the 1,232 bytes that a transaction may have
LOOKUP_ADDRESSES_MAX = 256
ChainAttempt = Annotated[int, Meta(ge=1, le=10_000)]
ChainAttempts = Annotated[int, Meta(ge=0, le=10_000)]
Amount = Annotated[int, Meta(ge=1, le=10**15)]


class FundPot(Fact, frozen=True):
    """Move USDC from a treasury into a pot, under this number, at most once."""

    TYPE: ClassVar[str] = "fund.pot"
    VERSION: ClassVar[int] = 1

    movement_id: Id
    movement: Hash
    """What the pot on chain remembers it by: the SHA-256 of `movement_id`."""
    pot: PotId
    sequence: Sequence
    amount_micro_usdc: Amount
    treasury: Address
    authority: Address
    """Whose the pot must be; a pot of anybody else is not funded."""
    decided_ms: TimeMs
    not_after_ms: TimeMs
    """After this nothing new is signed for it; what was signed is followed to its end."""


class SettlePot(Fact, frozen=True):
    """Move what a day has cost out of a pot, under this number, at most once."""

    TYPE: ClassVar[str] = "settle.pot"
    VERSION: ClassVar[int] = 1

    movement_id: Id
    movement: Hash
    pot: PotId
    sequence: Sequence
    amount_micro_usdc: Amount
    day: Day
    settlement: Address
    decided_ms: TimeMs
    not_after_ms: TimeMs


class PausePot(Fact, frozen=True):
    """Let nothing into a pot until it is let go on."""

    TYPE: ClassVar[str] = "pause.pot"
    VERSION: ClassVar[int] = 1

    pot: PotId
    order: Version
    reason: Literal["overspent", "failing", "campaign-paused", "by-hand"]
    decided_ms: TimeMs
    not_after_ms: TimeMs


class ResumePot(Fact, frozen=True):
    """Let a pot be funded again."""

    TYPE: ClassVar[str] = "resume.pot"
    VERSION: ClassVar[int] = 1

    pot: PotId
    order: Version
    reason: Literal["new-day", "campaign-resumed", "by-hand"]
    decided_ms: TimeMs
    not_after_ms: TimeMs


class AttemptSigned(Fact, frozen=True):
    """A transaction is signed and will be sent as it is; each command in it has this with its own id."""

    TYPE: ClassVar[str] = "attempt.signed"
    VERSION: ClassVar[int] = 1

    command_id: Id
    attempt: ChainAttempt
    signature: Signature
    raw: Annotated[str, Meta(min_length=1, max_length=RAW_CHARS_MAX)]
    last_valid_height: Slot
    """Past this block height it cannot land any more."""
    commands: Annotated[int, Meta(ge=1, le=64)]
    """How many commands it is for."""
    at_ms: TimeMs


class TableMade(Fact, frozen=True):
    """A lookup table is about to be made or filled, so that more movements fit into a transaction."""

    TYPE: ClassVar[str] = "table.made"
    VERSION: ClassVar[int] = 1

    table: Address
    owner: Address
    slot: Slot
    """The one that the table's address was made from."""
    at_ms: TimeMs


class MovementLanded(Fact, frozen=True):
    """The finalized chain has a movement that we were asked for, under its number."""

    TYPE: ClassVar[str] = "movement.landed"
    VERSION: ClassVar[int] = 1

    command_id: Id
    movement_id: Id
    pot: PotId
    kind: Literal["fund", "settle"]
    sequence: Sequence
    amount_micro_usdc: AmountMicros
    signature: Signature | None
    """None where the pot has it, and none of our transactions says that it was the one."""
    slot: Slot
    fee_lamports: Lamports
    """This movement's share of what its transactions have cost, the failed ones included."""
    attempts: ChainAttempts
    at_ms: TimeMs


class MovementFailed(Fact, frozen=True):
    """It is certain that a movement will not land: its number is gone, or nothing signed for it is valid."""

    TYPE: ClassVar[str] = "movement.failed"
    VERSION: ClassVar[int] = 1

    command_id: Id
    movement_id: Id
    pot: PotId
    kind: Literal["fund", "settle"]
    sequence: Sequence
    reason: VoidedFor
    detail: Reason
    next_sequence: Sequence | None
    """The pot's own next number when that was decided."""
    slot: Slot
    fee_lamports: Lamports
    attempts: ChainAttempts
    at_ms: TimeMs


class MovementJudged(Fact, frozen=True):
    """A person has found out what became of a movement that the finalized chain cannot tell any more.

    It counts only while the movement is stuck; of several the one that came last.
    """

    TYPE: ClassVar[str] = "movement.judged"
    VERSION: ClassVar[int] = 1

    movement_id: Id
    pot: PotId
    verdict: Literal["landed", "failed"]
    by: Name
    reason: Reason
    at_ms: TimeMs
