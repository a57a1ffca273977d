"""The benchmark `pacing`: plans, bands, the closed loop, regret and speed, one after the other."""

from collections.abc import Iterator

from proof.bench.options import Options
from proof.bench.report import Figure
from proof.pacing import closed, data, quality, speed
from proof.pacing.histories import Noise


def measure(options: Options) -> Iterator[list[Figure]]:
    """Measure the brain; the figures come part by part."""
    series = data.load(options.traffic, options.prices)
    noted(options, series.told)
    noted(
        options, f"Histories are weeks drawn from each region's one week: {Noise().told}. Nothing is fitted."
    )
    if is_wanted(options, "plan quality"):
        yield list(quality.figures(quality.measure(series, is_quick=options.quick)))
    if is_wanted(options, "closed loop"):
        size = closed.QUICK if options.quick else closed.Size()
        noted(options, closed.told(size))
        yield list(closed.figures(closed.outcomes(series, size, options.who)))
    if is_wanted(options, "speed"):
        yield list(speed.figures(series, is_quick=options.quick))
        yield list(speed.training(is_quick=options.quick))


def is_wanted(options: Options, part: str) -> bool:
    """Say whether a part was asked for."""
    return options.scenario in part


def noted(options: Options, words: str) -> None:
    """Say something now, and beside the figures."""
    options.say(words)
    options.notes.append(words)
