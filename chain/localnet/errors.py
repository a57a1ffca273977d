"""How the local chain refuses, in JSON-RPC's words and with Solana's codes."""

from __future__ import annotations

from typing import Any

PARSE_ERROR = -32_700
INVALID_REQUEST = -32_600
METHOD_NOT_FOUND = -32_601
INVALID_PARAMS = -32_602
INTERNAL_ERROR = -32_603
PREFLIGHT_FAILED = -32_002
SIGNATURE_WRONG = -32_003
NODE_UNHEALTHY = -32_005
BEHIND_CONTEXT = -32_016


class RpcError(Exception):
    """A call that is answered with an error."""

    def __init__(self, code: int, message: str, data: object = None) -> None:
        super().__init__(message)
        self.code = code
        self.message = message
        self.data = data

    def body(self) -> dict[str, Any]:
        """Return the error as an answer carries it."""
        told: dict[str, Any] = {"code": self.code, "message": self.message}
        return told if self.data is None else {**told, "data": self.data}


class InvalidParams(RpcError):  # noqa: N818 - named after what is wrong
    """The parameters are not what the method takes."""

    def __init__(self, message: str) -> None:
        super().__init__(INVALID_PARAMS, f"Invalid params: {message}")


class AnswerLost(Exception):  # noqa: N818 - named after what happened
    """The call was done, and its answer does not arrive; `how` says what does in its place."""

    def __init__(self, how: str, delay_ms: int = 0) -> None:
        super().__init__(f"The answer is lost ({how}).")
        self.how = how
        self.delay_ms = delay_ms
