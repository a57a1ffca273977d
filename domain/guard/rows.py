"""What the guard remembers of a campaign, and when it has to come back to which."""

from typing import Final

from domain.decision import Row
from events.types import CampaignStatus

FREE, PAUSING, PAUSED, RESUMING = range(4)
CLOSED, OPEN, HALF_OPEN = range(3)

AGENDA_KEY: Final = b"\0agenda"  # one row a partition


class GuardRow(Row, frozen=True, tag="g"):
    """How a campaign stands with the platform and with us; a campaign without one runs and is free."""

    state: int = FREE
    order: int = 0  # of the newest command, whatever it asks for
    status: CampaignStatus = "enabled"
    status_as_of_ms: int = 0
    until_ms: int = 0  # our pause ends with the account's day, or when its hours open
    keeps_off_until_ms: int = 0
    acting: int = 0  # the order of the newest pause or resume
    reason: str = ""  # of our newest pause
    since_ms: int = 0  # since when it does not run, whoever paused it; zero: it runs
    early: int = 0  # how often it was let run again before its time was over
    again_ms: int = 0  # when it is looked whether it may run again


class BreakerRow(Row, frozen=True, tag="b"):
    """A campaign's circuit breaker; a campaign without one is closed."""

    state: int = CLOSED
    since_ms: int = 0
    until_ms: int = 0  # when it is looked at again
    trips: int = 0  # without a recovery between them; each doubles the cooldown
    probe_micros: int = 0  # what was spent when the probe began
    seen_ms: int = 0  # the newest total that was looked at for overspending
    seen_micros: int = 0
    rapid_ms: tuple[int, ...] = ()  # when it overspent


class SteerRow(Row, frozen=True, tag="s"):
    """How a campaign's budget on its platform is stepped; a campaign without one was left as it is."""

    day_end_ms: int = 0  # of the day that it is stepped on
    acting: int = 0  # the order of the set-budget under way; zero: none
    before_micros: int | None = None  # what it was decided from
    ours_micros: int | None = None  # what we have set, or are setting
    set_ms: int = 0
    keeps_off_until_ms: int = 0
    edits_ms: tuple[int, ...] = ()  # the newest edits
    usual_ppm: int = 0  # what the platform makes of a budget in the end, of the budget; zero: unknown
    gain_ppm: int = 0  # the same, as today comes out
    mark_plan_micros: int = 0  # since then its plan, and with it the budget, is as it is
    base_micros: int = 0  # what it would have spent by then, did the platform make of budgets what they say
    rates: tuple[tuple[int, int], ...] = ()  # since when it spends so fast, in permille of its plan


class StopRow(Row, frozen=True, tag="o"):
    """Stops in force of a campaign or of a whole account, each its id."""

    stops: tuple[str, ...] = ()


class HoldsRow(Row, frozen=True, tag="z"):
    """Amounts that are held for spends that were allowed: request, amount, until when."""

    holds: tuple[tuple[str, int, int], ...] = ()


class AgendaRow(Row, frozen=True, tag="e"):
    """The moments at which something is due, in order, each with its number of ``DueRow``."""

    due: tuple[tuple[int, int], ...] = ()


class DueRow(Row, frozen=True, tag="u"):
    """Who is due at one moment, each its subject and campaign; without one it is the account."""

    campaigns: tuple[tuple[str, str], ...] = ()


def guard_key(campaign: bytes) -> bytes:
    """Return where the guard's row of a campaign lies."""
    return campaign + b"\0guard"


def breaker_key(campaign: bytes) -> bytes:
    """Return where a campaign's circuit breaker lies."""
    return campaign + b"\0breaker"


def steer_key(campaign: bytes) -> bytes:
    """Return where the steering of a campaign's budget lies."""
    return campaign + b"\0steer"


def stop_key(campaign: bytes) -> bytes:
    """Return where the stops of a campaign lie."""
    return campaign + b"\0stop"


def account_stop_key(subject: str) -> bytes:
    """Return where the stops of a whole account lie; no campaign has an empty name."""
    return f"{subject}\0\0stop".encode()


def holds_key(campaign: bytes) -> bytes:
    """Return where the held amounts of a campaign lie."""
    return campaign + b"\0holds"


def due_key(due_ms: int, number: int) -> bytes:
    """Return where some of the campaigns lie that are due at a moment."""
    return b"\0due\0%d\0%d" % (due_ms, number)
