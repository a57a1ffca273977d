"""`headgate treasury`: what a client's treasury holds and may do, and its rules, rates and tidings."""

import getpass
import re
import secrets
from typing import Annotated, Any, Final

import msgspec
import typer
from typer.core import TyperGroup

from events.envelope import moment
from events.types import FxRateSet, WebhookReceived
from events.types.funding import NanoUsdc
from headgate import context, publishing, ui
from headgate.money import pots, rules, treasury, treasury_view
from headgate.money.funding import FACTS
from headgate.money.rules import SOURCE
from infra.errors import FixInput
from infra.settings import Settings


class _ShowsByItself(TyperGroup):
    """A group that shows what there is, if nothing else is asked of it."""

    def parse_args(self, ctx: Any, args: list[str]) -> list[str]:  # noqa: ANN401 - Typer's types here are private
        """Read `treasury` and `treasury CLIENT` as `treasury show ...`."""
        if not args or args[0] not in {*self.commands, "--help", "-h"}:
            args = ["show", *args]
        return super().parse_args(ctx, args)


app = typer.Typer(
    cls=_ShowsByItself,
    help="Show and set the rules of treasuries, the worth of currencies, and tell what platforms told.",
)

KINDS: Final = {
    "paused": "campaign-paused",
    "resumed": "campaign-resumed",
    "budget-updated": "budget-updated",
}
RATE: Final = re.compile(r"([0-9]{1,6})(?:[.]([0-9]{1,9}))?").fullmatch
CURRENCY: Final = re.compile(r"[A-Z]{3}").fullmatch
SHOWN_MAX: Final = 5
ClientOption = Annotated[
    str | None, typer.Option("--client", metavar="CLIENT", help="Whose; needed where there are several.")
]
AsJson = Annotated[bool, typer.Option("--json", help="Answer for a machine.")]


@app.command()
def show(
    ctx: typer.Context,
    client: Annotated[str | None, typer.Argument(metavar="CLIENT", help="Whose treasury.")] = None,
    *,
    as_json: AsJson = False,
) -> None:
    """Show what a treasury holds, its limits with their use today, its rates, and the rules in force."""
    settings = context.settings(ctx)
    whose = treasury.chosen(settings, client)
    now_ms = context.world_time(settings).now_ms()
    policy = rules.in_force(settings.kafka_conf(), whose)
    limits = treasury.limits(settings, whose, policy, moment(now_ms)[:10])
    held = next(iter(pots.treasuries(settings, whose)), None)
    rates = treasury.rates(settings, whose)
    if as_json or context.options(ctx).as_json:
        told = {"client": whose, "treasury": held, "limits": limits, "rates": rates, "rules": policy}
        typer.echo(msgspec.json.encode(told).decode())
        return
    names = {one.pot: one.called for one in pots.found(settings, whose)}
    drawn = treasury_view.render(whose, held, policy, limits, rates, now_ms=now_ms, names=names)
    ui.stdout().print(drawn)


@app.command("set")
def set_(
    ctx: typer.Context,
    given: Annotated[
        list[str],
        typer.Argument(
            metavar="NAME=VALUE...", help="Such as platform_limit.meta=100000 or mode=ahee; dollars."
        ),
    ],
    *,
    client: ClientOption = None,
) -> None:
    """Put a treasury's next rules into force; what is not named stays as it is, `default` sets it back."""
    settings = context.settings(ctx)
    whose, conf = treasury.chosen(settings, client), settings.kafka_conf()
    before = rules.in_force(conf, whose)
    policy = rules.following(before, treasury.known_version(settings, whose), given)
    rules.publish(conf, whose, policy)
    was, now = msgspec.to_builtins(before), msgspec.to_builtins(policy)
    changed = [
        f"{name} {treasury_view.said(name, now[name])}" for name in rules.NAMES if was[name] != now[name]
    ]
    typer.echo(f"{whose}, rules {policy.policy_version}: {'; '.join(changed) or 'as they were'}.")


@app.command()
def fx(
    ctx: typer.Context,
    currency: Annotated[str, typer.Argument(metavar="CURRENCY", help="Such as EUR.")],
    rate: Annotated[
        str, typer.Argument(metavar="RATE", help="What one unit is worth in USDC, such as 1.0832.")
    ],
    *,
    client: ClientOption = None,
) -> None:
    """Say what a currency is worth to a treasury from now on."""
    settings = context.settings(ctx)
    whose, now_ms = treasury.chosen(settings, client), context.world_time(settings).now_ms()
    fact = FxRateSet(_currency(currency), nano_of(rate), now_ms, f"{getpass.getuser()} by hand")
    publishing.publish(
        settings.kafka_conf(),
        FACTS,
        whose,
        fact,
        id=f"fx.{fact.currency}.{now_ms}",
        source=SOURCE,
        what=f"the rate of {fact.currency}",
    )
    worth = treasury_view.rate(fact.nano_usdc)
    typer.echo(f"{whose}: 1 {fact.currency} is {worth} USDC from now on.")


@app.command()
def webhook(
    ctx: typer.Context,
    campaign: Annotated[
        str, typer.Argument(metavar="CAMPAIGN", help="Its number, or PLATFORM/ACCOUNT/CAMPAIGN.")
    ],
    what: Annotated[str, typer.Argument(metavar="|".join(KINDS), help="What the platform told.")],
    *,
    client: ClientOption = None,
) -> None:
    """Tell the treasury what a platform told of a campaign, as the receiver of its webhooks will."""
    settings = context.settings(ctx)
    if what not in KINDS:
        raise FixInput(f"No platform tells {what}.", f"Say one of: {', '.join(KINDS)}.")
    whose, path = _paid(settings, campaign, client)
    platform, account, number = path.split("/", 2)
    at_ms = context.world_time(settings).now_ms()
    said = {"platform": platform, "account": account, "campaign": number, "kind": KINDS[what], "at_ms": at_ms}
    publishing.publish(
        settings.kafka_conf(),
        FACTS,
        whose,
        msgspec.convert(said, WebhookReceived),
        id=f"webhook.{secrets.token_hex(8)}",
        source=SOURCE,
        what=f"what was told of {path}",
    )
    typer.echo(f"The treasury of {whose} is told of {path}: {KINDS[what]}.")


def _paid(settings: Settings, wanted: str, client: str | None) -> tuple[str, str]:
    """Return the client and the whole name of a campaign that is paid from a pot."""
    paid = sorted((one.client, path) for one in pots.found(settings, client) for path in one.campaigns)
    found = [one for one in paid if one[1] == wanted or one[1].endswith(f"/{wanted}")]
    if len(found) == 1:
        return found[0]
    named = ", ".join(f"{path} of {whose}" for whose, path in (found or paid)[:SHOWN_MAX])
    what = f"{len(found)} campaigns are meant by {wanted}" if found else f"No pot pays a campaign {wanted}"
    raise FixInput(f"{what}.", f"Name one of: {named or 'none yet; headgate pots link gives a pot one'}.")


def nano_of(text: str) -> int:
    """Read a rate exactly, to a thousandth of a micro."""
    match = RATE(text)
    nano = int(match[1]) * 10**9 + int((match[2] or "").ljust(9, "0")) if match else 0
    try:
        return msgspec.convert(nano, NanoUsdc)
    except msgspec.ValidationError as error:
        raise FixInput(
            f"{text} is no rate.", "Give what one unit is worth in USDC, such as 1.0832; 9 decimals at most."
        ) from error


def _currency(text: str) -> str:
    if CURRENCY(text.upper()) is None:
        raise FixInput(f"{text} is no currency.", "Give its three letters, such as EUR.")
    if text.upper() in {"USD", "USDC"}:
        raise FixInput(f"{text.upper()} counts as USDC, one to one.", "Rates are for other currencies.")
    return text.upper()
