"""What must hold of decisions, whatever happened: alerts, breakers, plans, budgets, and who was told."""

from __future__ import annotations

from collections import Counter, defaultdict
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

from domain.alerts import words
from domain.pacing.rows import DEFAULT_POLICY
from events.types import (
    AlertCleared,
    AlertRaised,
    BreakerMoved,
    EditObserved,
    PlanSet,
    SetBudget,
)
from headgate.demo.checks import EXAMPLES_MAX, Check

if TYPE_CHECKING:
    from collections.abc import Sequence

    from domain.alerts.words import Told
    from events.codec import Event
    from headgate.demo.ear import Heard
    from headgate.demo.orders import Order

# From closed it opens, and what was open is tried before it is closed.
MOVES: Final = frozenset(
    {("closed", "open"), ("open", "half_open"), ("half_open", "closed"), ("half_open", "open")}
)
LOUD: Final = frozenset({"high", "critical"})


@dataclass(slots=True)
class Decided:
    """The decisions of the log, in their order by account."""

    told: list[tuple[str, str, Told]] = field(default_factory=list)
    """The id, the subject and the fact of everything that people are told of."""
    plans: int = 0
    sure: int = 0
    """How many plans had history to be sure by."""
    wrong_plans: list[str] = field(default_factory=list)

    def take(self, event: Event) -> None:
        """Take a record of decisions."""
        fact, said = event.data, event.envelope
        if isinstance(fact, AlertRaised | AlertCleared | BreakerMoved | EditObserved):
            self.told.append((said.id, said.subject, fact))
        elif isinstance(fact, PlanSet):
            for plan in fact.plans:
                self.plans += 1
                self.sure += plan.confidence_permille is not None
                if sum(plan.hours_micros) != plan.budget_micros or min(plan.hours_micros, default=0) < 0:
                    self.wrong_plans.append(
                        f"{plan.campaign} {fact.day}: {sum(plan.hours_micros)} of {plan.budget_micros}"
                    )


def is_loud(fact: Told) -> bool:
    """Say whether the demo's receiver is told of a fact."""
    return not isinstance(fact, EditObserved) and words.severity(fact) in LOUD


def judge(decided: Decided, orders: Sequence[Order], heard: Sequence[Heard], refused: int) -> list[Check]:
    """Hold decisions to what they promise."""
    return [
        _plans(decided),
        _alerts(decided),
        _breakers(decided),
        _budgets(decided, orders),
        _told(decided, heard, refused),
    ]


def _plans(decided: Decided) -> Check:
    wrong = decided.wrong_plans
    told = f"{decided.plans:,}, each adds up to its day's target to the micro; {decided.sure:,} with history"
    if wrong or not decided.plans:
        told = f"{len(wrong):,} of {decided.plans:,} do not add up: {'; '.join(wrong[:EXAMPLES_MAX])}"
    return Check("plans_add_up", "plans", not wrong and decided.plans > 0, told)


def _alerts(decided: Decided) -> Check:
    """Find alerts that were not raised once an episode, or cleared though not raised."""
    episodes: dict[tuple[str, str, str], list[tuple[int, bool]]] = defaultdict(list)
    for _, subject, fact in decided.told:
        if isinstance(fact, AlertRaised | AlertCleared):
            raised = isinstance(fact, AlertRaised)
            episodes[subject, fact.campaign or "", fact.kind].append((fact.episode, raised))
    wrong = [where for where, said in episodes.items() if not _alternate(said)]
    raises = sum(raised for said in episodes.values() for _, raised in said)
    clears = sum(map(len, episodes.values())) - raises
    told = f"{raises:,} raised and {clears:,} cleared, each episode once"
    if wrong:
        told = f"{len(wrong):,} not in turn: {'; '.join(' '.join(one) for one in wrong[:EXAMPLES_MAX])}"
    return Check("alerts_once", "alerts", not wrong and raises > 0, told)


def _alternate(said: Sequence[tuple[int, bool]]) -> bool:
    return all(
        raised == (number % 2 == 0) and episode == number // 2 + 1
        for number, (episode, raised) in enumerate(said)
    )


def _breakers(decided: Decided) -> Check:
    now: dict[tuple[str, str], str] = {}
    wrong, opened, closed = [], 0, 0
    for _, subject, fact in decided.told:
        if isinstance(fact, BreakerMoved):
            where = (subject, fact.campaign)
            is_right = now.get(where, "closed") == fact.previous and (fact.previous, fact.state) in MOVES
            if not is_right:
                wrong.append(f"{fact.campaign} {now.get(where, 'closed')} to {fact.state}")
            now[where] = fact.state
            opened, closed = opened + (fact.state == "open"), closed + (fact.state == "closed")
    told = f"opened {opened} times, closed {closed} times, and never without a trial in between"
    if wrong:
        told = f"{len(wrong)} moves out of order: {'; '.join(wrong[:EXAMPLES_MAX])}"
    return Check("breakers_in_order", "breakers", not wrong, told)


def _budgets(decided: Decided, orders: Sequence[Order]) -> Check:
    """No more steps of a budget a day than the policy allows, and none against a person's budget."""
    most, most_seen = DEFAULT_POLICY.steer_edits_a_day_max, 0
    steps: Counter[tuple[str, str, int]] = Counter()
    wrong = []
    edits = [(subject, fact) for _, subject, fact in decided.told if isinstance(fact, EditObserved)]
    for order in orders:
        command = order.command
        if not isinstance(command, SetBudget):
            continue
        if order.outcome == "applied" and command.reason == "steering":
            # The command may be carried out until the account's day ends, which tells days apart.
            day = (order.subject, order.campaign, command.not_after_ms)
            steps[day] += 1
            most_seen = max(most_seen, steps[day])
        wrong += [
            f"{order.campaign} stepped against a person"
            for subject, edit in edits
            if (subject, edit.campaign) == (order.subject, order.campaign)
            and edit.as_of_ms <= command.decided_ms < edit.keeps_off_until_ms
            and command.reason == "steering"
        ]
    wrong += [f"{campaign}: {count} steps" for (_, campaign, _), count in steps.items() if count > most]
    told = f"{steps.total()} steps of budgets, {most_seen} of one campaign and day at most, of {most} allowed"
    return Check(
        "budgets_within_limits", "budgets", not wrong, told if not wrong else "; ".join(wrong[:EXAMPLES_MAX])
    )


def _told(decided: Decided, heard: Sequence[Heard], refused: int) -> Check:
    """Everything grave has reached the receiver, and nothing that is not in the log."""
    wanted = {id_ for id_, _, fact in decided.told if is_loud(fact)}
    came = {one.id for one in heard}
    lost, made_up = wanted - came, came - wanted
    told = f"{len(wanted)} grave ones delivered, every signature right; {len(heard) - len(came)} came twice"
    if lost or made_up or refused:
        told = (
            f"{len(lost)} of {len(wanted)} not delivered, {len(made_up)} of no fact, {refused} wrongly signed"
        )
    return Check("people_told", "webhooks", not (lost or made_up or refused) and bool(wanted), told)
