"""What the language of the log says when it cannot read a record."""

from typing import Final, Literal, get_args

Reason = Literal[
    "no-envelope",  # a required CloudEvents header is missing
    "invalid-envelope",  # a CloudEvents header is there and makes no sense
    "unknown-type",
    "unknown-version",
    "no-body",
    "too-large",
    "not-json",
    "invalid-body",  # JSON, but not what this type and version promises
]
"""Stable short codes: dead letters, metrics and runbooks are grouped by them."""

REASONS: Final[tuple[Reason, ...]] = get_args(Reason)

DETAIL_CHARS_MAX: Final = 300  # a detail travels in a header and must not carry a whole bad body with it


class Unreadable(Exception):  # noqa: N818 -- it names a property of the record, not a mistake of the program
    """A record that cannot be understood: `reason` for machines, `detail` for people."""

    def __init__(self, reason: Reason, detail: str) -> None:
        super().__init__(reason, detail)
        self.reason: Final[Reason] = reason
        self.detail: Final = bounded(detail)

    def __str__(self) -> str:
        return f"{self.reason}: {self.detail}"


def bounded(detail: str) -> str:
    """Cut a detail to the length that dead letters and logs may carry."""
    return detail if len(detail) <= DETAIL_CHARS_MAX else detail[: DETAIL_CHARS_MAX - 1] + "…"
