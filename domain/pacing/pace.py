"""Pace: what a campaign has spent against what its plan would have spent by the same instant."""

from typing import Final

from domain.decision import Refused
from domain.pacing import plan
from domain.pacing.rows import CampaignRow
from events.limits import AMOUNT_MICROS_MAX, PERMILLE_MAX
from events.types import PaceDeviated, PolicySet
from events.types.pacing import Band

UNDER, ON_TRACK, OVER, CRITICAL = -1, 0, 1, 2
BAND_NAMES: Final[dict[int, Band]] = {
    UNDER: "under",
    ON_TRACK: "on_track",
    OVER: "over",
    CRITICAL: "critical",
}

# A ratio in a day's first hour divides by almost nothing, so nobody is told of it.
QUIET_MS: Final = 3_600_000
LEAST_PART: Final = 1_000  # of a day's target


def ratio_permille(row: CampaignRow) -> int | None:
    """Return spend over plan in thousandths, or ``None`` while it would mean nothing."""
    if not row.plan or row.as_of_ms - row.day_start_ms < QUIET_MS:
        return None
    expected, spent = plan.expected_micros(row), row.spent_micros + row.recorded_micros
    least = (row.target_micros or 0) // LEAST_PART or 1
    if expected >= least:
        return spent * 1000 // expected
    # While next to nothing is planned, as in hours that are closed, only more than that says anything.
    return spent * 1000 // least if spent > least else None


def next_band(band: int, ratio: int, rules: PolicySet) -> int:
    """Return the band of a ratio; leaving a band takes the hysteresis more than entering it."""
    slack = rules.pace_hysteresis_permille
    if ratio >= rules.pace_critical_permille - (slack if band == CRITICAL else 0):
        return CRITICAL
    if ratio >= rules.pace_warning_permille - (slack if band >= OVER else 0):
        return OVER
    if ratio < rules.pace_under_permille + (slack if band == UNDER else 0):
        return UNDER
    return ON_TRACK


def deviation(campaign: str, row: CampaignRow, ratio: int, band: int) -> PaceDeviated:
    """Return the fact that a campaign's pace moved from its row's band into another."""
    budget, spent = row.target_micros or 0, row.spent_micros + row.recorded_micros
    if spent > AMOUNT_MICROS_MAX:
        raise Refused("amount-too-large", f"{campaign} would have spent {spent} micros on {row.day}")
    return PaceDeviated(
        campaign=campaign,
        day=row.day,
        as_of_ms=row.as_of_ms,
        spent_micros=spent,
        budget_micros=budget,
        expected_micros=plan.expected_micros(row),
        ratio_permille=min(ratio, PERMILLE_MAX),
        band=BAND_NAMES[band],
        previous_band=BAND_NAMES[row.band],
    )
