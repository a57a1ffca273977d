"""The form of every answer: a code in HTTP 200, a message, a request id, and data."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import msgspec

if TYPE_CHECKING:
    from simulator.answered import Cell

OK, PARTIAL = 0, 20001
NO_PERMISSION, BAD_PARAMETER, RATE = 40001, 40002, 40100
TOKEN_EMPTY, TOKEN_INVALID = 40104, 40105
MESSAGES = {
    OK: "OK",
    PARTIAL: "Partial success",
    40000: "Bad request",
    NO_PERMISSION: "No permission",
    BAD_PARAMETER: "Invalid parameter",
    40050: "Duplicate request",
    RATE: "Request too frequent",
    40102: "Access token expired",
    TOKEN_EMPTY: "Access token is empty",
    TOKEN_INVALID: "Access token is incorrect or has been revoked",
    40202: "Write conflict, please try again",
    50000: "System error",
    50002: "Service error",
    60001: "Under maintenance",
}


@dataclass(slots=True)
class Answer:
    """What an endpoint says, and which cells of spend that tells."""

    data: dict[str, Any]
    code: int = OK
    message: str = ""
    cells: list[Cell] = field(default_factory=list)


class Refusal(Exception):  # noqa: N818 - named after what happened
    """The platform does not do that; the code says why."""

    def __init__(self, code: int, message: str) -> None:
        super().__init__(message)
        self.code = code
        self.message = message


def encode(answer: Answer, request_id: str) -> bytes:
    """Return an answer's bytes."""
    message = answer.message or MESSAGES.get(answer.code, "Error")
    return msgspec.json.encode(
        {"code": answer.code, "message": message, "request_id": request_id, "data": answer.data}
    )


def decimal(micros: int) -> str:
    """Return an amount as the platform writes it, with two decimals whatever the currency."""
    return f"{micros // 1_000_000}.{micros % 1_000_000 // 10_000:02d}"
