import csv
import io
import json
import os
import re
import sys
from pathlib import Path

import numpy as np
import pytest

from forecaster import apart, choosing, openmp
from forecaster.arrays import Floats
from forecaster.levels import LOG_QUANTILES
from forecaster.model import Model, Parameters, witnessed_days
from headgate import app
from infra.errors import FixSetup
from tests.forecaster_kit import daily


def written(tmp_path: Path, count: int, hours: int) -> Path:
    """Write series to a file."""
    path = tmp_path / "series.csv"
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(["id", *(f"V{number}" for number in range(hours))])
        writer.writerows([f"H{number}", *row] for number, row in enumerate(daily(count, hours)))
    return path


def answered(capsys: pytest.CaptureFixture[str], *words: object) -> str:
    """Run `headgate forecast` and return what it says."""
    code = app.run(["forecast", *map(str, words)])
    said = capsys.readouterr()
    assert code == 0, said.err
    return said.out


def test_series_are_forecast_as_csv_a_step_a_line(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """By the always-on model, which starts no process; the columns are those that were asked for."""
    path = written(tmp_path, 3, 24 * 9)
    out = answered(capsys, "--series", path, "--horizon", 30, "--levels", "0.8,0.95", "--model", "online")
    rows = list(csv.DictReader(io.StringIO(out)))
    assert list(rows[0]) == ["id", "step", "q0.025", "q0.1", "q0.5", "q0.9", "q0.975"]
    assert [(row["id"], row["step"]) for row in rows] == [
        (f"H{number}", str(step)) for number in range(3) for step in range(1, 31)
    ]
    for row in rows:
        quantiles = [float(value) for value in list(row.values())[2:]]
        assert quantiles == sorted(quantiles)


def test_other_levels_lie_between_or_beyond(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """A level in between has a band in between; a machine reads all as JSON."""
    path = written(tmp_path, 1, 24 * 9)
    out = answered(capsys, "--series", path, "--horizon", 2, "--levels", "0.5,0.8,0.99", "--json")
    said = json.loads(out)
    assert (said["id"], said["model"], len(said["steps"])) == ("H0", "online", 2)
    names = ["q0.005", "q0.1", "q0.25", "q0.5", "q0.75", "q0.9", "q0.995"]
    assert list(said["steps"][0]) == names
    assert list(said["steps"][0].values()) == sorted(said["steps"][0].values())


@pytest.mark.parametrize(
    ("words", "says"),
    [
        (["--horizon", "0"], "--horizon 0 is not possible"),
        (["--horizon", "169"], "--horizon 169 is not possible"),
        (["--levels", "2"], "--levels 2 are no levels"),
    ],
)
def test_what_cannot_be_is_refused_in_words(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], words: list[str], says: str
) -> None:
    """Before anything is read."""
    assert app.run(["forecast", "--series", str(tmp_path / "none.csv"), *words]) == 65
    assert says in " ".join(capsys.readouterr().err.split())


def small(asked: apart.Asked, values: Floats) -> apart.Answer:
    """Learn little, in this process."""
    parameters = Parameters(asked.parameters.quantiles, asked.parameters.horizon, rounds=3, threads=1)
    return apart.answer(apart.Asked(parameters, witness=asked.witness), values, values)


def test_all_series_teach_one_model_and_those_too_short_to_compare_speak_for_themselves() -> None:
    """The answer says for each who spoke."""
    values = daily(choosing.SERIES_MIN + 1, 24 * 12)
    values[-1, :-30] = np.nan
    said, models = choosing.forecast(values, 24, LOG_QUANTILES, "auto", learn=small)
    assert said.shape == (len(values), 24, 5)
    assert (np.diff(said, axis=-1) >= 0).all()
    assert models[-1] == "online"
    assert "global" in models
    _, models = choosing.forecast(values, 24, LOG_QUANTILES, "global", learn=small)
    assert set(models) == {"global"}


def test_the_better_model_of_the_last_days_is_taken() -> None:
    """A series on which the model over all fails is forecast by itself, the others are not."""
    values = daily(choosing.SERIES_MIN, 24 * 12)

    def failing(asked: apart.Asked, given: Floats) -> apart.Answer:
        model = Model(asked.parameters, (), ())
        days = witnessed_days(asked.parameters.horizon)
        right = [given[:, given.shape[1] - 24 * back :][:, :24, None] for back in days]
        witnessed = np.repeat(np.stack(right), 5, axis=-1)
        witnessed[:, 0] *= 9
        return apart.Answer(model, witnessed[0], witnessed)

    _, models = choosing.forecast(values, 24, LOG_QUANTILES, "auto", learn=failing)
    assert models == ["online"] + ["global"] * (len(values) - 1)


def test_missing_hours_are_as_a_week_or_a_day_before() -> None:
    """Only the always-on model needs that; the other one knows what is missing."""
    row = np.array([np.nan, 1.0, np.nan, *range(30)])
    filled = choosing.filled(row)
    assert list(filled[:3]) == [1, 1, 0]
    assert list(choosing.filled(np.full(3, np.nan))) == []


def test_work_that_fails_says_why_and_work_that_is_not_wanted_ends() -> None:
    """Neither leaves a process behind."""
    asked = apart.Asked(Parameters(LOG_QUANTILES, 24, rounds=1, threads=1))
    with pytest.raises(apart.NotLearned, match="ended with 1, saying"):
        apart.run(asked, np.zeros(3))
    with pytest.raises(apart.Stopped):
        apart.run(asked, daily(300, 24 * 30), stopped=lambda: True)


def test_what_killed_work_left_behind_is_removed_and_what_is_under_way_is_not(tmp_path: Path) -> None:
    """A disk does not fill up with the series of processes that are gone."""
    old, young, other = (tmp_path / name for name in (f"{apart.PREFIX}1", f"{apart.PREFIX}2", "other"))
    for folder in (old, young, other):
        folder.mkdir()
        (folder / "values.npy").write_bytes(b"x")
    for folder in (old, other):
        os.utime(folder, (1, 1))
    apart.sweep(tmp_path)
    assert sorted(tmp_path.iterdir()) == sorted([young, other])


def test_openmp_is_brought_along_under_the_name_that_is_asked_for() -> None:
    """Where the system has none; nothing else of the library changes."""
    if sys.platform == "linux":
        brought = openmp.brought_along("not there").read_bytes()
        named = openmp.renamed(brought)
        assert len(named) == len(brought)
        assert re.search(rb"\0libgomp\.so\.1\0", named)
        assert not re.search(rb"libgomp-[0-9a-f]+\.so", named)
    assert openmp.renamed(b"\0libgomp-e985bcbb.so.1.0.0\0x") == b"\0libgomp.so.1" + bytes(14) + b"x"


def test_a_machine_without_any_openmp_is_told_what_to_install() -> None:
    """Two ways are tried before."""
    with pytest.raises(FixSetup, match="libgomp1"):
        openmp.brought_along("it is not there", "no_such_package")
