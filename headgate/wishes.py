"""Reads what a person wants of a campaign, in the words of a command line, into terms."""

from __future__ import annotations

from datetime import datetime
from difflib import get_close_matches
from typing import TYPE_CHECKING, Any, Final, get_args

import msgspec

from connectors.money import to_micros
from events.types import BudgetKind, Channel, Curve, Strategy, TermsSet
from infra.errors import FixInput

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

WEEK: Final = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
DAILY: Final = "daily"
HOURS: Final = 24
NOTHING: Final = "none"
ALL_HOURS: Final = 2**HOURS - 1
NAMES: Final[dict[str, str]] = {
    "budget": "month=3000, day=150, lifetime=9000, flight=5000, or platform",
    "channel": ", ".join(get_args(Channel)),
    "strategy": ", ".join(get_args(Strategy)),
    "curve": ", ".join(get_args(Curve)),
    "weights": "1,2,4,... of the custom curve, midnight first",
    "open": "mon-fri=8-20,sat=10-16, or 8-20 for every day",
    "from": "YYYY-MM-DD, the first day",
    "to": "YYYY-MM-DD, the last day",
    "starts": "a moment such as 2026-12-01T08:00+01:00",
    "ends": "a moment such as 2026-12-24T18:00+01:00",
    "rollover": "keep or drop",
    "floor": "an amount that a reallocation leaves it",
    "ceiling": "an amount that a reallocation does not exceed",
    "why": "a reason",
}


def following(before: TermsSet | None, campaign: str, currency: str, wishes: Mapping[str, str]) -> TermsSet:
    """Return the next version of a campaign's terms: as they are, but for what is wished otherwise."""
    kept: dict[str, Any] = {} if before is None else msgspec.to_builtins(before)
    version = 1 if before is None else before.terms_version + 1
    kept |= {"campaign": campaign, "currency": currency, "terms_version": version}
    for name, text in wishes.items():
        kept |= _READ[known(name)](name, text.strip())
    if kept.get("curve") != "custom":
        kept["curve_weights"] = []
    try:
        return msgspec.convert(kept, TermsSet)
    except (ValueError, msgspec.ValidationError) as error:
        raise FixInput(
            f"Such terms cannot be: {error}.", "`headgate terms show` says what holds; see --help."
        ) from error


def known(name: str) -> str:
    """Return the name of a wish; one that there is not is answered with those most like it."""
    if name in NAMES:
        return name
    near = get_close_matches(name, NAMES, n=3, cutoff=0.4) or list(NAMES)
    raise FixInput(f"There is no wish {name}.", f"Did you mean {', '.join(near)}?")


def pairs(given: Iterable[str]) -> dict[str, str]:
    """Take wishes apart that are written as NAME=VALUE."""
    found: dict[str, str] = {}
    for text in given:
        name, equals, value = text.partition("=")
        if not equals:
            raise FixInput(f"{text} wishes nothing.", "Say it as NAME=VALUE, such as budget=150.")
        found[name.strip()] = value
    return found


def open_hours(text: str) -> list[int]:
    """Read opening hours, such as ``mon-fri=8-20,sat=22-2``; days that are not named are closed."""
    masks = [0] * len(WEEK)
    for part in text.lower().replace(";", ",").split(","):
        days, equals, hours = part.strip().rpartition("=")
        for day in _days(days if equals else DAILY, text):
            masks[day] |= _hours(hours, text)
    return [] if masks == [ALL_HOURS] * len(WEEK) else masks


def said_hours(masks: Iterable[int]) -> str:
    """Say opening hours as they are written, days that are alike together."""
    found: dict[int, list[str]] = {}
    for day, mask in zip(WEEK, masks, strict=True):
        if mask:
            found.setdefault(mask, []).append(day)
    told = [
        f"{','.join(days) if len(days) < len(WEEK) else DAILY}={_said_mask(mask)}"
        for mask, days in found.items()
    ]
    return " ".join(told)


def _budget(_name: str, text: str) -> dict[str, Any]:
    kind, equals, amount = text.partition("=")
    if kind == "platform":
        return {"budget": "platform", "amount_micros": None}
    # A bare number is for the day: that is what is asked for most.
    kind, amount = (kind, amount) if equals else ("day", text)
    if kind not in get_args(BudgetKind):
        raise FixInput(f"A budget is not for a {kind}.", f"Say one of: {NAMES['budget']}.")
    return {"budget": kind, "amount_micros": _micros(amount, "budget")}


def _choice(name: str, text: str) -> dict[str, Any]:
    if text == NOTHING:
        return {name: None}
    values = get_args({"channel": Channel, "strategy": Strategy, "curve": Curve}[name])
    found = next((one for one in values if one.lower() == text.lower().replace("-", "_")), None)
    if found is None:
        raise FixInput(f"There is no {name} {text}.", f"Say one of: {NAMES[name]}, or none.")
    return {name: found}


def _weights(_name: str, text: str) -> dict[str, Any]:
    try:
        return {"curve": "custom", "curve_weights": [int(one) for one in text.split(",")]}
    except ValueError as error:
        raise FixInput(f"{text} are no weights.", "Give whole numbers: 1,2,4,2.") from error


def _open(_name: str, text: str) -> dict[str, Any]:
    return {"open_hours": [] if text in {NOTHING, "all"} else open_hours(text)}


def _day(name: str, text: str) -> dict[str, Any]:
    return {"first_day" if name == "from" else "last_day": None if text == NOTHING else text}


def _moment(name: str, text: str) -> dict[str, Any]:
    field = "start_ms" if name == "starts" else "end_ms"
    if text == NOTHING:
        return {field: None}
    try:
        moment = datetime.fromisoformat(text)
    except ValueError as error:
        raise FixInput(f"{text} is no moment.", f"Say {NAMES[name]}.") from error
    if moment.tzinfo is None:
        raise FixInput(f"{text} names no time zone.", f"Say {NAMES[name]}.")
    return {field: int(moment.timestamp()) * 1_000}


def _amount(name: str, text: str) -> dict[str, Any]:
    return {f"{name}_micros": None if text == NOTHING else _micros(text, name)}


def _micros(text: str, what: str) -> int:
    try:
        return to_micros(text.strip())
    except ValueError as error:
        raise FixInput(f"The {what} {error}.", "Give an amount such as 150 or 19.99.") from error


def _days(text: str, whole: str) -> list[int]:
    if text == DAILY:
        return list(range(len(WEEK)))
    first, _, last = text.strip().partition("-")
    if first not in WEEK or (last and last not in WEEK):
        raise FixInput(f"{whole} names no weekday where it should.", f"Say {NAMES['open']}.")
    begin, end = WEEK.index(first), WEEK.index(last or first)
    return [(begin + step) % len(WEEK) for step in range((end - begin) % len(WEEK) + 1)]


def _hours(text: str, whole: str) -> int:
    first, _, last = text.strip().partition("-")
    if not (first.isdigit() and last.isdigit() and int(first) < HOURS and 0 < int(last) <= HOURS):
        raise FixInput(f"{whole} names no hours where it should.", f"Say {NAMES['open']}.")
    begin, end = int(first), int(last)
    # Hours that pass midnight stay on the day that they are named for.
    hours = range(begin, end) if begin < end else (*range(begin, HOURS), *range(end))
    return sum(1 << hour for hour in hours)


def _said_mask(mask: int) -> str:
    hours = [hour for hour in range(HOURS) if mask >> hour & 1]
    begins = [hour for hour in hours if hour - 1 not in hours]
    ends = [hour + 1 for hour in hours if hour + 1 not in hours]
    return ",".join(f"{begin}-{end}" for begin, end in zip(begins, ends, strict=True))


_READ: Final[dict[str, Callable[[str, str], dict[str, Any]]]] = {
    "budget": _budget,
    "channel": _choice,
    "strategy": _choice,
    "curve": _choice,
    "weights": _weights,
    "open": _open,
    "from": _day,
    "to": _day,
    "starts": _moment,
    "ends": _moment,
    "rollover": lambda _name, text: {"rollover": text},
    "floor": _amount,
    "ceiling": _amount,
    "why": lambda _name, text: {"why": text},
}
