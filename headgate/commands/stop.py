"""`headgate stop`: the emergency stop of a campaign, an account, a client or everything, and its end."""

import getpass
import sys
from contextlib import nullcontext
from typing import Annotated, Any, Final

import msgspec
import typer
from rich.text import Text

from events.codec import Event
from events.envelope import moment
from headgate import context, publishing, table, ui
from headgate.stopping import orders, view
from headgate.stopping.follow import HERE, Follower
from headgate.stopping.picture import Picture, is_wanted
from headgate.stopping.results import Order, Result
from headgate.stopping.targets import Target, everything, find_target
from infra.errors import FixInput, HeadgateError
from infra.settings import Settings
from projections import query

app = typer.Typer()

LIST: Final = "list"
STOPS_SQL: Final = (
    "SELECT stop_id, any(at_ms) AS at_ms, any(reason) AS reason, any(by) AS by FROM stops_now GROUP BY 1"
)
NOT_DONE: Final = 1


@app.command()
def stop(  # noqa: PLR0913 - each is an option of the command line
    ctx: typer.Context,
    target: Annotated[
        str | None,
        typer.Argument(
            metavar="CAMPAIGN|ACCOUNT|CLIENT", help='Who is to stand still; "list" shows the stops in force.'
        ),
    ] = None,
    *,
    all_of_it: Annotated[bool, typer.Option("--everything", help="All campaigns of all accounts.")] = False,
    lift: Annotated[
        str | None, typer.Option(metavar="STOP", help="End this stop; what it paused runs again.")
    ] = None,
    reason: Annotated[str, typer.Option(help="Why; whoever finds it reads this.")] = "",
    by: Annotated[str, typer.Option(metavar="NAME", help="Who orders it.", show_default="you")] = "",
    yes: Annotated[bool, typer.Option("--yes", "-y", help="Ask nothing.")] = False,
    wait_seconds: Annotated[
        int, typer.Option("--wait", metavar="SECONDS", help="How long it is followed.", min=0)
    ] = 60,
    as_json: Annotated[bool, typer.Option("--json", help="Answer for a machine.")] = False,
) -> None:
    """Bring everything that is meant to a stand, and say of each campaign whether it does.

    It stands until the stop is lifted, also over midnight, and campaigns that are new are stopped too. The
    exit code is 0 only if all of them stand still.
    """
    settings, as_json = context.settings(ctx), as_json or context.options(ctx).as_json
    if sum((target is not None, all_of_it, lift is not None)) != 1:
        raise FixInput(
            "It is not clear what is to stand still.",
            "Name a campaign, an account or a client, or give --everything, --lift STOP, or list.",
        )
    if target == LIST:
        _list(settings, as_json=as_json)
        return
    orders.check(reason, by or getpass.getuser())
    with Follower(dict(settings.kafka_conf())) as follower:
        at_ms = context.world_time(settings).now_ms()
        if lift is not None:
            order, events = orders.lift(follower.picture, lift, at_ms, reason, by or getpass.getuser())
        else:
            meant = (
                everything(follower.picture)
                if target is None
                else find_target(follower.picture, target, settings)
            )
            _confirm(follower.picture, meant, yes=yes)
            order, events = orders.stop(meant, at_ms, reason, by or getpass.getuser())
        found = _bring_about(settings, follower, order, events, wait_seconds)
    _answer(order, found, as_json=as_json)
    if not all(one.is_done for one in found):
        raise typer.Exit(NOT_DONE)


def _confirm(picture: Picture, meant: Target, *, yes: bool) -> None:
    if yes:
        return
    count = sum(len(picture.of(subject, meant.campaign)) for subject in meant.subjects)
    if not sys.stdin.isatty():
        raise FixInput(
            f"Stopping {meant.called} ({count:,} campaigns) was not confirmed.",
            "Give --yes to be asked nothing.",
        )
    typer.confirm(
        f"Stop {meant.called}: {count:,} campaigns of {len(meant.subjects):,} accounts?", abort=True, err=True
    )


def _bring_about(
    settings: Settings, follower: Follower, order: Order, events: list[Event], wait_seconds: int
) -> list[Result]:
    publishing.publish_all(settings.kafka_conf(), HERE.facts, events, f"the stop {order.stop_id}")
    console = ui.stderr()
    status = console.status(f"{order.stop_id} is ordered") if console.is_terminal else nullcontext()
    with status as shown:

        def tell(found: list[Result]) -> None:
            if shown is not None:
                shown.update(view.in_words(found))

        return follower.until_done(order, wait_seconds, tell)


def _answer(order: Order, found: list[Result], *, as_json: bool) -> None:
    if as_json:
        told = [{**msgspec.to_builtins(one), "done": one.is_done} for one in found]
        typer.echo(msgspec.json.encode({"stop_id": order.stop_id, "campaigns": told}).decode())
        return
    console = ui.stdout()
    console.print(view.drawn(found))
    console.print(Text(f"{view.in_words(found)}."))
    if order.wish == "stop":
        console.print(
            Text(f'It stands until: headgate stop --lift {order.stop_id} --reason "…"'), soft_wrap=True
        )


def _list(settings: Settings, *, as_json: bool) -> None:
    picture = Picture()
    for key, row in table.rows(settings.kafka_conf(), HERE.changelog, is_wanted).items():
        picture.take(key, row)
    told = _reasons(settings)
    if as_json:
        rows = [
            {
                "stop_id": stop_id,
                "holds": ["/".join(place).rstrip("/") for place in places],
                **told.get(stop_id, {}),
            }
            for stop_id, places in view.in_force(picture).items()
        ]
        typer.echo(msgspec.json.encode(rows).decode())
    elif picture.stops:
        ui.stdout().print(view.listed(picture, told))
    else:
        typer.echo("No stop is in force.")


def _reasons(settings: Settings) -> dict[str, dict[str, Any]]:
    """Return who ordered which stop and why, as far as the projections are there to be asked."""
    try:
        rows = query.ask(settings, STOPS_SQL).dicts()
    except HeadgateError as error:
        ui.stderr().print(Text(f"Who ordered them, and why, is not known now: {error.what}", "yellow"))
        return {}
    return {
        row["stop_id"]: {"at": moment(int(row["at_ms"])), "by": row["by"], "reason": row["reason"]}
        for row in rows
    }
