"""`headgate terms`: what a person wants of a campaign: its budget over time, its hours, its shape."""

from typing import Annotated, Any

import msgspec
import typer
from rich.table import Table
from rich.text import Text

from domain.pacing.rows import CampaignRow, TermsRow, campaign_key, terms_key
from events.types import TermsSet
from headgate import context, policies, publishing, table, ui, wishes
from headgate.campaign import wanted
from infra.errors import FixInput
from infra.settings import Settings
from streams.agents.account import ACCOUNT

app = typer.Typer(help="Show and set what is wanted of campaigns.", no_args_is_help=True)

SOURCE = "headgate/terms"
EXAMPLES_MAX = 5
AsJson = Annotated[bool, typer.Option("--json", help="Answer for a machine.")]
Account = Annotated[
    str, typer.Argument(metavar="ACCOUNT", help="CLIENT/PLATFORM/NUMBER, or a part that only one has.")
]


def _wish(name: str) -> typer.models.OptionInfo:
    option: typer.models.OptionInfo = typer.Option(f"--{name}", metavar="VALUE", help=wishes.NAMES[name])
    return option


@app.command("set")
def set_(  # noqa: PLR0913 - each is an option of the command line
    ctx: typer.Context,
    account: Account,
    campaign: Annotated[str, typer.Argument(metavar="CAMPAIGN", help="Its number.")],
    *,
    budget: Annotated[str | None, _wish("budget")] = None,
    first_day: Annotated[str | None, _wish("from")] = None,
    last_day: Annotated[str | None, _wish("to")] = None,
    rollover: Annotated[str | None, _wish("rollover")] = None,
    strategy: Annotated[str | None, _wish("strategy")] = None,
    channel: Annotated[str | None, _wish("channel")] = None,
    curve: Annotated[str | None, _wish("curve")] = None,
    weights: Annotated[str | None, _wish("weights")] = None,
    open_: Annotated[list[str] | None, _wish("open")] = None,
    starts: Annotated[str | None, _wish("starts")] = None,
    ends: Annotated[str | None, _wish("ends")] = None,
    floor: Annotated[str | None, _wish("floor")] = None,
    ceiling: Annotated[str | None, _wish("ceiling")] = None,
    why: Annotated[str | None, _wish("why")] = None,
) -> None:
    """Put a campaign's next terms into force; what is not named stays as it is, `none` takes it away."""
    given = {
        "budget": budget,
        "from": first_day,
        "to": last_day,
        "rollover": rollover,
        "strategy": strategy,
        "channel": channel,
        "curve": curve,
        "weights": weights,
        "open": ",".join(open_) if open_ else None,
        "starts": starts,
        "ends": ends,
        "floor": floor,
        "ceiling": ceiling,
        "why": why,
    }
    named = {name: text for name, text in given.items() if text is not None}
    if not named:
        raise FixInput("Nothing was to be set.", "Name what, such as --budget month=3000; see --help.")
    settings = context.settings(ctx)
    subject, currency, before = _known(settings, account, campaign)
    terms = wishes.following(before, campaign, currency, named)
    publishing.publish(
        settings.kafka_conf(),
        ACCOUNT.topic,
        subject,
        terms,
        id=f"terms.{subject}.{campaign}.{terms.terms_version}",
        source=SOURCE,
        what=f"the terms of {campaign}",
    )
    typer.echo(f"{campaign} of {subject}, terms {terms.terms_version}: {wanted.in_words(terms)}.")


@app.command()
def show(
    ctx: typer.Context,
    account: Annotated[
        str | None, typer.Argument(metavar="ACCOUNT", help="Only of this one; a part of its name will do.")
    ] = None,
    campaign: Annotated[
        str | None, typer.Argument(metavar="CAMPAIGN", help="Only of those with this in their number.")
    ] = None,
    *,
    as_json: AsJson = False,
) -> None:
    """Show the terms in force, as the agent holds them."""
    found = table.rows(
        context.settings(ctx).kafka_conf(), policies.CHANGELOG, lambda key: key.endswith(b"\0terms")
    )
    chosen = {
        (key.decode().partition("\0")[0], row.terms.campaign): row.terms
        for key, row in sorted(found.items())
        if isinstance(row, TermsRow)
        and (account is None or account in key.decode().partition("\0")[0])
        and (campaign is None or campaign in row.terms.campaign)
    }
    if as_json or context.options(ctx).as_json:
        told = [{"subject": subject, **msgspec.to_builtins(one)} for (subject, _), one in chosen.items()]
        typer.echo(msgspec.json.encode(told).decode())
    elif not chosen:
        typer.echo("No terms: every campaign's day may cost the daily budget that it has on its platform.")
    else:
        ui.stdout().print(_table(chosen))


def _known(settings: Settings, account: str, campaign: str) -> tuple[str, str, TermsSet | None]:
    """Return the account that is meant, its currency and the terms in force of its campaign."""
    conf = settings.kafka_conf()
    subject, row = policies.read(conf).find(account)
    own = campaign_key(subject, campaign)
    asked = {own, terms_key(own)}
    rows: dict[bytes, Any] = table.rows(conf, policies.CHANGELOG, lambda key: key in asked)
    if not isinstance(rows.get(own), CampaignRow):
        raise FixInput(
            f"{subject} has no campaign {campaign} that was ever read.",
            f"Give its number, as `headgate status {subject}` shows it.",
        )
    before = rows.get(terms_key(own))
    return subject, row.currency, None if before is None else before.terms


def _table(chosen: dict[tuple[str, str], TermsSet]) -> Table:
    drawn = Table(box=None, pad_edge=False, padding=(0, 2, 0, 0), header_style="dim")
    for title in ("campaign", "account", "version"):
        drawn.add_column(title, no_wrap=True, justify="right" if title == "version" else "left")
    drawn.add_column("terms", overflow="fold")
    for (subject, campaign), terms in chosen.items():
        drawn.add_row(campaign, Text(subject, "dim"), str(terms.terms_version), wanted.in_words(terms))
    return drawn
