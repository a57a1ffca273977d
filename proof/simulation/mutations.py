"""The safeguards, each of which can be switched off in a simulated worker, to see that its absence shows."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import partial
from typing import Any

from confluent_kafka import TopicPartition

from proof.simulation.agents import TALLY
from proof.simulation.consumer import SimulatedConsumer
from proof.simulation.verify import Verdict
from proof.simulation.worker import Worker
from streams import shell
from streams.engine.batch import Batch
from streams.engine.parts import newest_version
from streams.engine.restore import ChangelogPartition, Restored, restore
from streams.engine.rounds import nothing_early
from streams.engine.transaction import Ends, Staged

Change = Callable[[Worker], None]


def exact_is_gone(verdict: Verdict, is_stopped: bool) -> bool:  # noqa: FBT001 - one of two findings
    """Whether anything at all is wrong, or the work stands still."""
    return is_stopped or not verdict.is_exact


def stale_is_restored(verdict: Verdict, _is_stopped: bool) -> bool:  # noqa: FBT001 - one of two findings
    """Whether a restore gives an older value than the changelog has."""
    return verdict.stale_restored > 0


def done_is_wrong(verdict: Verdict, is_stopped: bool) -> bool:  # noqa: FBT001 - one of two findings
    """Whether something is wrong though all is said to be done."""
    return not (is_stopped or verdict.is_exact)


def counts_twice(verdict: Verdict, _is_stopped: bool) -> bool:  # noqa: FBT001 - one of two findings
    """Whether the meter has counted something twice."""
    return verdict.metered_twice > 0


def tally_is_wrong(verdict: Verdict, _is_stopped: bool) -> bool:  # noqa: FBT001 - one of two findings
    """Whether the second agent of the chain has counted a repetition."""
    return verdict.tallied_twice > 0


@dataclass(frozen=True)
class Mutation:
    """A safeguard that is switched off, and what then has to show.

    With ``behind`` the safeguard is a second line: ``behind`` breaks the first one, and while the second
    is on the symptom must not show.
    """

    name: str
    off: Change
    shows: Callable[[Verdict, bool], bool] = exact_is_gone
    behind: Change | None = None
    restored: type[Restored] = Restored
    on_disk: bool = False
    skips: bool = False
    zombies: bool = False

    def mutate(self, worker: Worker) -> None:
        """Switch the safeguard off, and the first line before it."""
        self.break_first_line(worker)
        self.off(worker)

    def break_first_line(self, worker: Worker) -> None:
        """Leave the safeguard on and switch off what is in front of it."""
        if self.behind is not None:
            self.behind(worker)


# ---- the first line
def offsets_outside(worker: Worker) -> None:
    """Commit the source offsets in a step of their own, after the transaction."""
    commit = worker.rounds._commit  # noqa: SLF001 - replaced on purpose

    async def without(staged: Staged) -> Ends:
        ends = await commit(replace(staged, offsets=[]))
        worker.process.step("offsets follow")
        commit_offsets(worker, staged.offsets)
        return ends

    worker.rounds._commit = without  # noqa: SLF001 - replaced on purpose


def commit_offsets(worker: Worker, offsets: Any) -> None:  # noqa: ANN401 - a sequence of the client's
    """Commit offsets as a consumer does, outside any transaction."""
    committed = worker.process.world.broker.group.committed
    committed.update({(one.topic, one.partition): one.offset for one in offsets})


def offsets_first(worker: Worker) -> None:
    """Commit the source offsets in a step of their own, before the transaction."""
    commit = worker.rounds._commit  # noqa: SLF001 - replaced on purpose

    async def before(staged: Staged) -> Ends:
        commit_offsets(worker, staged.offsets)
        worker.process.step("offsets went ahead")
        return await commit(replace(staged, offsets=[]))

    worker.rounds._commit = before  # noqa: SLF001 - replaced on purpose


def state_first(worker: Worker) -> None:
    """Make the round's changes state before they are committed."""
    commit = worker.rounds._commit  # noqa: SLF001 - replaced on purpose

    async def after(staged: Staged) -> Ends:
        for change in worker.tables.changes():
            part = change.table.data.parts[change.partition]
            part.apply(change.rows, part.position, newest_version(change.rows.values()))
        return await commit(staged)

    worker.rounds._commit = after  # noqa: SLF001 - replaced on purpose


def outputs_outside(worker: Worker) -> None:
    """Send the outputs without the transaction, before it."""
    commit = worker.rounds._commit  # noqa: SLF001 - replaced on purpose

    async def apart(staged: Staged) -> Ends:
        broker = worker.process.world.broker
        for send in staged.sends:
            logs = broker.of(send.topic)
            logs[sum(send.key or b"") % len(logs)].append(send.key, send.value, send.headers)
        worker.process.step("outputs went ahead")
        return await commit(replace(staged, sends=[]))

    worker.rounds._early = nothing_early  # noqa: SLF001 - replaced on purpose
    worker.rounds._commit = apart  # noqa: SLF001 - replaced on purpose


def no_restore(worker: Worker) -> None:
    """Read a partition whose state was not restored."""

    def empty(_options: Any, starts: dict[ChangelogPartition, int]) -> dict[ChangelogPartition, Restored]:  # noqa: ANN401 - as the engine calls it
        return {where: Restored(start=start, end=start) for where, start in starts.items()}

    worker.tables.restore_with = empty


class Hasty(SimulatedConsumer):
    """A reader of changelogs that takes the last stable offset for the end."""

    def get_watermark_offsets(
        self,
        partition: TopicPartition,
        timeout: float = 0,  # noqa: ARG002 - the client's signature
        cached: bool = False,  # noqa: ARG002, FBT001, FBT002 - the client's signature
    ) -> tuple[int, int]:
        """Return where a partition begins and where its open transactions do."""
        self.process.step("watermarks")
        return 0, self.broker.logs[partition.topic, partition.partition].stable


def restore_in_haste(worker: Worker) -> None:
    """Restore without waiting for transactions that are still open."""
    worker.tables.restore_with = partial(restore, make=partial(Hasty, worker.process))


def no_links(worker: Worker) -> None:
    """Take any records, whether or not they follow those before."""
    links: Any = worker.rounds.links
    links.check = lambda _fetched: None


def anybody(worker: Worker) -> None:
    """Commit with the metadata of a non-member, which the broker accepts."""
    worker.membership.proof = lambda: worker.membership._nobody  # type: ignore[method-assign]  # noqa: SLF001 - replaced on purpose


def parts_sent_once(worker: Worker) -> None:
    """After an abort, leave out what was sent before it."""
    transactions = worker.transactions
    abort = transactions._abort  # noqa: SLF001 - replaced on purpose

    def forgetful() -> None:
        before = transactions._sent, transactions._written  # noqa: SLF001 - kept on purpose
        abort()
        transactions._sent, transactions._written = before  # noqa: SLF001 - kept on purpose

    transactions._abort = forgetful  # type: ignore[method-assign]  # noqa: SLF001 - replaced on purpose


# ---- the second line
class Credulous(Restored):
    """Takes any value, also one that is older than the one before it."""

    def take(self, key: bytes, value: bytes | None, headers: list[tuple[str, bytes]] | None) -> None:  # noqa: ARG002 - the engine's signature
        """Keep the last value."""
        self.records += 1
        self.rows[key] = value


def state_may_be_ahead(worker: Worker) -> None:
    """Process an offset that the state already follows from."""
    worker.tables.check_not_ahead = lambda _tp, _offset: None


def repetitions_count(worker: Worker) -> None:
    """Let the second agent of the chain count what it has seen before."""
    _, table = worker.agents[TALLY.topic]
    worker.agents[TALLY.topic] = Forgetful(TALLY), table


class Forgetful(shell.Shell):
    """A shell that has never seen anything."""

    def process(self, batch: Batch, get: shell.Get) -> shell.Processed:
        """Decide a batch, repetitions and all."""
        run: Any = shell._Run(self, batch, get)  # noqa: SLF001 - the part that is replaced
        run.is_repeated = lambda _record, _envelope: False
        return run.process()  # type: ignore[no-any-return]  # the shell's own


def nothing(_worker: Worker) -> None:
    """Leave all safeguards on."""


MUTATIONS = (
    Mutation("offsets outside the transaction", offsets_outside),
    Mutation("offsets before the transaction", offsets_first),
    Mutation("state before the commit", state_first, on_disk=True),
    Mutation("outputs outside the transaction", outputs_outside),
    Mutation("read before restore", no_restore),
    Mutation("open transactions not awaited", restore_in_haste, zombies=True),
    Mutation("link check", no_links, done_is_wrong, skips=True),
    Mutation("everything again after an abort", parts_sent_once),
    Mutation("group metadata of a non-member", anybody, zombies=True),
    Mutation("version refusal", nothing, stale_is_restored, behind=anybody, restored=Credulous, zombies=True),
    Mutation("state-ahead check", state_may_be_ahead, counts_twice, behind=offsets_outside),
    Mutation("seen check", repetitions_count, tally_is_wrong, behind=outputs_outside),
)
