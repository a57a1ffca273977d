"""What came of a stop, or of its end, for each campaign: from the guard's rows and the outcomes; pure."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal, assert_never

from msgspec import Struct

from domain.guard.rows import FREE, PAUSED, PAUSING, RESUMING
from events.types import CommandApplied, CommandFailed, CommandSuperseded

if TYPE_CHECKING:
    from collections.abc import Mapping

    from domain.guard.rows import GuardRow
    from headgate.stopping.picture import Picture, Place

Outcome = CommandApplied | CommandFailed | CommandSuperseded
Came = Literal["stopped", "stood-still", "runs", "stays-paused", "refused", "under-way", "unheard"]
Wish = Literal["stop", "lift"]


class Order(Struct, frozen=True):
    """What a person wants, and of whom."""

    wish: Wish
    stop_id: str
    at_ms: int
    places: tuple[tuple[str, str | None], ...]
    """Accounts, each with a campaign or None for all of them."""


class Result(Struct, frozen=True):
    """What came of it for one campaign."""

    subject: str
    campaign: str
    came: Came
    detail: str = ""
    ms: int | None = None
    """How long it took, if it was our command that did it."""

    @property
    def is_done(self) -> bool:
        """Whether it is as it was wanted."""
        return self.came in {"stopped", "stood-still", "runs", "stays-paused"}

    @property
    def is_final(self) -> bool:
        """Whether waiting has no sense any more."""
        return self.is_done or self.came == "refused"


def heard(picture: Picture, order: Order) -> list[bool]:
    """Say of each place whether the account agent has decided on the order."""
    return [
        picture.holds(subject, campaign, order.stop_id) == (order.wish == "stop")
        for subject, campaign in order.places
    ]


def results(picture: Picture, order: Order, outcomes: Mapping[tuple[Place, int], Outcome]) -> list[Result]:
    """Return what came of an order by now, a campaign a line."""
    found: list[Result] = []
    for (subject, campaign), is_heard in zip(order.places, heard(picture, order), strict=True):
        for place in picture.of(subject, campaign):
            if not is_heard:
                found.append(Result(*place, "unheard", "the account agent has not heard of it yet"))
                continue
            guard = picture.guard(place)
            judged = _stopped if order.wish == "stop" else _lifted
            found.append(judged(place, guard, outcomes.get((place, guard.acting)), order))
    return found


def _stopped(place: Place, guard: GuardRow, outcome: Outcome | None, order: Order) -> Result:
    if guard.state == PAUSED:
        return Result(*place, "stopped", *_took(outcome, order))
    if guard.state == FREE and guard.status != "enabled":
        return Result(*place, "stood-still", f"was {guard.status}")
    if guard.state in {PAUSING, RESUMING}:
        what = "pause" if guard.state == PAUSING else "resume"
        return Result(*place, "under-way", f"a {what} is under way")
    return _free(place, outcome)


def _free(place: Place, outcome: Outcome | None) -> Result:
    """Judge a campaign that nothing holds and that runs, as far as is known."""
    match outcome:
        case CommandFailed(reason=reason, detail=detail):
            return Result(*place, "refused", f"{reason}: {detail}; it is tried again later")
        case CommandSuperseded(reason=reason):
            return Result(*place, "refused", f"it was left ({reason})")
        case CommandApplied() | None:
            return Result(*place, "under-way", "it runs, and no pause is under way yet")
        case _ as never:
            assert_never(never)


def _lifted(place: Place, guard: GuardRow, outcome: Outcome | None, order: Order) -> Result:
    if guard.state in {PAUSING, RESUMING}:
        what = "pause" if guard.state == PAUSING else "resume"
        return Result(*place, "under-way", f"a {what} is under way")
    if guard.state == PAUSED:
        return Result(*place, "stays-paused", f"for another reason ({guard.reason or 'none told'})")
    if guard.status != "enabled":
        return Result(*place, "stays-paused", f"was {guard.status} by a person")
    if isinstance(outcome, CommandFailed):
        return Result(*place, "refused", f"{outcome.reason}: {outcome.detail}")
    return Result(*place, "runs", *_took(outcome, order))


def _took(outcome: Outcome | None, order: Order) -> tuple[str, int | None]:
    """Say how long our command took; what came about before the order was none of its doing."""
    if isinstance(outcome, CommandApplied) and outcome.at_ms >= order.at_ms:
        return "", outcome.at_ms - order.at_ms
    return "it was so before", None
