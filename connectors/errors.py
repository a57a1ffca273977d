"""How a platform can fail us, split by what the caller should do; told by the body, not by HTTP status alone.

PlatformError          what went wrong, at which platform
├── RateLimited        wait until `retry_at_ms`; `scope` says who else has to wait
├── Transient          try again, with a growing pause (its answer made no sense, or never came)
├── AuthExpired        get a new token, then try again once
├── AuthRevoked        a person has to authorise the app again
├── VersionSunset      a person has to update this program
├── NotConfigured      a person has to give credentials; there is nothing to ask before
├── Forbidden          a person has to give this user the right; not for this account or campaign
├── NotFound           it is not there, or no longer
├── InvalidRequest     our mistake; the same request never works
├── Conflict           somebody else is writing; read again, then decide again
└── Partial            it worked for some; `failed` says for which it did not, and why
"""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar, Literal

if TYPE_CHECKING:
    from collections.abc import Mapping

    from events.types import PollTrouble

Scope = Literal["second", "minute", "day", "account"]


class PlatformError(Exception):
    """Something at a platform went wrong; `detail` never holds a secret."""

    reason: ClassVar[PollTrouble]
    is_worth_retrying: ClassVar[bool] = False

    def __init__(self, platform: str, detail: str) -> None:
        super().__init__(f"{platform}: {detail}")
        self.platform = platform
        self.detail = detail


class RateLimited(PlatformError):  # noqa: N818 - named after what happened
    """Too many requests; nothing helps before `retry_at_ms`."""

    reason = "rate-limited"
    is_worth_retrying = True

    def __init__(self, platform: str, detail: str, *, retry_at_ms: int, scope: Scope) -> None:
        super().__init__(platform, detail)
        self.retry_at_ms = retry_at_ms
        self.scope = scope


class Transient(PlatformError):  # noqa: N818 - named after what happened
    """It may work later; a write may have taken effect all the same."""

    reason = "transient"
    is_worth_retrying = True


class AuthExpired(PlatformError):  # noqa: N818 - named after what happened
    """The token's time is over."""

    reason = "auth-expired"


class AuthRevoked(PlatformError):  # noqa: N818 - named after what happened
    """The authorisation was taken back; no token helps."""

    reason = "auth-revoked"


class VersionSunset(PlatformError):  # noqa: N818 - named after what happened
    """The platform no longer speaks the version of its API that we speak."""

    reason = "version-sunset"


class NotConfigured(PlatformError):  # noqa: N818 - named after what happened
    """There are no credentials for the platform."""

    reason = "not-configured"


class Forbidden(PlatformError):  # noqa: N818 - named after what happened
    """This user may not do that."""

    reason = "forbidden"


class NotFound(PlatformError):  # noqa: N818 - named after what happened
    """The account or campaign is not there, or no longer."""

    reason = "not-found"


class InvalidRequest(PlatformError):  # noqa: N818 - named after what happened
    """The platform cannot make sense of what we asked."""

    reason = "invalid-request"


class Conflict(PlatformError):  # noqa: N818 - named after what happened
    """Somebody else is writing the same."""

    reason = "conflict"
    is_worth_retrying = True


class Partial(PlatformError):  # noqa: N818 - named after what happened
    """A write worked for some and not for others."""

    reason = "partial"

    def __init__(self, platform: str, detail: str, *, failed: Mapping[str, PlatformError]) -> None:
        super().__init__(platform, detail)
        self.failed = dict(failed)
