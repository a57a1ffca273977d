"""JSON-RPC over HTTP: whatever comes in, an answer goes out, and it is one of JSON-RPC's."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from chain.localnet.errors import (
    INTERNAL_ERROR,
    INVALID_PARAMS,
    INVALID_REQUEST,
    METHOD_NOT_FOUND,
    PARSE_ERROR,
    AnswerLost,
    RpcError,
)
from chain.localnet.rpc.methods import OWN_MACHINE
from infra import logs

if TYPE_CHECKING:
    from chain.localnet.chain import LocalChain
    from chain.localnet.views import View

BATCH_MAX = 100
BODY_BYTES_MAX = 1_000_000

_log = logs.get(__name__)


def answer_body(chain: LocalChain, body: bytes, view: View, *, own_machine: bool) -> bytes:
    """Answer what was sent; an answer that is lost is raised, as `AnswerLost`."""
    try:
        asked = json.loads(body)
    except (ValueError, RecursionError):
        return _written(failed(None, RpcError(PARSE_ERROR, "Parse error")))
    if not isinstance(asked, list):
        return _written(answer_one(chain, asked, view, own_machine=own_machine))
    if not asked or len(asked) > BATCH_MAX:
        told = f"A batch has 1 to {BATCH_MAX} calls"
        return _written(failed(None, RpcError(INVALID_REQUEST, told)))
    return _written(_answer_batch(chain, asked, view, own_machine=own_machine))


def _answer_batch(
    chain: LocalChain, asked: list[object], view: View, *, own_machine: bool
) -> list[dict[str, Any]]:
    """Answer all calls; where one answer is lost, all calls are done and all answers are lost."""
    answers, lost = [], None
    for one in asked:
        try:
            answers.append(answer_one(chain, one, view, own_machine=own_machine))
        except AnswerLost as how:
            lost = how
    if lost is not None:
        raise lost
    return answers


def answer_one(chain: LocalChain, asked: object, view: View, *, own_machine: bool) -> dict[str, Any]:
    """Answer one call."""
    call_id = asked.get("id") if isinstance(asked, dict) else None
    if isinstance(call_id, bool) or not isinstance(call_id, str | int):
        call_id = None
    try:
        method, params = read_call(asked, own_machine=own_machine)
        return succeeded(call_id, chain.call(method, params, view))
    except RpcError as error:
        return failed(call_id, error)
    except AnswerLost:
        raise
    except Exception as error:  # noqa: BLE001 - the last frame of a call: written whole to the log, and answered
        _log.exception("localnet.defect", error=type(error).__name__)
        return failed(call_id, RpcError(INTERNAL_ERROR, "Internal error"))


def read_call(asked: object, *, own_machine: bool = True) -> tuple[str, list[Any]]:
    """Return the method and the parameters of a call that somebody here, or elsewhere, may make."""
    if not isinstance(asked, dict) or not isinstance(asked.get("method"), str):
        raise RpcError(INVALID_REQUEST, "Invalid request")
    if asked["method"] in OWN_MACHINE and not own_machine:
        raise RpcError(METHOD_NOT_FOUND, "Method not found")
    params = asked.get("params")
    if params is None:
        params = []
    if not isinstance(params, list):
        raise RpcError(INVALID_PARAMS, "Invalid params: they must be a list")
    return asked["method"], params


def succeeded(call_id: object, result: object) -> dict[str, Any]:
    """Return a result as it is sent."""
    return {"jsonrpc": "2.0", "result": result, "id": call_id}


def too_large() -> bytes:
    """Return the answer to a body that is not read."""
    return _written(failed(None, RpcError(INVALID_REQUEST, f"A body has at most {BODY_BYTES_MAX} bytes")))


def failed(call_id: object, error: RpcError) -> dict[str, Any]:
    """Return an error as it is sent."""
    return {"jsonrpc": "2.0", "error": error.body(), "id": call_id}


def _written(answer: object) -> bytes:
    return json.dumps(answer, separators=(",", ":")).encode()
