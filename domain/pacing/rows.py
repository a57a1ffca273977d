"""The rows of the account agent's table and the keys they lie under."""

from datetime import date, timedelta

from domain.decision import Row

DAYS_KEPT = 35  # platforms restate at most a month back; older days are buried and refused

# Parts of a key are joined by a zero byte, which the codec lets into no subject, campaign or id.
CLOCK_KEY = b"\0clock"  # one row a partition


class ClockRow(Row, frozen=True, tag="t"):
    """The time as the partition's last tick told it."""

    now_ms: int


class AccountRow(Row, frozen=True, tag="a"):
    """What holds for a whole account: its currency and the policy in force."""

    currency: str
    policy_version: int = 0
    warning_permille: int = 1500
    critical_permille: int = 2000
    under_permille: int = 500
    hysteresis_permille: int = 100
    pause_permille: int = 1100


class DayRow(Row, frozen=True, tag="d"):
    """The spend of one campaign on one past day."""

    cells: bytes = b""
    recorded_micros: int = 0


class CampaignRow(Row, frozen=True, tag="c"):
    """A campaign's budget, its newest day by hour, and the band its pace is in."""

    budget_micros: int | None = None
    budget_as_of_ms: int = 0
    day: str = ""
    day_start_ms: int = 0
    day_end_ms: int = 0
    as_of_ms: int = 0
    band: int = 0
    spent_micros: int = 0  # the sum of the cells
    recorded_micros: int = 0
    cells: bytes = b""
    plan: bytes | None = None  # as domain.pacing.plan keeps it; none without a budget


class RecordedRow(Row, frozen=True, tag="r"):
    """Transaction ids already counted for a campaign and day, one bucket of them."""

    ids: tuple[str, ...] = ()


RECORDED_BUCKETS = 16
RECORDED_IDS_MAX = 2000  # a bucket; with 16 buckets 32,000 pushed increments a campaign and day


def campaign_key(subject: str, campaign: str) -> bytes:
    """Return where a campaign's row lies."""
    return f"{subject}\0{campaign}".encode()


def day_key(campaign: bytes, day: str) -> bytes:
    """Return where a past day of a campaign lies."""
    return campaign + b"\0" + day.encode()


def recorded_key(campaign: bytes, day: str, bucket: int) -> bytes:
    """Return where one bucket of counted transaction ids lies."""
    return campaign + b"\0" + day.encode() + b"\0%02d" % bucket


def days_before(day: str, days: int) -> str:
    """Return the calendar day so many days earlier."""
    return (date.fromisoformat(day) - timedelta(days=days)).isoformat()
