"""Pace: what a campaign has spent against what an even plan would have spent by the same instant."""

from typing import Final

from domain.pacing.rows import AccountRow, CampaignRow
from events.types import PaceDeviated
from events.types.pacing import Band

UNDER, ON_TRACK, OVER, CRITICAL = -1, 0, 1, 2
BAND_NAMES: Final[dict[int, Band]] = {
    UNDER: "under",
    ON_TRACK: "on_track",
    OVER: "over",
    CRITICAL: "critical",
}

# A ratio in a day's first hour divides by almost nothing, so nobody is told of it.
QUIET_MS = 3_600_000


def expected_micros(row: CampaignRow) -> int:
    """Return what an even plan has spent at the row's newest observation."""
    elapsed_ms = min(row.as_of_ms, row.day_end_ms) - row.day_start_ms
    return (row.budget_micros or 0) * elapsed_ms // (row.day_end_ms - row.day_start_ms)


def ratio_permille(row: CampaignRow) -> int | None:
    """Return spend over plan in thousandths, or ``None`` while it would mean nothing."""
    if not row.budget_micros or row.as_of_ms - row.day_start_ms < QUIET_MS:
        return None
    expected = expected_micros(row)
    return (row.spent_micros + row.recorded_micros) * 1000 // expected if expected else None


def next_band(band: int, ratio: int, policy: AccountRow) -> int:
    """Return the band of a ratio; leaving a band takes the hysteresis more than entering it."""
    slack = policy.hysteresis_permille
    if ratio >= policy.critical_permille - (slack if band == CRITICAL else 0):
        return CRITICAL
    if ratio >= policy.warning_permille - (slack if band >= OVER else 0):
        return OVER
    if ratio < policy.under_permille + (slack if band == UNDER else 0):
        return UNDER
    return ON_TRACK


def deviation(campaign: str, row: CampaignRow, ratio: int, band: int) -> PaceDeviated:
    """Return the fact that a campaign's pace moved from its row's band into another."""
    return PaceDeviated(
        campaign=campaign,
        day=row.day,
        as_of_ms=row.as_of_ms,
        spent_micros=row.spent_micros + row.recorded_micros,
        budget_micros=row.budget_micros or 0,
        expected_micros=expected_micros(row),
        ratio_permille=ratio,
        band=BAND_NAMES[band],
        previous_band=BAND_NAMES[row.band],
    )
