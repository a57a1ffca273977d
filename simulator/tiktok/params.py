"""Reads the parameters of a request, and refuses those that the platform does not take."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Any

import msgspec

from simulator.tiktok.envelope import BAD_PARAMETER, NO_PERMISSION, Refusal

PAGE_SIZE_DEFAULT, PAGE_SIZE_MAX = 10, 1_000
_DECODER = msgspec.json.Decoder(float_hook=Decimal)

Params = dict[str, Any]


def body(raw: bytes) -> Params:
    """Return the fields of a JSON body; its decimals stay exact."""
    try:
        fields = _DECODER.decode(raw)
    except msgspec.DecodeError as error:
        raise Refusal(BAD_PARAMETER, f"Request body is not JSON: {error}") from error
    if not isinstance(fields, dict):
        raise Refusal(BAD_PARAMETER, "Request body is not an object")
    return fields


def text(params: Params, name: str, default: str | None = None) -> str:
    """Return a text."""
    value = params.get(name, default)
    if not isinstance(value, str) or not value:
        raise Refusal(BAD_PARAMETER, f"{name}: Missing data for required field")
    return value


def one_of(params: Params, name: str, allowed: tuple[str, ...], default: str | None = None) -> str:
    """Return a text that has to be one of some."""
    value = text(params, name, default)
    if value not in allowed:
        raise Refusal(BAD_PARAMETER, f"{name}: must be one of {', '.join(allowed)}")
    return value


def listed(params: Params, name: str) -> list[str] | None:
    """Return a list of texts, which a query carries as JSON; None where it was not given."""
    value = params.get(name)
    if isinstance(value, str):
        value = _json(name, value)
    if value is None:
        return None
    if not isinstance(value, list) or not all(isinstance(one, str) for one in value):
        raise Refusal(BAD_PARAMETER, f"{name}: Not a valid list of strings")
    return value


def structured(params: Params, name: str) -> Any:  # noqa: ANN401 - JSON has many types
    """Return what a parameter holds that is JSON in a query; None where it was not given."""
    value = params.get(name)
    return _json(name, value) if isinstance(value, str) else value


def paging(params: Params) -> tuple[int, int]:
    """Return which page is wanted, and how long a page is."""
    page, size = (
        _number(params, name, default) for name, default in (("page", 1), ("page_size", PAGE_SIZE_DEFAULT))
    )
    if page < 1:
        raise Refusal(BAD_PARAMETER, "page: must be 1 or more")
    if not 1 <= size <= PAGE_SIZE_MAX:
        raise Refusal(BAD_PARAMETER, f"page_size: must be between 1 and {PAGE_SIZE_MAX}")
    return page, size


def day(params: Params, name: str) -> date:
    """Return a date."""
    value = text(params, name)
    try:
        return date.fromisoformat(value)
    except ValueError as error:
        raise Refusal(BAD_PARAMETER, f"{name}: Not a valid date, YYYY-MM-DD") from error


def paged(rows: list[Params], page: int, size: int) -> dict[str, Any]:
    """Return one page of rows, as the platform puts it."""
    return {"list": rows[(page - 1) * size : page * size], "page_info": page_info(len(rows), page, size)}


def page_info(rows: int, page: int, size: int) -> dict[str, int]:
    """Return where a page stands among so many rows."""
    return {"page": page, "page_size": size, "total_number": rows, "total_page": -(-rows // size)}


def no_permission(account: str) -> Refusal:
    """Return what is said of an account that this token does not reach."""
    return Refusal(NO_PERMISSION, f"No permission to operate advertiser {account}")


def _number(params: Params, name: str, default: int) -> int:
    value = params.get(name, default)
    if isinstance(value, bool) or not isinstance(value, int | str):
        raise Refusal(BAD_PARAMETER, f"{name}: Not a valid integer")
    try:
        return int(value)
    except ValueError as error:
        raise Refusal(BAD_PARAMETER, f"{name}: Not a valid integer") from error


def _json(name: str, value: str) -> Any:  # noqa: ANN401 - JSON has many types
    try:
        return msgspec.json.decode(value)
    except msgspec.DecodeError as error:
        raise Refusal(BAD_PARAMETER, f"{name}: Not valid JSON") from error
