"""Takes the requests of TikTok's clients: who asks, whether they may, what goes wrong, what is answered."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from aiohttp import web

from simulator import wire
from simulator.faults import AFTER, BEFORE
from simulator.tiktok import accounts, campaigns, envelope, reports
from simulator.tiktok import params as read
from simulator.tiktok.envelope import Answer, Refusal

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from simulator.answered import Answered
    from simulator.faults import Fault, Faults
    from simulator.quota import Quotas
    from simulator.running import RunningWorld
    from simulator.tiktok.params import Params

    Endpoint = Callable[[RunningWorld, Params, str], Answer]

ROOT = "/open_api/v1.3/"
TOKEN_HEADER = "Access-Token"  # noqa: S105 - the name of a header
TOKEN_ENDPOINT = "oauth2/access_token/"  # noqa: S105 - a path
INFO_ENDPOINT = "advertiser/info/"
ENDPOINTS: Final[dict[tuple[str, str], Endpoint]] = {
    ("GET", INFO_ENDPOINT): accounts.info,
    ("GET", "campaign/get/"): campaigns.listing,
    ("GET", "report/integrated/get/"): reports.integrated,
    ("POST", "campaign/status/update/"): campaigns.update_status,
    ("POST", "campaign/update/"): campaigns.update,
}


@dataclass(slots=True)
class Front:
    """TikTok's side of the wire."""

    running: RunningWorld
    faults: Faults
    quotas: Quotas
    answered: Answered
    app: accounts.App
    _asked: int = 0

    def routes(self) -> list[web.RouteDef]:
        """Return which paths are its own."""
        known = [*ENDPOINTS, ("POST", TOKEN_ENDPOINT)]
        return [web.route(method, ROOT + path, self.handle) for method, path in known]

    async def handle(self, request: web.Request) -> web.Response:
        """Answer a request, with whatever the script lets go wrong."""
        endpoint = request.path.removeprefix(ROOT)
        request_id = self._request_id()
        raw = await request.read()
        try:
            params: Params = dict(request.query) if request.method == "GET" else read.body(raw)
        except Refusal as refusal:
            return _refused(refusal, request_id)
        struck = self.faults.meeting(endpoint, _account(endpoint, params), self.running.now_ms())
        await asyncio.sleep(sum(fault.delay_ms for fault in struck) / 1000)
        for fault in struck:
            if fault.kind in BEFORE:
                return _instead(request, fault, request_id)
        try:
            answer = self._act(request, endpoint, params, request_id)
        except Refusal as refusal:
            return _refused(refusal, request_id)
        spoiling = [fault for fault in struck if fault.kind in AFTER]
        if not spoiling:
            self.answered.note(answer.cells, self.running.now_ms())
        return _spoiled(request, answer, spoiling, request_id)

    def _act(self, request: web.Request, endpoint: str, params: Params, request_id: str) -> Answer:
        if endpoint == TOKEN_ENDPOINT:
            return accounts.token(self.running, self.app, params)
        self._admit(request.headers.get(TOKEN_HEADER, ""))
        if endpoint != INFO_ENDPOINT:
            account = read.text(params, "advertiser_id")
            found = self.running.world.accounts.get(account)
            if found is None or found.platform != accounts.PLATFORM:
                raise read.no_permission(account)
        return ENDPOINTS[request.method, endpoint](self.running, params, request_id)

    def _admit(self, token: str) -> None:
        if not token:
            raise Refusal(envelope.TOKEN_EMPTY, envelope.MESSAGES[envelope.TOKEN_EMPTY])
        if token != self.app.access_token:
            raise Refusal(envelope.TOKEN_INVALID, envelope.MESSAGES[envelope.TOKEN_INVALID])
        if not self.quotas.take(token, self.running.now_ms()):
            raise Refusal(envelope.RATE, envelope.MESSAGES[envelope.RATE])

    def _request_id(self) -> str:
        self._asked += 1
        return f"{self.running.now_ms():014d}{self._asked:08d}"


def _account(endpoint: str, params: Params) -> str:
    """Return which account a request is about, as far as that can be told before it is read."""
    if endpoint != INFO_ENDPOINT:
        return str(params.get("advertiser_id", ""))
    try:
        return next(iter(read.listed(params, "advertiser_ids") or []), "")
    except Refusal:
        return ""


def _refused(refusal: Refusal, request_id: str) -> web.Response:
    return wire.json(envelope.encode(Answer({}, refusal.code, refusal.message), request_id))


def _instead(request: web.Request, fault: Fault, request_id: str) -> web.Response:
    match fault.kind:
        case "html":
            return wire.html()
        case "reset":
            return wire.reset(request)
        case _:
            return wire.json(envelope.encode(Answer({}, fault.code), request_id))


def _spoiled(
    request: web.Request, answer: Answer, spoiling: Sequence[Fault], request_id: str
) -> web.Response:
    kinds = {fault.kind for fault in spoiling}
    if "lost" in kinds:
        return wire.reset(request)
    for fault in spoiling:
        _spoil(answer.data, fault)
    body = envelope.encode(answer, request_id)
    return wire.half(body) if "half-json" in kinds else wire.json(body)


def _spoil(data: Params, fault: Fault) -> None:
    rows = data.get("list", [])
    if fault.kind == "half-page":
        data["list"] = rows[: len(rows) // 2]
    elif fault.kind == "wrong-total" and "page_info" in data:
        data["page_info"]["total_number"] += 1
    elif fault.kind == "currency":
        for row in rows:
            if "currency" in row:
                row["currency"] = fault.currency
