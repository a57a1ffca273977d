"""Says in a sentence each why we did what with a campaign, from the log as it is projected."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

import msgspec

from domain.alerts import words
from domain.alerts.words import amount, percent
from events.types import AlertCleared, AlertRaised, BreakerMoved, EditObserved
from headgate.campaign import plans
from headgate.meters import seconds
from projections import query

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from domain.alerts.words import Told
    from headgate.campaign.day import CampaignDay
    from infra.settings import Settings

TOLD_MAX: Final = 200
HOURS_BACK_MS: Final = 48 * 3_600_000
WHERE: Final = "subject = {subject:String} AND campaign = {campaign:String}"
COMMANDS_SQL: Final = f"""
SELECT * FROM command_log WHERE {WHERE} AND decided_ms BETWEEN {{from:Int64}} AND {{until:Int64}}
ORDER BY order DESC LIMIT {{most:Int32}}
"""  # noqa: S608 - of our own words alone, and parameters
PLANS_SQL: Final = f"""
SELECT *, row_number() OVER (ORDER BY partition, offset, item) AS number
FROM (SELECT * FROM plans FINAL) WHERE {WHERE} AND day = {{day:String}}
ORDER BY partition, offset DESC, item DESC LIMIT {{most:Int32}}
"""  # noqa: S608 - likewise
ALERTS_SQL: Final = f"""
SELECT * FROM alert_log WHERE {WHERE} AND raises > 0
    AND greatest(raised_ms, ifNull(cleared_ms, 0)) BETWEEN {{from:Int64}} AND {{until:Int64}}
ORDER BY raised_ms DESC LIMIT {{most:Int32}}
"""  # noqa: S608 - likewise
BREAKERS_SQL: Final = f"""
SELECT * FROM (SELECT * FROM breakers FINAL)
WHERE {WHERE} AND at_ms BETWEEN {{from:Int64}} AND {{until:Int64}}
ORDER BY at_ms DESC LIMIT {{most:Int32}}
"""  # noqa: S608 - likewise
EDITS_SQL: Final = f"""
SELECT * FROM (SELECT * FROM edits FINAL)
WHERE {WHERE} AND as_of_ms BETWEEN {{from:Int64}} AND {{until:Int64}}
ORDER BY as_of_ms DESC LIMIT {{most:Int32}}
"""  # noqa: S608 - likewise

SUPERSEDED: Final = {
    "already-so": "it was so already",
    "foreign-edit": "a person had changed it",
    "newer-command": "a newer command came",
    "expired": "its time was over",
    "removed": "the campaign was gone",
}


class Decision(msgspec.Struct, frozen=True):
    """Something that was decided or noticed, and why."""

    at_ms: int
    kind: str
    tone: str
    text: str
    outcome: str = ""


def of_day(settings: Settings, day: CampaignDay) -> list[Decision]:
    """Return what was decided about a campaign up to its day's end, the newest first."""
    until_ms = day.now_ms if day.is_today else day.day_end_ms
    params: dict[str, object] = {
        "subject": day.subject,
        "campaign": day.campaign,
        "day": day.day,
        "from": min(day.day_start_ms, until_ms - HOURS_BACK_MS),
        "until": until_ms,
        "most": TOLD_MAX,
    }
    found: list[Decision] = []
    for sql, tell in _SOURCES:
        for row in query.ask(settings, sql, params, limit=TOLD_MAX).dicts():
            found += tell(row, day)
    # What happened at one moment stays in the order of its making: plan, alert, command.
    return sorted(found, key=lambda one: -one.at_ms)


def of_plan(row: Mapping[str, Any], day: CampaignDay) -> list[Decision]:
    """Say what a plan is made of."""
    target = amount(row["budget_micros"], day.currency)
    verb = "Planned" if row["number"] == 1 else "Planned anew from here on:"
    made = plans.made_of(row["made_of"], row["made_of_permille"])
    sure = plans.confidence(row["confidence_permille"], row["history_days"])
    held = row["held_back_micros"]
    moved = f"; limits of single hours moved {amount(held, day.currency)}" if held else ""
    text = f"{verb} {target} as {made} ({row['strategy']}); confidence {sure}{moved}."
    return [Decision(row["from_ms"], "plan", "plain", text)]


def of_command(row: Mapping[str, Any], day: CampaignDay) -> list[Decision]:
    """Say why something was done on the platform, and what came of it."""
    action, reason = row["action"], row["reason"]
    say: Callable[[Mapping[str, Any], str], str] | None = _REASONS.get((action, reason))
    text = f"{action}: {reason}." if say is None else say(row, day.currency)
    tone = {"pause": "held", "resume": "good"}.get(action, "plain")
    return [Decision(row["decided_ms"], action, tone, text, _outcome(row))]


def of_alert(row: Mapping[str, Any], day: CampaignDay) -> list[Decision]:
    """Say that an alert was raised, and that it is over."""
    about = {"kind": row["kind"], "campaign": row["campaign"] or None, "episode": row["episode"]}
    figures = {name: row[name] for name in ("day", "spent_micros", "budget_micros", "ratio_permille")}
    raised = msgspec.convert(
        {
            **about,
            **figures,
            "severity": row["severity"],
            "at_ms": row["raised_ms"],
            "observed": row["observed"],
            "limit": row["bound"],
            "unit": row["unit"],
            "currency": row["currency"] or None,
        },
        AlertRaised,
    )
    told = [_told(raised, day, raised.at_ms, "alert", raised.severity)]
    if row["cleared_ms"] is not None:
        over = {
            **about,
            "raised_ms": row["raised_ms"],
            "at_ms": row["cleared_ms"],
            "reason": row["cleared_for"],
        }
        told.append(_told(msgspec.convert(over, AlertCleared), day, row["cleared_ms"], "alert", "good"))
    return told


def of_breaker(row: Mapping[str, Any], day: CampaignDay) -> list[Decision]:
    """Say why a circuit breaker moved."""
    moved = _fact(row, BreakerMoved)
    tone = {"open": "bad", "half_open": "warning", "closed": "good"}[moved.state]
    return [_told(moved, day, moved.at_ms, "breaker", tone)]


def of_edit(row: Mapping[str, Any], day: CampaignDay) -> list[Decision]:
    """Say what a person decided otherwise."""
    edit = _fact({**row, "ours": row["ours"] or None, "theirs": row["theirs"] or None}, EditObserved)
    return [_told(edit, day, edit.as_of_ms, "edit", "person")]


def sentence(fact: Told, subject: str, campaign: str) -> str:
    """Say a fact where it is clear which campaign it is about."""
    said = words.say(fact, subject)
    about = said.sentence.removeprefix(f"Campaign {campaign} of {subject}").removeprefix(":").strip()
    # What is over says so itself.
    return f"{about[0].upper()}{about[1:]}" if isinstance(fact, AlertCleared) else f"{said.title}: {about}"


def _told(fact: Told, day: CampaignDay, at_ms: int, kind: str, tone: str) -> Decision:
    return Decision(at_ms, kind, tone, sentence(fact, day.subject, day.campaign))


def _fact(row: Mapping[str, Any], kind: Any) -> Any:  # noqa: ANN401 - the class says what
    return msgspec.convert({name: row[name] for name in kind.__struct_fields__}, kind)


def _outcome(row: Mapping[str, Any]) -> str:
    tries = f", {row['attempts']} tries" if row["attempts"] > 1 else ""
    match row["outcome"]:
        case "applied":
            return f"done in {seconds(row['took_ms'])}{tries}"
        case "superseded":
            return f"left undone: {SUPERSEDED.get(row['outcome_reason'], row['outcome_reason'])}"
        case "failed":
            return f"failed: {row['outcome_reason']}{tries}"
        case _:
            return "under way"


def _spent(row: Mapping[str, Any], currency: str) -> str:
    return amount(row["spent_micros"] or 0, currency)


def _limit(row: Mapping[str, Any], currency: str) -> str:
    limit, budget = row["limit_micros"], row["budget_micros"]
    if limit is None:
        return "its limit"
    of = f" ({percent(limit * 1_000 // budget)} of {amount(budget, currency)})" if budget else ""
    return f"{amount(limit, currency)}{of}"


def _step(row: Mapping[str, Any], currency: str) -> str:
    return f"from {amount(row['from_micros'], currency)} to {amount(row['to_micros'], currency)}"


def _target(row: Mapping[str, Any], currency: str) -> str:
    return amount(row["target_micros"] or 0, currency)


_REASONS: Final[dict[tuple[str, str], Callable[[Mapping[str, Any], str], str]]] = {
    ("pause", "over-budget"): lambda row, currency: (
        f"Paused for the rest of its day: it cost {_spent(row, currency)}, over {_limit(row, currency)}."
    ),
    ("pause", "likely-over-budget"): lambda row, currency: (
        f"Paused for the rest of its day: {_spent(row, currency)} are reported, and with what is late it has"
        f" probably cost more than {_limit(row, currency)}."
    ),
    ("pause", "day-spent"): lambda row, currency: (
        f"Paused until its next day: with what is late, its day's {_limit(row, currency)} are probably spent."
    ),
    ("pause", "breaker-open"): lambda row, currency: (
        f"Paused by its circuit breaker, at {_spent(row, currency)}."
    ),
    ("pause", "emergency-stop"): lambda row, _currency: (
        f"Stopped by a person's order {row['stop_id'] or ''}."
    ),
    ("pause", "closed-hours"): lambda _row, _currency: "Paused: its terms keep it closed in these hours.",
    ("resume", "new-day"): lambda _row, _currency: "Runs again: its new day has begun.",
    ("resume", "plan-allows"): lambda _row, _currency: "Runs again: its plan leaves room for more today.",
    ("resume", "breaker-probe"): lambda _row, _currency: "Runs on trial, for its circuit breaker to see.",
    ("resume", "stop-lifted"): lambda _row, _currency: "Runs again: the stop was lifted.",
    ("resume", "open-hours"): lambda _row, _currency: "Runs again: its terms open these hours.",
    ("set-budget", "steering"): lambda row, currency: (
        f"Budget stepped {_step(row, currency)}, so that its day comes to {_target(row, currency)}."
    ),
    ("set-budget", "terms"): lambda row, currency: (
        f"Budget set {_step(row, currency)}: its terms want {_target(row, currency)} today."
    ),
    ("set-budget", "new-day"): lambda row, currency: (
        f"Budget set {_step(row, currency)} for its new day of {_target(row, currency)}."
    ),
}
_SOURCES: Final[tuple[tuple[str, Callable[[Mapping[str, Any], CampaignDay], list[Decision]]], ...]] = (
    (COMMANDS_SQL, of_command),
    (BREAKERS_SQL, of_breaker),
    (ALERTS_SQL, of_alert),
    (EDITS_SQL, of_edit),
    (PLANS_SQL, of_plan),
)
