"""Every limit of the language of the log, by name, and the constrained field types made of them."""

from typing import Annotated, Final

from msgspec import Meta

BODY_BYTES_MAX: Final = 256 * 1024  # a quarter of Kafka's default message: headers and framing always fit
PAGE_CAMPAIGNS_MAX: Final = 500  # what the platforms answer in one page
DAY_HOURS_MAX: Final = 25  # the day on which clocks are set back
PAGE_OBSERVATIONS_MAX: Final = PAGE_CAMPAIGNS_MAX * DAY_HOURS_MAX
NAME_CHARS_MAX: Final = 128
ID_CHARS_MAX: Final = 128
SUBJECT_CHARS_MAX: Final = 3 * ID_CHARS_MAX + 2  # client/platform/account
AMOUNT_MICROS_MAX: Final = 10**15  # a billion units of a currency; its double still fits 64 bits
COUNT_MAX: Final = 10**12
TIME_MS_MAX: Final = 253_402_300_799_999  # the last millisecond of the year 9999
VERSION_MAX: Final = 2**31 - 1
PERMILLE_MAX: Final = 10**9  # a ratio above a million is reported as a million
REASON_CHARS_MAX: Final = 500
MINUTES_MAX: Final = 40_320  # four weeks
DAY_MS_MAX: Final = 26 * 3_600_000  # 25 hours, and one to spare for zones that moved by more

Id = Annotated[str, Meta(min_length=1, max_length=ID_CHARS_MAX)]
Name = Annotated[str, Meta(max_length=NAME_CHARS_MAX)]
# A pattern's "$" also matches before a last line break, so the length is held as well.
Currency = Annotated[str, Meta(pattern="^[A-Z]{3}$", max_length=3)]
Day = Annotated[str, Meta(pattern="^[0-9]{4}-(0[1-9]|1[0-2])-(0[1-9]|[12][0-9]|3[01])$", max_length=10)]
Hour = Annotated[int, Meta(ge=0, le=DAY_HOURS_MAX - 1)]
AmountMicros = Annotated[int, Meta(ge=0, le=AMOUNT_MICROS_MAX)]
Count = Annotated[int, Meta(ge=0, le=COUNT_MAX)]
TimeMs = Annotated[int, Meta(ge=0, le=TIME_MS_MAX)]
Version = Annotated[int, Meta(ge=1, le=VERSION_MAX)]
Permille = Annotated[int, Meta(ge=0, le=PERMILLE_MAX)]
Share = Annotated[int, Meta(ge=0, le=1000)]
TimeZone = Annotated[str, Meta(min_length=1, max_length=64)]
Minutes = Annotated[int, Meta(ge=0, le=MINUTES_MAX)]
Reason = Annotated[str, Meta(max_length=REASON_CHARS_MAX)]
