"""The frame of the command line: global options, commands loaded when called, errors in words."""

import sys
from collections.abc import Sequence
from importlib import import_module
from pathlib import Path
from typing import Annotated, Any

import typer
from typer.core import TyperCommand, TyperGroup
from typer.main import get_command

from headgate import crash, ui
from headgate.options import GlobalOptions
from infra.errors import HeadgateError

RUN = "Run"
LOOK = "Look and set up"

# name -> (panel, summary). The module is headgate/commands/<name>.py and is imported only when its
# command is called, so that help and completion stay fast however heavy a role becomes.
COMMANDS: dict[str, tuple[str, str]] = {
    "demo": (RUN, "Play a day of three clients, with trouble and kills in it, live, and prove it."),
    "up": (RUN, "Start everything on this machine and keep it running."),
    "worker": (RUN, "Run the agents: one process of the group."),
    "poller": (RUN, "Read the ad platforms, and publish what they say."),
    "executor": (RUN, "Pause, resume and set budgets on the ad platforms."),
    "notifier": (RUN, "Tell people and their programs of alerts."),
    "chain-executor": (RUN, "Move money on Solana, each movement at most once."),
    "localnet": (RUN, "Play a Solana of one's own, to try things out with."),
    "simulator": (RUN, "Play ad platforms, to try things out with."),
    "clock": (RUN, "Write the time into the log, for the deciders."),
    "projector": (RUN, "Write the log into ClickHouse, and answer questions."),
    "forecaster": (RUN, "Learn from all campaigns, and publish forecasts."),
    "sql": (LOOK, "Ask ClickHouse about spend, plans and commands."),
    "replay": (LOOK, "Decide the log again and compare it with what was recorded."),
    "dead-letters": (LOOK, "List, show and replay what could not be read."),
    "alerts": (LOOK, "Show what people have to know of, and what to do about it."),
    "pacing": (LOOK, "Draw a campaign's day against its plan, and say why we did what."),
    "status": (LOOK, "Show how accounts and their campaigns stand."),
    "pots": (LOOK, "Show pots, open them, link campaigns to them, and work on them by hand."),
    "chain": (LOOK, "Set the chain up, check it, make keys, and fill purses on a local one."),
    "fund": (LOOK, "Put money from a treasury into a pot, once, and say what became of it."),
    "ledger": (LOOK, "Show the ledger, and prove that facts, ledger and chain are one."),
    "treasury": (LOOK, "Show a treasury, its limits and rules; set rules and currencies."),
    "reallocate": (LOOK, "Propose and make moves of budget to where it brings more."),
    "can-spend": (LOOK, "Ask whether a campaign may spend an amount now, and hold it."),
    "stop": (LOOK, "Bring a campaign, an account, a client or everything to a stand, at once."),
    "policy": (LOOK, "Show and set the thresholds by which accounts are judged."),
    "forecast": (LOOK, "Forecast anybody's hourly series, with bands."),
    "plan": (LOOK, "Show a campaign's plan, and what it would be under other terms: --what-if budget=150."),
    "terms": (LOOK, "Show and set what is wanted of campaigns: budgets over time, hours, shapes."),
    "topics": (LOOK, "List, create and check the topics."),
    "config": (LOOK, "Show each setting and where its value came from."),
    "doctor": (LOOK, "Check this machine, line by line."),
}


class LazyGroup(TyperGroup):
    """A group that knows its commands by name and imports the one that is called."""

    def __init__(self, **attributes: Any) -> None:  # noqa: ANN401 - Typer's own signature, passed on whole
        super().__init__(**attributes)
        for name, (panel, summary) in COMMANDS.items():
            self.add_command(TyperCommand(name, callback=None, help=summary, rich_help_panel=panel))

    def resolve_command(self, ctx: Any, args: list[str]) -> Any:  # noqa: ANN401 - Typer's types here are private
        """Replace the entry of the called command by the command itself."""
        name, entry, rest = super().resolve_command(ctx, args)
        if name is None or entry is None:
            return name, entry, rest
        module = import_module(f"headgate.commands.{name.replace('-', '_')}")
        command = get_command(module.app)
        command.name = name
        return name, command, rest


app = typer.Typer(
    cls=LazyGroup,
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
)


def _print_version(wanted: bool) -> None:  # noqa: FBT001 - the shape of a Typer callback
    if wanted:
        typer.echo(f"headgate {crash.version()}")
        raise typer.Exit


@app.callback()
def frame(
    ctx: typer.Context,
    *,
    config: Annotated[
        Path | None, typer.Option(metavar="FILE", help="Settings file (./headgate.toml).")
    ] = None,
    data_dir: Annotated[
        Path | None, typer.Option(metavar="DIR", help="Folder of all data (.headgate).")
    ] = None,
    log_level: Annotated[
        str | None, typer.Option(metavar="LEVEL", help="debug, info, warning or error.")
    ] = None,
    http_port: Annotated[
        int | None, typer.Option(metavar="PORT", help="Where /live, /ready and /metrics are served; 0: any.")
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Answer for a machine.")] = False,
    _version: Annotated[
        bool, typer.Option("--version", callback=_print_version, is_eager=True, help="Say the version.")
    ] = False,
) -> None:
    """Meter advertising money: watch what platforms spend, decide, and prove it from the log."""
    ctx.obj = GlobalOptions(
        config=config, data_dir=data_dir, log_level=log_level, http_port=http_port, as_json=as_json
    )


def run(arguments: Sequence[str] | None = None) -> int:
    """Run one command line and return its exit code; whatever goes wrong is told in words, on stderr."""
    given = list(sys.argv[1:] if arguments is None else arguments)
    try:
        get_command(app)(given, prog_name="headgate")
    except HeadgateError as error:
        ui.show_error(error)
        return error.exit_code
    except KeyboardInterrupt:
        return 130
    except SystemExit as leaving:
        return _exit_code(leaving)
    except Exception as error:  # noqa: BLE001 - the last frame: written whole to a file that the person is told of
        report = crash.write(error, given)
        ui.show_crash(error, report)
        return crash.EXIT_CODE
    return 0


def _exit_code(leaving: SystemExit) -> int:
    if leaving.code is None or isinstance(leaving.code, int):
        return leaving.code or 0
    typer.echo(leaving.code, err=True)
    return 1
