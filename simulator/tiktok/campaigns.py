"""Campaigns: listed, switched on and off, given another budget or name."""

from __future__ import annotations

from datetime import UTC, datetime
from decimal import Decimal
from typing import TYPE_CHECKING, Any, Final

from msgspec import Raw

from simulator.running import Refused, RunningWorld
from simulator.tiktok import params as read
from simulator.tiktok.envelope import BAD_PARAMETER, PARTIAL, Answer, Refusal, decimal

if TYPE_CHECKING:
    from simulator.tiktok.params import Params
    from simulator.world import Standing

IDS_MAX = 20
STATUSES: Final = {"ENABLE": "enabled", "DISABLE": "paused", "DELETE": "removed"}
_OPERATION: Final = {"enabled": "ENABLE", "paused": "DISABLE", "removed": "DELETE"}
_SECONDARY: Final = {
    "enabled": "CAMPAIGN_STATUS_ENABLE",
    "paused": "CAMPAIGN_STATUS_DISABLE",
    "removed": "CAMPAIGN_STATUS_DELETE",
}
ALL, NOT_DELETED = "CAMPAIGN_STATUS_ALL", "CAMPAIGN_STATUS_NOT_DELETE"
BUDGET_MODES = ("BUDGET_MODE_DAY", "BUDGET_MODE_TOTAL", "BUDGET_MODE_INFINITE")
NAME_CHARS_MAX = 512
# The smallest daily budget, in units of the account's currency.
BUDGET_UNITS_MIN = 20


def listing(running: RunningWorld, params: Params, _request_id: str) -> Answer:
    """Answer campaign/get/."""
    account = read.text(params, "advertiser_id")
    page, size = read.paging(params)
    filtering = read.structured(params, "filtering") or {}
    if not isinstance(filtering, dict):
        raise Refusal(BAD_PARAMETER, "filtering: Not a valid object")
    wanted = read.listed(filtering, "campaign_ids")
    status = read.one_of(filtering, "secondary_status", (ALL, NOT_DELETED, *_SECONDARY.values()), NOT_DELETED)
    fields = read.listed(params, "fields")
    rows = [
        _row(running, account, campaign, standing)
        for campaign, standing in sorted(running.world.standings(account).items())
        if (wanted is None or campaign in wanted) and _is_shown(standing, status)
    ]
    if fields is not None:
        rows = [{name: row[name] for name in ("campaign_id", *fields) if name in row} for row in rows]
    return Answer(read.paged(rows, page, size))


def update_status(running: RunningWorld, params: Params, request_id: str) -> Answer:
    """Answer campaign/status/update/."""
    account = read.text(params, "advertiser_id")
    operation = read.one_of(params, "operation_status", tuple(STATUSES))
    campaigns = read.listed(params, "campaign_ids") or []
    if not 1 <= len(campaigns) <= IDS_MAX or len(set(campaigns)) < len(campaigns):
        raise Refusal(BAD_PARAMETER, f"campaign_ids: Length must be between 1 and {IDS_MAX}, without repeats")
    done: list[str] = []
    failed: list[dict[str, Any]] = []
    for campaign in campaigns:
        try:
            running.change("api", "status", account, campaign, STATUSES[operation], request_id=request_id)
        except Refused as refused:
            failed.append(
                {"campaign_id": campaign, "error_code": BAD_PARAMETER, "error_message": str(refused)}
            )
        else:
            done.append(campaign)
    if not done:
        raise Refusal(BAD_PARAMETER, failed[0]["error_message"])
    data = {"campaign_ids": done, "status": operation, "errors": failed}
    return Answer(data, PARTIAL) if failed else Answer({**data, "campaign_list": _ids(done)})


def update(running: RunningWorld, params: Params, request_id: str) -> Answer:
    """Answer campaign/update/."""
    account, campaign = read.text(params, "advertiser_id"), read.text(params, "campaign_id")
    mode = read.one_of(params, "budget_mode", BUDGET_MODES, BUDGET_MODES[0])
    changes: list[tuple[Any, int | str]] = []
    if "budget" in params:
        if mode != BUDGET_MODES[0]:
            raise Refusal(BAD_PARAMETER, "budget_mode: cannot be changed for this campaign")
        changes.append(("budget", _micros(params["budget"], running.world.accounts[account].unit_micros)))
    if "campaign_name" in params:
        changes.append(("name", _name(params)))
    try:
        for what, after in changes:
            running.change("api", what, account, campaign, after, request_id=request_id)
    except Refused as refused:
        raise Refusal(BAD_PARAMETER, str(refused)) from refused
    standing = running.world.standing(account, campaign)
    if standing is None:
        raise Refusal(BAD_PARAMETER, f"there is no campaign {campaign} in account {account}")
    return Answer(_row(running, account, campaign, standing))


def _row(running: RunningWorld, account: str, campaign: str, standing: Standing) -> Params:
    budget = standing.budget_micros
    moment = datetime.fromtimestamp(running.world.changed_ms(account, campaign) // 1000, UTC)
    return {
        "advertiser_id": account,
        "campaign_id": campaign,
        "campaign_name": standing.name,
        "operation_status": _OPERATION[standing.status],
        "secondary_status": _SECONDARY[standing.status],
        # A number with its decimals, as the platform writes it, and never a float on the way.
        "budget": Raw(decimal(budget or 0).encode()),
        "budget_mode": "BUDGET_MODE_INFINITE" if budget is None else "BUDGET_MODE_DAY",
        "modify_time": moment.strftime("%Y-%m-%d %H:%M:%S"),
    }


def _is_shown(standing: Standing, status: str) -> bool:
    if status == ALL:
        return True
    if status == NOT_DELETED:
        return standing.status != "removed"
    return _SECONDARY[standing.status] == status


def _ids(campaigns: list[str]) -> list[Params]:
    return [{"campaign_id": campaign} for campaign in campaigns]


def _micros(budget: object, unit_micros: int) -> int:
    if isinstance(budget, bool) or not isinstance(budget, int | Decimal) or budget <= 0:
        raise Refusal(BAD_PARAMETER, "budget: Not a valid number above 0")
    if budget < BUDGET_UNITS_MIN:
        raise Refusal(BAD_PARAMETER, f"budget: Must be at least {BUDGET_UNITS_MIN}")
    units = Decimal(budget) * 1_000_000 / unit_micros
    if units != units.to_integral_value():
        raise Refusal(BAD_PARAMETER, "budget: finer than the currency's smallest unit")
    return int(units) * unit_micros


def _name(params: Params) -> str:
    name = read.text(params, "campaign_name")
    if len(name) > NAME_CHARS_MAX:
        raise Refusal(BAD_PARAMETER, f"campaign_name: longer than {NAME_CHARS_MAX} characters")
    return name
