"""What alerts of money on chain say to people: a title, a sentence with figures, and what to do next."""

import shlex
from typing import Final, Literal, NamedTuple, assert_never

from domain.alerts.words import MINUTE_MS, NOTHING_TO_DO, Words, amount, duration
from events.types import FundingAlertCleared, FundingAlertKind, FundingAlertRaised, Severity

MoneyTold = FundingAlertRaised | FundingAlertCleared
MoneyUnit = Literal["micro-usdc", "lamports", "minutes", "times"]

SOL_LAMPORTS: Final = 1_000_000_000
POT_CHARS: Final = 12  # of its hex, which is enough to name it in a command


class _Kind(NamedTuple):
    """How a kind of alert is spoken of; ``{observed}`` and ``{limit}`` are its figures."""

    severity: Severity
    title: str
    says: str
    next_step: str


KINDS: Final[dict[FundingAlertKind, _Kind]] = {
    "treasury_short": _Kind(
        "critical",
        "Treasury has not enough",
        "is to pay {observed} and has {limit} that is free",
        "Send USDC to it: headgate treasury {client} says where. Its pots are then funded by themselves.",
    ),
    "funding_failing": _Kind(
        "critical",
        "Fundings fail",
        "failed to be funded {observed} in a row (limit {limit}), so it and its campaigns are paused",
        "headgate chain doctor and headgate sql @fundings say why; then headgate pots resume {pot}.",
    ),
    "funding_stuck": _Kind(
        "high",
        "A movement does not end",
        "has a movement that is open for {observed} (limit {limit})",
        "headgate chain doctor says whether the chain answers, docs/runbooks/stuck-funding.md what else. "
        "Nothing is sent twice while it is open.",
    ),
    "pot_overspent": _Kind(
        "high",
        "Pot overspent",
        "has spent {observed} of a day (limit {limit}), so it and its campaigns are paused for the day",
        "See which campaign ran away: headgate status. headgate pots resume {pot} lets it go on sooner.",
    ),
    "limit_reached": _Kind(
        "high",
        "A limit of the day is reached",
        "wants {observed} and a limit of the day leaves {limit}",
        "It goes on tomorrow (UTC). See headgate treasury {client}; headgate treasury set raises one.",
    ),
    "fees_low": _Kind(
        "high",
        "Little left for fees",
        "has {observed} left for fees (limit {limit})",
        "Send SOL to who pays fees: headgate chain doctor names the address. Without fees nothing is funded.",
    ),
    "fx_stale": _Kind(
        "high",
        "Nobody says what a currency is worth",
        "cannot tell what it needs, since a rate is older than {limit} or missing",
        "Say it: headgate treasury fx CURRENCY RATE --client {client}. Until then nothing is funded for it.",
    ),
    "ledger_differs": _Kind(
        "critical",
        "Ledger and chain differ",
        "has {observed} on chain where the ledger has {limit}",
        "Let nobody move money by hand, and see headgate ledger {client}: it says what differs; "
        "docs/runbooks/ledger-differs.md says where that comes from.",
    ),
    "pot_foreign": _Kind(
        "critical",
        "Pot belongs to somebody else",
        "has another authority on chain than the one that it was opened with, and is not funded any more",
        "Find out who changed it: headgate chain doctor, and docs/runbooks/key-compromised.md. "
        "Open another pot if it was none of you.",
    ),
}


def severity(fact: MoneyTold) -> Severity:
    """Say how serious a fact is; what ends something is as serious as that, so the same people hear it."""
    return fact.severity if isinstance(fact, FundingAlertRaised) else KINDS[fact.kind].severity


def label(fact: MoneyTold) -> Severity | Literal["over"]:
    """Say in one word how a fact is to be taken: what is over need alarm nobody."""
    return fact.severity if isinstance(fact, FundingAlertRaised) else "over"


def say(fact: MoneyTold, client: str) -> Words:
    """Put a fact about a client's treasury or one of its pots into words."""
    kind, whose = KINDS[fact.kind], who(fact.pot, client)
    if isinstance(fact, FundingAlertCleared):
        title = kind.title.lower()
        lasted = duration(max(0, fact.at_ms - fact.raised_ms) // MINUTE_MS)
        return Words(f"Over: {title}", f"{whose}: {title} is over after {lasted}.", NOTHING_TO_DO)
    says = kind.says.format(observed=figure(fact.observed, fact.unit), limit=figure(fact.limit, fact.unit))
    # Where the figures say it all, the decider's own words would only say it again.
    detail = "" if not fact.detail or fact.kind == "treasury_short" else f" ({fact.detail.rstrip('.')})"
    pot = fact.pot[:POT_CHARS] if fact.pot else "POT"
    return Words(
        kind.title, f"{whose} {says}{detail}.", kind.next_step.format(client=shlex.quote(client), pot=pot)
    )


def who(pot: str | None, client: str) -> str:
    """Name whom an alert is about."""
    return f"The treasury of {client}" if pot is None else f"Pot {pot[:POT_CHARS]} of {client}"


def figure(value: int, unit: MoneyUnit) -> str:
    """Say a figure in its unit."""
    match unit:
        case "micro-usdc":
            return amount(value, "USDC")
        case "lamports":
            units, rest = divmod(value, SOL_LAMPORTS)
            return f"{units:,}.{rest // 10_000:05} SOL"
        case "minutes":
            return duration(value)
        case "times":
            return f"{value:,} times"
        case _ as never:
            assert_never(never)
