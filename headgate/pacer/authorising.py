"""Says whether an amount may be spent: by the decider's word, and by what spending it would lead to."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from domain import local_time
from domain.decision import About
from domain.draft import Draft
from domain.guard import overspending
from domain.guard.look import Look
from domain.guard.plans import planned_by
from domain.guard.rows import CLOSED, HoldsRow, holds_key
from domain.local_time import HOUR_MS
from domain.pacing import pace
from domain.pacing.rows import AccountRow, campaign_key
from events.limits import AMOUNT_MICROS_MAX
from events.types import BreakerMoved, SpendAnswered, SpendObserved, SpendRequested
from headgate.pacer import words
from headgate.pacer.book import subject_of

if TYPE_CHECKING:
    from headgate.pacer.book import Book
    from headgate.pacer.shapes import ChannelType

RECORDED_MS: Final = 1_000  # who may spend records it within a second or so
RELEASE_MICROS: Final = AMOUNT_MICROS_MAX  # more than any day has left, so that nothing stays held


def authorise(book: Book, channel: ChannelType, request: SpendRequested) -> tuple[bool, str]:
    """Return whether the amount may be spent, and why.

    The decider refuses where too much is spent already. What only this amount would make too much is refused
    here, by asking the decider what would follow: a breaker that opened for a spend which had been allowed
    would be a trap.
    """
    trouble = _trouble(book, channel, request)
    if trouble is None:
        return _told(_ask(book, channel, request))
    # What the same transaction may have held is set free with it.
    released = SpendRequested(request.request_id, request.campaign, RELEASE_MICROS, request.currency)
    answer = _ask(book, channel, released)
    if answer.reason == "over-budget" and request.amount_micros <= answer.remaining_micros:
        return False, words.left(trouble, answer)
    return _told(answer)


def _ask(book: Book, channel: ChannelType, request: SpendRequested) -> SpendAnswered:
    told = book.engine.tell(subject_of(channel), request).facts
    (answer,) = [fact for _, fact in told if isinstance(fact, SpendAnswered)]
    return answer


def _told(answer: SpendAnswered) -> tuple[bool, str]:
    return answer.verdict == "allowed", words.left(words.ANSWERS[answer.reason], answer)


def _trouble(book: Book, channel: ChannelType, request: SpendRequested) -> str | None:
    """Return what would be wrong once the amount, and all that is promised to others, were spent."""
    micros = request.amount_micros + _held_micros(book, channel, request)
    if micros > AMOUNT_MICROS_MAX:
        return None  # the decider says better that this is over any budget
    now_ms, day = book.calendar.now_ms(), book.today()
    hour = local_time.hour_at(day.start_ms, now_ms)
    known = book.hours_of(request.campaign, channel, day.day)
    if hour < len(known) and known[hour][0] + micros > AMOUNT_MICROS_MAX:
        return None
    # As its record and as later looks will find it: the decider waits a while before it calls a spend rapid.
    for wait_ms in (RECORDED_MS, overspending.STRETCH_MS_MIN + RECORDED_MS):
        ahead_ms = max(0, min(wait_ms, day.end_ms - now_ms - 2))
        page = book.page(request.campaign, channel, day, {hour: (micros, 0, 0, 0)}, ahead_ms)
        trouble = _foreseen(book, subject_of(channel), request.campaign, page)
        if trouble is not None:
            return trouble
    return None


def _foreseen(book: Book, subject: str, campaign: str, page: SpendObserved) -> str | None:
    """Return what would be wrong if a page were told."""
    read = book.engine.read
    foreseen = Draft(read)
    decision = book.engine.foresee(subject, page)
    foreseen.changes |= decision.changes
    for said in decision.facts:
        fact = said.fact if isinstance(said, About) else said
        if isinstance(fact, BreakerMoved) and fact.state == "open":
            return words.OPENING[fact.reason]
    account: AccountRow = read(subject.encode())
    look = Look(foreseen, subject, campaign, account)
    # Asked even where the decider does not look: in the day's first hour no pace is judged yet.
    opening = overspending.reason_to_open(look) if look.breaker.state == CLOSED else None
    if opening is not None:
        return words.OPENING[opening]
    return words.ANSWERS["overpacing"] if is_critical(look) else None


def is_critical(look: Look) -> bool:
    """Say whether the pace is critical already, or will be when the hour ends with nothing more in it."""
    if look.row.band == pace.CRITICAL:
        return True
    plan = look.plan
    if plan is None:
        return False
    hour = local_time.hour_at(look.row.day_start_ms, look.row.as_of_ms)
    planned = planned_by(look.row, plan, look.row.day_start_ms + (hour + 1) * HOUR_MS)
    return look.spent_micros * 1000 > planned * look.rules.pace_critical_permille


def _held_micros(book: Book, channel: ChannelType, request: SpendRequested) -> int:
    row: HoldsRow | None = book.engine.read(holds_key(campaign_key(subject_of(channel), request.campaign)))
    now_ms = book.calendar.now_ms()
    return sum(
        micros
        for request_id, micros, until_ms in (() if row is None else row.holds)
        if until_ms > now_ms and request_id != request.request_id
    )
