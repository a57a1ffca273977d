"""A TikTok of scripted answers, for what not even the simulator's faults say."""

from __future__ import annotations

import json
from collections.abc import Awaitable, Callable
from typing import Any, Self

from aiohttp import web
from aiohttp.test_utils import TestServer

from connectors.ports import Account, LocalDay
from connectors.tiktok import TikTok
from infra.settings.model import TikTokSettings
from tests.simulator_kit import HandTime

TOKEN = "act.a-very-secret-token"  # noqa: S105 - of nobody
ACCOUNT = Account("7100", "Shoes", "EUR", "Europe/Berlin")
DAY = LocalDay("2026-11-20", 1_795_129_200_000, 1_795_215_600_000)

Answer = Callable[[web.Request], Awaitable[web.StreamResponse]]


def envelope(data: object = None, code: int = 0, message: str = "OK", status: int = 200) -> Answer:
    """Return an answer in TikTok's envelope."""
    return text(
        json.dumps({"code": code, "message": message, "request_id": "r1", "data": data or {}}), status
    )


def text(body: str | bytes, status: int = 200, headers: dict[str, str] | None = None) -> Answer:
    """Return an answer with this very body."""

    async def answer(_request: web.Request) -> web.Response:
        raw = body.encode() if isinstance(body, str) else body
        return web.Response(body=raw, status=status, headers=headers, content_type="application/json")

    return answer


def page(rows: list[Any], *, number: int = 1, total: int | None = None, pages: int = 1) -> Answer:
    """Return a page of a list."""
    total = len(rows) if total is None else total
    info = {"page": number, "page_size": 1_000, "total_number": total, "total_page": pages}
    return envelope({"list": rows, "page_info": info})


def hour_row(campaign: str, label: str, spend: str = "1.00", **metrics: str) -> dict[str, Any]:
    """Return a row of a report by hour."""
    counts = {"impressions": "10", "clicks": "2", "conversion": "1"}
    dimensions = {"campaign_id": campaign, "stat_time_hour": label}
    return {"dimensions": dimensions, "metrics": {"spend": spend, **counts, **metrics}}


class Scripted:
    """A server that gives its answers in order, the last one for ever, and remembers what it was asked."""

    def __init__(self, *answers: Answer) -> None:
        self._answers = list(answers)
        self.asked: list[web.Request] = []
        self.bodies: list[bytes] = []
        application = web.Application()
        application.router.add_route("*", "/{path:.*}", self._answer)
        self._server = TestServer(application)

    @property
    def url(self) -> str:
        """Return where TikTok's API is here."""
        return str(self._server.make_url("/open_api/v1.3/"))

    async def __aenter__(self) -> Self:
        await self._server.start_server()
        return self

    async def __aexit__(self, *_error: object) -> None:
        await self._server.close()

    def platform(self, time: HandTime | None = None, **settings: object) -> TikTok:
        """Return a TikTok that speaks to this server."""
        given = {"base_url": self.url, "access_token": TOKEN, "timeout_ms": 5_000, **settings}
        return TikTok(TikTokSettings(**given), time or HandTime())

    async def _answer(self, request: web.Request) -> web.StreamResponse:
        self.asked.append(request)
        self.bodies.append(await request.read())
        answer = self._answers.pop(0) if len(self._answers) > 1 else self._answers[0]
        return await answer(request)
