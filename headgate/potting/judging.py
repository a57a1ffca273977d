"""A person's verdict on a movement that is stuck: what is known of it, what the verdict does, telling it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, Literal, assert_never

from msgspec import Struct

from chain.executor import protocol
from chain.executor.clock import clock_ms
from chain.executor.entry import Entry
from chain.executor.protocol import Done, Failed, Keys, Resend, SignAnew, Stuck, Wait, is_over
from chain.executor.sight import look
from events.envelope import moment
from events.limits import NAME_CHARS_MAX, REASON_CHARS_MAX
from events.types import FundPot
from headgate import publishing
from headgate.money.amounts import usdc
from headgate.potting.book import POTS_TOPIC
from infra.errors import FixInput

if TYPE_CHECKING:
    from chain.executor.protocol import Step
    from chain.instructions import PotProgram
    from chain.ports import Chain, Moment
    from events.types import MovementJudged
    from headgate.potting.cases import Case
    from infra.settings import Settings

SOURCE: Final = "headgate/pots"
Verdict = Literal["landed", "failed"]
VERDICTS: Final[dict[str, Verdict]] = {"landed": "landed", "failed": "failed"}


class Seen(Struct, frozen=True):
    """What the finalized chain says of a movement now."""

    step: Step
    moment: Moment
    slot: int
    found: frozenset[str]
    """Which of its signatures the chain's history has."""


async def see(chain: Chain, program: PotProgram, case: Case, now_ms: int) -> Seen:
    """Look at a movement with the executor's own eyes; keys do not matter for whether it is stuck."""
    entry = Entry(case.order, sorted(case.attempts, key=lambda one: one.attempt), clock_ms())
    now = await chain.finalized()
    await look(chain, program.address, [entry], now)
    # The executor searches history several times before it gives up; a person has waited for longer.
    entry.searches = protocol.SEARCHES_MAX
    step = protocol.decide(case.wish, entry.situation(now_ms, now, Keys(program.mint, None, None)))
    return Seen(step, now, entry.slot, frozenset(entry.landed))


def check(verdict: str, reason: str, by: str) -> Verdict:
    """Return the verdict that was typed; raise in words if it, the reason or the name will not do."""
    if verdict not in VERDICTS:
        raise FixInput(f"{verdict!r:.60} is no verdict.", "Say landed or failed.")
    if not reason.strip():
        raise FixInput("A verdict needs a reason.", 'Give --reason "how you found out"; it stays in the log.')
    # The executor puts name and reason into one text.
    if len(by) > NAME_CHARS_MAX or len(reason) + len(by) + len("judged by : ") > REASON_CHARS_MAX:
        raise FixInput(
            "The reason or the name is too long.", f"Keep both within {REASON_CHARS_MAX} characters."
        )
    return VERDICTS[verdict]


def hold_to_stuck(case: Case, seen: Seen) -> str:
    """Return why a movement is stuck; raise in words if the executor can still tell by itself."""
    step = seen.step
    if isinstance(step, Stuck):
        return step.detail
    raise FixInput(
        f"{case.wish.movement_id} is not stuck: {_end(step)}.",
        "The chain executor says itself how it ends: see that it runs, with `headgate chain doctor`.",
    )


def _end(step: Done | Failed | Resend | SignAnew | Wait) -> str:
    match step:
        case Done(slot):
            return f"the finalized chain shows that it has landed, at slot {slot:,}"
        case Failed(reason, detail):
            return f"it is certain that it will not land ({reason}: {detail})"
        case Resend():
            return "what was signed for it may land yet"
        case Wait() | SignAnew():
            return "it is not at its end, and nothing is lost"
        case _ as never:
            assert_never(never)


def known(case: Case, seen: Seen, called: str) -> list[str]:
    """Say what is known of a movement, line by line."""
    wish = case.wish
    what = "fund" if isinstance(wish, FundPot) else "settle"
    lines = [
        f"{wish.movement_id}: {what} {called}, {usdc(wish.amount_micro_usdc)}, as its number {wish.sequence}",
        f"  decided {moment(wish.decided_ms)}; the pot is {wish.pot}",
    ]
    for one in case.attempts:
        over = "is over" if is_over(one, seen.moment) else "may be in a block yet"
        found = "is in history" if one.signature in seen.found else "is not found"
        lines.append(f"  attempt {one.attempt}: {one.signature} {found}, {over}")
    if case.judged is not None:
        lines.append(f"  judged {case.judged.verdict} by {case.judged.by}: {case.judged.reason}")
    lines.append(f"  the chain, finalized at slot {seen.slot:,}: {hold_to_stuck(case, seen)}")
    return lines


def does(case: Case, verdict: Verdict) -> str:
    """Say what a verdict does to the ledger, and what happens if it is wrong."""
    amount, is_fund = usdc(case.wish.amount_micro_usdc), isinstance(case.wish, FundPot)
    if verdict == "landed":
        moved = "from the treasury to the pot" if is_fund else "from the pot to the settlement account"
        return (
            f"Landed: the ledger books {amount} {moved}. If that is wrong, it has money there that is not; "
            "ledger_differs tells of that, but not of a pot that is closed."
        )
    free = "the treasury, and the pot may be funded" if is_fund else "the pot, and the day may be settled"
    return (
        f"Failed: {amount} are free again in {free} anew, under another number. If that is wrong, the "
        "money moves twice."
    )


def publish(settings: Settings, client: str, fact: MovementJudged, topic: str = POTS_TOPIC) -> None:
    """Tell the executors of a verdict."""
    publishing.publish(
        settings.kafka_conf(),
        topic,
        client,
        fact,
        id=f"judged.{fact.pot[:32]}.{fact.at_ms}",
        source=SOURCE,
        what=f"the verdict on {fact.movement_id}",
    )
