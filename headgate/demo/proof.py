"""The demo's proof: what lies in the log against what was sent, and against a second deciding of it all."""

from __future__ import annotations

import time
from dataclasses import dataclass
from itertools import pairwise
from typing import TYPE_CHECKING, Any

from events import topics
from events.dead_letters import unpark
from headgate.demo.durable import DurableSpend
from headgate.demo.ledger import Parked
from headgate.demo.view import sum_of
from streams import dead_letters, reading
from streams.agents.account import ACCOUNT
from streams.replay import Replay
from streams.worker import GROUP

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from headgate.demo.killing import Kill
    from headgate.demo.ledger import Ledger
    from streams.engine.options import KafkaConf
    from streams.replay import Compared, Replayed

CHANGELOG = topics.changelog_name(GROUP, ACCOUNT.table)
EXAMPLES_MAX = 3


@dataclass(frozen=True, slots=True)
class Check:
    """One invariant: whether it holds, and the finding in words."""

    name: str
    title: str
    ok: bool
    told: str


@dataclass(frozen=True, slots=True)
class Found:
    """What lies in the log after the run."""

    spend: DurableSpend
    parked: list[Parked]
    replayed: Replayed
    committed: dict[int, int]
    replay_ms: int
    """How long the deciding alone took."""


def gather(conf: KafkaConf, tell: Callable[[str], None]) -> Found:
    """Read the log from its beginning and decide it again."""
    tell("reading the spend that is durable")
    spend = DurableSpend()
    for message in reading.read(conf, CHANGELOG):
        key: Any = message.key()
        value: Any = message.value()
        spend.take(key, value)
    tell("reading the dead letters")
    parked = [
        Parked(letter.origin.reason, letter.key, letter.value, tuple(unpark(letter.headers)))
        for letter in dead_letters.letters(conf)
    ]
    replay = Replay(conf, ACCOUNT, group=GROUP, changelog=CHANGELOG)
    begun = time.monotonic_ns()
    replay.decide(_every_tenth(lambda done, whole: tell(f"deciding again: {done:,} of {whole:,} records")))
    replay_ms = (time.monotonic_ns() - begun) // 1_000_000
    tell("comparing every row")
    replay.compare_state()
    tell("comparing every fact")
    replay.compare_outputs()
    committed = reading.committed_offsets(conf, GROUP, ACCOUNT.topic)
    return Found(spend, parked, replay.result, committed, replay_ms)


def _every_tenth(tell: Callable[[int, int], None]) -> Callable[[int, int], None]:
    told = -1

    def progress(done: int, whole: int) -> None:
        nonlocal told
        if (tenths := done * 10 // max(whole, 1)) > told:
            told = tenths
            tell(done, whole)

    return progress


def judge(ledger: Ledger, ends: Mapping[int, int], found: Found) -> list[Check]:
    """Compare what was found with what was sent."""
    outputs = found.replayed.outputs
    return [
        _spend(ledger, found.spend),
        _committed(ends, found.committed),
        Check(
            "state_as_replayed",
            "state",
            found.replayed.state.exact,
            _compared(found.replayed.state, "rows as a replay of the log decides them, byte for byte"),
        ),
        Check(
            "outputs_as_replayed",
            "outputs",
            outputs.exact,
            _compared(outputs, "facts and dead letters as replayed, byte for byte"),
        ),
        Check(
            "outputs_once",
            "once",
            not outputs.repeated,
            f"{outputs.repeated:,} ids stand in the log more than once"
            if outputs.repeated
            else f"each of the {outputs.expected:,} ids stands in the log once",
        ),
        _parked(ledger, found.parked),
    ]


def judge_run(kills: list[Kill], *, planned: int, drained: bool) -> list[Check]:
    """Say whether the workers were killed as planned, and ended in order when they were asked to."""
    in_round = sum(kill.open_partitions > 0 for kill in kills)
    again = sum(kill.while_restarting for kill in kills)
    done = f"{len(kills)} of {planned}: {in_round} in the middle of a round, {again} while restarting"
    return [
        Check("kills_done", "kills", len(kills) == planned, done),
        Check(
            "drained",
            "drain",
            drained,
            "the workers ended by themselves when asked" if drained else "a worker did not end when asked",
        ),
    ]


def silences_ms(commits: Mapping[int, list[int]], kills: list[Kill]) -> list[int]:
    """Return, for each kill, the longest time that a partition was not written to while it was overcome."""
    return [
        max(
            (
                after - before
                for moments in commits.values()
                for before, after in pairwise(moments)
                if before <= (kill.back_ms or kill.at_ms) and after >= kill.at_ms
            ),
            default=0,
        )
        for kill in kills
    ]


def _spend(ledger: Ledger, found: DurableSpend) -> Check:
    sent = {where: micros for where, micros in ledger.spend.items() if micros}
    counted = {where: micros for where, micros in found.spend.items() if micros}
    wrong = sorted(where for where in sent.keys() | counted.keys() if sent.get(where) != counted.get(where))
    if not wrong:
        sums = " and ".join(f"{name} {sum_of(micros)}" for name, micros in sorted(ledger.totals.items()))
        told = f"{len(sent):,} campaign days as sent, to the micro: {sums}"
    else:
        examples = "; ".join(
            f"{' '.join(where)}: {sent.get(where, 0)} sent, {counted.get(where, 0)} counted"
            for where in wrong[:EXAMPLES_MAX]
        )
        told = f"{len(wrong):,} of {len(sent):,} campaign days differ: {examples}"
    return Check("spend_as_sent", "spend", not wrong, told)


def _committed(ends: Mapping[int, int], committed: Mapping[int, int]) -> Check:
    missing = sum(ends.values()) - sum(committed.get(partition, 0) for partition in ends)
    ok = all(committed.get(partition, 0) == end for partition, end in ends.items())
    told = f"all {sum(ends.values()):,} records sent are committed"
    return Check("all_committed", "input", ok, told if ok else f"{missing:,} records sent are not committed")


def _compared(compared: Compared, expected: str) -> str:
    if compared.exact:
        return f"{compared.expected:,} {expected}"
    return (
        f"of {compared.expected:,}, {compared.missing:,} missing, {compared.different:,} different, "
        f"{compared.unexpected:,} unexpected: {'; '.join(compared.examples[:EXAMPLES_MAX])}"
    )


def _parked(ledger: Ledger, found: list[Parked]) -> Check:
    sent, left = ledger.parked.copy(), []
    for letter in found:
        if sent[letter] > 0:
            sent[letter] -= 1
        else:
            left.append(letter.reason)
    missing = [letter.reason for letter in sent.elements()]
    ok = not left and not missing
    told = f"the {ledger.parked.total()} unreadable records sent, whole, and no others"
    wrong = (
        f"missing: {', '.join(missing) or 'none'}; not expected: {', '.join(left[:EXAMPLES_MAX]) or 'none'}"
    )
    return Check("dead_letters_exact", "dead letters", ok, told if ok else wrong)
