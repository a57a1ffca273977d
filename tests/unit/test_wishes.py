import pytest

from events.types import TermsSet
from headgate import wishes
from headgate.campaign import wanted
from infra.errors import FixInput

UNIT = 1_000_000


def terms(**given: str) -> TermsSet:
    """Return a campaign's first terms."""
    return wishes.following(None, "c-1", "USD", {name.rstrip("_"): text for name, text in given.items()})


def test_terms_are_read_as_people_say_them() -> None:
    """Amounts to the micro, names in any case."""
    found = terms(budget="month=3000.50", strategy="even", channel="Google-Ads", rollover="drop", floor="10")
    assert (found.budget, found.amount_micros, found.terms_version) == ("month", 3_000_500_000, 1)
    assert (found.strategy, found.channel, found.rollover) == ("EVEN", "google_ads", "drop")
    assert found.floor_micros == 10 * UNIT
    assert terms(budget="150").budget == "day"
    flight = terms(budget="flight=500", from_="2026-12-01", to="2026-12-24", ends="2026-12-24T18:00+01:00")
    assert (flight.first_day, flight.last_day, flight.end_ms) == (
        "2026-12-01",
        "2026-12-24",
        1_798_131_600_000,
    )


def test_the_next_terms_keep_what_is_not_named_and_none_takes_it_away() -> None:
    """A person who sets the hours does not reset the budget."""
    first = terms(budget="month=3000", curve="front", open="mon-fri=8-20")
    second = wishes.following(first, "c-1", "USD", {"curve": "none", "open": "all"})
    assert (second.terms_version, second.amount_micros) == (2, 3_000 * UNIT)
    assert (second.curve, second.open_hours) == (None, ())
    custom = wishes.following(first, "c-1", "USD", {"weights": "1,2,1"})
    assert (custom.curve, custom.curve_weights) == ("custom", (1, 2, 1))
    assert wishes.following(custom, "c-1", "USD", {"curve": "flat"}).curve_weights == ()
    assert wishes.following(first, "c-1", "USD", {"budget": "platform"}).amount_micros is None


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("8-20", "daily=8-20"),
        ("mon-fri=8-20,sat=10-16", "mon,tue,wed,thu,fri=8-20 sat=10-16"),
        ("fri-mon=9-17", "mon,fri,sat,sun=9-17"),
        ("sat=22-2", "sat=0-2,22-24"),
        ("mon=8-12,mon=14-18", "mon=8-12,14-18"),
    ],
)
def test_opening_hours_are_read_and_said_back(text: str, said: str) -> None:
    """Bits by weekday, midnight the lowest."""
    assert wishes.said_hours(wishes.open_hours(text)) == said


def test_hours_that_are_always_open_are_no_limit() -> None:
    """As if nobody had said anything."""
    assert wishes.open_hours("0-24") == []
    assert wishes.open_hours("tue=1-2")[1] == 0b10


@pytest.mark.parametrize(
    "given",
    [
        {"budget": "year=5"},
        {"budget": "month=a lot"},
        {"budget": "day=0.0000001"},
        {"budget": "day=1000000001"},
        {"budget": "flight=5"},
        {"strategy": "clever"},
        {"open": "someday=8-20"},
        {"open": "mon=8-25"},
        {"open": "mon=late"},
        {"weights": "1,a"},
        {"from": "yesterday"},
        {"starts": "2026-12-01T08:00"},
        {"starts": "soon"},
        {"rollover": "maybe"},
        {"floor": "-1"},
        {"budgt": "5"},
    ],
)
def test_what_cannot_be_is_refused_before_it_is_written(given: dict[str, str]) -> None:
    """With what to say instead."""
    with pytest.raises(FixInput) as caught:
        wishes.following(None, "c-1", "USD", given)
    assert caught.value.next_step


def test_a_wish_without_a_value_is_refused() -> None:
    """NAME=VALUE, and a value may hold another equals sign."""
    assert wishes.pairs(["budget=month=5", "why="]) == {"budget": "month=5", "why": ""}
    with pytest.raises(FixInput, match="wishes nothing"):
        wishes.pairs(["budget"])


def test_terms_are_said_in_a_sentence() -> None:
    """As they are shown."""
    assert wanted.in_words(terms(channel="search")) == "the daily budget of its platform; on search"
    full = terms(budget="month=3000", rollover="drop", curve="front", open="8-20", ceiling="200", why="sale")
    assert wanted.in_words(full) == (
        "3,000.00 USD a month; what a day leaves is lost; its day as a front curve; open daily=8-20;"
        " at most 200.00 a day when budgets move (sale)"
    )
