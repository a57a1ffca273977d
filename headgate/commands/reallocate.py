"""`headgate reallocate`: where a client's unused budget would bring more, and terms that move it there."""

from collections import Counter
from typing import Annotated, Any, Final

import msgspec
import typer
from rich.table import Table
from rich.text import Text

from domain.alerts.words import amount, times
from domain.allocation.model import LimitedBy, Move, Rules
from headgate import context, ui
from headgate.pacer.amounts import parsed
from headgate.reallocation import applying, known, proposal
from headgate.reallocation.proposal import Proposal
from infra.errors import FixInput
from infra.world_time import wall_ms

app = typer.Typer()

AsJson = Annotated[bool, typer.Option("--json", help="Answer for a machine.")]
DAYS_MAX = 28
LIMITS: Final[dict[LimitedBy, str]] = {
    "unused": "The rest of what it leaves stays with it.",
    "floor": "It keeps its floor.",
    "room": "The other may not grow further at once.",
}


@app.command()
def reallocate(  # noqa: PLR0913 - each is an option of the command line
    ctx: typer.Context,
    client: Annotated[str, typer.Argument(metavar="CLIENT", help="The first part of its accounts' names.")],
    *,
    apply: Annotated[bool, typer.Option("--apply", help="Put the moves into force, as terms.")] = False,
    yes: Annotated[bool, typer.Option("--yes", help="Do not ask before.")] = False,
    days: Annotated[int, typer.Option(help="Look at so many days that are over.", min=1, max=DAYS_MAX)] = 7,
    move_min: Annotated[
        str, typer.Option(metavar="AMOUNT", help="Leave smaller moves, in the currency of each account.")
    ] = "1",
    as_json: AsJson = False,
) -> None:
    """Propose moves of budget from campaigns that leave theirs unused to those that do more with money.

    The total stays as it is, to the micro, and currencies do not mix. Without --apply nothing changes.
    """
    settings, machine = context.settings(ctx), as_json or context.options(ctx).as_json
    if machine and apply and not yes:
        raise FixInput("--json cannot ask whether to apply.", "Add --yes if the moves are to be made unseen.")
    rules = Rules(move_micros_min=max(1, parsed(move_min, "smallest move")))
    weeks = known.week(settings, client, days)
    if not weeks:
        raise FixInput(
            f"Nothing is known of campaigns of a client {client} with a plan of a day that is over.",
            "The client is the first part of an account's name; `headgate status` lists accounts.",
        )
    holding = known.holding(settings.kafka_conf(), client)
    wanted = proposal.propose(weeks, holding, rules)
    names = {week.place: week.name or week.campaign for week in weeks}
    if not machine:
        _show(wanted, names)
    is_agreed = apply and bool(wanted.moves) and (yes or typer.confirm("Put them into force?"))
    events = proposal.terms(wanted, holding, f"reallocated by {days} days", wall_ms()) if is_agreed else []
    if events:
        applying.apply(settings.kafka_conf(), events)
    if machine:
        typer.echo(msgspec.json.encode(_plain(wanted, names, len(events))).decode())
    elif events:
        typer.echo(f"{len(events):,} campaigns have new terms.")


def _show(wanted: Proposal, names: dict[str, str]) -> None:
    if not wanted.moves:
        typer.echo(f"Nothing is worth moving between {len(wanted.entries):,} campaigns.")
    else:
        table = Table(box=None, pad_edge=False, padding=(0, 1, 0, 0), header_style="dim", expand=True)
        table.add_column("from", ratio=1, overflow="ellipsis", no_wrap=True)
        table.add_column("to", ratio=1, overflow="ellipsis", no_wrap=True)
        table.add_column("a day", justify="right", no_wrap=True)
        table.add_column("why", ratio=3)
        for move in wanted.moves:
            moved = amount(move.amount_micros, move.currency)
            table.add_row(names[move.giver], names[move.taker], moved, why(move))
        ui.stdout().print(table)
    counts = Counter(wanted.left_out.values())
    if counts:
        told = ", ".join(f"{count:,} ({reason})" for reason, count in sorted(counts.items()))
        ui.stdout().print(Text(f"Left out: {told}.", "dim"))


def why(move: Move) -> str:
    """Say why budget is worth moving, and why not more of it."""
    left = amount(move.giver_unused_micros, move.currency)
    return (
        f"leaves {left} a day and brings {times(move.giver_permille)} the usual {move.basis} for its money; "
        f"the other {times(move.taker_permille)}. {LIMITS[move.limited_by]}"
    )


def _plain(wanted: Proposal, names: dict[str, str], applied: int) -> dict[str, Any]:
    return {
        "moves": [
            {
                "from": _place(move.giver, names),
                "to": _place(move.taker, names),
                "amount_micros": move.amount_micros,
                "currency": move.currency,
                "basis": move.basis,
                "from_permille": move.giver_permille,
                "to_permille": move.taker_permille,
                "from_unused_micros": move.giver_unused_micros,
                "limited_by": move.limited_by,
                "why": why(move),
            }
            for move in wanted.moves
        ],
        "compared": len(wanted.entries),
        "left_out": [_place(place, names) | {"why": told} for place, told in wanted.left_out.items()],
        "applied": applied,
    }


def _place(place: str, names: dict[str, str]) -> dict[str, str]:
    subject, campaign = place.split("\0")
    return {"subject": subject, "campaign": campaign, "name": names[place]}
