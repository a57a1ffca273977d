from pathlib import Path

import pytest

from tools import money_check


def _findings(tmp_path: Path, source: str) -> list[str]:
    file = tmp_path / "money.py"
    file.write_text(source, "utf-8")
    return [finding.what for finding in money_check.check(file)]


@pytest.mark.parametrize(
    "source",
    [
        "x = 0.5",
        "x = 1e6",
        "x = 1j",
        "x = a / b",
        "x /= 2",
        "x = float(a)",
        "x: float = 1",
        'x: "float" = 1',
        "def f(x: float) -> int: ...",
        'def f(x: "float | None") -> int: ...',
        "def f() -> float: ...",
        "x = list[float]",
        "x = np.float(1)",
        "import decimal",
        "from decimal import Decimal",
        "from fractions import Fraction",
        "import numpy.random",
        "x = math.sqrt(2)",
        "from math import floor",
        "from operator import truediv",
        "x = operator.truediv(1, 2)",
    ],
)
def test_floating_point_near_money_is_found(tmp_path: Path, source: str) -> None:
    """Each way in which a fraction of a cent could get lost is a finding, once on its line."""
    assert _findings(tmp_path, source)
    assert not _findings(tmp_path, f"{source}  # money-ok: a ratio for people's eyes")


@pytest.mark.parametrize(
    "source",
    [
        "x = a // b",
        "x = 1_000_000 * y % 7",
        "x = math.isqrt(9)",
        "from math import gcd",
        "from pathlib import Path",
        "x = divmod(a, b)",
        '"""A docstring about float and 1/2."""',
        "floating = 'float'",
    ],
)
def test_whole_numbers_are_left_alone(tmp_path: Path, source: str) -> None:
    """What cannot lose anything is no finding."""
    assert not _findings(tmp_path, source)


@pytest.mark.parametrize("permit", ["# money-ok", "# money-ok:", "# money-ok:   "])
def test_a_permit_without_a_reason_is_a_finding(tmp_path: Path, permit: str) -> None:
    """Whoever needs an exception says why."""
    assert _findings(tmp_path, f"x = 0.5  {permit}") == ["`money-ok` without a reason"]


def test_a_permit_that_nothing_needs_is_a_finding(tmp_path: Path) -> None:
    """Permits do not outlive their cause."""
    assert _findings(tmp_path, "x = 1  # money-ok: was a float") == ["`money-ok` where nothing needs it"]


def test_a_permit_holds_for_its_own_line_only(tmp_path: Path) -> None:
    """The next line needs its own."""
    assert len(_findings(tmp_path, "x = 0.5  # money-ok: a ratio\ny = 0.5\n")) == 1


def test_the_command_says_where_and_fails(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """The exit code is 1 with file, line and what to do; looking at nothing is no success either."""
    assert money_check.main([str(tmp_path)]) == 1
    (tmp_path / "a.py").write_text("\nx = 1 / 2\n")
    assert money_check.main([str(tmp_path)]) == 1
    assert f"{tmp_path / 'a.py'}:2: true division" in capsys.readouterr().err


def test_our_own_money_is_whole() -> None:
    """The language of the log and the deciders are free of floating point."""
    assert money_check.main([]) == 0
