"""The demo's proof: log and ClickHouse against what the platform answered, and against a second deciding."""

from __future__ import annotations

from collections import Counter, defaultdict
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from events.types import SetBudget
from headgate.demo import money_proof, rules
from headgate.demo.checks import EXAMPLES_MAX, Check
from headgate.meters import amount

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from headgate.demo.ear import Heard
    from headgate.demo.money_proof import MoneyFound
    from headgate.demo.orders import Order
    from headgate.demo.world import Write
    from streams.replay import Compared, Replayed

Cell = tuple[str, str, str, int]
"""Subject, campaign, day, hour of the day."""
Micros = dict[Cell, int]


@dataclass(frozen=True, slots=True)
class Found:
    """What was found after the run, each by its own way."""

    reported: Micros
    """What the platform has answered."""
    decided: Micros
    """What the agent's table holds."""
    projected: Micros
    """What ClickHouse says."""
    writes: Sequence[Write]
    """What was done on the platform, by whom."""
    orders: Sequence[Order]
    """The commands of the log."""
    parked: Sequence[str]
    replayed: Replayed
    money: MoneyFound
    treasury: Replayed
    """The treasury agent's log, decided again."""
    decided_facts: rules.Decided = field(default_factory=rules.Decided)
    """What the agent told readers."""
    heard: Sequence[Heard] = ()
    """What has reached the receiver of webhooks, rightly signed."""
    refused: int = 0
    """How many messages came with a wrong signature."""
    currencies: Mapping[str, str] = field(default_factory=dict)
    """By subject."""


def judge(found: Found) -> list[Check]:
    """Hold what was found against each other."""
    outputs, state = found.replayed.outputs, found.replayed.state
    return [
        _spend("spend_decided", "spend, decided", found.decided, found),
        _spend("spend_projected", "spend, ClickHouse", found.projected, found),
        _decided(found.orders),
        _applied_once(found),
        _respected(found.writes),
        *rules.judge(found.decided_facts, found.orders, found.heard, found.refused),
        *money_proof.judge(found.money),
        Check(
            "dead_letters_empty",
            "dead letters",
            not found.parked,
            "none"
            if not found.parked
            else f"{len(found.parked):,}: {', '.join(found.parked[:EXAMPLES_MAX])}",
        ),
        Check(
            "state_as_replayed",
            "state",
            state.exact,
            compared(state, "rows as a replay of the log decides them, byte for byte"),
        ),
        Check(
            "outputs_as_replayed",
            "decisions",
            outputs.exact,
            compared(outputs, "facts and commands as replayed, byte for byte"),
        ),
        Check(
            "outputs_once",
            "once",
            not outputs.repeated,
            f"{outputs.repeated:,} ids stand in the log more than once"
            if outputs.repeated
            else f"each of the {outputs.expected:,} ids stands in the log once",
        ),
        _treasury(found.treasury),
    ]


def _treasury(replayed: Replayed) -> Check:
    rows, sent = replayed.state, replayed.outputs
    told = f"{rows.expected:,} rows and {sent.expected:,} decisions as replayed, byte for byte"
    if not replayed.exact:
        told = f"{compared(rows, 'rows')}; {compared(sent, 'decisions')}"
    return Check("treasury_as_replayed", "treasury", replayed.exact and not sent.repeated, told)


def judge_run(*, open_scenes: Sequence[str], scenes: int, kills: int, late: Sequence[str]) -> list[Check]:
    """Say whether all the trouble came to its end, and the roles ended in order when they were asked to."""
    ended = "each role ended by itself when asked" if not late else f"did not end: {', '.join(late)}"
    told = f"{scenes} scenes, {kills} kill -9 among them, each came to its end"
    if open_scenes:
        told = f"did not come to its end: {', '.join(open_scenes)}"
    return [
        Check("trouble_overcome", "trouble", not open_scenes, told),
        Check("drained", "drain", not late, ended),
    ]


def _spend(name: str, title: str, counted: Micros, found: Found) -> Check:
    said = {cell: micros for cell, micros in found.reported.items() if micros}
    here = {cell: micros for cell, micros in counted.items() if micros}
    wrong = sorted(cell for cell in said.keys() | here.keys() if said.get(cell) != here.get(cell))
    if not wrong:
        sums: Counter[str] = Counter()
        for (subject, *_), micros in said.items():
            sums[found.currencies.get(subject, "")] += micros
        total = ", ".join(f"{currency} {amount(micros)}" for currency, micros in sorted(sums.items()))
        told = f"{len(said):,} campaign hours as the platform said: {total}"
    else:
        examples = "; ".join(
            f"{' '.join(map(str, cell))}: {said.get(cell, 0)} said, {here.get(cell, 0)} counted"
            for cell in wrong[:EXAMPLES_MAX]
        )
        told = f"{len(wrong):,} of {len(said):,} campaign hours differ: {examples}"
    return Check(name, title, not wrong and bool(said), told)


def _decided(orders: Sequence[Order]) -> Check:
    odd = [f"{order.action} {order.campaign}: {order.outcomes}" for order in orders if order.outcomes != 1]
    results = Counter(order.outcome for order in orders)
    told = ", ".join(f"{count} {outcome}" for outcome, count in results.most_common())
    return Check(
        "commands_decided",
        "commands",
        not odd,
        f"{len(orders)}, each with one outcome: {told or 'none'}"
        if not odd
        else f"{len(odd)} without one outcome: {'; '.join(odd[:EXAMPLES_MAX])}",
    )


def _applied_once(found: Found) -> Check:
    """Hold each campaign's writes by us against its applied commands, in order."""
    done, wanted = defaultdict(list), defaultdict(list)
    for write in found.writes:
        if write.who == "api":
            done[write.subject, write.campaign].append(write.after)
    for order in sorted(found.orders, key=lambda one: one.order):
        if order.outcome == "applied":
            wanted[order.subject, order.campaign].append(wished(order))
    wrong = sorted(where for where in done.keys() | wanted.keys() if done[where] != wanted[where])
    count = sum(map(len, wanted.values()))
    examples = "; ".join(
        f"{' '.join(where)}: {wanted[where]} commanded, {done[where]} done" for where in wrong[:EXAMPLES_MAX]
    )
    told = f"the platform's journal has each of {count} applied commands once, in order"
    return Check("commands_applied_once", "effects", not wrong, told if not wrong else examples)


def wished(order: Order) -> str:
    """Return how the platform says that it is as a command wanted it."""
    if isinstance(order.command, SetBudget):
        return str(order.command.to_micros)
    return "paused" if order.action == "pause" else "enabled"


def _respected(writes: Iterable[Write]) -> Check:
    """No write of ours may undo a person's: we resume only what we paused, and keep off an edit for a day."""
    edits, overwritten = 0, []
    newest: dict[tuple[str, str, str], Write] = {}
    for write in writes:
        where = (write.subject, write.campaign, write.what)
        before = newest.get(where)
        if write.who == "person":
            edits += 1
        elif before is not None and before.who == "person" and write.at_ms < before.keep_off_until_ms:
            overwritten.append(f"{write.campaign} {before.after} by a person, {write.after} by us")
        elif (
            write.what == "status" and write.after == "enabled" and (before is None or before.who == "person")
        ):
            overwritten.append(f"{write.campaign} enabled by us, and not paused by us")
        newest[where] = write
    told = (
        f"{edits} by people, none overwritten" if not overwritten else "; ".join(overwritten[:EXAMPLES_MAX])
    )
    return Check("edits_respected", "edits", not overwritten, told)


def compared(found: Compared, expected: str) -> str:
    """Say how a replay stands to what was recorded."""
    if found.exact:
        return f"{found.expected:,} {expected}"
    return (
        f"of {found.expected:,}, {found.missing:,} missing, {found.different:,} different, "
        f"{found.unexpected:,} unexpected: {'; '.join(found.examples[:EXAMPLES_MAX])}"
    )
