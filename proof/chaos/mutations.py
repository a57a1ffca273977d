"""Safeguards switched off, one a function, by replacing the engine's own in this process alone."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from typing import Any, Final

from confluent_kafka import Producer
from faust.types import TP

from proof.chaos.steps import Steps, swap
from streams import shell
from streams.engine import restore, tables
from streams.engine.consumer import RoundConsumer
from streams.engine.membership import Membership
from streams.engine.parts import newest_version
from streams.engine.restore import Restored
from streams.engine.rounds import Fetched, Links, Rounds
from streams.engine.tables import Tables
from streams.engine.transaction import ChangelogWrite, Ends, Send, Staged, Transactions
from streams.engine.values import VERSION_BYTES, VERSION_HEADER, deletion_version, prefix

SKIP_CHANCE = 0.25
SKIPS_FIRST_ROUND = 2
FLUSH_SECONDS = 10.0


def nothing_early(_self: Transactions, _sends: Sequence[Send], _changes: Sequence[ChangelogWrite]) -> None:
    """Leave everything to the commit, which is what is mutated."""


def offsets_outside_transaction(steps: Steps) -> None:
    """Commit the source offsets by a call of their own, after the transaction."""
    commit = RoundConsumer._commit  # noqa: SLF001 - the safeguard under test

    async def mutated(self: RoundConsumer, staged: Staged) -> Ends:
        ends = await commit(self, replace(staged, offsets=()))
        offsets = list(staged.offsets)

        def afterwards() -> None:
            steps.linger()
            self.membership.consumer.commit(offsets=offsets, asynchronous=False)

        if offsets:
            await self._on_thread(afterwards)
        return ends

    swap(RoundConsumer, "_commit", mutated)


def outputs_outside_transaction(steps: Steps) -> None:
    """Send the outputs by a producer of their own, before the transaction."""
    attempt = Transactions._attempt  # noqa: SLF001 - the safeguard under test
    plain: list[Producer] = []

    def mutated(self: Transactions, staged: Staged, membership: bytes) -> Ends:
        if not plain:
            plain.append(Producer({**self.options.kafka, "linger.ms": 0, "partitioner": "murmur2_random"}))
        for send in staged.sends:
            plain[0].produce(
                send.topic, send.value, send.key, send.partition, headers=list(send.headers or ())
            )
        plain[0].flush(FLUSH_SECONDS)
        steps.linger()
        return attempt(self, replace(staged, sends=()), membership)

    swap(Transactions, "early", nothing_early)
    swap(Transactions, "_attempt", mutated)


def changelog_outside_transaction(steps: Steps) -> None:
    """Write the tables' changes by a producer of their own, before the transaction."""
    attempt = Transactions._attempt  # noqa: SLF001 - the safeguard under test
    plain: list[Producer] = []

    def mutated(self: Transactions, staged: Staged, membership: bytes) -> Ends:
        steps.at("begin")
        if not plain:
            plain.append(Producer({**self.options.kafka, "linger.ms": 0}))
        ends: Ends = {}

        def landed(_error: object, message: Any) -> None:  # noqa: ANN401 - the client's message
            ends[message.topic(), message.partition()] = message.offset()

        for change in staged.changes:
            for key, value in change.rows.items():
                headers = [] if value is not None else [(VERSION_HEADER, prefix(change.version))]
                plain[0].produce(
                    change.topic, value, key, change.partition, headers=[*headers], on_delivery=landed
                )
        plain[0].flush(FLUSH_SECONDS)
        return {**ends, **attempt(self, replace(staged, changes=()), membership)}

    swap(Transactions, "early", nothing_early)
    swap(Transactions, "_attempt", mutated)


def state_before_commit(steps: Steps) -> None:
    """Make the changes state before their transaction is committed."""
    commit = RoundConsumer._commit  # noqa: SLF001 - the safeguard under test

    async def mutated(self: RoundConsumer, staged: Staged) -> Ends:
        for change in self.app.tables.changes():
            part = change.table.data.parts[change.partition]
            part.apply(dict(change.rows), part.position, newest_version(change.rows.values()))
        steps.linger()
        return await commit(self, staged)

    swap(RoundConsumer, "_commit", mutated)


def read_before_restore(_steps: Steps) -> None:
    """Read a partition before its state is there."""

    def mutated(self: Tables, owned: Sequence[TP], changelog_ids: Mapping[str, str]) -> int:
        for tp in owned:
            for table in self.of(tp.topic):
                table.data.open(tp.partition, changelog_ids.get(table.changelog_topic_name, ""))
        return 0

    swap(Tables, "restore", mutated)


def inject_skip(steps: Steps) -> None:
    """Lose what was fetched of a partition now and then; no safeguard, but what the link check is for."""
    run, rounds_done = Rounds.run, [0]

    async def mutated(self: Rounds, fetched: Sequence[Fetched]) -> None:
        rounds_done[0] += 1
        kept = [one for one in fetched if steps.random.random() > SKIP_CHANCE]
        may_skip = steps.pause_seconds_max and rounds_done[0] > SKIPS_FIRST_ROUND
        await run(self, kept if may_skip else fetched)

    swap(Rounds, "run", mutated)


def link_check_off(_steps: Steps) -> None:
    """Do not look whether a record follows the one before."""
    swap(Links, "check", _nothing)


def non_member_metadata(_steps: Steps) -> None:
    """Commit offsets as nobody in particular."""
    swap(Membership, "proof", lambda self: self._nobody)


def proof_check_off(_steps: Steps) -> None:
    """Commit offsets as whoever the client thinks we are by now."""

    def mutated(self: Membership) -> bytes:
        now: bytes = self.consumer.consumer_group_metadata()
        return now

    swap(Membership, "proof", mutated)


def version_refusal_off(_steps: Steps) -> None:
    """Take the last value of a changelog, whatever its version."""

    def take(
        self: Restored, key: bytes, value: bytes | None, headers: list[tuple[str, bytes]] | None
    ) -> None:
        version = value[:VERSION_BYTES] if value is not None else deletion_version(headers)
        self.records += 1
        self.rows[key] = value
        if version is not None:
            self.versions[key] = version

    swap(restore.Restored, "take", take)
    swap(tables, "_older", _nothing)


def state_ahead_check_off(_steps: Steps) -> None:
    """Process records that the state already follows from."""
    swap(Tables, "check_not_ahead", _nothing)


def seen_check_off(_steps: Steps) -> None:
    """Take an output of ours again that came before."""
    is_repeated = shell._Run.is_repeated  # noqa: SLF001 - the safeguard under test

    def mutated(self: Any, record: Any, envelope: Any) -> bool:  # noqa: ANN401 - passed on
        is_repeated(self, record, envelope)
        return False

    swap(shell._Run, "is_repeated", mutated)  # noqa: SLF001


def _nothing(*_args: object) -> None:
    """Check nothing."""


ALL: Final[dict[str, Callable[[Steps], None]]] = {
    function.__name__.replace("_", "-"): function
    for function in (
        offsets_outside_transaction,
        outputs_outside_transaction,
        changelog_outside_transaction,
        state_before_commit,
        read_before_restore,
        inject_skip,
        link_check_off,
        non_member_metadata,
        proof_check_off,
        version_refusal_off,
        state_ahead_check_off,
        seen_check_off,
    )
}
