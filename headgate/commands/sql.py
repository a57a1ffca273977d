"""`headgate sql`: questions about spend, plans and commands, by SQL or by name."""

import csv
import sys
from datetime import UTC, datetime
from typing import Annotated, Any

import msgspec
import typer
from rich.markup import escape
from rich.table import Table

from headgate import context, ui
from infra.settings import Settings
from projections import query
from projections.query import LIMIT, Answer

app = typer.Typer()

MICROS = 1_000_000
CENT_DIGITS = 2
# Columns named *_ms hold moments and stretches; what is below this is a stretch (or before 1973).
MOMENT_MS_MIN = 10**11
CATALOGUE = """
SELECT name, if(engine = 'View', 'view', 'table') AS kind, comment
FROM system.tables WHERE database = currentDatabase()
ORDER BY kind = 'table', name
"""


@app.command()
def sql(
    ctx: typer.Context,
    question: Annotated[
        str | None,
        typer.Argument(metavar="QUERY", help='"SELECT ...", or @name of a query that comes along.'),
    ] = None,
    *,
    limit: Annotated[int, typer.Option(metavar="ROWS", help="How many rows at most.")] = LIMIT,
    as_json: Annotated[bool, typer.Option("--json", help="Answer for a machine.")] = False,
    as_csv: Annotated[bool, typer.Option("--csv", help="Answer as comma-separated values.")] = False,
) -> None:
    """Ask ClickHouse; without a query, list what there is to ask. Nothing is ever changed by it."""
    settings = context.settings(ctx)
    if question is None:
        _overview(settings)
        return
    text = query.named(question[1:]) if question.startswith("@") else question
    answer = query.ask(settings, text, limit=limit)
    if as_json or context.options(ctx).as_json:
        typer.echo(msgspec.json.encode({"rows": answer.dicts(), "truncated": answer.truncated}).decode())
    elif as_csv:
        writer = csv.writer(sys.stdout, lineterminator="\n")
        writer.writerow(answer.columns)
        writer.writerows(answer.rows)
    else:
        ui.stdout().print(_table(answer))


def _overview(settings: Settings) -> None:
    console = ui.stdout()
    tables = Table("name", "kind", "holds", title="What can be asked")
    for name, kind, comment in query.ask(settings, CATALOGUE).rows:
        tables.add_row(escape(name), kind, escape(comment))
    console.print(tables)
    queries = Table("query", "tells", title="Queries that come along")
    for name, tells in query.names().items():
        queries.add_row(f"headgate sql @{name}", escape(tells))
    console.print(queries)
    console.print('Columns of one: headgate sql "DESCRIBE spend_by_day"', markup=False)


def _table(answer: Answer) -> Table:
    table = Table()
    for name, kind in zip(answer.columns, answer.types, strict=True):
        number = any(word in kind for word in ("Int", "Decimal", "Float")) and "Array" not in kind
        # A figure that is cut would be another figure; texts have lines to go on in.
        table.add_column(escape(name), justify="right" if number else "left", no_wrap=number, overflow="fold")
    for row in answer.rows:
        cells = zip(answer.columns, row, strict=True)
        table.add_row(*(escape(shown(name, cell)) for name, cell in cells))
    rows = f"{len(answer.rows):,} row{'' if len(answer.rows) == 1 else 's'}"
    table.caption = f"the first {rows}; --limit for more" if answer.truncated else rows
    return table


def shown(name: str, cell: Any) -> str:  # noqa: ANN401 - whatever JSON can say
    """Return a cell as people read it: money in its currency's units, moments as times."""
    if cell is None:
        return "-"
    if isinstance(cell, int) and not isinstance(cell, bool):
        if name.endswith(("_micros", "_micro_usdc")):
            return _money(cell)
        if name.endswith("_ms") and cell >= MOMENT_MS_MIN:
            return _moment(cell)
        return str(cell)
    return cell if isinstance(cell, str) else msgspec.json.encode(cell).decode()


def _money(micros: int) -> str:
    units, rest = divmod(abs(micros), MICROS)
    digits = f"{rest:06}".rstrip("0").ljust(CENT_DIGITS, "0")
    return f"{'-' if micros < 0 else ''}{units:,}.{digits}"


def _moment(at_ms: int) -> str:
    try:
        moment = datetime.fromtimestamp(at_ms // 1000, UTC)
    except (OverflowError, ValueError):
        return str(at_ms)
    return f"{moment:%Y-%m-%d %H:%M:%S}.{at_ms % 1000:03}Z"
