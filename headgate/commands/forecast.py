"""`headgate forecast`: what anybody's hourly series will be, with bands, without Kafka."""

import csv
import io
from collections.abc import Iterator
from pathlib import Path
from typing import Annotated

import msgspec
import typer

from forecaster import choosing, levels, series_file
from forecaster.arrays import Floats
from headgate import context, ui
from infra.errors import FixInput

app = typer.Typer()


@app.command()
def forecast(
    ctx: typer.Context,
    series: Annotated[
        Path, typer.Option(metavar="FILE", help="CSV with a header; each row: id, then a value an hour.")
    ],
    horizon: Annotated[int, typer.Option(metavar="HOURS", help="How many hours ahead, 168 at most.")] = 48,
    sure: Annotated[
        str, typer.Option("--levels", metavar="LEVEL,...", help="How sure the bands are to be.")
    ] = "0.8,0.95",
    model: Annotated[
        choosing.Choice,
        typer.Option(
            help="online: each series by itself; global: one model over all; auto: what was better for each."
        ),
    ] = "auto",
    *,
    as_json: Annotated[bool, typer.Option("--json", help="Answer for a machine, a series a line.")] = False,
) -> None:
    """Forecast each series of a file, and write id, step and quantiles as CSV."""
    if not 1 <= horizon <= choosing.HORIZON_MAX:
        raise FixInput(
            f"--horizon {horizon} is not possible.", f"Give 1 to {choosing.HORIZON_MAX} hours; 48 is usual."
        )
    quantiles = levels.quantiles_of(sure)
    known = series_file.read(series)
    with ui.stderr().status("Forecasting") as status:
        found, models = choosing.forecast(known.values, horizon, quantiles, model, told=status.update)
    columns = [levels.column(quantile) for quantile in quantiles]
    if as_json or context.options(ctx).as_json:
        for name, by_step, used in zip(known.ids, found, models, strict=True):
            rows = [dict(zip(columns, map(float, row), strict=True)) for row in by_step]
            typer.echo(msgspec.json.encode({"id": name, "model": used, "steps": rows}).decode())
        return
    for part in _written(known.ids, found, columns):
        typer.echo(part, nl=False)


def _written(ids: tuple[str, ...], found: Floats, columns: list[str]) -> Iterator[str]:
    """Yield the lines of the answer, those of a series at once."""
    yield ",".join(["id", "step", *columns]) + "\n"
    for name, by_step in zip(ids, found, strict=True):
        text = io.StringIO()
        writer = csv.writer(text, lineterminator="\n")
        for step, row in enumerate(by_step, start=1):
            writer.writerow([name, step, *(f"{value:.10g}" for value in row)])
        yield text.getvalue()
