"""The rows of the treasury agent's table and the keys they lie under."""

from typing import Final, Literal

from msgspec import Struct

from domain.decision import Row
from events.types import CampaignMetered, FundingPolicySet, FxRateSet, PotOpened, Transfer

CLOCK_KEY: Final = b"\0clock"  # one row a partition
AGENDA_KEY: Final = b"\0agenda"  # likewise
UNKNOWN: Final = -1  # a sequence that the chain has not told yet

# What holds until a person sets anything else; no client has it as its version.
DEFAULT_POLICY: Final = FundingPolicySet(policy_version=0)

Campaign = tuple[str, str, str]
"""Platform, account and campaign."""
OVERSPENT, FAILING, CAMPAIGNS = 1, 2, 4


class ClockRow(Row, frozen=True, tag="t"):
    """The time as the partition's last tick told it."""

    now_ms: int


class ClientRow(Row, frozen=True, tag="c"):
    """What holds for all of a client's money."""

    in_force: FundingPolicySet | None = None
    pots: int = 0
    slot: int = 0  # of the newest observation
    seen: int = 0  # how many pots were in it
    funded_micro_usdc: int = 0  # of all pots together, as last seen on chain
    deposits_micro_usdc: int = 0  # what came into the treasury less what was taken out
    short_pot: str = ""  # which pot was refused money that the treasury has not
    short_micro_usdc: int = 0
    days: tuple[tuple[str, tuple[str, ...]], ...] = ()  # whose limit accounts are open, and which

    @property
    def policy(self) -> FundingPolicySet:
        """Return the rules that it is decided by."""
        return self.in_force or DEFAULT_POLICY


class OpenedRow(Row, frozen=True, tag="o"):
    """Where a pot is and whose."""

    opened: PotOpened


class OpenMovement(Struct, frozen=True, array_like=True, gc=False):
    """A movement that was asked for and has no outcome yet."""

    movement_id: str
    movement: str
    kind: Literal["fund", "settle"]
    sequence: int
    amount_micro_usdc: int
    since_ms: int


class PotRow(Row, frozen=True, tag="p"):
    """What the treasury has asked of a pot."""

    next_sequence: int = UNKNOWN
    movements: int = 0  # how many were asked for, ever
    open: OpenMovement | None = None
    awaiting: tuple[str, ...] = ()  # the pot told that they landed, the executor has not yet
    failures: int = 0  # in a row
    due_ms: int = 0  # when it is looked at again; zero: when something happens
    spenders: tuple[Campaign, ...] = ()  # who is or was paid from it
    paid_micro_usdc: int = 0  # settled or being settled
    limit_days: tuple[str, ...] = ()  # whose pot-limit accounts are open
    refused: tuple[tuple[str, int], ...] = ()  # each reason with the hour in which it was last told


class ChainRow(Row, frozen=True, tag="h"):
    """What the chain says of a pot, and how far the ledger has followed it."""

    slot: int = 0
    through: int = UNKNOWN  # all movements up to this one are in the ledger
    ahead: tuple[int, ...] = ()  # beyond it, these are
    next_sequence: int = UNKNOWN  # as observed, like all that follows
    is_paused: bool = False
    is_foreign: bool = False
    is_closed: bool = False  # as an executor found
    cap_micro_usdc: int = 0
    cap_day: int = 0
    cap_used_micro_usdc: int = 0
    since: tuple[tuple[int, int, int], ...] = ()  # fundings that landed since: slot, day, amount
    spent_day: int = 0
    spent_micro_usdc: int = 0
    earlier: tuple[int, int, int] = (0, 0, 0)  # funded, settled, withdrawn before it was opened again
    seen: tuple[int, int, int] = (0, 0, 0)  # the same, since then
    booked: tuple[int, int, int] = (0, 0, 0)  # the same as the ledger has it, ever
    gifts_micro_usdc: int = 0
    waits_for: int = UNKNOWN  # the movement that the ledger has to know of by the next observation


class SwitchRow(Row, frozen=True, tag="s"):
    """Why a pot is paused by us, and what was asked of the chain for that."""

    reasons: int = 0  # bits
    until_ms: int = 0  # an overspent day's end
    order: int = 0  # of the newest switch
    heard: int = 0  # the newest whose outcome is known
    is_pausing: bool = False  # whether the newest pauses
    slot: int = 0  # at which the chain had it
    failed_ms: int = 0  # when it failed; zero: it did not
    stops: int = 0  # how often its campaigns were stopped
    stopped: tuple[Campaign, ...] = ()


class DaySpend(Struct, frozen=True, array_like=True, gc=False):
    """What a campaign has cost a pot on one day of the account's."""

    day: str
    end_ms: int
    at_ms: int
    currency: str
    spent_micros: int
    likely_micros: int
    is_closed: bool
    nano_usdc: int = 0  # the rate that it was settled by; zero: not yet


class SpendRow(Row, frozen=True, tag="m"):
    """What a campaign has cost a pot, and where it stands."""

    metered: CampaignMetered | None = None  # the newest
    days: tuple[DaySpend, ...] = ()
    older_micro_usdc: int = 0  # what days have cost that are no longer kept apart
    older_day: str = ""  # the newest of them


class Stint(Struct, frozen=True, array_like=True, gc=False):
    """From what a campaign had spent on a day on, this pot pays it; none if it has no name."""

    pot: str
    day: str = ""
    spent_micros: int = 0
    likely_micros: int = 0


class LinkRow(Row, frozen=True, tag="k"):
    """Which pot pays a campaign, and which did."""

    pot: str = ""
    link_version: int = 0
    stints: tuple[Stint, ...] = ()
    is_stopped: bool = False  # as its platform's webhook told
    told_ms: int = 0  # when it did


class Wish(Struct, frozen=True, array_like=True, gc=False):
    """A funding that a person wants."""

    request_id: str
    amount_micro_usdc: int


class QueueRow(Row, frozen=True, tag="q"):
    """What people want of a pot and has to wait, in order."""

    wishes: tuple[Wish, ...] = ()


class AskedRow(Row, frozen=True, tag="a"):
    """The newest requests for a pot, so that none counts twice."""

    ids: tuple[str, ...] = ()


class RateRow(Row, frozen=True, tag="x"):
    """What a currency is worth."""

    rate: FxRateSet


class AlertsRow(Row, frozen=True, tag="w"):
    """Alerts of a pot or of the client: kind, how often, and since when it is raised; zero if it is not."""

    alerts: tuple[tuple[str, int, int], ...] = ()


class AccountRow(Row, frozen=True, tag="l"):
    """An account of the ledger."""

    debits_pending: int = 0
    debits_posted: int = 0
    credits_pending: int = 0
    credits_posted: int = 0


class TotalsRow(Row, frozen=True, tag="z"):
    """All accounts of a client together, a unit each, and how many lines the ledger has."""

    lines: int = 0
    usdc: AccountRow = AccountRow()
    lamports: AccountRow = AccountRow()


class PendingRow(Row, frozen=True, tag="g"):
    """The pending lines of a movement that is open."""

    transfers: tuple[Transfer, ...] = ()


class AgendaRow(Row, frozen=True, tag="e"):
    """The moments at which something is due, in order, each with its number of ``DueRow``."""

    due: tuple[tuple[int, int], ...] = ()


class DueRow(Row, frozen=True, tag="u"):
    """Which pots are due at one moment, each its client and itself."""

    pots: tuple[tuple[str, str], ...] = ()


AnyRow = (
    ClockRow
    | ClientRow
    | OpenedRow
    | PotRow
    | ChainRow
    | SwitchRow
    | SpendRow
    | LinkRow
    | QueueRow
    | AskedRow
    | RateRow
    | AlertsRow
    | AccountRow
    | TotalsRow
    | PendingRow
    | AgendaRow
    | DueRow
)


def client_key(client: str) -> bytes:
    """Return where a client's own row lies."""
    return client.encode()


def pot_key(client: str, what: str, pot: str) -> bytes:
    """Return where something of a pot lies: `pot`, `opened`, `chain`, `switch`, `queue`, `asked` or `alerts`.

    Without a pot it is the client's.
    """
    return f"{client}\0{what}\0{pot}".encode()


def link_key(client: str, campaign: Campaign) -> bytes:
    """Return where it lies which pot pays a campaign."""
    return "\0".join((client, "link", *campaign)).encode()


def spend_key(client: str, pot: str, campaign: Campaign) -> bytes:
    """Return where it lies what a campaign has cost a pot."""
    return "\0".join((client, "spend", pot, *campaign)).encode()


def rate_key(client: str, currency: str) -> bytes:
    """Return where a currency's rate lies."""
    return f"{client}\0rate\0{currency}".encode()


def account_key(client: str, name: str) -> bytes:
    """Return where an account of the ledger lies."""
    return f"{client}\0ledger\0{name}".encode()


def totals_key(client: str) -> bytes:
    """Return where the sums over all accounts lie; no account is called so."""
    return f"{client}\0ledger\0".encode()


def pending_key(client: str, movement_id: str) -> bytes:
    """Return where the pending lines of a movement lie."""
    return f"{client}\0pending\0{movement_id}".encode()


def due_key(due_ms: int, number: int) -> bytes:
    """Return where some of the pots lie that are due at a moment."""
    return b"\0due\0%d\0%d" % (due_ms, number)
