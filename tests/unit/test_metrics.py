import ast
import re
from pathlib import Path

from infra import metrics

ROOT = Path(__file__).parents[2]
PACKAGES = (
    "events",
    "domain",
    "streams",
    "connectors",
    "projections",
    "forecaster",
    "chain",
    "simulator",
    "infra",
    "headgate",
)


def test_every_metric_is_ours_by_name_and_explained() -> None:
    """A dashboard finds them all under one prefix."""
    for name, metric in metrics.every().items():
        assert name.startswith("headgate_")
        assert next(iter(metric.describe())).documentation.endswith(".")


def test_every_metric_is_in_the_operating_guide() -> None:
    """Whoever is woken at night finds what a figure means."""
    guide = (ROOT / "docs/how-to/operate.md").read_text()
    assert [name for name in metrics.every() if f"`{name}`" not in guide] == []


def test_metrics_are_made_in_one_place_only() -> None:
    """The list is complete, since nobody else makes metrics."""
    makers = {"Counter", "Gauge", "Histogram", "Summary"}
    for package in PACKAGES:
        for path in (ROOT / package).rglob("*.py"):
            if path == ROOT / "infra/metrics.py":
                continue
            for node in ast.walk(ast.parse(path.read_text())):
                if isinstance(node, ast.ImportFrom) and node.module == "prometheus_client":
                    assert not makers & {alias.name for alias in node.names}, path


def test_every_metric_is_set_by_someone() -> None:
    """A figure that nothing moves is worse than none."""
    texts = [
        path.read_text()
        for package in PACKAGES
        for path in (ROOT / package).rglob("*.py")
        if path != ROOT / "infra/metrics.py"
    ]
    names = [name for name, value in vars(metrics).items() if value in metrics.every().values()]
    assert [name for name in names if not any(re.search(rf"\b{name}\b", text) for text in texts)] == []
