"""The rows of the account agent's table and the keys they lie under."""

from datetime import date, timedelta
from typing import Final

from domain.decision import Row
from events.types import PolicySet, Strategy, TermsSet

DAYS_KEPT = 35  # platforms restate at most a month back; older days are buried and refused

HOURS_DAYS_KEPT = 4  # nobody learns of a platform's lag from what is older

# Parts of a key are joined by a zero byte, which the codec lets into no subject, campaign or id.
CLOCK_KEY = b"\0clock"  # one row a partition


class ClockRow(Row, frozen=True, tag="t"):
    """The time as the partition's last tick told it."""

    now_ms: int


# What holds until a person sets anything else; no account has it as its version.
DEFAULT_POLICY: Final = PolicySet(policy_version=0)


class AccountRow(Row, frozen=True, tag="a"):
    """What holds for a whole account: its currency and the policy that a person has put into force."""

    currency: str
    in_force: PolicySet | None = None

    @property
    def policy(self) -> PolicySet:
        """Return the thresholds that it is decided by."""
        return self.in_force or DEFAULT_POLICY

    @property
    def policy_version(self) -> int:
        """Return which policy that is; zero is the default one."""
        return self.policy.policy_version


class DayRow(Row, frozen=True, tag="d"):
    """The spend of one campaign on one past day."""

    cells: bytes = b""
    recorded_micros: int = 0
    results: bytes = b""
    closed_hours: int = 0
    start_ms: int = 0
    end_ms: int = 0  # of both, none where nothing but increments came


class CampaignRow(Row, frozen=True, tag="c"):
    """A campaign's newest day by hour, what it may cost, and how it stands to its plan.

    It is read and written for every observation, so a plan to the micro, and what was learned of other days,
    lie in rows of their own.
    """

    budget_micros: int | None = None  # as the platform shows it
    budget_as_of_ms: int = 0
    wanted_micros: int | None = None  # as people have set it there
    target_micros: int | None = None  # what the day is meant to cost
    day: str = ""
    day_start_ms: int = 0
    day_end_ms: int = 0
    as_of_ms: int = 0
    band: int = 0
    spent_micros: int = 0  # the sum of the cells
    recorded_micros: int = 0
    cells: bytes = b""
    results: bytes = b""  # as domain.pacing.results keeps them
    plan: bytes = b""  # as domain.pacing.plan keeps it beside a day; none without a plan
    closed_hours: int = 0  # as bits: the hours in which it was not free to spend
    alerts: int = 0  # as bits: which are raised, so that most campaigns need not be asked


class PlanRow(Row, frozen=True, tag="p"):
    """The plan of a campaign's day."""

    day: str
    strategy: Strategy
    totals: bytes  # at each hour's end
    highs: bytes = b""  # what each hour is expected to stay below, nine times of ten
    history_days: int = 0
    confidence_permille: int | None = None
    held_micros: int = 0  # what the limit on the first hours moved to later ones
    held_hours: int = 0
    has_forecast: bool = False
    is_provisional: bool = False  # until the night's work has made a better one


class TermsRow(Row, frozen=True, tag="m"):
    """What a person wants of a campaign."""

    terms: TermsSet


class HoursRow(Row, frozen=True, tag="k"):
    """What all of an account's campaigns have spent in each hour of a day, as far as reported."""

    day: str = ""
    start_ms: int = 0
    hours_micros: tuple[int, ...] = ()


class NightRow(Row, frozen=True, tag="n"):
    """Campaigns that wait for their plan of a new day, each its subject and name."""

    campaigns: tuple[tuple[str, str], ...] = ()


class NightsRow(Row, frozen=True, tag="y"):
    """Which rows of waiting campaigns there are: the first, and one after the last."""

    first: int = 0
    end: int = 0


class IndexRow(Row, frozen=True, tag="i"):
    """Names of an account's campaigns, some of them."""

    campaigns: tuple[str, ...] = ()


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


def plan_key(campaign: bytes) -> bytes:
    """Return where the plan of a campaign's day lies."""
    return campaign + b"\0plan"


def terms_key(campaign: bytes) -> bytes:
    """Return where a campaign's terms lie."""
    return campaign + b"\0terms"


def hours_key(subject: str, day: str) -> bytes:
    """Return where the hours of an account's day lie, in the place of a day long ago; no name is empty."""
    return f"{subject}\0\0hours\0{date.fromisoformat(day).toordinal() % HOURS_DAYS_KEPT}".encode()


def index_key(subject: str, number: int) -> bytes:
    """Return where some of the names of an account's campaigns lie."""
    return f"{subject}\0\0index\0{number}".encode()


def recorded_key(campaign: bytes, day: str, bucket: int) -> bytes:
    """Return where one bucket of counted transaction ids lies."""
    return campaign + b"\0" + day.encode() + b"\0%02d" % bucket


def days_before(day: str, days: int) -> str:
    """Return the calendar day so many days earlier."""
    return (date.fromisoformat(day) - timedelta(days=days)).isoformat()
