import io

import msgspec
import pytest
from rich.console import Console, ConsoleRenderable

from headgate import meters, standing
from headgate.commands import status
from headgate.labels import labels
from headgate.meters import Meter
from headgate.standing import AccountStanding, CampaignStanding
from infra.errors import FixInput

UNIT = 1_000_000
NOW_MS = 1_763_726_400_000


def account(subject: str, zone: str = "Europe/Berlin", **changes: object) -> AccountStanding:
    """Return an account at a glance."""
    known: dict[str, object] = {
        "subject": subject,
        "time_zone": zone,
        "currency": "EUR",
        "day": "2025-11-21",
        "budget_micros": 48_100 * UNIT,
        "spend_micros": 36_400 * UNIT,
        "expected_micros": 30_000 * UNIT,
        "running": 48,
        "held": 2,
        "campaigns": 50,
        "read_ms": NOW_MS - 61_000,
        "trouble": "",
    }
    return msgspec.convert({**known, **changes}, AccountStanding)


def campaign(name: str, **changes: object) -> CampaignStanding:
    """Return a campaign at a glance."""
    known: dict[str, object] = {
        "campaign": "1780000000000173",
        "name": name,
        "status": "enabled",
        "currency": "EUR",
        "budget_micros": 914 * UNIT,
        "spend_micros": 1_375 * UNIT,
        "expected_micros": 700 * UNIT,
        "held": False,
        "last_action": "",
        "last_outcome": "",
        "last_decided_ms": None,
    }
    return msgspec.convert({**known, **changes}, CampaignStanding)


ACCOUNTS = [
    account("acme/tiktok/7001000000000000001", "America/New_York"),
    account("borealis/tiktok/7001000000000000012", trouble="rate-limited"),
    account("borealis/tiktok/7001000000000000022", read_ms=0),
]


def drawn(what: ConsoleRenderable, width: int) -> list[str]:
    """Draw something at a width."""
    console = Console(file=io.StringIO(), width=width)
    console.print(what)
    file = console.file
    assert isinstance(file, io.StringIO)
    return file.getvalue().splitlines()


def test_accounts_are_called_by_client_and_city_and_twins_by_as_much_of_their_number_as_they_need() -> None:
    """People do not remember nineteen digits."""
    told = labels((one.subject, one.time_zone) for one in ACCOUNTS)
    assert list(told.values()) == ["acme New York", "borealis Berlin 12", "borealis Berlin 22"]


@pytest.mark.parametrize("width", [80, 120, 200])
def test_accounts_stand_one_a_line_at_any_width(width: int) -> None:
    """What was spent, how that stands to the plan, what we hold, how old it is, and what is wrong."""
    lines = drawn(status.account_table(ACCOUNTS, NOW_MS, width), width)
    assert len(lines) == 4
    assert all(len(line) <= width for line in lines)
    assert "36.4k of 48.1k EUR" in lines[1]
    assert "1.21x" in lines[1]
    assert lines[1].rstrip().endswith("1 min")
    assert "rate-limited" in lines[2]
    assert lines[3].rstrip().endswith("never")
    assert ("acme/tiktok/7001000000000000001" in lines[1]) == (width >= 120)


@pytest.mark.parametrize("width", [80, 120])
def test_campaigns_tell_who_paused_them(width: int) -> None:
    """Ours, under way, a person's, running, and one without a budget of its own."""
    shown = [
        campaign("ours", held=True, status="paused", last_action="pause", last_outcome="applied"),
        campaign("going", last_action="pause", last_outcome="pending"),
        campaign("theirs", status="paused"),
        campaign("running"),
        campaign("free", budget_micros=None, expected_micros=None),
    ]
    lines = drawn(status.campaign_table(shown, width), width)
    ends = ("paused by us", "pause under way", "paused", "on", "on")
    assert [line.rstrip().endswith(end) for line, end in zip(lines[1:], ends, strict=True)] == [True] * 5
    assert "no daily budget" in lines[5]


def test_why_a_campaign_is_held_and_what_is_raised_stands_beside_it() -> None:
    """A word for what is out of the ordinary, and none for what is not."""
    shown = [
        campaign("opened", held=True, status="paused", last_reason="breaker-open", alerts=2),
        campaign("trying", breaker="half_open"),
        campaign("calm"),
    ]
    lines = [line.rstrip() for line in drawn(status.campaign_table(shown, 100), 100)]
    assert lines[1].endswith("paused by us, breaker  ▲ 2")
    assert lines[2].endswith(" on trial")
    assert lines[3].endswith(" on")


@pytest.mark.parametrize("width", [80, 120])
def test_alerts_of_accounts_have_a_column_only_where_there_are_some(width: int) -> None:
    """Nothing is shown of what is not."""
    calm = drawn(status.account_table(ACCOUNTS, NOW_MS, width), width)
    assert "alerts" not in calm[0]
    lines = drawn(
        status.account_table([*ACCOUNTS[:2], account("cumulus/tiktok/1", alerts=3)], NOW_MS, width), width
    )
    assert "alerts" in lines[0]
    assert "▲ 3" in lines[3]
    assert all(len(line) <= width for line in lines)


def test_no_account_yet_says_where_to_look() -> None:
    """An empty table would tell nothing."""
    assert "headgate up" in drawn(status.account_table([], NOW_MS, 80), 80)[0]


def test_an_account_is_found_by_a_part_that_only_it_has() -> None:
    """By its subject, its number's end, or as it is called; otherwise the choice is told."""
    assert standing.find(ACCOUNTS, "york") is ACCOUNTS[0]
    assert standing.find(ACCOUNTS, "Berlin 12") is ACCOUNTS[1]
    assert standing.find(ACCOUNTS, "borealis/tiktok/7001000000000000022") is ACCOUNTS[2]
    with pytest.raises(FixInput, match=r"2 accounts are meant by berlin(.|\n)*borealis Berlin 22"):
        standing.find(ACCOUNTS, "berlin")
    with pytest.raises(FixInput, match="There is no account tokyo"):
        standing.find(ACCOUNTS, "tokyo")


@pytest.mark.parametrize(
    ("units", "said"),
    [(0, "0"), (9_999, "9,999"), (36_460, "36.4k"), (4_190_000, "4.1M"), (-12, "-12")],
)
def test_amounts_keep_their_width(units: int, said: str) -> None:
    """Nothing is rounded up: what is shown is spent."""
    assert meters.short(units * UNIT) == said


@pytest.mark.parametrize(
    ("spent", "expected", "style"),
    [(40, 100, "cyan"), (100, 100, "green"), (150, 100, "yellow"), (200, 100, "bold red"), (5, None, "")],
)
def test_a_pace_has_the_colour_of_its_band(spent: int, expected: int | None, style: str) -> None:
    """Colours mean what the default policy means."""
    assert Meter(spent, 1_000, expected).style == style


def test_a_bar_shows_what_is_spent_and_where_the_plan_is() -> None:
    """A bar never grows over its width, and the plan's mark is always on it."""
    assert Meter(50, 100, 20).bar(10).plain == "━━┃━━─────"
    assert Meter(500, 100, 100).bar(10).plain == "━━━━━━━━━┃"
    assert Meter(0, 0, None).bar(10).plain == "─" * 10
