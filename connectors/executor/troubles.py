"""What a platform's refusal means for a command: an outcome, or when to try again; pure."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from msgspec import Struct

from connectors.errors import (
    AuthExpired,
    AuthRevoked,
    Conflict,
    Forbidden,
    InvalidRequest,
    NotConfigured,
    NotFound,
    PlatformError,
    RateLimited,
    VersionSunset,
)
from connectors.executor.decision import GaveUp
from connectors.executor.records import Failed

if TYPE_CHECKING:
    from connectors.executor.entry import Entry
    from connectors.executor.options import ExecutorOptions
    from events.types import FailedFor

# None of these goes away by trying again; a newer command finds out whether it has gone away.
_FINAL: Final[dict[type[PlatformError], FailedFor]] = {
    Forbidden: "forbidden",
    NotFound: "not-found",
    InvalidRequest: "invalid-request",
    VersionSunset: "invalid-request",
    NotConfigured: "not-configured",
}
_PERSON: Final = (AuthExpired, AuthRevoked)
# The platform has said no, so the write is not on its way.
REFUSED: Final = (RateLimited, Conflict, *_FINAL, *_PERSON)


class Wait(Struct, frozen=True):
    """Look again at a moment of world time."""

    retry_at_ms: int


def judge(
    entry: Entry, error: PlatformError, now_ms: int, options: ExecutorOptions
) -> Failed | GaveUp | Wait:
    """Say what becomes of a command; ``entry.failures`` counts this one already."""
    final = _FINAL.get(type(error))
    if final is not None:
        return Failed(final, error.detail)
    if now_ms >= entry.gives_up_ms:
        return GaveUp(f"{error.reason}: {error.detail}")
    if isinstance(error, RateLimited):
        retry_at_ms = error.retry_at_ms + options.look.delay_after(1)
    elif isinstance(error, _PERSON):
        retry_at_ms = now_ms + options.person_ms
    else:
        retry_at_ms = now_ms + options.retry.delay_after(entry.failures)
    # Once more when its time is over, so that the outcome says what is true then.
    return Wait(min(max(retry_at_ms, now_ms), entry.gives_up_ms))


def needs_a_person(error: PlatformError) -> bool:
    """Say whether somebody has to give access before anything works."""
    return isinstance(error, (*_PERSON, NotConfigured, VersionSunset))
