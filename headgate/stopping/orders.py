"""The facts by which a person orders a stop, or ends one: one for each account that it is about."""

from __future__ import annotations

import hashlib
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Final

from events.codec import Event
from events.envelope import Envelope, moment
from events.limits import NAME_CHARS_MAX, REASON_CHARS_MAX
from events.types import StopLifted, StopOrdered
from headgate.stopping.results import Order
from infra.errors import FixInput

if TYPE_CHECKING:
    from headgate.stopping.picture import Picture
    from headgate.stopping.targets import Target

SOURCE: Final = "headgate/stop"
DIGITS: Final = 6


def stop(target: Target, at_ms: int, reason: str, by: str) -> tuple[Order, list[Event]]:
    """Return an order to stand still, and its facts; the same order has the same ids."""
    check(reason, by)
    stop_id = _named(target, at_ms, reason, by)
    fact = StopOrdered(
        stop_id=stop_id, scope=target.scope, campaign=target.campaign, at_ms=at_ms, reason=reason, by=by
    )
    places = tuple((subject, target.campaign) for subject in target.subjects)
    return Order("stop", stop_id, at_ms, places), [_event(subject, fact) for subject in target.subjects]


def lift(picture: Picture, stop_id: str, at_ms: int, reason: str, by: str) -> tuple[Order, list[Event]]:
    """Return the end of a stop wherever it is in force, and its facts."""
    check(reason, by)
    held = picture.held_by(stop_id)
    if not held:
        raise FixInput(
            f"No stop {stop_id} is in force.", "`headgate stop list` shows those that are, with their names."
        )
    fact = StopLifted(stop_id=stop_id, at_ms=at_ms, reason=reason, by=by)
    places = tuple((subject, campaign or None) for subject, campaign in held)
    subjects = sorted({subject for subject, _ in held})
    return Order("lift", stop_id, at_ms, places), [_event(subject, fact) for subject in subjects]


def check(reason: str, by: str) -> None:
    """Refuse what the log would not take."""
    if not reason.strip() or len(reason) > REASON_CHARS_MAX or "\0" in reason:
        raise FixInput(
            "A stop has a reason, so that whoever finds it knows what it was for.",
            f'Give one of at most {REASON_CHARS_MAX} characters: --reason "wrong landing page".',
        )
    if not by or len(by) > NAME_CHARS_MAX or "\0" in by:
        raise FixInput(
            "A stop says who ordered it.", f"Give --by NAME, of at most {NAME_CHARS_MAX} characters."
        )


def _named(target: Target, at_ms: int, reason: str, by: str) -> str:
    """Name a stop by when and what, so that people can say it, and a repetition is the same one."""
    about = "\0".join((target.scope, *target.subjects, target.campaign or "", reason, by))
    when = datetime.fromtimestamp(at_ms // 1000, UTC).strftime("%Y%m%d-%H%M%S")
    return f"{when}-{hashlib.sha256(about.encode()).hexdigest()[:DIGITS]}"


def _event(subject: str, fact: StopOrdered | StopLifted) -> Event:
    about = hashlib.sha256(f"{fact.stop_id}\0{subject}".encode()).hexdigest()
    envelope = Envelope(
        id=f"{fact.TYPE}.{about}",
        type=fact.TYPE,
        version=fact.VERSION,
        source=SOURCE,
        subject=subject,
        time=moment(fact.at_ms),
    )
    return Event(envelope, fact)
