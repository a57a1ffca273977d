from random import Random

import pytest

from domain.forecast import bands, scores
from domain.forecast.fixed import FULL, ONE
from domain.forecast.rows import CurveRow, HistoryRow
from tests.learning_kit import CLOCK, DOLLAR, Account, Campaign, Hours, usual


def coverage(hours: Hours, noise_percent: int, days: int) -> tuple[int, int]:
    """Return in how many of a thousand hours both bands held, of campaigns with so many days of history."""
    account = Account()
    account.live([Campaign(hours, noise_percent, seed) for seed in range(16)], 24)
    asked = held80 = held95 = 0
    for seed in range(100, 112):
        campaign = Campaign(hours, noise_percent, seed)
        account.live([campaign], days)
        for _ in range(3):
            known, came = account.known(campaign), campaign.day(account.number % 7)
            assert known.low95_micros is not None
            assert known.low80_micros is not None
            assert known.high80_micros is not None
            assert known.high95_micros is not None
            inner = zip(known.low80_micros, came, known.high80_micros, strict=True)
            outer = zip(known.low95_micros, came, known.high95_micros, strict=True)
            held80 += sum(low <= hour <= high for low, hour, high in inner)
            held95 += sum(low <= hour <= high for low, hour, high in outer)
            asked += len(CLOCK)
            account.live([campaign], 1)
    return held80 * 1000 // asked, held95 * 1000 // asked


@pytest.mark.parametrize("days", [1, 3, 7])
@pytest.mark.parametrize("noise_percent", [15, 50])
def test_bands_hold_as_often_as_they_say(noise_percent: int, days: int) -> None:
    """Four times of five and nineteen of twenty, after a day of history as after a week."""
    held80, held95 = coverage(usual, noise_percent, days)
    assert abs(held80 - 800) <= 40
    assert abs(held95 - 950) <= 25


def test_a_calm_campaign_among_wild_ones_soon_has_narrow_bands() -> None:
    """How rough a campaign is belongs to it; it borrows no more than the form of the errors."""
    account = Account()
    wild = [Campaign(noise_percent=60, seed=seed) for seed in range(10)]
    calm = Campaign(noise_percent=5)
    account.live(wild, 21)
    account.live([*wild, calm], 3)
    widths = []
    for campaign in (calm, wild[0]):
        known = account.known(campaign)
        assert known.high80_micros is not None
        assert known.expected_micros is not None
        widths.append(sum(known.high80_micros) * 100 // sum(known.expected_micros))
    assert widths[0] < 145
    assert widths[1] > 160


def test_bounds_that_aim_past_each_other_stay_in_order() -> None:
    """The outer bound of one that was too wide, and the inner one of one that was too narrow."""
    packed = scores.OWN.fold(scores.OWN.nothing, [scores.bin_of(score) for score in range(-900, 900)])
    crossed = (18_000, -74_000, 74_000, -18_000)
    known = bands.bounds(HistoryRow(days=20, scores=packed, widened=crossed), CurveRow())
    assert known is not None
    assert known.low95 <= known.low80 < known.middle < known.high80 <= known.high95


def test_a_campaign_alone_knows_no_bands_before_it_was_expected_anything_of() -> None:
    """After its first day there is an amount, yet nobody knows how far off such amounts are."""
    account, campaign = Account(), Campaign()
    account.live([campaign], 1)
    known = account.known(campaign)
    assert known.expected_micros is not None
    assert known.high80_micros is None
    account.live([campaign], 1)
    assert account.known(campaign).high80_micros is not None


def test_bounds_move_out_when_they_are_missed_and_in_when_they_hold() -> None:
    """So that a campaign whose ways change is covered again without waiting for old days to fade."""
    known = bands.Bounds(-900, -500, 0, 500, 900)
    wild = bands.widened((0, 0, 0, 0), known, [-1000, 1000] * 12)
    assert wild[0] < 0
    assert wild[1] < 0
    assert wild[2] > 0
    assert wild[3] > 0
    calm = bands.widened((0, 0, 0, 0), known, [0] * 24)
    assert calm[1] > 0
    assert calm[2] < 0


def test_aims_stay_within_what_there_is() -> None:
    """However often a bound is missed, it never aims at nothing or at everything."""
    aims: tuple[int, ...] = (0, 0, 0, 0)
    for _ in range(1000):
        aims = bands.widened(aims, bands.Bounds(0, 0, 0, 0, 0), [-5, 5])
    assert -bands.LOW95 < aims[0] < 0
    assert 0 < aims[3] < 1_000_000 - bands.HIGH95


@pytest.mark.parametrize("score", [0, 1, 7, 8, 9, 100, 1023, 1024, 50_000, -1, -2, -8, -9, -1024, -5000])
def test_a_score_lies_within_the_edges_of_its_bin(score: int) -> None:
    """Else the bands would be those of other scores."""
    place = scores.bin_of(score)
    assert scores.EDGES[place] <= score < scores.EDGES[place + 1]


@pytest.mark.parametrize(("score", "place"), [(10**9, scores.BINS - 1), (-(10**9), 0)])
def test_a_score_beyond_all_bins_is_in_the_last(score: int, place: int) -> None:
    """What can be that far off is counted, and no further told apart."""
    assert scores.bin_of(score) == place


def test_quantiles_are_where_the_counts_say() -> None:
    """A hundred even scores have their tenth part below a tenth of their width."""
    packed = scores.OWN.fold(scores.OWN.nothing, [scores.bin_of(score) for score in range(0, 1000, 2)])
    tenth, half, most = scores.quantiles(scores.OWN.counts(packed), 10**6, [100_000, 500_000, 900_000])
    assert abs(tenth - 100) < 15
    assert abs(half - 500) < 30
    assert abs(most - 900) < 60


def test_few_scores_are_taken_for_less_than_they_show() -> None:
    """Of nine errors the next one is beyond the largest one time in ten."""
    packed = scores.OWN.fold(
        scores.OWN.nothing, [scores.bin_of(score) for score in (1, 2, 3, 40, 50, 60, 70, 80, 90)]
    )
    few, many = (scores.quantiles(scores.OWN.counts(packed), known, [800_000])[0] for known in (9, 10**6))
    assert few > many


def test_old_scores_fade() -> None:
    """Errors of last year say nothing of today's."""
    packed = scores.OWN.fold(scores.OWN.nothing, [scores.bin_of(900)] * 24)
    for _ in range(200):
        packed = scores.OWN.fold(packed, [scores.bin_of(10)] * 24)
    counts = scores.OWN.counts(packed)
    assert counts[scores.bin_of(900)] < counts[scores.bin_of(10)] // 100


def test_without_any_score_there_are_no_bounds() -> None:
    """Unknown is not zero."""
    assert bands.bounds(HistoryRow(), CurveRow()) is None


def test_an_hour_twice_as_dear_is_a_score_of_nearly_one() -> None:
    """A score is a part of what was expected, and of a little that any hour may cost."""
    assert 800 < bands.off(2 * ONE, ONE, FULL) < FULL
    assert bands.off(ONE, ONE, FULL) == 0
    assert bands.off(2 * ONE, ONE, 2 * FULL) == bands.off(2 * ONE, ONE, FULL) // 2


def test_hours_that_mostly_cost_nothing_have_a_band_from_zero() -> None:
    """Intermittent spend is bounded from above alone."""
    dice = Random(5)  # noqa: S311 - noise of a test

    def bursts(_weekday: int, _hour: int) -> int:
        return 9 * DOLLAR if dice.randrange(4) == 0 else 0

    account = Account()
    campaign = Campaign(bursts)
    account.live([campaign], 30)
    known = account.known(campaign)
    assert known.low80_micros == (0,) * 24
    assert known.high80_micros is not None
    assert min(known.high80_micros) > 0
