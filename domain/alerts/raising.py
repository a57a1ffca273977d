"""Raises an alert once when it begins and clears it once when it is over, and counts its episodes."""

from typing import Final

from msgspec import Struct
from msgspec.structs import replace

from domain.alerts.rows import BITS, KINDS, AlertsRow, alerts_key
from domain.guard.look import Look
from events.limits import AMOUNT_MICROS_MAX, COUNT_MAX
from events.types import AlertCleared, AlertKind, AlertRaised, AlertUnit, ClearedFor, Severity

FIGURE_MAX: Final = 1_000 * COUNT_MAX


class Figure(Struct, frozen=True):
    """What is observed of a campaign, and the limit that it is held to."""

    observed: int
    limit: int
    unit: AlertUnit


def is_raised(look: Look, kind: AlertKind) -> bool:
    """Say whether an alert is raised."""
    return bool(look.row.alerts & BITS[kind])


def above(look: Look, kind: AlertKind, severity: Severity, figure: Figure) -> None:
    """Raise an alert while a figure is above its limit, and clear it when it is well below again."""
    back = figure.limit * (1000 - look.rules.alert_hysteresis_permille) // 1000
    if figure.observed > figure.limit:
        begin(look, kind, severity, figure)
    elif figure.observed <= back:
        end(look, kind, "recovered")


def below(look: Look, kind: AlertKind, severity: Severity, figure: Figure) -> None:
    """Raise an alert while a figure is below its limit, and clear it when it is well above again."""
    back = figure.limit * (1000 + look.rules.alert_hysteresis_permille) // 1000
    if figure.observed < figure.limit:
        begin(look, kind, severity, figure)
    elif figure.observed >= back:
        end(look, kind, "recovered")


def begin(look: Look, kind: AlertKind, severity: Severity, figure: Figure) -> None:
    """Raise an alert, unless it is raised."""
    if is_raised(look, kind):
        return
    row, place = look.row, KINDS.index(kind)
    known: AlertsRow = look.draft.get(alerts_key(look.key)) or AlertsRow()
    episodes, raised = filled(known.episodes), filled(known.raised_ms)
    episodes[place] += 1
    raised[place] = look.now_ms
    kept = replace(known, day=row.day, episodes=tuple(episodes), raised_ms=tuple(raised))
    look.draft.changes[alerts_key(look.key)] = kept
    look.keep(replace(row, alerts=row.alerts | BITS[kind]))
    look.tell(
        AlertRaised(
            kind=kind,
            severity=severity,
            campaign=look.campaign,
            episode=episodes[place],
            at_ms=look.now_ms,
            observed=min(max(figure.observed, 0), FIGURE_MAX),
            limit=min(max(figure.limit, 0), FIGURE_MAX),
            unit=figure.unit,
            day=row.day or None,
            spent_micros=min(look.spent_micros, AMOUNT_MICROS_MAX),
            budget_micros=row.target_micros,
            ratio_permille=look.ratio_permille,
            currency=look.account.currency,
        )
    )


def end(look: Look, kind: AlertKind, reason: ClearedFor) -> None:
    """Clear an alert, if it is raised."""
    if not is_raised(look, kind):
        return
    row, place = look.row, KINDS.index(kind)
    known: AlertsRow = look.draft.get(alerts_key(look.key)) or AlertsRow()
    look.keep(replace(row, alerts=row.alerts & ~BITS[kind]))
    look.tell(
        AlertCleared(
            kind=kind,
            campaign=look.campaign,
            episode=filled(known.episodes)[place],
            raised_ms=filled(known.raised_ms)[place],
            at_ms=look.now_ms,
            reason=reason,
        )
    )


def filled(numbers: tuple[int, ...]) -> list[int]:
    """Return a number for each kind; one that a newer version has brought was never raised."""
    return [*numbers, *[0] * (len(KINDS) - len(numbers))]
