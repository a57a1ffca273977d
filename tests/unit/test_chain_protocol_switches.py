"""Pauses and resumes: brought about, read back, and over only when nothing of them may land any more."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from msgspec.structs import replace

from chain.executor.protocol import Done, Failed, Keys, NoPot, Resend, SignAnew, Situation, Step, Wait
from chain.executor.switches import decide
from chain.ports import Landed, Moment
from chain.pot import PAUSED_BY_AUTHORITY, PAUSED_BY_FUNDER, read_pot
from events.types import AttemptSigned
from tests.chain_model import MINT, PROGRAM, ModelChain, ModelPot, custom
from tests.chain_work_kit import FUNDER, KEYS, NOT_AFTER_MS, SPENDER, Scene, keypair, pause, resume
from tests.virtual_time import run

if TYPE_CHECKING:
    from chain.pot import Pot

POT_ID = bytes(range(32))
BOTH = PAUSED_BY_FUNDER | PAUSED_BY_AUTHORITY
LIVE = AttemptSigned("command-0", 1, "1" * 70, "cmF3", 850, 1, 0)
OVER = replace(LIVE, last_valid_height=849)
LANDED, NEWER = Landed(900, None, 5_000), Landed(1_001, None, 5_000)
STRANGER = keypair("stranger").pubkey()


def pot(paused: int = 0, **also: Any) -> Pot:  # noqa: ANN401 - any field of the model's pot
    """Return a pot."""
    model = ModelPot(POT_ID, also.pop("keys", KEYS), MINT, paused=paused, **also)
    return read_pot(model.account(), PROGRAM, POT_ID)


def seen(
    found: Pot | NoPot,
    *attempts: AttemptSigned,
    result: Landed | None = None,
    **also: Any,  # noqa: ANN401 - any field
) -> Situation:
    """Return a situation; a result is that of the first attempt."""
    held = Keys(MINT, FUNDER.pubkey(), SPENDER.pubkey())
    landed = {} if result is None else {attempts[0].signature: result}
    situation = Situation(5_000, Moment(1_000, 850), 1_000, found, attempts, landed, 0, held)
    return replace(situation, **also)


CLOSED = NoPot("pot-closed", "there is none")
LATE_MS = NOT_AFTER_MS + 1
REFUSED = Landed(900, custom(6011), 5_000)
PAUSES: dict[str, tuple[Situation, Step | type[Step]]] = {
    "it runs: sign": (seen(pot()), SignAnew()),
    "it is so already": (seen(pot(PAUSED_BY_FUNDER)), Done(1_000, None)),
    "its authority has paused it: we do too": (seen(pot(PAUSED_BY_AUTHORITY)), SignAnew()),
    "it may land yet": (seen(pot(), LIVE), Resend()),
    "somebody else did it, and ours may land yet": (seen(pot(PAUSED_BY_FUNDER), LIVE), Resend()),
    "ours is over": (seen(pot(), OVER), SignAnew()),
    "ours did it": (seen(pot(PAUSED_BY_FUNDER), LIVE, result=LANDED), Done(900, "1" * 70)),
    "ours did it, and somebody has undone it": (seen(pot(), LIVE, result=LANDED), Done(900, "1" * 70)),
    "ours did it, later than the pot was seen": (seen(pot(), LIVE, result=NEWER), Wait()),
    "the pot was seen too early": (seen(pot(), OVER, slot=999), Wait()),
    "there is no pot": (seen(CLOSED), Failed),
    "there is no pot, and ours may land yet": (seen(CLOSED, LIVE), Wait()),
    "it was refused": (seen(pot(), LIVE, result=REFUSED), Failed),
    "its time is over": (seen(pot(), now_ms=LATE_MS), Failed),
    "its time is over, and ours may land yet": (seen(pot(), LIVE, now_ms=LATE_MS), Resend()),
    "we have no key": (seen(pot(), keys=Keys(MINT, None, None)), Wait()),
    "somebody else is the funder": (seen(pot(keys=(KEYS[0], STRANGER, KEYS[2]))), Failed),
}


@pytest.mark.parametrize("name", PAUSES)
def test_each_situation_of_a_pause_leads_to_its_step(name: str) -> None:
    """The same table holds for a resume, the other way round."""
    situation, expected = PAUSES[name]
    step = decide(pause(POT_ID), situation)
    assert isinstance(step, expected) if isinstance(expected, type) else step == expected


def test_what_the_authority_has_paused_is_not_resumed_by_us() -> None:
    """The program would leave it paused, so nobody is told that it goes on."""
    assert decide(resume(POT_ID), seen(pot(PAUSED_BY_FUNDER))) == SignAnew()
    assert decide(resume(POT_ID), seen(pot())) == Done(1_000, None)
    assert isinstance(decide(resume(POT_ID), seen(pot(BOTH))), Failed)


async def _turns() -> None:
    scene = Scene(ModelChain(1))
    pot_id = scene.chain.pot("shoes", KEYS)
    wishes = [pause(pot_id, 1), resume(pot_id, 2), pause(pot_id, 3)]
    orders = [scene.want(wish) for wish in wishes]
    await scene.live()
    facts = [scene.outcome(order) for order in orders]
    assert [getattr(fact, "is_paused", None) for fact in facts] == [True, False, True]
    slots = [getattr(fact, "slot", 0) for fact in facts]
    assert slots == sorted(slots)
    assert scene.chain.state(scene.chain.slot)[0][pot_id].paused


def test_a_pot_is_paused_and_resumed_in_the_order_of_the_log() -> None:
    """Each waits for the one before it, so the last word is the last order's."""
    run(_turns())
