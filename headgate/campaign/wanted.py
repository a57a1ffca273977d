"""Says what a person wants of a campaign."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING, Final

from headgate import wishes
from headgate.meters import amount

if TYPE_CHECKING:
    from collections.abc import Iterator

    from events.types import TermsSet

KINDS: Final = {"day": "a day", "month": "a month"}


def in_words(terms: TermsSet) -> str:
    """Say terms in a sentence."""
    return "; ".join([_budget(terms), *_hours(terms), *_limits(terms)]) + (
        f" ({terms.why})" if terms.why else ""
    )


def _budget(terms: TermsSet) -> str:
    if terms.amount_micros is None:
        return "the daily budget of its platform"
    days = ""
    if terms.first_day or terms.last_day:
        days = f" from {terms.first_day or 'now'} to {terms.last_day or 'an open end'}"
    kind = KINDS.get(terms.budget, f"for its {terms.budget}")
    lost = "; what a day leaves is lost" if terms.rollover == "drop" else ""
    return f"{amount(terms.amount_micros)} {terms.currency} {kind}{days}{lost}"


def _hours(terms: TermsSet) -> Iterator[str]:
    if terms.curve or terms.strategy:
        yield f"its day as a {terms.curve} curve" if terms.curve else f"planned by {terms.strategy}"
    if terms.open_hours:
        yield f"open {wishes.said_hours(terms.open_hours)}"
    for word, moment_ms in (("from", terms.start_ms), ("until", terms.end_ms)):
        if moment_ms is not None:
            yield f"{word} {datetime.fromtimestamp(moment_ms // 1_000, UTC):%Y-%m-%d %H:%M} UTC"


def _limits(terms: TermsSet) -> Iterator[str]:
    if terms.channel:
        yield f"on {terms.channel}"
    for word, micros in (("at least", terms.floor_micros), ("at most", terms.ceiling_micros)):
        if micros is not None:
            yield f"{word} {amount(micros)} a day when budgets move"
