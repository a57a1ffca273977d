"""`headgate topics`: what topics there should be, create them, check them."""

from dataclasses import asdict
from typing import Annotated, Any

import msgspec
import typer
from rich.padding import Padding
from rich.text import Text

from events import topics as catalogue
from headgate import context, ui

app = typer.Typer(help="List, create and check the topics.", no_args_is_help=True, add_completion=False)

AsJson = Annotated[bool, typer.Option("--json", help="Answer for a machine.")]


@app.command("list")
def list_(ctx: typer.Context, *, as_json: AsJson = False) -> None:
    """List all topics with what they carry; Kafka is not asked."""
    loaded = catalogue.load()
    environment = context.settings(ctx).environment
    if _wants_json(ctx, as_json=as_json):
        _print_json(msgspec.to_builtins(loaded.topics))
        return
    for topic in loaded.topics:
        count = topic.partitions.of(environment)
        _print_block(
            topic.name,
            f"{count} partitions; key: {topic.key}; owner: {topic.owner}",
            topic.about,
            f"carries {', '.join(topic.carries)}",
        )


@app.command()
def apply(ctx: typer.Context, *, as_json: AsJson = False) -> None:
    """Create what is missing and correct settings; topics with other partition counts are refused."""
    from streams import topics  # noqa: PLC0415 -- keeps librdkafka out of `topics list` and of help

    settings = context.settings(ctx)
    changes = topics.apply(settings.kafka_conf(), catalogue.load(), settings.environment)
    if _wants_json(ctx, as_json=as_json):
        _print_json([asdict(change) for change in changes])
        return
    for change in changes:
        _print_block(change.topic, f"{change.kind}: {change.detail}")
    typer.echo("All topics are as they should be.")


@app.command()
def check(ctx: typer.Context, *, as_json: AsJson = False) -> None:
    """Say what is not as it should be, change nothing, and leave with 1 if there is anything."""
    from streams import topics  # noqa: PLC0415 -- keeps librdkafka out of `topics list` and of help

    settings = context.settings(ctx)
    problems = topics.check(settings.kafka_conf(), catalogue.load(), settings.environment)
    if _wants_json(ctx, as_json=as_json):
        _print_json([asdict(problem) for problem in problems])
    else:
        for problem in problems:
            _print_block(problem.topic, problem.detail, problem.next_step)
        typer.echo(f"{len(problems)} problems." if problems else "All topics are as they should be.")
    if problems:
        raise typer.Exit(1)


def _wants_json(ctx: typer.Context, *, as_json: bool) -> bool:
    return as_json or context.options(ctx).as_json


def _print_json(answer: Any) -> None:  # noqa: ANN401 -- whatever JSON can say
    typer.echo(msgspec.json.format(msgspec.json.encode(answer), indent=2))


def _print_block(name: str, *lines: str) -> None:
    console = ui.stdout()
    # soft_wrap, so that a name can be copied in one piece
    console.print(Text(name, style="bold"), soft_wrap=True)
    for line in lines:
        console.print(Padding(Text(line), (0, 0, 0, 2)))
