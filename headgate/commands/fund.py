"""`headgate fund`: puts USDC from a client's treasury into a pot, and says what became of it."""

import getpass
import re
import secrets
import sys
from contextlib import nullcontext
from typing import Annotated, Final

import msgspec
import typer
from rich.text import Text

from events.limits import ID_CHARS_MAX, NAME_CHARS_MAX, REASON_CHARS_MAX
from events.types import FundingRequested
from headgate import context, ui
from headgate.money import funding, pots
from headgate.money.amounts import parsed, usdc
from headgate.money.funding import REFUSED, Outcome
from headgate.money.pots import Pot
from infra.errors import FixInput
from infra.health import monotonic_ms
from infra.settings import Settings

app = typer.Typer()

NOT_FUNDED: Final = 1
REQUEST_ID: Final = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]*").fullmatch


# A negative amount begins like an option; it is to be told as what it is.
@app.command(context_settings={"ignore_unknown_options": True})
def fund(  # noqa: PLR0913 - each is an option of the command line
    ctx: typer.Context,
    pot: Annotated[str, typer.Argument(metavar="POT", help="Its name, or a beginning of its hex.")],
    amount: Annotated[str, typer.Argument(metavar="AMOUNT", help="In dollars, such as 500 or 12.50.")],
    *,
    reason: Annotated[str, typer.Option(help="Why; it stays in the log.")] = "",
    by: Annotated[str, typer.Option(metavar="NAME", help="Who orders it.", show_default="you")] = "",
    yes: Annotated[bool, typer.Option("--yes", "-y", help="Ask nothing.")] = False,
    wait: Annotated[
        bool | None,
        typer.Option("--wait/--no-wait", help="Follow it to its end.", show_default="on a terminal"),
    ] = None,
    wait_seconds: Annotated[
        int, typer.Option("--patience", metavar="SECONDS", help="How long it is followed.", min=1, max=3_600)
    ] = 180,
    request_id: Annotated[
        str | None, typer.Option(metavar="ID", help="Repeat this request: it counts once.")
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Answer for a machine.")] = False,
) -> None:
    """Fund a pot once, however often the request is repeated under one id.

    The exit code is 1 when it was refused or voided, 75 when it is still under way.
    """
    settings, as_json = context.settings(ctx), as_json or context.options(ctx).as_json
    micro_usdc = parsed(amount)
    one = pots.find(pots.found(settings), pot)
    _check(reason, by, request_id)
    before = None if request_id is None else funding.known(settings, one.client, request_id)
    if before is None:
        _confirm(settings, one, micro_usdc, yes=yes)
    request = FundingRequested(
        request_id=request_id or secrets.token_hex(8),
        pot=one.pot,
        amount_micro_usdc=micro_usdc,
        at_ms=context.world_time(settings).now_ms(),
        by=by or getpass.getuser(),
        reason=reason,
    )
    outcome = before or _bring_about(
        settings, one, request, wait_seconds if _is_followed(wait=wait) else 0, as_json=as_json
    )
    _answer(one, micro_usdc, outcome, as_json=as_json)
    if outcome.came in {"refused", "voided"}:
        raise typer.Exit(NOT_FUNDED)


def _is_followed(*, wait: bool | None) -> bool:
    return sys.stdout.isatty() if wait is None else wait


def _check(reason: str, by: str, request_id: str | None) -> None:
    if len(reason) > REASON_CHARS_MAX or len(by) > NAME_CHARS_MAX:
        raise FixInput(
            "The reason or the name is too long.", f"Keep them within {REASON_CHARS_MAX} characters."
        )
    if request_id is not None and (
        len(request_id) > ID_CHARS_MAX - len("fund.") or not REQUEST_ID(request_id)
    ):
        raise FixInput(
            f"{request_id!r:.60} is no request id.",
            "Give letters, digits, dots and dashes, as it was printed.",
        )


def _confirm(settings: Settings, one: Pot, micro_usdc: int, *, yes: bool) -> None:
    """Say what is about to happen, and what can be seen of it to go wrong; then ask."""
    console = ui.stderr()
    left = {each.client: each.treasury_micro_usdc for each in pots.treasuries(settings, one.client)}
    held = usdc(left[one.client]) if one.client in left else "not known yet"
    console.print(
        Text.assemble("Fund ", (f"{one.client}/{one.called}", "bold"), " with ", (usdc(micro_usdc), "bold"))
    )
    console.print(
        Text(
            f"  in it now {usdc(one.balance_micro_usdc)}; its cap leaves {usdc(one.cap_left_micro_usdc)} "
            f"today; the treasury has {held}",
            "dim",
        )
    )
    for warning in _warnings(one, micro_usdc, left.get(one.client)):
        console.print(Text(f"  {warning}", "yellow"))
    if yes:
        return
    if not sys.stdin.isatty():
        raise FixInput(f"Funding {one.called} was not confirmed.", "Give --yes to be asked nothing.")
    typer.confirm("Go on?", abort=True, err=True)


def _warnings(one: Pot, micro_usdc: int, held_micro_usdc: int | None) -> list[str]:
    """Return what the treasury will probably refuse it for; that is its to decide."""
    told = (
        (not one.is_seen, "The chain was not read since it was opened."),
        (one.is_foreign, "It belongs to somebody else on chain, and will be refused."),
        (one.is_paused, "It is paused, and will be refused: headgate pots resume lets it go on."),
        (one.is_seen and micro_usdc > one.cap_left_micro_usdc, "It is more than its cap leaves today."),
        (held_micro_usdc is not None and micro_usdc > held_micro_usdc, "The treasury has less than that."),
    )
    return [text for is_so, text in told if is_so]


def _bring_about(
    settings: Settings, one: Pot, request: FundingRequested, wait_seconds: int, *, as_json: bool
) -> Outcome:
    if not as_json:
        # Printed before anything happens: whoever is interrupted can repeat it safely.
        typer.echo(f"request {request.request_id}", err=True)
    if not wait_seconds:
        funding.publish(settings, one.client, request)
        return Outcome("requested", request.request_id)
    console, begun_ms = ui.stderr(), monotonic_ms()
    status = console.status("requested") if console.is_terminal else nullcontext()
    with status as shown:

        def tell(text: str) -> None:
            if shown is not None:
                shown.update(text)

        outcome = funding.follow(settings, one.client, request, wait_seconds=wait_seconds, tell=tell)
    return msgspec.structs.replace(outcome, took_ms=monotonic_ms() - begun_ms)


def _answer(one: Pot, micro_usdc: int, outcome: Outcome, *, as_json: bool) -> None:
    if as_json:
        told = {**msgspec.to_builtins(outcome), "client": one.client, "pot": one.pot}
        typer.echo(msgspec.json.encode(told | {"amount_micro_usdc": micro_usdc}).decode())
        return
    ui.stdout().print(Text(sentence(one, micro_usdc, outcome)), soft_wrap=True)


def sentence(one: Pot, micro_usdc: int, outcome: Outcome) -> str:
    """Say what became of a funding."""
    called, amount = f"{one.client}/{one.called}", usdc(micro_usdc)
    detail = f" ({outcome.detail})" if outcome.detail else ""
    match outcome.came:
        case "posted":
            took = "" if outcome.took_ms is None else f" after {outcome.took_ms // 1_000} s"
            proof = f"\nsignature {outcome.signature}" if outcome.signature else ""
            return f"{called} has {amount} more, finalized{took}.{proof}"
        case "refused":
            why = REFUSED.get(outcome.reason, outcome.reason)
            return f"Refused: {called} does not get {amount}, since {why}{detail}. Nothing moved."
        case "voided":
            return (
                f"Voided: {amount} did not reach {called} ({outcome.reason}){detail}. Nothing moved, and "
                "the money is free again; headgate fund asks anew."
            )
        case "requested":
            return (
                f"Asked for {amount} for {called}. See `headgate pots`, or follow it: "
                f"headgate fund {one.pot[:12]} {amount.removesuffix(' USDC').replace(',', '')} --yes --wait "
                f"--request-id {outcome.request_id}"
            )
