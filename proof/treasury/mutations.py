"""The safeguards of money, each switched off in this process alone; without it a seed has to turn red.

Several stand behind each other: the executor's protocol makes sure that nothing is signed twice, and the
program that nothing moves twice. Where one is off and nothing shows, the other is named, and off as well.
"""

from __future__ import annotations

import base64
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from msgspec.structs import replace

from chain.errors import ChainError
from chain.executor import protocol, signing, work
from chain.executor.protocol import Done, Failed
from chain.ports import Moment
from domain.treasury import funding, ledger, limits, outcomes, reserving
from proof.treasury.log import Write
from proof.treasury.weak import without
from proof.treasury.world import Changes, together

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from chain.executor.entry import Entry
    from proof.treasury.executor import Executor
    from proof.treasury.worker import Worker
    from streams.shell import Processed

Patch = tuple[object, str, object]


@dataclass(frozen=True)
class Mutation:
    """A safeguard that is off: by other functions, other parts of a process, or another program."""

    name: str
    patches: Callable[[], Sequence[Patch]] = tuple
    executor: Callable[[Executor], None] = lambda _executor: None
    worker: Callable[[Worker], None] = lambda _worker: None
    world: Callable[[Any], None] = lambda _world: None
    program: str | None = None
    """The check that the program lacks."""
    behind: str | None = None
    """Which safeguard covers for it, if one does."""

    @property
    def changes(self) -> Changes:
        """What it replaces in a run."""
        so = None if self.program is None else without(self.program)
        return Changes(self.world, self.worker, self.executor, so)


@contextmanager
def off(*mutations: Mutation) -> Iterator[Changes]:
    """Switch safeguards off."""
    with ExitStack() as stack:
        for owner, name, other in (patch for one in mutations for patch in one.patches()):
            stack.enter_context(_swapped(owner, name, other))
        yield together([one.changes for one in mutations])


@contextmanager
def _swapped(owner: object, name: str, other: object) -> Iterator[None]:
    before = getattr(owner, name)
    setattr(owner, name, other)
    try:
        yield
    finally:
        setattr(owner, name, before)


# ---- the executor
def send_first(executor: Executor) -> None:
    """Send, and make the intent durable afterwards."""
    intend, send = executor.journal.intend, executor.chain.send
    waiting: list[Any] = []

    async def later(attempts: Sequence[Any]) -> None:
        waiting.extend(attempts)

    async def then_write(raw: bytes) -> None:
        try:
            await send(raw)
        finally:
            taken = list(waiting)
            waiting.clear()
            if taken:
                await intend(taken)

    executor.journal.intend, executor.chain.send = later, then_write


def forget_attempts(executor: Executor) -> None:
    """Begin without reading what was signed before."""
    executor.attempts.clear()


def read_processed(executor: Executor) -> None:
    """Believe what is not final."""
    executor.chain.commitment = "processed"


def slot_for_height(executor: Executor) -> None:
    """Take the slot for the block height."""
    finalized = executor.chain.finalized

    async def mixed_up() -> Moment:
        slot: int = (await finalized()).slot
        return Moment(slot, slot)

    executor.chain.finalized = mixed_up


def any_snapshot(executor: Executor) -> None:
    """Take a pot however old it is."""
    snapshot = executor.chain.snapshot

    async def of_any_slot(addresses: Sequence[Any], at_least_slot: int = 0) -> Any:  # noqa: ANN401 - as the port has it
        del at_least_slot
        return await snapshot(addresses)

    executor.chain.snapshot = of_any_slot


def old_pots() -> Sequence[Patch]:
    """Decide by a pot that may be older than the moment."""
    decide = protocol.decide

    def of_old(wish: Any, situation: protocol.Situation) -> protocol.Step:  # noqa: ANN401 - as it is given
        return decide(wish, replace(situation, slot=max(situation.slot, situation.moment.slot)))

    return [(protocol, "decide", of_old)]


def no_expiry() -> Sequence[Patch]:
    """Do not wait until what was signed is over."""
    return [(protocol, "is_over", lambda _attempt, _moment: True)]


def by_number_alone() -> Sequence[Patch]:
    """Take any movement under our number for ours."""

    def remembered(_wish: object, situation: protocol.Situation, found: Any) -> protocol.Step:  # noqa: ANN401 - as it is given
        return Done(found.slot, situation.signature)

    return [(protocol, "_remembered", remembered)]


def failed_by_exception() -> Sequence[Patch]:
    """Take an exception while sending for a failure."""
    send, decide = signing.Signing.send, work.ClientWork._decide  # noqa: SLF001 - replaced on purpose
    doubted: set[str] = set()

    async def doubting(self: signing.Signing, raw: bytes, orders: int) -> None:
        try:
            await self._tools.chain.send(raw)
        except ChainError:
            doubted.add(base64.b64encode(raw).decode())
            await send(self, raw, orders)

    def hasty(self: work.ClientWork, entry: Entry, moment: Moment) -> protocol.Step:
        if entry.attempts and entry.attempts[-1].raw in doubted:
            return Failed("refused", "an exception")
        return decide(self, entry, moment)

    return [(signing.Signing, "send", doubting), (work.ClientWork, "_decide", hasty)]


def outcome_apart(executor: Executor) -> None:
    """Commit an outcome first, and its order's place afterwards."""
    journal = executor.journal

    async def finish(told: Sequence[Any]) -> None:
        await journal.process.step("finish")
        journal.commit(journal.outcomes(told))
        await journal.process.step("an outcome went ahead")
        journal.commit((), [order.offset for order, _ in told])

    journal.finish = finish


def no_fence(world: Any) -> None:  # noqa: ANN401 - a world
    """Let a zombie write whatever it likes."""
    world.log.check = lambda _role, _epoch: None


# ---- the worker
def outputs_apart(worker: Worker) -> None:
    """Commit outputs first, and the position with the rows afterwards."""
    log, whole = worker.log, worker.commit_whole

    def apart(processed: Processed, position: int) -> None:
        log.write(
            Write(send.topic, send.key or b"", send.value or b"", list(send.headers or ()))
            for send in processed.sends
        )
        if not worker.trouble.strikes("worker crash", "after its outputs"):
            processed.sends.clear()
            whole(processed, position)

    worker.commit = apart


# ---- the decider
def count_twice() -> Sequence[Patch]:
    """Forget which movements are in the ledger when the pot itself tells of them."""
    return [(outcomes, "_through_executor", lambda _look, _sequence: None)]


def pending_is_free() -> Sequence[Patch]:
    """Count against limits what is posted, and not what is on its way."""

    def of_limit(look: Any, name: str, limit_micro_usdc: int) -> int:  # noqa: ANN401 - a look
        posted: int = look.ledger.account(name).debits_posted
        return max(0, limit_micro_usdc - posted)

    return [(limits, "room", of_limit), (ledger.Ledger, "_check_limits", lambda _self, _lines: None)]


def cap_unknown() -> Sequence[Patch]:
    """Do not mind what the pot takes a day on chain."""
    rooms = funding._rooms  # noqa: SLF001 - replaced on purpose

    def without_cap(look: Any) -> Any:  # noqa: ANN401 - as it is given
        return [room for room in rooms(look) if room.reason != "pot-cap"]

    return [(funding, "_rooms", without_cap)]


def limits_off() -> Sequence[Patch]:
    """Set no limit, but for the last look of the ledger."""
    return [(limits, "room", lambda _look, _name, limit_micro_usdc: limit_micro_usdc)]


def number_again() -> Sequence[Patch]:
    """Give the number before once more."""
    open_ = reserving._open  # noqa: SLF001 - replaced on purpose

    def again(look: Any, kind: Any, amount_micro_usdc: int) -> Any:  # noqa: ANN401 - as it is given
        if look.row.movements:
            look.row = replace(look.row, next_sequence=look.row.next_sequence - 1)
        return open_(look, kind, amount_micro_usdc)

    return [(reserving, "_open", again)]


def name_again() -> Sequence[Patch]:
    """Name a movement by its number alone."""
    open_ = reserving._open  # noqa: SLF001 - replaced on purpose

    def again(look: Any, kind: Any, amount_micro_usdc: int) -> Any:  # noqa: ANN401 - as it is given
        look.row = replace(look.row, movements=0)
        return open_(look, kind, amount_micro_usdc)

    return [(reserving, "_open", again)]


NUMBERS, DURABLE = "the program's numbers", "durable before it is sent"
CAP, OWN_CAP = "the program's daily cap", "the decider's look at the cap"
MUTATIONS = {
    one.name: one
    for one in (
        Mutation(DURABLE, executor=send_first, behind=NUMBERS),
        Mutation("what was signed is read at the start", executor=forget_attempts, behind=NUMBERS),
        Mutation("signed anew only past expiry", no_expiry, behind=NUMBERS),
        Mutation("height, not slot", executor=slot_for_height, behind=NUMBERS),
        Mutation("pot no older than the moment", old_pots, any_snapshot, behind=NUMBERS),
        Mutation("finalized, not processed", executor=read_processed, behind=NUMBERS),
        Mutation("the ring's id", by_number_alone),
        Mutation("an exception proves nothing", failed_by_exception, behind=NUMBERS),
        Mutation("outcome with its offset", executor=outcome_apart),
        Mutation("fence against zombies", world=no_fence),
        Mutation(NUMBERS, program="numbers", behind=DURABLE),
        Mutation(CAP, program="daily cap", behind=OWN_CAP),
        Mutation(OWN_CAP, cap_unknown, behind=CAP),
        Mutation("decisions with their position", worker=outputs_apart),
        Mutation("posted once", count_twice),
        Mutation("pending counts against limits", pending_is_free),
        Mutation("limits are asked for", limits_off),
        Mutation("a number is given once", number_again),
        Mutation("a movement's name is its own", name_again),
    )
}
