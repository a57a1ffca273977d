import msgspec
import pytest

from domain.forecast import level
from domain.forecast.evidence import FORECAST_AGE_MS_MAX, evidence
from domain.forecast.history import learn
from domain.forecast.model import Ahead
from domain.forecast.rows import CurveRow, ForecastRow, HistoryRow, maturity
from events.limits import AMOUNT_MICROS_MAX
from tests.learning_kit import (
    AUTUMN,
    CLOCK,
    DOLLAR,
    OPEN,
    SPRING,
    WORKDAY,
    Account,
    Campaign,
    Hours,
    flat,
    past,
    shares,
    usual,
    weights,
)

MONDAY = Ahead(0, CLOCK)


def forecast_of(hours: tuple[int, ...], made_ms: int = 0) -> ForecastRow:
    """Return a forecast that is sure of these hours."""
    return ForecastRow("2026-06-08", made_ms, "model", hours, hours, hours, hours, hours)


def error(known: tuple[int, ...], hours: tuple[int, ...]) -> int:
    """Return how many permille of a day lie in other hours than known."""
    whole = sum(hours)
    return sum(abs(one - hour * 1_000_000 // whole) for one, hour in zip(known, hours, strict=True)) // 2000


def test_nothing_is_known_of_the_first_day_of_a_first_campaign() -> None:
    """Then the day is even, and nobody says how sure that is."""
    known = evidence(None, None, None, MONDAY, 0)
    assert shares(known) == {"even": 1000}
    assert (known.days, known.expected_micros, known.high80_micros, known.confidence_permille) == (
        0,
        None,
        None,
        None,
    )
    assert known.performance_permille == (1000,) * 24


def test_a_new_campaign_borrows_the_shape_of_its_account_and_no_amount() -> None:
    """What others do at an hour is a good guess; how much money it is, is not."""
    account = Account()
    account.live([Campaign(seed=seed) for seed in range(5)], 14)
    known = account.known(Campaign())
    assert shares(known)["account"] > 990
    assert error(weights(known, "account"), WORKDAY) < 30
    assert known.expected_micros is None
    assert known.confidence_permille is None


def test_a_campaign_unlike_the_others_goes_its_own_way_after_a_day() -> None:
    """A day of its own outweighs what the account's other campaigns do."""
    account, odd = Account(), Campaign(flat, noise_percent=5)
    account.live([Campaign(seed=seed) for seed in range(8)], 14)
    account.live([odd], 1)
    known = account.known(odd)
    assert error(weights(known, "account"), (1,) * 24) > 200
    assert error(weights(known, "hour_of_day"), (1,) * 24) < 80


def test_the_evidence_moves_to_the_expert_that_is_right() -> None:
    """One weekday unlike the others makes the hour of the week win over the hour of the day."""

    def mornings_on_wednesdays(weekday: int, hour: int) -> int:
        return (20 if hour < 12 else 1) * DOLLAR if weekday == 2 else usual(weekday, hour)

    account, odd = Account(), Campaign(mornings_on_wednesdays, noise_percent=5)
    account.live([odd], 7 * 6 + 2)
    trust = shares(account.known(odd))
    assert trust["hour_of_week"] > 900 or trust["account"] + trust["hour_of_week"] > 950
    assert trust["even"] == 0
    plain = Campaign(flat, noise_percent=3)
    account.live([plain], 28)
    assert shares(account.known(plain))["account"] < 100


def test_a_day_that_is_learned_again_changes_nothing() -> None:
    """Neither does one from before: the log may bring a day twice."""
    account, campaign = Account(), Campaign()
    account.live([campaign], 3)
    again = learn(campaign.history, account.curve, past(0, [5] * 24), 2)
    assert again == (campaign.history, account.curve)


@pytest.mark.parametrize("found", [0, 1, AMOUNT_MICROS_MAX])
def test_hours_in_which_it_could_not_spend_teach_nothing(found: int) -> None:
    """A paused evening is no evidence of quiet evenings, whatever was still reported for it."""
    account, campaign = Account(), Campaign(noise_percent=0)
    account.live([campaign], 14)
    day, morning = list(campaign.day(0)), 2**12 - 1
    before = account.known(campaign)
    whole = learn(campaign.history, account.curve, past(0, [*day[:12], *[found] * 12], morning), 14)
    after = evidence(*whole, None, MONDAY, 0)
    assert error(weights(after, "hour_of_day"), WORKDAY) <= error(weights(before, "hour_of_day"), WORKDAY) + 2
    assert after.expected_micros is not None
    assert before.expected_micros is not None
    assert abs(sum(after.expected_micros) - sum(before.expected_micros)) < sum(day) // 50


def test_a_day_that_was_hardly_open_is_passed_over() -> None:
    """From an hour at night nobody can tell what the day would have cost."""
    account, campaign = Account(), Campaign()
    account.live([campaign], 10)
    assert campaign.history is not None
    history, curve = learn(campaign.history, account.curve, past(3, [9] * 24, 0b111), 10)
    assert curve == account.curve
    assert (history.through, history.days) == (10, 10)


def test_a_history_of_zeros_expects_zeros_and_is_not_sure_of_anything() -> None:
    """A campaign that never spent has no shape of its own, and no confidence made of nothing."""
    history = curve = None
    for number in range(20):
        history, curve = learn(history, curve, past(number % 7, [0] * 24), number)
    known = evidence(history, curve, None, MONDAY, 0)
    assert known.days == 20
    assert known.expected_micros == (0,) * 24
    assert known.confidence_permille is None
    assert all(sum(shape.weights_ppm) == 1_000_000 for shape in known.shapes)


@pytest.mark.parametrize("amount", [1, 2, AMOUNT_MICROS_MAX])
def test_the_smallest_and_the_largest_amounts_are_learned(amount: int) -> None:
    """Nothing overflows, and the rows can be kept."""
    history: HistoryRow | None = None
    curve: CurveRow | None = None
    for number in range(30):
        hours = [amount * (hour % 3 > 0) for hour in CLOCK]
        history, curve = learn(history, curve, past(number % 7, hours), number)
    known = evidence(history, curve, None, MONDAY, 0)
    assert known.expected_micros is not None
    assert abs(sum(known.expected_micros) - 16 * amount) <= 16 * amount // 20 + 24
    assert msgspec.msgpack.decode(msgspec.msgpack.encode(history), type=HistoryRow) == history
    assert msgspec.msgpack.decode(msgspec.msgpack.encode(curve), type=CurveRow) == curve


def test_a_dear_night_of_a_campaign_that_lives_by_day_can_still_be_kept() -> None:
    """What the whole of such a day would have cost is beyond what 64 bits hold."""
    history: HistoryRow | None = None
    curve: CurveRow | None = None
    evenings = [1] * 20 + [30] * 4
    for number in range(14):
        history, curve = learn(history, curve, past(number % 7, evenings), number)
    history, curve = learn(history, curve, past(0, [AMOUNT_MICROS_MAX] * 24, 2**20 - 1), 14)
    assert msgspec.msgpack.decode(msgspec.msgpack.encode(history), type=HistoryRow) == history
    assert msgspec.msgpack.decode(msgspec.msgpack.encode(curve), type=CurveRow) == curve


@pytest.mark.parametrize("days", [0, 9])
def test_the_dearest_day_on_the_quietest_weekday_can_be_kept(days: int) -> None:
    """What it would make of an average day is beyond what 64 bits hold."""
    history = HistoryRow(days=days, fast=level.MOST, slow=level.MOST)
    assert max(level.folded(history, 1, level.MOST)) < 2**63


def no_sundays(weekday: int, hour: int) -> int:
    """Return what hours cost of a campaign that hardly runs on Sundays."""
    return 1000 if weekday == 6 else usual(weekday, hour)


@pytest.mark.parametrize("sunday", [no_sundays, usual])
def test_a_sunday_of_a_campaign_without_sundays_says_little_of_its_mondays(sunday: Hours) -> None:
    """Neither the quiet ones, nor one that is busy for once, are a measure of the other days."""
    account, campaign = Account(), Campaign(no_sundays, noise_percent=5)
    account.live([campaign], 12 * 7 + 6)
    campaign.hours = sunday
    account.live([campaign], 1)
    expected = account.known(campaign).expected_micros
    assert expected is not None
    assert sum(WORKDAY) * DOLLAR * 8 // 10 < sum(expected) < sum(WORKDAY) * DOLLAR * 16 // 10


@pytest.mark.parametrize("clock", [SPRING, AUTUMN])
def test_days_on_which_clocks_move_are_learned_and_foreseen(clock: tuple[int, ...]) -> None:
    """An hour that comes twice costs twice; the day's shape stays what it was."""
    account, campaign = Account(), Campaign(noise_percent=0)
    account.live([campaign], 13)
    day = campaign.day(6)
    moved = past(6, [day[hour] for hour in clock], 2 ** len(clock) - 1, clock)
    history, curve = learn(campaign.history, account.curve, moved, 13)
    plain, changed = (evidence(history, curve, None, Ahead(6, hours), 0) for hours in (CLOCK, clock))
    assert plain.expected_micros is not None
    assert changed.expected_micros == tuple(plain.expected_micros[hour] for hour in clock)
    assert sum(weights(changed, "hour_of_week")) == 1_000_000


def test_confidence_is_how_much_came_when_it_was_expected() -> None:
    """Calm campaigns are foreseen better than wild ones, and say so."""
    sure = []
    for noise in (5, 60):
        account, campaign = Account(), Campaign(noise_percent=noise)
        account.live([campaign], 28)
        sure.append(account.known(campaign).confidence_permille or 0)
    assert sure[0] > 970
    assert 600 < sure[1] < 850


def test_a_forecast_needs_a_day_of_history_and_counts_in_full_after_a_week() -> None:
    """Before that it rests on too little, whatever model made it."""
    account, campaign, seen = Account(), Campaign(), []
    forecast = forecast_of(tuple(hour * DOLLAR for hour in WORKDAY))
    for _ in range(9):
        seen.append(shares(account.known(campaign, forecast))["forecast"])
        account.live([campaign], 1)
    assert seen[:2] == [0, 0]
    assert all(one > 0 for one in seen[2:])
    assert seen[7] > seen[2]


@pytest.mark.parametrize(
    ("age_ms", "is_used"), [(FORECAST_AGE_MS_MAX, True), (FORECAST_AGE_MS_MAX + 1, False)]
)
def test_an_old_forecast_is_not_used(age_ms: int, is_used: bool) -> None:  # noqa: FBT001 - a case of the table
    """A model that has stopped does not steer for ever; what always runs goes on."""
    account, campaign = Account(), Campaign()
    account.live([campaign], 14)
    known = account.known(campaign, forecast_of((DOLLAR,) * 24), age_ms)
    assert ("forecast" in shares(known)) is is_used
    assert sum(shares(known).values()) == 1000


def test_a_forecast_of_another_days_hours_is_not_used() -> None:
    """A day that turned out to have 23 hours needs another one."""
    account, campaign = Account(), Campaign()
    account.live([campaign], 14)
    assert "forecast" not in shares(account.known(campaign, forecast_of((DOLLAR,) * 23)))


def test_forecasts_that_prove_wrong_lose_their_share() -> None:
    """They are judged by how their days came, as every expert is."""
    trusted = []
    for told in ((1,) * 24, WORKDAY):
        account, campaign = Account(), Campaign()
        account.live([campaign], 14)
        forecast = forecast_of(tuple(hour * DOLLAR for hour in told))
        for number in range(14, 19):
            day = past(number % 7, campaign.day(number % 7))
            campaign.history, account.curve = learn(campaign.history, account.curve, day, number, forecast)
        trusted.append(shares(account.known(campaign, forecast))["forecast"])
    assert trusted[0] < 5
    assert trusted[1] > 150


def test_a_campaign_is_kept_in_little() -> None:
    """However long it runs, and with all of its results."""
    account, campaign = Account(), Campaign()
    account.live([campaign], 60)
    assert len(msgspec.msgpack.encode(campaign.history)) < 2048
    assert len(msgspec.msgpack.encode(account.curve)) < 6144


def test_an_account_that_knows_its_week_learns_beginners_again() -> None:
    """Campaigns that began with it were foreseen worse than those that begin now do."""
    account = Account()
    campaigns = [Campaign(seed=seed) for seed in range(9)]
    account.live(campaigns, 15)
    young = account.curve.scores[1] if account.curve else b""
    assert all(one.history is not None and one.history.shadow is not None for one in campaigns)
    account.live(campaigns, 8)
    assert all(one.history is not None and one.history.shadow is None for one in campaigns)
    assert account.curve is not None
    assert account.curve.scores[1] != young


@pytest.mark.parametrize(
    ("days", "group"), [(0, 0), (1, 1), (2, 2), (3, 2), (4, 3), (7, 3), (8, 4), (14, 4), (15, 5), (999, 5)]
)
def test_campaigns_are_compared_with_those_of_as_much_history(days: int, group: int) -> None:
    """The groups are 0, 1, 2 to 3, 4 to 7, 8 to 14 days, and more."""
    assert maturity(days) == group


def test_every_hour_may_be_open() -> None:
    """The day's bits are those of its hours, also of the 25th."""
    assert learn(None, None, past(6, [7] * 25, 2**25 - 1, AUTUMN), 0)[0].days == 1
    assert OPEN.bit_count() == 24
