"""`headgate pots`: shows the pots, opens them, links campaigns to them, and works on them by hand."""

import getpass
from collections.abc import Awaitable, Callable
from typing import Annotated

import typer

from chain.admin import pots as steps
from chain.admin.office import Office
from chain.admin.pots import Done
from chain.admin.setting_up import OpenPot
from chain.instructions import PotProgram
from chain.ports import Signer
from events.types import MovementJudged
from headgate import context
from headgate.money import pot_view, pots_view
from headgate.money.amounts import usdc
from headgate.potting import book, cases, judging, linking, opening, records, words
from headgate.potting.book import Known
from headgate.potting.desk import Desk, at_the_desk
from headgate.potting.opening import Wanted
from infra.errors import FixInput
from infra.settings import Settings

app = typer.Typer(help="Show pots, open them, link campaigns to them, and work on them by hand.")

Client = Annotated[str, typer.Argument(metavar="CLIENT", help="Whose pot it is.")]
Pot = Annotated[str, typer.Argument(metavar="POT", help="Its name, CLIENT/NAME, or a beginning of its hex.")]
Campaigns = Annotated[list[str], typer.Argument(metavar="PLATFORM/ACCOUNT/CAMPAIGN...", help="Which ones.")]
Minutes = Annotated[
    int, typer.Option("--check-minutes", min=5, max=1_440, help="How often it is metered and funded for.")
]
Amount = Annotated[str, typer.Argument(metavar="AMOUNT", help="In dollars, such as 500 or 12.50.")]
Yes = Annotated[bool, typer.Option("--yes", "-y", help="Ask nothing.")]
AsJson = Annotated[bool, typer.Option("--json", help="Answer for a machine.")]
NEGATIVE = {"ignore_unknown_options": True}  # a negative amount begins like an option


@app.callback(invoke_without_command=True)
def table(
    ctx: typer.Context,
    *,
    client: Annotated[str | None, typer.Option(metavar="CLIENT", help="Only this client's.")] = None,
    as_json: AsJson = False,
) -> None:
    """Show each pot: what it holds, what was spent, its cap, and what is on its way."""
    if ctx.invoked_subcommand is None:
        pots_view.show(context.settings(ctx), client, as_json=as_json or context.options(ctx).as_json)


@app.command()
def show(
    ctx: typer.Context,
    pot: Pot,
    *,
    lines: Annotated[int, typer.Option(help="How many movements.", min=1, max=1_000)] = 20,
    as_json: AsJson = False,
) -> None:
    """Show one pot: its movements, its campaigns, and the proof of its history."""
    pot_view.show(context.settings(ctx), pot, lines=lines, as_json=as_json or context.options(ctx).as_json)


@app.command("open", context_settings=NEGATIVE)
def open_(  # noqa: PLR0913 - each is an option of the command line
    ctx: typer.Context,
    client: Client,
    name: Annotated[str, typer.Argument(metavar="NAME", help="How people call it.")],
    *,
    cap: Annotated[str, typer.Option(metavar="AMOUNT", help="Most that it takes in a UTC day, in dollars.")],
    pot: Annotated[
        str | None, typer.Option(metavar="HEX", help="Its 32 bytes on chain.", show_default="from the name")
    ] = None,
    campaign: Annotated[
        list[str] | None, typer.Option(metavar="PLATFORM/ACCOUNT/CAMPAIGN", help="Whom it pays.")
    ] = None,
    check_minutes: Minutes = 60,
    funder: Annotated[
        str | None, typer.Option(metavar="ADDRESS", help="Who funds it, if not our key.")
    ] = None,
    spender: Annotated[
        str | None, typer.Option(metavar="ADDRESS", help="Who settles from it, if not our key.")
    ] = None,
    yes: Yes = False,
) -> None:
    """Open a pot on chain, and let it pay campaigns. Broken off, the same command goes on where it was."""
    settings = context.settings(ctx)
    owner, called = words.client_name(client), words.pot_name(name)
    wanted = Wanted(
        owner,
        called,
        words.pot_id(owner, called, pot),
        words.amount(cap),
        None if funder is None else words.address(funder, "a funder"),
        None if spender is None else words.address(spender, "a spender"),
    )
    campaigns = [words.campaign(one) for one in campaign or []]
    known = book.read(settings.kafka_conf())
    opening.check(known, wanted)
    records.check_room(known, wanted.pot, campaigns)
    words.confirm(
        f"Open the pot {called} for {owner}, which takes {usdc(wanted.cap_micro_usdc)} a day?", yes=yes
    )
    found, program = at_the_desk(settings, lambda desk: _open(desk, wanted))
    at_ms = context.world_time(settings).now_ms()
    fact = opening.told(wanted, found.pot, program, known, at_ms)
    records.opened(settings, owner, fact)
    linking.link(settings, known, owner, wanted.pot, campaigns, check_minutes=check_minutes, at_ms=at_ms)
    done = "was there already" if found.sent is None else f"is open ({found.sent.signature})"
    typer.echo(
        f"{owner}/{called} {done}: {fact.address}, paid from the treasury {fact.treasury}, "
        f"{len(campaigns)} campaigns linked."
    )


async def _open(desk: Desk, wanted: Wanted) -> tuple[OpenPot, PotProgram]:
    return await opening.open_on_chain(desk, wanted), desk.place.program


@app.command()
def link(ctx: typer.Context, pot: Pot, campaigns: Campaigns, *, check_minutes: Minutes = 60) -> None:
    """Let a pot pay campaigns from now on; another one that paid them pays them no longer."""
    settings, known, one = _known(ctx, pot)
    at_ms = context.world_time(settings).now_ms()
    chosen = [words.campaign(text) for text in campaigns]
    linking.link(
        settings, known, one.client, one.opened.pot, chosen, check_minutes=check_minutes, at_ms=at_ms
    )
    typer.echo(f"{one.called} pays {', '.join(campaigns)}.")


@app.command()
def unlink(ctx: typer.Context, pot: Pot, campaigns: Campaigns) -> None:
    """Let a pot pay campaigns no longer; what they have cost so far is still settled from it."""
    settings, known, one = _known(ctx, pot)
    chosen = [words.campaign(text) for text in campaigns]
    linking.unlink(settings, known, one, chosen, context.world_time(settings).now_ms())
    typer.echo(f"{one.called} pays {', '.join(campaigns)} no longer.")


@app.command(context_settings=NEGATIVE)
def cap(ctx: typer.Context, pot: Pot, amount: Amount, *, yes: Yes = False) -> None:
    """Set how much a pot takes in a UTC day."""
    micro_usdc = words.amount(amount)
    _work(
        ctx,
        pot,
        lambda office, signer, id_: steps.set_cap(office, signer, id_, micro_usdc),
        f"takes at most {usdc(micro_usdc)} a day",
        ask=f"Let {{pot}} take {usdc(micro_usdc)} a day?" if not yes else None,
    )


@app.command()
def pause(ctx: typer.Context, pot: Pot) -> None:
    """Let nothing into a pot until it is resumed by hand."""
    _work(ctx, pot, steps.pause, "is paused; `headgate pots resume` lets it go on")


@app.command()
def resume(ctx: typer.Context, pot: Pot, *, yes: Yes = False) -> None:
    """Let a pot be funded again, whoever has paused it."""
    _work(ctx, pot, steps.resume, "is funded again", ask=None if yes else "Let {pot} be funded again?")


@app.command(context_settings=NEGATIVE)
def withdraw(ctx: typer.Context, pot: Pot, amount: Amount, *, yes: Yes = False) -> None:
    """Move USDC out of a pot, to the authority's own token account."""
    micro_usdc = words.amount(amount)
    _work(
        ctx,
        pot,
        lambda office, signer, id_: steps.withdraw(office, signer, id_, micro_usdc),
        f"has paid {usdc(micro_usdc)} to its authority",
        ask=None if yes else f"Move {usdc(micro_usdc)} out of {{pot}}?",
    )


@app.command("keys")
def keys_(
    ctx: typer.Context,
    pot: Pot,
    *,
    funder: Annotated[str, typer.Option(metavar="ADDRESS", help="Who funds it.")],
    spender: Annotated[str, typer.Option(metavar="ADDRESS", help="Who settles from it.")],
    yes: Yes = False,
) -> None:
    """Set who may fund a pot and who may settle from it."""
    funds, settles = words.address(funder, "a funder"), words.address(spender, "a spender")
    _work(
        ctx,
        pot,
        lambda office, signer, id_: steps.set_keys(office, signer, id_, funds, settles),
        f"is funded by {funds} and settled by {settles}",
        ask=None if yes else f"Let {funds} fund {{pot}} and {settles} settle from it?",
    )


@app.command()
def authority(
    ctx: typer.Context,
    pot: Pot,
    *,
    to: Annotated[str | None, typer.Option(metavar="ADDRESS", help="Propose this one.")] = None,
    accept: Annotated[bool, typer.Option("--accept", help="Become it, as proposed; by our own key.")] = False,
    yes: Yes = False,
) -> None:
    """Hand a pot over in two steps: its authority proposes another one, who accepts."""
    if (to is None) != accept:
        raise FixInput("It is not clear what is to be done.", "Give --to ADDRESS to propose, or --accept.")
    if to is None:
        ask = None if yes else "Take {pot} over?"
        _work(ctx, pot, steps.accept_authority, "is ours", ask=ask)
        return
    new = words.address(to, "an authority")
    _work(
        ctx,
        pot,
        lambda office, signer, id_: steps.propose_authority(office, signer, id_, new),
        f"goes to {new} as soon as that accepts: headgate pots authority POT --accept, with its key",
        ask=None if yes else f"Propose {new} as the authority of {{pot}}, to whom all its money then is?",
    )


@app.command()
def close(ctx: typer.Context, pot: Pot, *, yes: Yes = False) -> None:
    """Close an empty pot that pays nobody; its rent goes to its authority."""
    settings, known, one = _known(ctx, pot)
    paid = known.paid_by(one.opened.pot)
    if paid:
        raise FixInput(
            f"{one.called} still pays {len(paid)} campaigns.",
            f"First: headgate pots unlink {one.called} {' '.join('/'.join(at) for at in paid)}",
        )
    under_way = records.under_way(settings, one)
    if under_way is not None:
        raise FixInput(
            f"A movement of {one.called} is under way: {under_way}.",
            "Wait until it has ended; `headgate pots show` says how it goes. A closed pot could not tell.",
        )
    if not yes:
        words.confirm(f"Close {one.called}?", yes=False)

    async def work(desk: Desk) -> str:
        sent = await steps.close(desk.office, await desk.place.signer("authority"), one.campaign_id)
        return "was closed already" if sent is None else f"is closed ({sent.signature})"

    typer.echo(f"{one.called} {at_the_desk(settings, work)}.")


@app.command()
def judge(
    ctx: typer.Context,
    movement: Annotated[
        str, typer.Argument(metavar="MOVEMENT", help="Its id: headgate sql @open-movements.")
    ],
    verdict: Annotated[str, typer.Argument(metavar="landed|failed", help="What became of it.")],
    *,
    reason: Annotated[str, typer.Option(help="How you found out; it stays in the log.")],
    by: Annotated[str, typer.Option(metavar="NAME", help="Who judges.", show_default="you")] = "",
    yes: Yes = False,
) -> None:
    """End a movement that is stuck, of which the chain can tell nothing any more: a person has found out."""
    settings, who = context.settings(ctx), by or getpass.getuser()
    word = judging.check(verdict, reason, who)
    case = cases.read_all(settings.kafka_conf()).find(movement)
    now_ms = context.world_time(settings).now_ms()
    seen = at_the_desk(settings, lambda desk: judging.see(desk.pool, desk.place.program, case, now_ms))
    client, pot = case.order.client, case.wish.pot
    one = book.read(settings.kafka_conf()).pots.get(pot)
    for line in judging.known(case, seen, one.called if one is not None else f"{client}/{pot[:12]}"):
        typer.echo(line, err=True)
    typer.echo(judging.does(case, word), err=True)
    words.confirm(f"Judge that {movement} has {word}?", yes=yes)
    judging.publish(settings, client, MovementJudged(movement, pot, word, who, reason.strip(), now_ms))
    typer.echo(f"{movement} is judged {word}; the chain executor ends it within seconds.")


def _known(ctx: typer.Context, pot: str) -> tuple[Settings, book.Book, Known]:
    settings = context.settings(ctx)
    known = book.read(settings.kafka_conf())
    return settings, known, known.find(pot)


def _work(
    ctx: typer.Context,
    pot: str,
    step: Callable[[Office, Signer, bytes], Awaitable[Done]],
    said: str,
    *,
    ask: str | None = None,
) -> None:
    """Take a step of the authority's on chain, and tell the log if that changed whose the pot is."""
    settings, known, one = _known(ctx, pot)
    if ask is not None:
        words.confirm(ask.format(pot=one.called), yes=False)

    async def work(desk: Desk) -> tuple[Done, PotProgram]:
        done = await step(desk.office, await desk.place.signer("authority"), one.campaign_id)
        return done, desk.place.program

    done, program = at_the_desk(settings, work)
    wanted = Wanted(one.client, one.opened.name, one.opened.pot, done.pot.daily_cap_micro_usdc)
    fact = opening.told(wanted, done.pot, program, known, context.world_time(settings).now_ms())
    if fact != one.opened:
        records.opened(settings, one.client, fact)
    how = "as before" if done.sent is None else str(done.sent.signature)
    typer.echo(f"{one.called} {said} ({how}).")
