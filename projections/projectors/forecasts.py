"""What models expected of campaigns' days."""

from typing import Any, Final

from events.codec import Event
from projections.projection import Projection, Rows

QUANTILES: Final = ("q025_micros", "q100_micros", "q500_micros", "q900_micros", "q975_micros")
ABOUT: Final = (
    "model",
    "trained_from",
    "trained_until",
    "made_ms",
    "currency",
    "day",
    "day_start_ms",
    "day_end_ms",
)


def forecasts(event: Event) -> Rows:
    """Return one row a campaign's forecast."""
    fact: Any = event.data
    about = tuple(getattr(fact, name) for name in ABOUT)
    return [
        (one.campaign, *about, *(list(getattr(one, name)) for name in QUANTILES)) for one in fact.campaigns
    ]


FORECASTS = Projection("forecasts", ("campaign", *ABOUT, *QUANTILES), forecasts)
