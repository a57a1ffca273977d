"""`headgate can-spend`: whether a campaign may spend an amount now, and why."""

import re
import secrets
from typing import Annotated, Final

import msgspec
import typer

from domain.alerts.words import amount as said
from events.types import AuthorisedFor, SpendAnswered, SpendRequested
from events.types.guard import HOLD_MS_MAX
from headgate import asking, context
from headgate.campaign import find
from headgate.pacer.amounts import parsed
from infra.errors import FixInput

app = typer.Typer()

UNITS_MS: Final = {"s": 1_000, "m": 60_000, "h": 3_600_000}
DURATION: Final = re.compile(r"([1-9][0-9]{0,5})([smh])").fullmatch
REFUSED: Final = 1
REASONS: Final[dict[AuthorisedFor, str]] = {
    "within-plan": "it is within its plan",
    "over-budget": "what is left of its day does not reach",
    "over-hour": "its hour has had what an hour may cost",
    "overpacing": "it is too far ahead of its plan",
    "circuit-breaker": "its circuit breaker is open",
    "stopped": "an emergency stop holds",
    "paused": "it is paused",
    "no-budget": "its day has no target",
    "unknown-campaign": "the agent has not seen it yet",
}


@app.command()
def can_spend(  # noqa: PLR0913 - each is an argument of the command line
    ctx: typer.Context,
    account: Annotated[str, typer.Argument(metavar="ACCOUNT", help="A part of its name will do.")],
    campaign: Annotated[str, typer.Argument(metavar="CAMPAIGN", help="Its number, or a part of its name.")],
    amount: Annotated[str, typer.Argument(metavar="AMOUNT", help="In the account's currency.")],
    *,
    hold: Annotated[
        str | None, typer.Option(metavar="TIME", help="Reserve it for so long: 90s, 5m or 2h.")
    ] = None,
    wait_seconds: Annotated[int, typer.Option("--wait", help="Wait so long for the answer.", min=1)] = 15,
    as_json: Annotated[bool, typer.Option("--json", help="Answer for a machine.")] = False,
) -> None:
    """Ask whether a campaign may spend an amount now; the exit code is 1 when it may not.

    With --hold the amount stays reserved until then, or until a `spend.recorded` comes whose transaction id
    is that of the request.
    """
    settings = context.settings(ctx)
    micros, hold_ms = parsed(amount, "amount"), 0 if hold is None else duration_ms(hold)
    known = find.campaign(settings, campaign, account)
    request = SpendRequested(secrets.token_hex(8), known.campaign, micros, known.currency, hold_ms)
    answer = asking.ask(settings.kafka_conf(), known.subject, request, wait_seconds)
    if as_json or context.options(ctx).as_json:
        typer.echo(msgspec.json.encode(msgspec.to_builtins(answer) | {"subject": known.subject}).decode())
    else:
        typer.echo(sentence(answer, known.called, known.currency))
    if answer.verdict == "refused":
        raise typer.Exit(REFUSED)


def sentence(answer: SpendAnswered, called: str, currency: str) -> str:
    """Say an answer to a person."""
    verb = "may" if answer.verdict == "allowed" else "may not"
    text = (
        f"{called} {verb} spend {said(answer.amount_micros, currency)}: {REASONS[answer.reason]}. "
        f"{said(answer.remaining_micros, currency)} left today."
    )
    if answer.held_until_ms is None:
        return text
    return f"{text} Held as {answer.request_id}: record the spend with that transaction id."


def duration_ms(text: str) -> int:
    """Read how long to hold an amount."""
    match = DURATION(text)
    held_ms = int(match[1]) * UNITS_MS[match[2]] if match else 0
    if not 0 < held_ms <= HOLD_MS_MAX:
        raise FixInput(f"{text} is no time to hold for.", "Give such as 90s, 5m or 2h, 24h at most.")
    return held_ms
