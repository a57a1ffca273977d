"""What TikTok's codes mean for us; they come in bodies, most of them with HTTP status 200.

Of 40000, 40113 and 40132 only the family is known, so each is read as the others of its family are.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from connectors.errors import (
    AuthExpired,
    AuthRevoked,
    Conflict,
    Forbidden,
    InvalidRequest,
    Transient,
)

if TYPE_CHECKING:
    from connectors.errors import PlatformError

NAME: Final = "tiktok"

OK: Final = 0
PARTIAL: Final = 20001
RATE_LIMITED: Final = 40100

_MEANING: Final[
    dict[int, type[AuthExpired | AuthRevoked | Conflict | Forbidden | InvalidRequest | Transient]]
] = {
    40000: InvalidRequest,
    40001: Forbidden,
    40002: InvalidRequest,
    40050: Conflict,  # a duplicate: the same was asked before, so what stands there has to be read
    40102: AuthExpired,
    40104: AuthRevoked,  # the token is empty
    40105: AuthRevoked,  # the token is wrong, or was taken back
    40113: AuthRevoked,
    40132: AuthRevoked,
    40200: Transient,  # an asynchronous task failed
    40201: Transient,  # an asynchronous task is not done
    40202: Conflict,
    50000: Transient,
    50002: Transient,
    60001: Transient,  # maintenance
}
_AUTH_CODES: Final = range(40101, 40200)
_REQUEST_CODES: Final = range(40000, 50000)


def error_of(code: int, detail: str) -> PlatformError:
    """Return the error for a code other than OK, PARTIAL and RATE_LIMITED, which need more than the code."""
    return _kind_of(code)(NAME, detail)


def _kind_of(
    code: int,
) -> type[AuthExpired | AuthRevoked | Conflict | Forbidden | InvalidRequest | Transient]:
    if code in _MEANING:
        return _MEANING[code]
    if code in _AUTH_CODES:
        return AuthRevoked
    # An unknown code is not taken for passing when it says that the request is at fault.
    return InvalidRequest if code in _REQUEST_CODES else Transient
