"""Emergency stops: what a person orders to stand still does so until the person lifts it."""

from collections.abc import Iterable

from domain.draft import Draft
from events.types import StopLifted, StopOrdered


def order(draft: Draft, subject: str, stop: StopOrdered, campaigns: Iterable[str]) -> None:
    """Pause the campaign that a stop names, or all of the account's, and keep them so."""


def lift(draft: Draft, subject: str, lifted: StopLifted, campaigns: Iterable[str]) -> None:
    """End a stop, and let run again what it paused."""
