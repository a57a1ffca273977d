"""The library's time: one clock, one time zone, and days of 23 to 25 hours."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Final

from connectors.errors import InvalidRequest
from connectors.local_days import local_day, local_day_of, zone_of
from connectors.ports import LocalDay
from domain.local_time import HOUR_MS
from headgate.pacer.amounts import Unusable

Clock = Callable[[], datetime]
EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)
MS: Final = timedelta(milliseconds=1)


def real_time() -> datetime:
    """Return which time it is: the one place in which the library asks for it."""
    return datetime.now(UTC)


class Calendar:
    """Which moment it is, and on which day and hour of the account a moment lies."""

    def __init__(self, clock: Clock, time_zone: str) -> None:
        try:
            self.zone = zone_of(time_zone)
        except InvalidRequest as error:
            raise Unusable(f"There is no time zone {time_zone!r}.", 'Name one as "Europe/Berlin".') from error
        self.time_zone = time_zone
        self._clock = clock
        self._last_ms = 0

    def now_ms(self) -> int:
        """Return which moment it is; it never goes back, also when the clock does."""
        self._last_ms = max(self._last_ms, to_ms(self._clock()))
        return self._last_ms

    def next_ms(self) -> int:
        """Return a moment that was not returned before."""
        self._last_ms = max(self._last_ms + 1, to_ms(self._clock()))
        return self._last_ms

    def day_at(self, at_ms: int) -> LocalDay:
        """Return the day that a moment lies in."""
        return local_day(self.time_zone, at_ms)

    def day_of(self, day: str) -> LocalDay:
        """Return a day by its date."""
        return local_day_of(self.time_zone, day)

    def hours(self, day: LocalDay) -> list[datetime]:
        """Return when each hour of a day begins, in the account's zone."""
        return [to_moment(at_ms).astimezone(self.zone) for at_ms in range(day.start_ms, day.end_ms, HOUR_MS)]


def to_ms(moment: datetime) -> int:
    """Return a moment in milliseconds since 1970; one without a zone is taken for UTC."""
    aware = moment if moment.tzinfo else moment.replace(tzinfo=UTC)
    return (aware - EPOCH) // MS


def to_moment(at_ms: int) -> datetime:
    """Return the moment of so many milliseconds."""
    return EPOCH + at_ms * MS
