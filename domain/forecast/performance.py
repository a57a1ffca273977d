"""What an hour's money brings: conversion rates and costs per click by hour, shrunk where data are thin."""

from typing import Final

from msgspec import Struct

from domain.forecast.model import PastDay

_PARTS: Final = 4
_LENGTH: Final = 24 * _PARTS
_FADING: Final = 5  # half of it is of the last three weeks
_COUNTED: Final = 32  # what is counted is kept as so many, else a single conversion would never fade
_CONVERSIONS: Final = 4 * _COUNTED  # an hour is taken for an average one with so many beside its own
_CLICKS: Final = 16 * _COUNTED
LEAST_PERMILLE: Final = 500
MOST_PERMILLE: Final = 2000

Totals = tuple[int, ...]


class Brings(Struct, frozen=True):
    """What the hours of a day bring."""

    permille: tuple[int, ...]
    """An hour's conversion rate over its cost per click, against 1000."""
    conversions_ppm: tuple[int, ...] | None = None
    """Of a million clicks."""
    click_micros: tuple[int, ...] | None = None


def folded(hours: Totals, day: PastDay) -> Totals:
    """Return the sums by hour with a day's in them; days without results say nothing."""
    if not any(map(any, day.results)):
        return hours
    sums = [one - (one >> _FADING) for one in hours] or [0] * _LENGTH
    for clock, micros, counts in zip(day.clock_hours, day.hours_micros, day.results, strict=False):
        start = clock * _PARTS
        sums[start] += micros
        for place, count in enumerate(counts, start + 1):
            sums[place] += _COUNTED * count
    return tuple(sums)


def expected(hours: Totals, clock_hours: tuple[int, ...]) -> Brings:
    """Return what hours bring; their rates and costs are unknown before the first click."""
    clicks = sum(hours[2::_PARTS])
    if not clicks:
        return Brings((1000,) * len(clock_hours))
    spent, conversions = sum(hours[::_PARTS]), sum(hours[3::_PARTS])
    rates, costs = _rates(hours, clicks, conversions), _costs(hours, clicks, spent)
    bounded = [
        max(LEAST_PERMILLE, min(MOST_PERMILLE, rate * 1000 // max(1, cost)))
        for rate, cost in zip(rates, costs, strict=True)
    ]
    return Brings(
        tuple([bounded[clock] for clock in clock_hours]),
        tuple([min(1_000_000, conversions * 1000 * rates[clock] // clicks) for clock in clock_hours]),
        tuple([spent * _COUNTED * costs[clock] // (clicks * 1000) for clock in clock_hours]),
    )


def conversions_ppm(hours: Totals, clock_hours: tuple[int, ...]) -> tuple[int, ...] | None:
    """Return the conversions expected of a million clicks; unknown before the first click."""
    return expected(hours, clock_hours).conversions_ppm


def click_micros(hours: Totals, clock_hours: tuple[int, ...]) -> tuple[int, ...] | None:
    """Return what a click is expected to cost; unknown before the first one."""
    return expected(hours, clock_hours).click_micros


def _rates(hours: Totals, clicks: int, conversions: int) -> list[int]:
    """Return each hour's conversion rate in permille of the average one."""
    if not conversions:
        return [1000] * 24
    return [
        (conversion + _CONVERSIONS) * 1000 // (click * conversions // clicks + _CONVERSIONS)
        for click, conversion in zip(hours[2::_PARTS], hours[3::_PARTS], strict=True)
    ]


def _costs(hours: Totals, clicks: int, spent: int) -> list[int]:
    """Return each hour's cost per click in permille of the average one."""
    if not spent:
        return [1000] * 24
    return [
        (cost * clicks + _CLICKS * spent) * 1000 // ((click + _CLICKS) * spent)
        for cost, click in zip(hours[::_PARTS], hours[2::_PARTS], strict=True)
    ]
