"""The world that a seed gives: clients, accounts in four time zones, and their campaigns."""

from __future__ import annotations

from simulator.world.model import Account, Traits, WorldTerms, smallest_micros
from simulator.world.timeline import Standing
from simulator.world.traffic import chance
from simulator.world.world import World

PLATFORM = "tiktok"
HOMES = (
    ("acme", "USD", "America/New_York"),
    ("borealis", "EUR", "Europe/Berlin"),
    ("cumulus", "JPY", "Asia/Tokyo"),
    ("acme", "USD", "America/Los_Angeles"),
    ("borealis", "EUR", "Europe/Berlin"),
    ("cumulus", "JPY", "Asia/Tokyo"),
)
# As long as the platform's own numbers are.
FIRST_ACCOUNT, FIRST_CAMPAIGN = 7_001_000_000_000_000_001, 1_780_000_000_000_001
BUDGET_UNITS = range(20, 2_000)
# Of a hundred campaigns so many have no daily budget of their own.
WITHOUT_BUDGET_PERCENT = 1
# An ordinary campaign stays below its budget, with its noise too.
APPETITE_PERMILLE = range(820, 1_030)
# A day is busy in its afternoon or evening and quiet at night, each campaign's in its own way.
SWING = range(90, 150)
PEAKS = range(12, 20)
GOODS = ("Boots", "Coffee", "Lamps", "Tents", "Bikes", "Tea", "Chairs", "Skis")
AIMS = ("Reach", "Sales", "Launch", "Brand", "Again", "Spring", "Night", "Video")


def make(terms: WorldTerms) -> World:
    """Return the world of these terms."""
    there = accounts(terms)
    homes = [there[number % len(there)] for number in range(terms.campaigns)]
    return World(
        terms,
        there,
        (
            (home.account, _traits(terms.seed, number, home), _standing(terms.seed, number, home))
            for number, home in enumerate(homes)
        ),
    )


def accounts(terms: WorldTerms) -> list[Account]:
    """Return the accounts of a world."""
    return [_account(number) for number in range(terms.accounts)]


def _account(number: int) -> Account:
    client, currency, zone = HOMES[number % len(HOMES)]
    name = f"{client.capitalize()} {zone.rpartition('/')[2].replace('_', ' ')} {number + 1}"
    return Account(client, PLATFORM, str(FIRST_ACCOUNT + number), name, currency, zone)


def _traits(seed: int, number: int, home: Account) -> Traits:
    return Traits(
        campaign=str(FIRST_CAMPAIGN + number),
        demand_micros=_budget_micros(seed, number, home),
        appetite_permille=_one_of(APPETITE_PERMILLE, seed, number, "appetite"),
        peak_hour=_one_of(PEAKS, seed, number, "peak"),
        swing=_one_of(SWING, seed, number, "swing"),
    )


def _standing(seed: int, number: int, home: Account) -> Standing:
    has_budget = chance(100, seed, number, "has budget") >= WITHOUT_BUDGET_PERCENT
    goods = GOODS[chance(len(GOODS), seed, number, "goods")]
    aim = AIMS[chance(len(AIMS), seed, number, "aim")]
    return Standing(
        name=f"{goods} {aim} {number:03d}",
        status="enabled",
        budget_micros=_budget_micros(seed, number, home) if has_budget else None,
    )


def _budget_micros(seed: int, number: int, home: Account) -> int:
    # A hundred of the smallest units buys about as much everywhere.
    return _one_of(BUDGET_UNITS, seed, number, "budget") * 100 * smallest_micros(home.currency)


def _one_of(numbers: range, *about: object) -> int:
    return numbers[chance(len(numbers), *about)]
