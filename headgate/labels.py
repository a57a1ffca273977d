"""How accounts are called: by client and city, which people can tell apart, instead of by number."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable


def labels(accounts: Iterable[tuple[str, str]]) -> dict[str, str]:
    """Return a label for each subject with its time zone; twins get as much of their number as they need."""
    told = {subject: f"{subject.partition('/')[0]} {city(zone)}" for subject, zone in accounts}
    return {subject: _apart(subject, told) for subject in told}


def city(time_zone: str) -> str:
    """Return the city that a time zone is named after."""
    return time_zone.rpartition("/")[2].replace("_", " ")


def _apart(subject: str, told: dict[str, str]) -> str:
    twins = [one for one in told if told[one] == told[subject] and one != subject]
    if not twins:
        return told[subject]
    number = subject.rpartition("/")[2]
    digits = next(
        (n for n in range(1, len(number)) if all(not twin.endswith(number[-n:]) for twin in twins)),
        len(number),
    )
    return f"{told[subject]} {number[-digits:]}"
