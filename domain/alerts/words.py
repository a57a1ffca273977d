"""What alerts, breakers and edits say to people: a title, a sentence with figures, and what to do next."""

import shlex
from typing import Final, Literal, NamedTuple, assert_never

from events.types import AlertCleared, AlertKind, AlertRaised, AlertUnit, BreakerMoved, EditObserved, Severity

UNIT_MICROS: Final = 1_000_000
CENT_MICROS: Final = 10_000
# Currencies whose smallest coin is the unit itself; cents of them would be odd.
WITHOUT_CENTS: Final = frozenset({"CLP", "ISK", "JPY", "KRW", "PYG", "UGX", "VND", "XAF", "XOF"})
HOUR_MINUTES: Final = 60
DAY_MINUTES: Final = 1_440
MINUTE_MS: Final = 60_000
NOTHING_TO_DO: Final = "Nothing has to be done."

Told = AlertRaised | AlertCleared | BreakerMoved | EditObserved


class Words(NamedTuple):
    """What is said of one fact."""

    title: str
    sentence: str
    next_step: str


class _Kind(NamedTuple):
    """How a kind of alert is spoken of; ``{observed}`` and ``{limit}`` are its figures."""

    severity: Severity
    title: str
    says: str
    next_step: str
    is_ratio: bool = False  # whether its thousandths are said as a multiple


KINDS: Final[dict[AlertKind, _Kind]] = {
    "warning_overpacing": _Kind(
        "warning",
        "Spending too fast",
        "has spent {observed} what its plan expected by now (limit {limit})",
        "See what changed in its bids, audience or placements; it is paused by itself at its limit.",
        is_ratio=True,
    ),
    "critical_overpacing": _Kind(
        "critical",
        "Spending far too fast",
        "has spent {observed} what its plan expected by now (limit {limit})",
        "Check bids and targeting now, or stop it at once: headgate stop {campaign}.",
        is_ratio=True,
    ),
    "emergency_stop_required": _Kind(
        "critical",
        "Budget nearly gone, too early",
        "has spent {observed} of its day's target while ahead of its plan (limit {limit})",
        "Stop it (headgate stop {campaign}), or raise its target; else its day is soon over.",
    ),
    "circuit_breaker_open": _Kind(
        "critical",
        "Circuit breaker open",
        "is not let spend by its circuit breaker, at {observed} what its plan expected by now",
        "It is tried again after the cooldown. Look for the cause: headgate pacing {campaign}.",
        is_ratio=True,
    ),
    "performance_degradation": _Kind(
        "high",
        "Conversion rate is falling",
        "converts {observed} of what was usual for it (limit {limit})",
        "Check landing page and conversion tracking first, then creatives and audience.",
    ),
    "under_delivery": _Kind(
        "warning",
        "Spending too slowly",
        "has spent {observed} what its plan expected by now (limit {limit})",
        "Look for rejected ads, low bids, a narrow audience or a full frequency cap.",
        is_ratio=True,
    ),
    "stale_data": _Kind(
        "high",
        "No fresh figures",
        "has not been read whole for {observed} (limit {limit}), so nobody watches its spend",
        "headgate status says why its reads fail: mostly a token or a right that a person has to renew.",
    ),
    "stopped_campaign": _Kind(
        "high",
        "Campaign does not deliver",
        "is on and has budget, and has spent nothing for {observed} (limit {limit})",
        "Look for rejected ads, a billing problem or an ended schedule at the platform.",
    ),
    "paused_with_budget": _Kind(
        "info",
        "Paused with budget left",
        "is paused, and not by Headgate, though it has spent only {observed} of its day's target",
        "Resume it at the platform if the pause was not meant for the whole day.",
    ),
    "low_ctr": _Kind(
        "warning",
        "Few clicks",
        "has a click-through rate of {observed} today (limit {limit})",
        "Refresh its creatives, or narrow its audience.",
    ),
    "high_cpc": _Kind(
        "warning",
        "Expensive clicks",
        "pays {observed} a click today (limit {limit})",
        "Lower its bids, or look for competition that is new in its auctions.",
    ),
    "low_conversion_rate": _Kind(
        "warning",
        "Few conversions",
        "has a conversion rate of {observed} today (limit {limit})",
        "Check landing page and conversion tracking first, then whom it reaches.",
    ),
    "budget_utilisation": _Kind(
        "info",
        "Budget mostly spent",
        "has spent {observed} of its day's target (limit {limit})",
        "Nothing has to be done if the day is nearly over; otherwise consider a higher target.",
    ),
    "performance_drop": _Kind(
        "warning",
        "Fewer conversions for the money",
        "has {observed} of its usual conversions for the same money (limit {limit})",
        "Compare with last week what changed; move its budget to what performs: headgate reallocate.",
    ),
}
_ENDED: Final = {
    "recovered": "it is back within its limit",
    "new-day": "the account's day ended",
    "paused": "the campaign is paused",
    "gone": "the campaign is gone",
}
_BREAKER: Final = {
    "budget": "most of its budget was spent ahead of its plan",
    "rapid": "it overspent several times in a short while",
    "velocity": "an hour cost far more than planned",
    "performance": "its money brings far fewer conversions than usual",
    "cooldown-over": "its cooldown is over",
    "probe-failed": "it ran too fast again when it was tried",
    "recovered": "it kept to its plan while it was tried",
    "new-day": "a new day has begun",
}


def severity(fact: Told) -> Severity:
    """Say how serious a fact is; what ends something is as serious as that, so the same people hear it."""
    match fact:
        case AlertRaised():
            return fact.severity
        case AlertCleared():
            return KINDS[fact.kind].severity
        case BreakerMoved():
            return KINDS["circuit_breaker_open"].severity
        case EditObserved():
            return "info"
        case _ as never:
            assert_never(never)


def label(fact: Told) -> Severity | Literal["over"]:
    """Say in one word how a fact is to be taken: what is over need alarm nobody."""
    if isinstance(fact, AlertCleared) or (isinstance(fact, BreakerMoved) and fact.state == "closed"):
        return "over"
    if isinstance(fact, BreakerMoved) and fact.state == "half_open":
        return "info"
    return severity(fact)


def say(fact: Told, subject: str) -> Words:
    """Put a fact about an account or its campaign into words."""
    match fact:
        case AlertRaised():
            return _raised(fact, subject)
        case AlertCleared():
            return _cleared(fact, subject)
        case BreakerMoved():
            return _moved(fact, subject)
        case EditObserved():
            return _edited(fact, subject)
        case _ as never:
            assert_never(never)


def amount(micros: int, currency: str) -> str:
    """Say an amount with its currency: cents, and finer only where there would be nothing else."""
    units, rest = divmod(micros, UNIT_MICROS)
    if rest and micros < CENT_MICROS:
        return f"0.{rest:06} {currency}".rstrip()
    if not rest and currency in WITHOUT_CENTS:
        return f"{units:,} {currency}"
    return f"{units:,}.{rest // CENT_MICROS:02} {currency}".rstrip()


def percent(permille: int) -> str:
    """Say thousandths as a percentage, with a tenth where there is one."""
    whole, rest = divmod(permille, 10)
    return f"{whole:,}.{rest} %" if rest else f"{whole:,} %"


def times(permille: int) -> str:
    """Say thousandths as a multiple."""
    return f"{permille // 1_000:,}.{permille % 1_000 // 10:02} times"


def duration(minutes: int) -> str:
    """Say a stretch of time in the two units that matter."""
    if minutes < HOUR_MINUTES:
        return f"{minutes} min"
    if minutes < 2 * DAY_MINUTES:
        hours, rest = divmod(minutes, HOUR_MINUTES)
        return f"{hours} h {rest} min" if rest else f"{hours} h"
    return f"{minutes // DAY_MINUTES:,} days"


def _raised(alert: AlertRaised, subject: str) -> Words:
    kind, currency = KINDS[alert.kind], alert.currency or ""
    figures = {
        "observed": _figure(alert.observed, alert.unit, currency, is_ratio=kind.is_ratio),
        "limit": _figure(alert.limit, alert.unit, currency, is_ratio=kind.is_ratio),
    }
    sentence = f"{_whose(alert.campaign, subject)} {kind.says.format(**figures)}.{_today(alert)}"
    return Words(kind.title, sentence, kind.next_step.format(campaign=shlex.quote(alert.campaign or subject)))


def _today(alert: AlertRaised) -> str:
    if alert.spent_micros is None:
        return ""
    spent = amount(alert.spent_micros, alert.currency or "")
    day = f" on {alert.day}" if alert.day else ""
    if alert.budget_micros is None:
        return f" Spent{day}: {spent}."
    return f" Spent{day}: {spent} of {amount(alert.budget_micros, alert.currency or '')}."


def _cleared(alert: AlertCleared, subject: str) -> Words:
    lasted = duration(max(0, alert.at_ms - alert.raised_ms) // MINUTE_MS)
    title = KINDS[alert.kind].title.lower()
    whose, why = _whose(alert.campaign, subject), _ENDED[alert.reason]
    return Words(f"Over: {title}", f"{whose}: {title} is over after {lasted}, since {why}.", NOTHING_TO_DO)


def _moved(breaker: BreakerMoved, subject: str) -> Words:
    whose, why = _whose(breaker.campaign, subject), _BREAKER[breaker.reason]
    match breaker.state:
        case "open":
            return Words(
                "Circuit breaker opened",
                f"{whose} is paused by its circuit breaker, since {why}.",
                KINDS["circuit_breaker_open"].next_step.format(campaign=shlex.quote(breaker.campaign)),
            )
        case "half_open":
            return Words(
                "Circuit breaker tries again",
                f"{whose} may spend on trial, since {why}.",
                "Nothing has to be done: it closes if the trial goes well, and opens for longer if not.",
            )
        case "closed":
            return Words(
                "Circuit breaker closed",
                f"{whose} runs freely again, since {why}.",
                NOTHING_TO_DO,
            )
        case _ as never:
            assert_never(never)


def _edited(edit: EditObserved, subject: str) -> Words:
    whose = _whose(edit.campaign, subject)
    if edit.what == "status":
        found = f"somebody made it {edit.theirs} where Headgate had it {edit.ours}"
    else:
        ours, theirs = _budget(edit.ours_micros), _budget(edit.theirs_micros)
        found = f"somebody set its daily budget to {theirs} where Headgate had {ours}"
    return Words(
        "A person decided otherwise",
        f"{whose}: {found}. Headgate keeps off it until its next day.",
        "Nothing has to be done, if the edit was meant.",
    )


def _budget(micros: int | None) -> str:
    return "none" if micros is None else amount(micros, "")


def _whose(campaign: str | None, subject: str) -> str:
    return f"Account {subject}" if campaign is None else f"Campaign {campaign} of {subject}"


def _figure(value: int, unit: AlertUnit, currency: str, *, is_ratio: bool) -> str:
    match unit:
        case "permille":
            return times(value) if is_ratio else percent(value)
        case "micros":
            return amount(value, currency)
        case "minutes":
            return duration(value)
        case _ as never:
            assert_never(never)
