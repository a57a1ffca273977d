"""The calls that tests of the simulated TikTok share."""

REPORT, LIST, STATUS, UPDATE = (
    "report/integrated/get/",
    "campaign/get/",
    "campaign/status/update/",
    "campaign/update/",
)
CAMPAIGN = "1780000000000001"
TODAY = "2026-11-21"
HOURLY = {
    "report_type": "BASIC",
    "service_type": "AUCTION",
    "data_level": "AUCTION_CAMPAIGN",
    "dimensions": ["campaign_id", "stat_time_hour"],
    "metrics": ["spend"],
    "start_date": TODAY,
    "end_date": TODAY,
    "page_size": 1_000,
}
DAILY = {**HOURLY, "dimensions": ["campaign_id", "stat_time_day"], "start_date": "2026-10-23"}


def only(campaign: str) -> dict[str, str]:
    """Filter a report by one campaign."""
    return {"field_name": "campaign_ids", "filter_type": "IN", "filter_value": f'["{campaign}"]'}
