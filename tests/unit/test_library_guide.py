import re
import runpy
from pathlib import Path

import pytest

from headgate.pacer.pacer import BudgetPacer
from headgate.pacer.thresholds import Ratio, Thresholds, Whole

GUIDE = Path(__file__).parents[2] / "docs/how-to/use-as-a-library.md"


def test_the_guides_example_runs(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Whoever copies it gets what it says."""
    (code,) = re.findall(r"```python\n(.*?)```", GUIDE.read_text("utf-8"), re.DOTALL)
    file = tmp_path / "example.py"
    file.write_text(code, encoding="utf-8")
    runpy.run_path(str(file))
    assert "{}" in capsys.readouterr().out


def test_the_guide_names_every_method_and_threshold_with_its_default() -> None:
    """What is not told of, nobody finds; what is told wrong misleads."""
    text = GUIDE.read_text("utf-8")
    for name in vars(BudgetPacer):
        if not name.startswith("_"):
            assert f"`{name}(" in text or f"`await {name}(" in text, name
    for name, one in vars(Thresholds).items():
        if isinstance(one, Ratio):
            assert f"`{name}` ({one.permille / 1_000:g}" in text, name
        if isinstance(one, Whole):
            assert f"`{name}` ({one.count})" in text, name
