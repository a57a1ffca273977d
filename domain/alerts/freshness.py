"""Notices accounts whose spend has not been read for too long, by the agenda alone."""

from domain.draft import Draft
from events.types import PollCompleted


def polled(draft: Draft, subject: str, completed: PollCompleted) -> None:
    """Note that an account was read; an alert that it was not is over."""


def due(draft: Draft, subject: str, at_ms: int) -> None:
    """Raise an alert for an account that was not read since, or come back later."""
