"""Raises what people have to know of a client's money once when it begins, clears it once when it is over."""

from typing import Final, Literal, NamedTuple

from msgspec.structs import replace

from domain.treasury.look import HOUR_MS, Look
from domain.treasury.rows import AlertsRow
from events.limits import REASON_CHARS_MAX
from events.types import FundingAlertCleared, FundingAlertKind, FundingAlertRaised, FundingRefused, RefusedFor

Severity = Literal["warning", "high", "critical"]
SEVERITIES: Final[dict[FundingAlertKind, Severity]] = {
    "treasury_short": "critical",
    "funding_failing": "critical",
    "funding_stuck": "high",
    "pot_overspent": "high",
    "limit_reached": "high",
    "fees_low": "high",
    "fx_stale": "high",
    "ledger_differs": "critical",
    "pot_foreign": "critical",
}


class Figure(NamedTuple):
    """What is observed, and what it is held to."""

    observed: int
    limit: int
    unit: Literal["micro-usdc", "lamports", "minutes", "times"] = "micro-usdc"


def begin(look: Look, kind: FundingAlertKind, figure: Figure, detail: str) -> None:
    """Raise an alert, unless it is raised."""
    known, episode, raised_ms = _known(look, kind)
    if raised_ms:
        return
    at_ms = max(look.now_ms, 1)
    _keep(look, known, (kind, episode + 1, at_ms))
    observed, limit = max(0, figure.observed), max(0, figure.limit)
    look.tell(
        FundingAlertRaised(
            kind=kind,
            severity=SEVERITIES[kind],
            pot=look.pot or None,
            episode=episode + 1,
            at_ms=at_ms,
            observed=observed,
            limit=limit,
            unit=figure.unit,
            detail=detail[:REASON_CHARS_MAX],
        )
    )


def end(look: Look, kind: FundingAlertKind) -> None:
    """Clear an alert, if it is raised."""
    known, episode, raised_ms = _known(look, kind)
    if raised_ms:
        _keep(look, known, (kind, episode, 0))
        look.tell(
            FundingAlertCleared(kind, look.pot or None, episode, raised_ms, max(look.now_ms, raised_ms))
        )


def is_raised(look: Look, kind: FundingAlertKind) -> bool:
    """Say whether an alert is raised."""
    return _known(look, kind)[2] > 0


def refuse(
    look: Look, reason: RefusedFor, wanted_micro_usdc: int, detail: str, *, request_id: str | None = None
) -> None:
    """Say that no money is set aside; where nobody asked, an hour's reason is told once."""
    if request_id is None:
        hour, row = look.now_ms // HOUR_MS, look.row
        if (reason, hour) in row.refused:
            return
        others = tuple(one for one in row.refused if one[0] != reason)
        look.row = replace(row, refused=(*others, (reason, hour)))
    look.tell(
        FundingRefused(
            pot=look.pot,
            request_id=request_id,
            wanted_micro_usdc=wanted_micro_usdc,
            reason=reason,
            detail=detail[:REASON_CHARS_MAX],
            at_ms=look.now_ms,
        )
    )


def _known(look: Look, kind: FundingAlertKind) -> tuple[AlertsRow, int, int]:
    row: AlertsRow = look.get("alerts") or AlertsRow()
    for name, episode, raised_ms in row.alerts:
        if name == kind:
            return row, episode, raised_ms
    return row, 0, 0


def _keep(look: Look, known: AlertsRow, alert: tuple[str, int, int]) -> None:
    others = tuple(one for one in known.alerts if one[0] != alert[0])
    look.keep("alerts", AlertsRow((*others, alert)))
