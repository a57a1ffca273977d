"""The protocol as a table: what was signed, what the finalized chain shows, and what follows from both."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from msgspec.structs import replace

from chain.executor.protocol import (
    AHEAD_MS,
    ATTEMPTS_MAX,
    REFUSALS_MAX,
    SEARCHES_MAX,
    Done,
    Failed,
    Keys,
    NoPot,
    Resend,
    SignAnew,
    Situation,
    Stuck,
    Wait,
    before_looking,
    decide,
)
from chain.ports import Landed, Moment
from chain.pot import read_pot
from events.types import AttemptSigned
from tests.chain_model import FUND, MINT, PROGRAM, SETTLE, WITHDRAW, ModelPot, custom
from tests.chain_work_kit import AUTHORITY, FUNDER, KEYS, NOT_AFTER_MS, SPENDER, fund, keypair, settle

if TYPE_CHECKING:
    from chain.pot import Pot
    from events.types import FundPot

POT_ID = bytes(range(32))
FIRST = 64
OURS = fund(POT_ID, FIRST)
HASH = bytes.fromhex(OURS.movement)
HELD = Keys(MINT, FUNDER.pubkey(), SPENDER.pubkey())
MOMENT = Moment(slot=1_000, height=850)
LIVE, OVER = 850, 849
CLOSED = NoPot("pot-closed", "there is no pot")


def pot(*moved: tuple[int, bytes], **also: Any) -> Pot:  # noqa: ANN401 - any field of the model's pot
    """Return a pot in which this has moved: kind and id; 1 USDC each unless the id says more."""
    model = ModelPot(POT_ID, also.pop("keys", KEYS), MINT, FIRST, **also)
    model.moved = [(kind, id_, 1_000_000, 900) for kind, id_ in moved]
    return read_pot(model.account(), PROGRAM, POT_ID)


def attempt(number: int = 1, height: int = LIVE, commands: int = 1) -> AttemptSigned:
    """Return something that was signed."""
    return AttemptSigned("command-0", number, str(number) * 70, "cmF3", height, commands, 0)


def refusal(error: str) -> Landed:
    """Return that the finalized chain has it, and refused it."""
    return Landed(900, error, 5_000)


LANDED = Landed(900, None, 5_000)
NEWER = Landed(1_001, None, 5_000)
FRESH = Situation(5_000, MOMENT, 1_000, pot(), (), {}, 0, HELD)


def seen(found: Pot | NoPot, *attempts: AttemptSigned, **also: Any) -> Situation:  # noqa: ANN401 - any field
    """Return a situation; `results` are by attempt, in their order."""
    results = {
        one.signature: result
        for one, result in zip(attempts, also.pop("results", ()), strict=False)
        if result is not None
    }
    return replace(FRESH, pot=found, attempts=attempts, landed=results, **also)


RIVAL = (WITHDRAW, b"r" * 32)
MINE = (FUND, HASH)
FORGOTTEN = pot(MINE, *[RIVAL] * 32)
STRANGER = keypair("stranger").pubkey()
AGAIN = SEARCHES_MAX
TABLE: dict[str, tuple[Situation, object]] = {
    # nothing was signed yet
    "its number is next: sign": (seen(pot()), SignAnew()),
    "its number was used by another": (seen(pot(RIVAL)), "number-taken"),
    "its number was used long ago": (seen(FORGOTTEN), "number-taken"),
    "there is no pot": (seen(CLOSED), "pot-closed"),
    "the account is not a pot": (seen(NoPot("not-allowed", "")), "not-allowed"),
    "the pot is paused": (seen(pot(paused=1)), "pot-paused"),
    "the pot is of another authority": (seen(pot(keys=(STRANGER, *KEYS[1:]))), "not-allowed"),
    "the pot is of another funder": (seen(pot(keys=(KEYS[0], STRANGER, KEYS[2]))), "not-allowed"),
    "we have no key": (seen(pot(), keys=Keys(MINT, None, None)), Wait()),
    "time is over": (seen(pot(), now_ms=NOT_AFTER_MS + 1), "too-late"),
    # something is signed
    "it may land yet: the same bytes again": (seen(pot(), attempt()), Resend()),
    "it may land yet, though time is over": (seen(pot(), attempt(), now_ms=NOT_AFTER_MS + 1), Resend()),
    "it may land yet, and the pot is paused": (seen(pot(paused=1), attempt()), Resend()),
    "it is over and the number unused: sign anew": (seen(pot(), attempt(height=OVER)), SignAnew()),
    "it is over, and so is its time": (
        seen(pot(), attempt(height=OVER), now_ms=NOT_AFTER_MS + 1),
        "expired",
    ),
    "the first is over and the second is not": (seen(pot(), attempt(1, OVER), attempt(2)), Resend()),
    "the pot was seen before the block that ends it": (seen(pot(), attempt(height=OVER), slot=999), Wait()),
    "another movement has its number, and it may land yet": (seen(pot(RIVAL), attempt()), "number-taken"),
    "it was tried too often": (
        seen(pot(), *[attempt(height=OVER)] * ATTEMPTS_MAX),
        "expired",
    ),
    # it landed
    "the pot has it by our transaction": (
        seen(pot(MINE), attempt(), results=[LANDED]),
        Done(900, "1" * 70),
    ),
    "the pot has it, and history does not say by which": (seen(pot(MINE), attempt()), Wait()),
    "the pot has it, and history never says": (seen(pot(MINE), attempt(), searches=AGAIN), Done(900, None)),
    "the pot has it, and another movement since": (
        seen(pot(MINE, RIVAL), attempt(), results=[LANDED]),
        Done(900, "1" * 70),
    ),
    "the second of ours did it": (
        seen(pot(MINE), attempt(1, OVER), attempt(2), results=[None, LANDED]),
        Done(900, "2" * 70),
    ),
    "the pot has our id with another kind": (seen(pot((SETTLE, HASH)), attempt()), Stuck),
    "history has it, the pot is from before": (seen(pot(), attempt(), results=[NEWER]), Wait()),
    "history has it, and the pot does not yet": (seen(pot(), attempt(), results=[LANDED]), Wait),
    "history has it, and the pot does not": (seen(pot(), attempt(), results=[LANDED], searches=AGAIN), Stuck),
    # the pot has forgotten
    "the pot has forgotten, history has it": (
        seen(FORGOTTEN, attempt(height=OVER), results=[LANDED]),
        Done(900, "1" * 70),
    ),
    "the pot has forgotten, history not asked enough": (seen(FORGOTTEN, attempt(height=OVER)), Wait()),
    "the pot has forgotten, and history does not have it": (
        seen(FORGOTTEN, attempt(height=OVER), searches=AGAIN),
        Stuck,
    ),
    "the pot has forgotten, and all of ours were refused": (
        seen(FORGOTTEN, attempt(height=OVER), results=[refusal(custom(6014))]),
        "number-taken",
    ),
    "the pot is closed, and ours had landed before": (
        seen(CLOSED, attempt(), results=[LANDED]),
        Done(900, "1" * 70),
    ),
    "the pot is closed, and ours may land yet": (seen(CLOSED, attempt(), searches=AGAIN), Wait()),
    "the pot is closed, and nobody knows": (seen(CLOSED, attempt(height=OVER), searches=AGAIN), Stuck),
    "the pot is closed, and ours was refused": (
        seen(CLOSED, attempt(), results=[refusal(custom(6003))]),
        "pot-closed",
    ),
    # it was refused on chain
    "it was refused as the pot is paused": (
        seen(pot(), attempt(), results=[refusal(custom(6017))]),
        "pot-paused",
    ),
    "it was refused by the cap": (seen(pot(), attempt(), results=[refusal(custom(6016))]), "pot-cap"),
    "it was refused for want of money": (
        seen(pot(), attempt(), results=[refusal(custom(6024))]),
        "insufficient-funds",
    ),
    "it was refused by the token program": (
        seen(pot(), attempt(), results=[refusal(custom(1))]),
        "insufficient-funds",
    ),
    "it was refused as we are not the funder": (
        seen(pot(), attempt(), results=[refusal(custom(6011))]),
        "not-allowed",
    ),
    "it was refused otherwise": (seen(pot(), attempt(), results=[refusal(custom(6006))]), "refused"),
    "its batch was refused: sign, with fewer": (
        seen(pot(), attempt(commands=4), results=[refusal(custom(6017))]),
        SignAnew(),
    ),
    "it was refused, and another of ours may land": (
        seen(pot(), attempt(1), attempt(2), results=[refusal(custom(6017))]),
        Resend(),
    ),
    "it was refused as a number is missing": (
        seen(pot(), attempt(), results=[refusal(custom(6015))]),
        SignAnew(),
    ),
    "it was refused without a reason, again and again": (
        seen(pot(), *map(attempt, range(1, REFUSALS_MAX + 1)), results=[refusal('"X"')] * REFUSALS_MAX),
        "refused",
    ),
}


@pytest.mark.parametrize("name", TABLE)
def test_each_situation_leads_to_its_step(name: str) -> None:
    """The table that docs/protocol.md explains."""
    situation, expected = TABLE[name]
    step = decide(OURS, situation)
    if isinstance(expected, str):
        assert isinstance(step, Failed)
        assert step.reason == expected
    elif isinstance(expected, type):
        assert isinstance(step, expected)
    else:
        assert step == expected


def ahead(**also: Any) -> Situation:  # noqa: ANN401 - any field
    """Return a situation in which the movement before ours is missing."""
    return seen(pot(), **also)


def test_a_number_ahead_of_the_pot_waits_for_the_one_before_it_and_not_for_ever() -> None:
    """What we see may be older than what the treasury saw; later the treasury has to think again."""
    later: FundPot = fund(POT_ID, FIRST + 1)
    assert decide(later, ahead()) == Wait()
    step = decide(later, ahead(now_ms=AHEAD_MS + 1))
    assert isinstance(step, Failed)
    assert step.reason == "refused"


def test_an_amount_that_differs_from_ours_is_for_a_person() -> None:
    """The pot has our number and id, and not our amount: nothing may be said of it."""
    assert isinstance(decide(fund(POT_ID, FIRST, 2), seen(pot(MINE), attempt())), Stuck)


def test_a_settlement_asks_for_the_spender_and_goes_on_while_the_pot_is_paused() -> None:
    """Whoever funds is none of its business."""
    wish = settle(POT_ID, FIRST)
    assert decide(wish, seen(pot(paused=3))) == SignAnew()
    assert decide(wish, seen(pot(keys=(STRANGER, STRANGER, KEYS[2])))) == SignAnew()
    step = decide(wish, seen(pot(keys=(KEYS[0], KEYS[1], STRANGER))))
    assert isinstance(step, Failed)
    assert decide(wish, seen(pot(), keys=Keys(MINT, FUNDER.pubkey(), None))) == Wait()


def test_a_pot_of_another_mint_is_not_funded() -> None:
    """Even if everybody who has a hand in it is right."""
    step = decide(OURS, seen(pot(), keys=replace(HELD, mint=AUTHORITY.pubkey())))
    assert isinstance(step, Failed)
    assert step.reason == "not-allowed"


def test_what_was_never_signed_and_is_late_is_over_without_a_look() -> None:
    """So no chain that is away keeps it open; what was signed is always looked at."""
    late = NOT_AFTER_MS + 1
    assert before_looking(OURS, (), NOT_AFTER_MS, HELD) is None
    assert before_looking(OURS, (attempt(height=OVER),), late, HELD) is None
    found = before_looking(OURS, (), late, HELD)
    assert found is not None
    assert found.reason == "too-late"
    without = before_looking(OURS, (), late, Keys(MINT, None, None))
    assert without is not None
    assert without.reason == "not-configured"
