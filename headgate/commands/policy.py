"""`headgate policy`: by which thresholds an account is judged, and when its campaigns are paused."""

from decimal import Decimal
from typing import Annotated

import msgspec
import typer
from rich.table import Table

from domain.pacing.rows import AccountRow
from headgate import context, policies, ui
from headgate import thresholds_view as view
from infra.errors import FixInput

app = typer.Typer(help="Show and set the thresholds of accounts.", no_args_is_help=True)

AsJson = Annotated[bool, typer.Option("--json", help="Answer for a machine.")]
Subject = Annotated[
    str, typer.Argument(metavar="ACCOUNT", help="CLIENT/PLATFORM/NUMBER, or a part that only one has.")
]
HUNDRED_PERMILLE = 10
FRIENDLY = (
    "pace_warning_permille",
    "pace_critical_permille",
    "pace_under_permille",
    "pace_hysteresis_permille",
    "guard_pause_permille",
)


def _percent(meaning: str) -> typer.models.OptionInfo:
    option: typer.models.OptionInfo = typer.Option(metavar="PERCENT", help=meaning)
    return option


@app.command("set")
def set_(  # noqa: PLR0913 - each is an option of the command line
    ctx: typer.Context,
    account: Subject,
    *,
    pause_at: Annotated[
        str | None, _percent("Pause a campaign above this much of its daily budget; 0: never.")
    ] = None,
    warn_at: Annotated[str | None, _percent("Its pace is over from this much of its plan on.")] = None,
    critical_at: Annotated[str | None, _percent("Its pace is critical from this much on.")] = None,
    under_at: Annotated[str | None, _percent("Its pace is under below this much.")] = None,
    calm_by: Annotated[str | None, _percent("How far it must come back before it is judged anew.")] = None,
    more: Annotated[
        list[str] | None,
        typer.Option("--set", metavar="NAME=VALUE", help="Any threshold; `policy show ACCOUNT` lists them."),
    ] = None,
) -> None:
    """Put the next version of an account's policy into force; what is not named stays as it is."""
    given = (warn_at, critical_at, under_at, calm_by, pause_at)
    wanted = {
        name: permille_of(text) for name, text in zip(FRIENDLY, given, strict=True) if text is not None
    } | policies.parsed(more or ())
    if not wanted:
        raise FixInput("Nothing was to be set.", "Name what, such as --pause-at 110; see --help.")
    conf = context.settings(ctx).kafka_conf()
    subject, row = policies.read(conf).find(account)
    policy = policies.following(row, wanted)
    thresholds = policies.thresholds(AccountRow(row.currency, policy))
    policies.publish(conf, subject, policy)
    told = [f"{name} {view.said(name, thresholds[name])}" for name in wanted if name not in FRIENDLY]
    if "guard_pause_permille" in wanted or not told:
        told.insert(0, _in_words(policy.guard_pause_permille))
    typer.echo(f"{subject}, policy {policy.policy_version}: {'; '.join(told)}.")


@app.command()
def show(
    ctx: typer.Context,
    account: Annotated[
        str | None, typer.Argument(metavar="ACCOUNT", help="Only this one; a part of its name will do.")
    ] = None,
    *,
    as_json: AsJson = False,
) -> None:
    """Show the policies in force, of one account or of all."""
    found = policies.read(context.settings(ctx).kafka_conf())
    chosen = found.in_force if account is None else dict([found.find(account)])
    if as_json or context.options(ctx).as_json:
        told = {
            one: {"policy_version": row.policy_version, **policies.thresholds(row)}
            for one, row in chosen.items()
        }
        typer.echo(msgspec.json.encode(told).decode())
        return
    if not chosen:
        typer.echo("No account has been seen yet.")
        return
    if account is not None:
        ((subject, row),) = chosen.items()
        ui.stdout().print(view.render(subject, row))
        return
    ui.stdout().print(_table(chosen))


def _table(chosen: dict[str, AccountRow]) -> Table:
    table = Table(box=None, pad_edge=False, padding=(0, 1, 0, 0), header_style="dim")
    table.add_column("account", no_wrap=True)
    for title in ("version", "pause", "crit", "over", "under", "calm"):
        table.add_column(title, justify="right", no_wrap=True)
    for subject, row in chosen.items():
        told = policies.thresholds(row)
        pause = told["guard_pause_permille"]
        table.add_row(
            subject,
            str(row.policy_version) if row.policy_version else "default",
            view.percent(pause) if pause else "never",
            view.percent(told["pace_critical_permille"]),
            view.percent(told["pace_warning_permille"]),
            view.percent(told["pace_under_permille"]),
            view.percent(told["pace_hysteresis_permille"]),
        )
    return table


def _in_words(pause_permille: int) -> str:
    if not pause_permille:
        return "nothing is paused from now on"
    return f"a campaign is paused above {view.percent(pause_permille)} of its daily budget"


def permille_of(text: str) -> int:
    """Read a percentage exactly, to a tenth of it."""
    try:
        permille = Decimal(text.removesuffix("%")) * HUNDRED_PERMILLE
        exact = int(permille)
    except (ArithmeticError, ValueError) as error:
        raise FixInput(f"{text} is no percentage.", "Give a number such as 110 or 112.5.") from error
    if exact != permille or exact < 0:
        raise FixInput(f"{text} % cannot be held to.", "Give a tenth of a percent at the finest, 0 at least.")
    return exact
