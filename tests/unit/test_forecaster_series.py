from pathlib import Path

import numpy as np
import pytest

from forecaster import series_file
from forecaster.levels import column, quantiles_of
from infra.errors import FixInput


def written(tmp_path: Path, text: str) -> Path:
    """Write a file of series."""
    path = tmp_path / "series.csv"
    path.write_text(text, encoding="utf-8")
    return path


def test_series_end_together_whatever_their_length(tmp_path: Path) -> None:
    """A blank tail is a shorter series, a blank inside is a missing hour."""
    found = series_file.read(written(tmp_path, 'id,a,b,c,d\nx,1,,3,4\n\n"y",5,NA,,\nz,7,8,,\n'))
    assert found.ids == ("x", "y", "z")
    np.testing.assert_array_equal(
        found.values,
        [[1, np.nan, 3, 4], [np.nan, np.nan, np.nan, 5], [np.nan, np.nan, 7, 8]],
    )


def test_of_a_long_series_the_newest_weeks_are_kept(tmp_path: Path) -> None:
    """What the models do not look back on takes no memory."""
    values = ",".join(str(number) for number in range(series_file.KEPT_HOURS + 5))
    found = series_file.read(written(tmp_path, f"id\nx,{values}\n")).values
    assert found.shape == (1, series_file.KEPT_HOURS)
    assert found[0, 0] == 5


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("", "no series below its header"),
        ("id,v1\n", "no series below its header"),
        ("id,v1\nx,\n", "line 2 has no numbers"),
        ("id,v1\nx,1\ny,two\n", "line 3 has 'two' where a number should be"),
        ("id,v1\nx,1\nx,2\n", "line 3 the id 'x' was there before"),
        ("id,v1\n,1\n", "line 2 has no id"),
        ("id,v1\nx,inf\n", "line 2 has inf"),
        ("id,v1\nx,1e16\n", "line 2 has 1e16"),
        ('id,v1\nx,"1\n', "cannot be read as CSV"),
    ],
)
def test_a_file_that_is_wrong_is_refused_by_its_line(tmp_path: Path, text: str, says: str) -> None:
    """Whoever has the file finds the place."""
    with pytest.raises(FixInput, match=says):
        series_file.read(written(tmp_path, text))


def test_a_file_that_is_not_there_or_no_text_is_refused(tmp_path: Path) -> None:
    """Neither is a defect of ours."""
    with pytest.raises(FixInput, match="cannot be read"):
        series_file.read(tmp_path / "nothing.csv")
    (tmp_path / "bytes.csv").write_bytes(b"id\n\xff\xfe,1\n")
    with pytest.raises(FixInput, match="cannot be read"):
        series_file.read(tmp_path / "bytes.csv")


def test_series_are_limited_in_number_and_length(tmp_path: Path) -> None:
    """A file of another kind does not fill the memory."""
    many = "".join(f"x{number},1\n" for number in range(series_file.SERIES_MAX + 1))
    with pytest.raises(FixInput, match="one series too many, 20000 at most"):
        series_file.read(written(tmp_path, f"id\n{many}"))
    long = ",1" * (series_file.VALUES_MAX + 1)
    with pytest.raises(FixInput, match="17545 values, 17544 at most"):
        series_file.read(written(tmp_path, f"id\nx{long}\n"))


@pytest.mark.parametrize(
    ("levels", "columns"),
    [
        ("0.8,0.95", ["q0.025", "q0.1", "q0.5", "q0.9", "q0.975"]),
        ("0.5", ["q0.25", "q0.5", "q0.75"]),
        (" 0.99 , 0.8,", ["q0.005", "q0.1", "q0.5", "q0.9", "q0.995"]),
    ],
)
def test_levels_become_the_quantiles_that_bound_them(levels: str, columns: list[str]) -> None:
    """Half of what a level leaves out lies on either side, and the middle is always there."""
    assert [column(one) for one in quantiles_of(levels)] == columns


@pytest.mark.parametrize(
    "levels", ["", "1", "0", "eighty", "80", "nan", "inf", "0.9999", ",".join(["0.5"] * 11)]
)
def test_what_is_no_level_is_refused(levels: str) -> None:
    """The answer says what a level is."""
    with pytest.raises(FixInput, match=r"steps of 0\.002"):
        quantiles_of(levels)
