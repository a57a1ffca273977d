"""What a client's budgets would better be: entries, the moves between them, and the terms they come to."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import msgspec
from msgspec.structs import replace

from domain.allocation.model import Entry, Move, Rules
from domain.allocation.moving import budgets, reallocate
from events.codec import Event
from events.envelope import Envelope, moment
from events.limits import REASON_CHARS_MAX
from events.types import TermsSet

if TYPE_CHECKING:
    from collections.abc import Sequence

    from headgate.reallocation.known import Holding, Week

SOURCE: Final = "headgate/reallocate"
MOVABLE: Final = frozenset({"platform", "day"})


class Proposal(msgspec.Struct, frozen=True):
    """What could be moved, what is proposed, and what was left out and why."""

    entries: list[Entry]
    moves: tuple[Move, ...]
    left_out: dict[str, str]


def propose(weeks: Sequence[Week], holding: Holding, rules: Rules) -> Proposal:
    """Return the moves that are worth making between the campaigns of one client."""
    entries: list[Entry] = []
    left_out: dict[str, str] = {}
    for week in weeks:
        why = _unmovable(week, holding)
        if why:
            left_out[week.place] = why
        else:
            entries.append(_entry(week, holding))
    return Proposal(entries, reallocate(entries, rules), left_out)


def _unmovable(week: Week, holding: Holding) -> str:
    """Say why a campaign's budget is left as it is; nothing if it may be moved."""
    terms = holding.terms.get(week.place)
    if not week.runs:
        return "paused by a person"
    if week.subject not in holding.currencies or not holding.targets.get(week.place):
        return "no daily target"
    if terms is not None and terms.budget not in MOVABLE:
        return f"its budget is for its {terms.budget}"
    return ""


def _entry(week: Week, holding: Holding) -> Entry:
    terms = holding.terms.get(week.place)
    due_micros = week.due_micros // week.days
    return Entry(
        name=week.place,
        currency=holding.currencies[week.subject],
        budget_micros=holding.targets[week.place],
        due_micros=due_micros,
        unused_micros=max(0, due_micros - week.used_micros // week.days),
        spend_micros=week.spend_micros,
        conversions=week.conversions,
        floor_micros=0 if terms is None or terms.floor_micros is None else terms.floor_micros,
        ceiling_micros=None if terms is None else terms.ceiling_micros,
    )


def terms(proposal: Proposal, holding: Holding, why: str, at_ms: int) -> list[Event]:
    """Return the facts that put a proposal into force: the next terms of each campaign that it changes."""
    after = budgets(proposal.entries, proposal.moves)
    changed = [entry for entry in proposal.entries if after[entry.name] != entry.budget_micros]
    return [
        _event(entry.name.split("\0")[0], f"reallocate.{at_ms}.{number}", fact, at_ms)
        for number, entry in enumerate(changed)
        for fact in [_terms(entry, after[entry.name], holding, why)]
    ]


def _terms(entry: Entry, budget_micros: int, holding: Holding, why: str) -> TermsSet:
    campaign, known = entry.name.split("\0")[1], holding.terms.get(entry.name)
    first = TermsSet(campaign, 1, entry.currency, budget="day", amount_micros=budget_micros)
    wanted = first if known is None else replace(known, terms_version=known.terms_version + 1)
    return replace(wanted, budget="day", amount_micros=budget_micros, why=why[:REASON_CHARS_MAX])


def _event(subject: str, id_: str, fact: TermsSet, at_ms: int) -> Event:
    envelope = Envelope(
        id=id_,
        type=TermsSet.TYPE,
        version=TermsSet.VERSION,
        source=SOURCE,
        subject=subject,
        time=moment(at_ms),
    )
    return Event(envelope, fact)
