"""What to do about a movement, from what was signed for it and what the finalized chain shows; pure.

The pot is the judge. Its ring says under each number what moved; a number moves once. Whoever signs has
made that durable before, so what was never signed never moved, and what was signed is over when its block
height is, finalized, and the pot as it was then or later has not used the number. docs/protocol.md has the
table of what may fail.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from msgspec import Struct

from chain.executor.verdicts import classify
from events.types import FundPot, SettlePot

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from solders.pubkey import Pubkey

    from chain.executor.order import Movement, Wish
    from chain.ports import Landed, Moment
    from chain.pot import Movement as Moved
    from chain.pot import Pot
    from events.types import AttemptSigned, VoidedFor

# A transaction lives for more than a minute, so an order's time is over long before. Not more than are read
# again at a start: one that was not might be the one that landed.
ATTEMPTS_MAX: Final = 100
# A transaction for one order alone that the chain refuses without a good reason costs its fee each time.
REFUSALS_MAX: Final = 3
# The pot may have a movement before the history of its transactions can be searched.
SEARCHES_MAX: Final = 5
# A number after the pot's next one is that of a movement before ours which we do not see yet, or never will.
AHEAD_MS: Final = 120_000


class Done(Struct, frozen=True):
    """The finalized chain is as wanted, by this transaction of ours if it is known."""

    slot: int
    signature: str | None


class Failed(Struct, frozen=True):
    """It is certain that nothing of it will land."""

    reason: VoidedFor
    detail: str


class Resend(Struct, frozen=True):
    """What is signed may land yet: send the same bytes, sign nothing."""


class SignAnew(Struct, frozen=True):
    """Nothing that was signed can land any more, or nothing ever was: sign."""


class Wait(Struct, frozen=True):
    """Do nothing, look again."""


class Stuck(Struct, frozen=True):
    """Nobody but a person can tell what became of it; it stays open."""

    detail: str


Step = Done | Failed | Resend | SignAnew | Wait | Stuck


class NoPot(Struct, frozen=True):
    """There is no pot at its address; `reason` says what that means for what was never signed."""

    reason: VoidedFor
    detail: str


class Keys(Struct, frozen=True):
    """Which keys we hold, and which money it is about."""

    mint: Pubkey
    funder: Pubkey | None
    spender: Pubkey | None

    def lacking(self, wish: Wish) -> str | None:
        """Return whose key is missing for a wish, if one is; the funder pays for everything."""
        if self.funder is None:
            return "funder"
        return "spender" if isinstance(wish, SettlePot) and self.spender is None else None


class Situation(Struct, frozen=True):
    """All that a step depends on besides the wish."""

    now_ms: int
    moment: Moment
    """How far the finalized chain was, looked at before the pot."""
    slot: int
    """The finalized slot at which the pot was seen."""
    pot: Pot | NoPot
    attempts: tuple[AttemptSigned, ...]
    landed: Mapping[str, Landed]
    """What the finalized chain has of our signatures."""
    searches: int
    """How often it was looked since the pot, or the chain's history, showed that something moved."""
    keys: Keys

    @property
    def success(self) -> tuple[str, Landed] | None:
        """Return the transaction of ours that did what it says."""
        for attempt in self.attempts:
            landed = self.landed.get(attempt.signature)
            if landed is not None and landed.error is None:
                return attempt.signature, landed
        return None

    @property
    def signature(self) -> str | None:
        """Return the signature of the transaction of ours that did what it says."""
        return None if self.success is None else self.success[0]

    @property
    def is_live(self) -> bool:
        """Say whether anything that was signed may land yet."""
        return any(
            attempt.signature not in self.landed and not is_over(attempt, self.moment)
            for attempt in self.attempts
        )

    @property
    def is_refused_wholly(self) -> bool:
        """Say whether the finalized chain has refused all that was ever signed."""
        return all(attempt.signature in self.landed for attempt in self.attempts) and self.success is None

    @property
    def alone(self) -> Iterator[str]:
        """Return why the chain refused transactions of this order alone, the newest first."""
        for attempt in reversed(self.attempts):
            landed = self.landed.get(attempt.signature)
            if landed is not None and landed.error is not None and attempt.commands == 1:
                yield landed.error


def is_over(attempt: AttemptSigned, moment: Moment) -> bool:
    """Say whether the finalized chain is past the last block in which a transaction could land."""
    return attempt.last_valid_height < moment.height


def before_looking(wish: Wish, attempts: Sequence[AttemptSigned], now_ms: int, keys: Keys) -> Failed | None:
    """Return why an order for which nothing was ever signed need not even be looked at."""
    return None if attempts or now_ms <= wish.not_after_ms else _too_late(wish, keys)


def _too_late(wish: Wish, keys: Keys) -> Failed:
    lacking = keys.lacking(wish)
    if lacking is not None:
        return Failed("not-configured", f"its time is over, and there was no key of the {lacking}")
    return Failed("too-late", "its time was over before anything was signed for it")


def decide(wish: Movement, situation: Situation) -> Step:
    """Decide about a movement."""
    if situation.slot < situation.moment.slot:
        return Wait()  # this pot may be older than the block height by which attempts are over
    pot = situation.pot
    if isinstance(pot, NoPot):
        return _without_pot(situation, pot)
    found = pot.find(wish.sequence)
    if found is not None:
        return _remembered(wish, situation, found)
    if wish.sequence < pot.next_sequence:
        return _forgotten(wish, situation, pot)
    return _unused(wish, situation, pot)


def _remembered(wish: Movement, situation: Situation, found: Moved) -> Step:
    if found.id.hex() != wish.movement:
        # Whatever we signed carries a number that is used, so none of it can move anything.
        return Failed("number-taken", f"{found.kind} {found.id.hex()[:16]} has moved under {found.sequence}")
    wanted = ("fund" if isinstance(wish, FundPot) else "settle", wish.amount_micro_usdc)
    if (found.kind, found.amount_micro_usdc) != wanted:
        return Stuck(f"the pot has {found.kind} of {found.amount_micro_usdc} under our id and number")
    if situation.attempts and situation.signature is None and situation.searches < SEARCHES_MAX:
        return Wait()
    return Done(found.slot, situation.signature)


def _forgotten(wish: Movement, situation: Situation, pot: Pot) -> Step:
    """Decide where the number is used, and the pot does not remember by what."""
    if situation.success is not None:
        return Done(situation.success[1].slot, situation.signature)
    if situation.is_refused_wholly:
        return Failed(
            "number-taken", f"the pot's next number is {pot.next_sequence}, and none of ours landed"
        )
    if situation.searches < SEARCHES_MAX:
        return Wait()
    return Stuck(
        f"number {wish.sequence} is used, the pot is {pot.next_sequence - wish.sequence} numbers further and "
        "does not remember by what, and the chain's history does not show our transactions"
    )


def _unused(wish: Movement, situation: Situation, pot: Pot) -> Step:
    """Decide where, at that slot, the number was not used."""
    if situation.success is not None:
        return _contradicted(situation)
    if situation.is_live:
        return Resend()
    # From here on it is certain that nothing of it has moved or will, unless we sign.
    return (
        refused(situation)
        or over(wish, situation)
        or _hindered(wish, situation, pot)
        or _ahead(wish, situation, pot)
        or SignAnew()
    )


def _contradicted(situation: Situation) -> Step:
    """Decide where a transaction has landed, and what it should have done is not to be seen."""
    if situation.success is None or situation.success[1].slot > situation.slot:
        return Wait()
    if situation.searches < SEARCHES_MAX:
        return Wait()  # an endpoint may have told what was under the slot that is
    return Stuck(f"{situation.signature} has landed, and the pot does not show what it does")


def _without_pot(situation: Situation, no_pot: NoPot) -> Step:
    """Decide where there is no pot: what was signed for it may have landed before it was closed."""
    if situation.success is not None:
        return Done(situation.success[1].slot, situation.signature)
    if situation.is_refused_wholly:
        return Failed(no_pot.reason, no_pot.detail)
    if situation.is_live or situation.searches < SEARCHES_MAX:
        return Wait()
    return Stuck(f"{no_pot.detail}, and the chain's history does not show what became of our transactions")


def refused(situation: Situation) -> Failed | None:
    """Return the chain's last word on this order alone, if there is no hope after it."""
    errors = list(situation.alone)
    if not errors:
        return None
    refusal = classify(errors[0])
    if refusal is not None:
        return Failed(refusal.reason, refusal.detail)
    if len(errors) >= REFUSALS_MAX:
        return Failed("refused", f"the chain has refused it {len(errors)} times, the last time: {errors[0]}")
    return None


def over(wish: Wish, situation: Situation) -> Failed | None:
    """Return that nothing more may be signed, if that is so."""
    count = len(situation.attempts)
    if situation.now_ms <= wish.not_after_ms and count < ATTEMPTS_MAX:
        return None
    if not count:
        return _too_late(wish, situation.keys)
    return Failed("expired", f"{count} transactions have expired, none has landed, and its time is over")


def foreign(pot: Pot, keys: Keys, wish: Wish) -> str | None:
    """Return in which way a pot is not one that we may move money of, if there is one."""
    if pot.mint != keys.mint:
        return f"the pot is of the mint {pot.mint}, not of {keys.mint}"
    if isinstance(wish, FundPot) and str(pot.authority) != wish.authority:
        return f"the pot's authority is {pot.authority}, not {wish.authority}"
    if isinstance(wish, FundPot) and pot.funder != keys.funder:
        return f"the pot's funder is {pot.funder}, and we hold {keys.funder}"
    if isinstance(wish, SettlePot) and pot.spender != keys.spender:
        return f"the pot's spender is {pot.spender}, and we hold {keys.spender}"
    return None


def _hindered(wish: Movement, situation: Situation, pot: Pot) -> Step | None:
    if situation.keys.lacking(wish) is not None:
        return Wait()
    difference = foreign(pot, situation.keys, wish)
    if difference is not None:
        return Failed("not-allowed", difference)
    if isinstance(wish, FundPot) and pot.is_paused:
        return Failed("pot-paused", "the pot is paused")
    return None


def _ahead(wish: Movement, situation: Situation, pot: Pot) -> Step | None:
    if wish.sequence == pot.next_sequence:
        return None
    if situation.now_ms - wish.decided_ms <= AHEAD_MS:
        return Wait()
    return Failed(
        "refused", f"the pot's next number is {pot.next_sequence}, and a movement before ours lacks"
    )
