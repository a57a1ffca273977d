"""The admin API: what is truly so, what was told, what was done; and the ways to bring trouble about."""

from __future__ import annotations

from dataclasses import asdict
from typing import TYPE_CHECKING, Annotated, Any, TypeVar

import msgspec
from aiohttp import web
from msgspec import UNSET, Meta, Struct, UnsetType

from simulator import wire
from simulator.faults import Fault
from simulator.running import Refused
from simulator.world import Status, day_at

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from simulator.answered import Answered, Cell
    from simulator.faults import Faults
    from simulator.running import RunningWorld
    from simulator.world import Account

T = TypeVar("T")

DAYS_MAX = 31
AMOUNT_MICROS_MAX = 10**15
_Name = Annotated[str, Meta(min_length=1, max_length=128)]
_Day = Annotated[str, Meta(pattern="^[0-9]{4}-[0-9]{2}-[0-9]{2}$", max_length=10)]


class Edit(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What a person does to a campaign in the platform's own pages; one or more things at once."""

    account: str
    campaign: str
    status: Status | UnsetType = UNSET
    daily_budget_micros: Annotated[int, Meta(ge=1, le=AMOUNT_MICROS_MAX)] | UnsetType | None = UNSET
    name: _Name | UnsetType = UNSET
    move_to: _Name | UnsetType = UNSET


class Restatement(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """So many thousandths of what was told of past days are so; without a campaign, of all of the account."""

    account: str
    campaign: str = ""
    days: Annotated[tuple[_Day, ...], Meta(min_length=1, max_length=DAYS_MAX)]
    permille: Annotated[int, Meta(ge=0, le=10_000)]


class Runaway(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """From now on a campaign spends so many thousandths of what is in its nature; 1,000 ends it."""

    account: str
    campaign: str
    factor_permille: Annotated[int, Meta(ge=0, le=1_000_000)]


class Admin:
    """The side of the simulator that no platform has."""

    def __init__(self, running: RunningWorld, faults: Faults, answered: Answered) -> None:
        self._running = running
        self._faults = faults
        self._answered = answered

    def routes(self) -> list[web.RouteDef]:
        """Return which paths are its own."""
        return [
            web.get("/admin/state", _told(self.state)),
            web.get("/admin/truth", _told(self.truth)),
            web.get("/admin/reported", _told(self.reported)),
            web.get("/admin/journal", _told(self.journal)),
            web.get("/admin/faults", _told(self.faults)),
            web.post("/admin/faults", _told(self.add_fault)),
            web.delete("/admin/faults", _told(self.remove_faults)),
            web.delete(r"/admin/faults/{number:\d{1,9}}", _told(self.remove_faults)),
            web.post("/admin/edit", _told(self.edit)),
            web.post("/admin/restate", _told(self.restate)),
            web.post("/admin/runaway", _told(self.runaway)),
            web.post("/admin/freeze", _told(self.freeze)),
        ]

    async def state(self, _request: web.Request) -> object:
        """Tell the time, the accounts, and how their campaigns stand."""
        world, now_ms = self._running.world, self._running.now_ms()
        return {
            "now_ms": now_ms,
            "frozen_ms": world.frozen_ms,
            "terms": asdict(world.terms),
            "accounts": [self._account(account, now_ms) for account in world.accounts.values()],
        }

    async def truth(self, request: web.Request) -> object:
        """Tell what was spent by the hour, and what is said of it now, on the days told of so far."""
        now_ms = self._running.now_ms()
        chosen, wanted = request.query.get("account"), request.query.get("days")
        rows: list[dict[str, Any]] = []
        told_of = self._answered.days()
        for account in self._running.world.accounts.values():
            if chosen in {None, account.account}:
                days = {*told_of.get(account.account, set()), day_at(account.time_zone, now_ms).name}
                for day in sorted(days) if wanted is None else wanted.split(",")[:DAYS_MAX]:
                    rows += self._day(account, day, now_ms)
        return {"now_ms": now_ms, "hours": rows}

    async def reported(self, _request: web.Request) -> object:
        """Tell of each cell the last total that a client got, and when; by the hour, and by the day."""
        return {
            "now_ms": self._running.now_ms(),
            "hours": [self._cell(*told) for told in self._answered.cells(hourly=True)],
            "days": [self._cell(*told) for told in self._answered.cells(hourly=False)],
        }

    async def journal(self, request: web.Request) -> object:
        """Tell what was done, in order; `?after=N` leaves out the first N."""
        after = request.query.get("after", "0")
        if not after.isdecimal():
            raise Refused(f"after={after!r:.40} is no number")
        return {"entries": self._running.journal.entries[int(after) :]}

    async def faults(self, _request: web.Request) -> object:
        """Tell which faults are on."""
        return {"faults": self._faults.listed()}

    async def add_fault(self, request: web.Request) -> object:
        """Switch a fault on."""
        return {"number": self._faults.add(_read(await request.read(), Fault))}

    async def remove_faults(self, request: web.Request) -> object:
        """Switch one fault off, or all."""
        number = request.match_info.get("number")
        self._faults.remove(None if number is None else int(number))
        return {"faults": self._faults.listed()}

    async def edit(self, request: web.Request) -> object:
        """Do what a person does, in the order status, budget, name, move."""
        edit = _read(await request.read(), Edit)
        named: list[tuple[Any, Any]] = [
            ("status", edit.status),
            ("budget", edit.daily_budget_micros),
            ("name", edit.name),
            ("move", edit.move_to),
        ]
        wanted = [(what, after) for what, after in named if after is not UNSET]
        if not wanted:
            raise Refused("nothing to edit: give status, daily_budget_micros, name or move_to")
        change = self._running.change
        entries = [change("person", what, edit.account, edit.campaign, after) for what, after in wanted]
        return {"entries": entries}

    async def restate(self, request: web.Request) -> object:
        """Let the platform correct what it said of past days."""
        wanted = _read(await request.read(), Restatement)
        entry = self._running.restate(wanted.account, wanted.campaign, wanted.days, wanted.permille)
        return {"entries": [entry]}

    async def runaway(self, request: web.Request) -> object:
        """Let a campaign lose its measure, or find it again."""
        wanted = _read(await request.read(), Runaway)
        entry = self._running.change(
            "world", "runaway", wanted.account, wanted.campaign, wanted.factor_permille
        )
        return {"entries": [entry]}

    async def freeze(self, _request: web.Request) -> object:
        """Let nothing be spent from now on; what is said still becomes what is so."""
        return {"entries": [self._running.freeze()]}

    def _account(self, account: Account, now_ms: int) -> dict[str, Any]:
        day = day_at(account.time_zone, now_ms)
        campaigns = [
            {
                "campaign": campaign,
                "name": standing.name,
                "status": standing.status,
                "daily_budget_micros": standing.budget_micros,
                "factor_permille": standing.factor_permille,
            }
            for campaign, standing in sorted(self._running.world.standings(account.account).items())
        ]
        return {
            **asdict(account),
            "subject": account.subject,
            "day": day.name,
            "day_start_ms": day.start_ms,
            "day_end_ms": day.end_ms,
            "campaigns": campaigns,
        }

    def _day(self, account: Account, day: str, now_ms: int) -> list[dict[str, Any]]:
        world = self._running.world
        told = {row.campaign: row.hours for row in world.reported(account.account, day, now_ms)}
        return [
            {
                "subject": account.subject,
                "campaign": row.campaign,
                "day": day,
                "hour": hour,
                "spend_micros": micros,
                "told_micros": (*told.get(row.campaign, ()), *[0] * len(row.hours))[hour],
            }
            for row in world.truth(account.account, day, now_ms)
            for hour, micros in enumerate(row.hours)
            if micros
        ]

    def _cell(self, cell: Cell, at_ms: int) -> dict[str, Any]:
        return {
            "subject": self._running.world.accounts[cell.account].subject,
            "campaign": cell.campaign,
            "day": cell.day,
            "hour": cell.hour,
            "spend_micros": cell.spend_micros,
            "at_ms": at_ms,
        }


def _read(body: bytes, kind: type[T]) -> T:
    try:
        return msgspec.json.decode(body or b"{}", type=kind)
    except msgspec.MsgspecError as error:
        raise Refused(f"the body is not as it should be: {error}") from error


def _told(
    act: Callable[[web.Request], Awaitable[object]],
) -> Callable[[web.Request], Awaitable[web.StreamResponse]]:
    """Answer in JSON; what cannot be done is said with HTTP 400."""

    async def handle(request: web.Request) -> web.StreamResponse:
        try:
            return wire.json(msgspec.json.encode(await act(request)))
        except (Refused, ValueError) as refused:
            body = msgspec.json.encode({"error": str(refused)})
            return web.Response(status=400, body=body, content_type="application/json")

    return handle
