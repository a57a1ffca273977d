"""`headgate replay`: decides the log again and compares every row and record with what was recorded."""

import time
from typing import Annotated

import msgspec
import typer
from rich.table import Table

from events import topics
from headgate import context, ui
from infra.errors import CallAPerson, FixInput
from streams import agents
from streams.agent import Agent
from streams.replay import Compared, Replay, Replayed
from streams.worker import GROUP

app = typer.Typer()


@app.command()
def replay(
    ctx: typer.Context,
    agent: Annotated[str, typer.Option(metavar="NAME", help="Whose log is replayed.")] = "account",
    *,
    as_json: Annotated[bool, typer.Option("--json", help="Answer for a machine.")] = False,
) -> None:
    """Decide the log again, from its beginning to what is committed; fail if anything differs."""
    settings = context.settings(ctx)
    replayed = _find(agent)
    changelog = topics.changelog_name(GROUP, replayed.table)
    started = time.perf_counter()
    with ui.progress("Replaying", "records") as advance:
        result = Replay(dict(settings.kafka_conf()), replayed, group=GROUP, changelog=changelog).run(advance)
    seconds = time.perf_counter() - started
    if as_json or context.options(ctx).as_json:
        typer.echo(msgspec.json.encode({**msgspec.to_builtins(result), "exact": result.exact}).decode())
    else:
        ui.stdout().print(_table(result, seconds))
    if not result.exact:
        raise CallAPerson(
            f"The log of agent {agent} does not prove itself: {_examples(result)}.",
            "Was the decider changed since, or the log touched? Replay with the version that decided it.",
        )


def _find(name: str) -> Agent:
    for one in agents.ALL:
        if one.name == name:
            return one
    known = ", ".join(one.name for one in agents.ALL)
    raise FixInput(f"There is no agent {name!r}.", f"Agents are: {known}.")


def _examples(result: Replayed) -> str:
    return "; ".join([*result.state.examples, *result.outputs.examples][:3])


def _table(result: Replayed, seconds: float) -> Table:
    table = Table(
        title=f"{result.records:,} records, {result.observations:,} observations in {seconds:.1f} s"
    )
    for column in ("", "expected", "missing", "different", "unexpected", "repeated"):
        table.add_column(column, justify="left" if not column else "right")
    for name, compared in (("state rows", result.state), ("records sent", result.outputs)):
        table.add_row(name, *_counts(compared), style=None if compared.exact else "red")
    table.caption = f"state {result.state_hash[:16]}, {result.stale_values} stale changelog values"
    return table


def _counts(compared: Compared) -> list[str]:
    figures = (
        compared.expected,
        compared.missing,
        compared.different,
        compared.unexpected,
        compared.repeated,
    )
    return [f"{figure:,}" for figure in figures]
