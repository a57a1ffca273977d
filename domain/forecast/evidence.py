"""Evidence: what is known of a campaign's day ahead, of which plans are made."""

from typing import Final

from domain import money
from domain.forecast import bands, experts, level, performance, weighing
from domain.forecast.fixed import FINE, ONE, to_mean_one
from domain.forecast.model import Ahead, Evidence, Micros, Shape
from domain.forecast.rows import CurveRow, ForecastRow, HistoryRow
from domain.forecast.seen import blended

FORECAST_AGE_MS_MAX: Final = 36 * 3_600_000
_MILLION: Final = 1_000_000


def evidence(
    history: HistoryRow | None, curve: CurveRow | None, forecast: ForecastRow | None, ahead: Ahead, at_ms: int
) -> Evidence:
    """Return all that is known of a day ahead; a forecast that is old, or of other hours, is not used."""
    history, curve = history or HistoryRow(), curve or CurveRow()
    if forecast is not None and not _counts(forecast, ahead, at_ms):
        forecast = None
    view = experts.look(history, curve, ahead.weekday)
    shares = weighing.shares(history, curve, with_forecast=forecast is not None)
    low95, low80, expected, high80, high95 = _quantiles(history, curve, blended(view, shares), ahead)
    if forecast is not None and shares[-1]:
        low95 = _mixed(low95, forecast.q025_micros, shares[-1])
        low80 = _mixed(low80, forecast.q100_micros, shares[-1])
        expected = _mixed(expected, forecast.q500_micros, shares[-1])
        high80 = _mixed(high80, forecast.q900_micros, shares[-1])
        high95 = _mixed(high95, forecast.q975_micros, shares[-1])
    brings = performance.expected(history.hours, ahead.clock_hours)
    misplaced = weighing.misplaced(history, curve) if history.days else None
    return Evidence(
        days=history.days,
        shapes=_shapes(view, shares, forecast, ahead, common=any(curve.seen)),
        expected_micros=expected,
        low80_micros=low80,
        high80_micros=high80,
        low95_micros=low95,
        high95_micros=high95,
        confidence_permille=None if misplaced is None else max(0, 1000 - misplaced),
        day_micros=level.of_day(history, curve, ahead.weekday) // FINE if history.days else None,
        day_error_permille=level.error_permille(history),
        performance_permille=brings.permille,
        conversions_ppm=brings.conversions_ppm,
        click_micros=brings.click_micros,
    )


def _counts(forecast: ForecastRow, ahead: Ahead, at_ms: int) -> bool:
    same_hours = len(forecast.q500_micros) == len(ahead.clock_hours)
    return same_hours and at_ms - forecast.made_ms <= FORECAST_AGE_MS_MAX


def _shapes(
    view: experts.View, shares: list[int], forecast: ForecastRow | None, ahead: Ahead, *, common: bool
) -> tuple[Shape, ...]:
    """Return the shape of each who knows anything; who knows no more than another leaves it its share."""
    even, account, day, week, model = shares
    lines: list[tuple[experts.Source, experts.Line, int]] = [("even", [ONE] * 24, even)]
    if view.days:
        lines += [
            ("account", view.account, account),
            ("hour_of_day", view.day, day),
            ("hour_of_week", view.week, week),
        ]
    elif common:
        lines.append(("account", view.account, account + day + week))
    else:
        lines = [("even", [ONE] * 24, even + account + day + week)]
    found = [
        Shape(source, _ppm([line[clock] for clock in ahead.clock_hours]), share)
        for source, line, share in lines
    ]
    if forecast is not None:
        found.append(Shape("forecast", _ppm(forecast.q500_micros), model))
    return tuple(found)


def _ppm(weights: experts.Line) -> tuple[int, ...]:
    return money.spread(_MILLION, weights if any(weights) else [1] * len(weights))


def _quantiles(history: HistoryRow, curve: CurveRow, blend: list[int], ahead: Ahead) -> list[Micros | None]:
    """Return the hours' quantiles, low ones first; unknown without history."""
    if not history.days:
        return [None] * 5
    day = level.of_day(history, curve, ahead.weekday)
    whole = to_mean_one(blend)
    line = [whole[clock] for clock in ahead.clock_hours]
    known, rough = bands.bounds(history, curve), weighing.typical_roughness(history)
    if known is None:
        return [None, None, bands.amounts(line, day, rough, (0,))[0], None, None]
    middle = (known.low95, known.low80, known.middle, known.high80, known.high95)
    return [*bands.amounts(line, day, rough, middle)]


def _mixed(own: Micros | None, forecast: Micros, share_permille: int) -> Micros | None:
    if own is None:
        return None
    return tuple(
        (mine * (1000 - share_permille) + theirs * share_permille) // 1000
        for mine, theirs in zip(own, forecast, strict=True)
    )
