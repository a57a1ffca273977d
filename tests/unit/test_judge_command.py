"""`headgate pots judge`: what is known of a movement, what a verdict does, and when there is none to give."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

import pytest
from typer.testing import CliRunner

from chain.executor.protocol import Done, Failed, Resend, SignAnew, Step, Stuck, Wait
from chain.instructions import PotProgram
from chain.ports import Moment
from events.limits import REASON_CHARS_MAX
from events.types import AttemptSigned, MovementFailed, MovementJudged, MovementLanded
from headgate.commands.pots import app
from headgate.potting.cases import Case, Cases
from headgate.potting.judging import Seen, check, does, hold_to_stuck, known, see
from infra.errors import FixInput
from tests.chain_model import MINT, PROGRAM, ModelChain
from tests.chain_work_kit import KEYS, fund, order, pause, settle
from tests.virtual_time import run

if TYPE_CHECKING:
    from chain.executor.order import Movement

POT = b"\x07" * 32
SIGNATURE = "1" * 64
HEIGHT = 500
STUCK = Stuck("the pot has forgotten")


def attempt(command_id: str, last_valid_height: int = HEIGHT - 1) -> AttemptSigned:
    """Return a transaction that was signed."""
    return AttemptSigned(command_id, 1, SIGNATURE, "AQ==", last_valid_height, 1, 1)


def case_of(wish: Movement) -> Case:
    """Return a movement for which one transaction was signed."""
    given = order(wish)
    return Case(given, wish, [attempt(given.id)])


def seen(step: Step) -> Seen:
    """Return what the chain says."""
    return Seen(step, Moment(600, HEIGHT), 601, frozenset())


def cases_of(*facts: AttemptSigned | MovementLanded | MovementFailed | MovementJudged) -> Cases:
    """Return what the log knows: a funding and a pause, and what became of them."""
    cases = Cases()
    cases.want(order(fund(POT, 64, movement_id="m-1"), 0))
    cases.want(order(pause(POT), 1))
    for fact in facts:
        cases.hear(fact)
    return cases


def landed() -> MovementLanded:
    """Return that it has landed."""
    return MovementLanded("command-0", "m-1", POT.hex(), "fund", 64, 1_000_000, None, 1_234, 0, 1, 1)


def failed() -> MovementFailed:
    """Return that it has failed."""
    return MovementFailed(
        "command-0", "m-1", POT.hex(), "fund", 64, "expired", "too slow", None, 1_234, 0, 1, 1
    )


def test_a_movement_is_found_with_all_that_the_log_has_of_it() -> None:
    """What belongs to another one is left out."""
    judged = MovementJudged("m-1", POT.hex(), "failed", "ana", "seen", 1)
    case = cases_of(attempt("command-0"), attempt("command-1"), judged).find("m-1")
    assert [one.command_id for one in case.attempts] == ["command-0"]
    assert (case.judged, case.outcome) == (judged, None)


def test_what_the_log_does_not_know_is_refused_with_what_is_open() -> None:
    """So that it can be typed again."""
    with pytest.raises(FixInput, match="knows no movement 'm-2'") as refusal:
        cases_of().find("m-2")
    assert refusal.value.next_step == "Open are: m-1."
    with pytest.raises(FixInput) as refusal:
        cases_of(landed()).find("m-2")
    assert refusal.value.next_step.startswith("No movement is open")


@pytest.mark.parametrize(
    ("fact", "says"),
    [(landed(), "has landed, at slot 1,234"), (failed(), r"has failed already \(expired: too slow\)")],
)
def test_what_has_its_end_is_not_judged(fact: MovementLanded | MovementFailed, says: str) -> None:
    """Nobody could take it back."""
    with pytest.raises(FixInput, match=says):
        cases_of(fact).find("m-1")


@pytest.mark.parametrize(
    ("step", "says"),
    [
        (Done(77, None), "has landed, at slot 77"),
        (Failed("pot-paused", "it is paused"), r"will not land \(pot-paused: it is paused\)"),
        (Resend(), "may land yet"),
        (Wait(), "nothing is lost"),
        (SignAnew(), "nothing is lost"),
    ],
)
def test_what_the_chain_can_tell_of_is_not_judged(step: Step, says: str) -> None:
    """A verdict that lies in wait would end it wrongly later."""
    with pytest.raises(FixInput, match=says):
        hold_to_stuck(case_of(fund(POT, 64)), seen(step))


def test_what_is_known_is_shown_before_it_is_judged() -> None:
    """Pot, amount, each transaction, what the chain says, and what was said before."""
    case = case_of(fund(POT, 64, 12_500_000, movement_id="m-1"))
    case.judged = MovementJudged("m-1", POT.hex(), "failed", "ana", "seen", 1)
    text = "\n".join(known(case, seen(STUCK), "acme/shoes"))
    assert "m-1: fund acme/shoes, 12.50 USDC, as its number 64" in text
    assert POT.hex() in text
    assert f"attempt 1: {SIGNATURE} is not found, is over" in text
    assert "judged failed by ana: seen" in text
    assert "finalized at slot 601: the pot has forgotten" in text


def test_a_verdict_is_said_to_do_to_the_ledger_what_it_does() -> None:
    """Above all what happens if it is wrong."""
    funding, settling = case_of(fund(POT, 64)), case_of(settle(POT, 64))
    assert "1.00 USDC from the treasury to the pot" in does(funding, "landed")
    assert "1.00 USDC from the pot to the settlement account" in does(settling, "landed")
    assert "ledger_differs" in does(funding, "landed")
    assert "free again in the treasury" in does(funding, "failed")
    assert "free again in the pot" in does(settling, "failed")
    assert does(funding, "failed").endswith("the money moves twice.")


async def _seen_on_chain(case: Case) -> Step:
    chain = ModelChain(3)
    chain.pot("shoes", KEYS)
    # Until the finalized chain is past what was signed.
    await asyncio.sleep(100)
    return (await see(chain, PotProgram(PROGRAM, MINT), case, now_ms=0)).step


def test_a_movement_of_a_pot_that_is_gone_is_stuck_and_one_that_may_land_is_not() -> None:
    """By the executor's own rules."""
    case = case_of(fund(POT, 64))
    case.attempts = [attempt(case.order.id, last_valid_height=1)]
    stuck = run(_seen_on_chain(case))
    assert isinstance(stuck, Stuck)
    assert "there is no pot" in stuck.detail
    case.attempts = [attempt(case.order.id, last_valid_height=10**6)]
    assert run(_seen_on_chain(case)) == Wait()
    case.attempts = []
    assert isinstance(run(_seen_on_chain(case)), Failed)


@pytest.mark.parametrize(
    ("verdict", "reason", "by", "says"),
    [
        ("maybe", "seen", "ana", "is no verdict"),
        ("landed", "  ", "ana", "needs a reason"),
        ("failed", "x" * REASON_CHARS_MAX, "ana", "too long"),
        ("failed", "seen", "a" * 200, "too long"),
    ],
)
def test_what_cannot_be_a_verdict_is_refused_before_anything_is_read(
    verdict: str, reason: str, by: str, says: str
) -> None:
    """A reason that would be cut off says less than was meant."""
    with pytest.raises(FixInput, match=says):
        check(verdict, reason, by)
    result = CliRunner().invoke(app, ["judge", "m-1", verdict, "--reason", reason, "--by", by])
    assert isinstance(result.exception, FixInput)


def test_verdicts_are_two() -> None:
    """As the log has them."""
    assert [check(word, "seen", "ana") for word in ("landed", "failed")] == ["landed", "failed"]
