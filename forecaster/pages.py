"""From a model's quantiles to records of the log: the same forecast of a day always has the same ids."""

from __future__ import annotations

from collections import defaultdict
from hashlib import blake2b
from typing import TYPE_CHECKING, Final, NamedTuple

import msgspec

from events import codec
from events.envelope import Envelope, moment
from events.types import ForecastMade
from events.types.forecasts import CampaignForecast
from forecaster.panel import hours_of

if TYPE_CHECKING:
    from collections.abc import Iterator

    from forecaster.arrays import Floats
    from forecaster.days import Day
    from forecaster.panel import Row

# Without a slash at its front: it is not one of the agents' sources, whose ids tell their origin.
SOURCE: Final = "headgate/forecaster"
# Five quantiles of 25 hours in 15 digits: some 200 KB.
CAMPAIGNS_A_PAGE: Final = 100


class Record(NamedTuple):
    """What goes to Kafka."""

    key: bytes
    value: bytes
    headers: list[tuple[str, bytes]]


class About(NamedTuple):
    """Of which account and day a forecast is."""

    subject: str
    currency: str
    zone: str | None
    day: Day
    offset: int
    """How many days after the end of the series."""


class Made(NamedTuple):
    """By which model, of which days, and when."""

    model: str
    trained_from: str
    trained_until: str
    made_ms: int


def records(made: Made, about: list[About], rows: list[Row], quantiles: Floats) -> Iterator[Record]:
    """Yield the pages of every account and day, in order."""
    places: dict[str, list[int]] = defaultdict(list)
    for place, row in enumerate(rows):
        places[row.subject].append(place)
    for one in about:
        mine = sorted(places[one.subject], key=lambda place: rows[place].campaign)
        for number, begin in enumerate(range(0, len(mine), CAMPAIGNS_A_PAGE)):
            campaigns = tuple(
                _campaign(rows[place].campaign, quantiles[place], one)
                for place in mine[begin : begin + CAMPAIGNS_A_PAGE]
            )
            yield _record(made, one, number, campaigns)


def _campaign(name: str, quantiles: Floats, about: About) -> CampaignForecast:
    return CampaignForecast(name, *hours_of(quantiles, about.day, about.zone, about.offset))


def _record(made: Made, about: About, page: int, campaigns: tuple[CampaignForecast, ...]) -> Record:
    fact = ForecastMade(
        model=made.model,
        trained_from=made.trained_from,
        trained_until=made.trained_until,
        made_ms=made.made_ms,
        currency=about.currency,
        day=about.day.name,
        day_start_ms=about.day.start_ms,
        day_end_ms=about.day.end_ms,
        campaigns=campaigns,
    )
    # A subject is longer than an id may be.
    account = blake2b(about.subject.encode(), digest_size=12).hexdigest()
    # A model says another thing once more of the past is known.
    said = blake2b(msgspec.json.encode(campaigns), digest_size=6).hexdigest()
    envelope = Envelope(
        id=f"forecast-{account}-{made.model}-{about.day.name}-{page}-{said}",
        type=fact.TYPE,
        version=fact.VERSION,
        source=SOURCE,
        subject=about.subject,
        time=moment(made.made_ms),
    )
    headers, body = codec.encode(codec.Event(envelope, fact))
    # Whoever reads the log holds it to limits that writing alone does not check.
    codec.decode(headers, body)
    return Record(about.subject.encode(), body, headers)
