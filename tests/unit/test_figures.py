import msgspec
from rich.console import Console

from proof import figures, goals
from proof.bench.options import Options
from proof.bench.report import Figure, Report, beside, figure, number, show


def test_a_figure_is_the_middle_of_its_runs_with_their_spread() -> None:
    """The median is a value that was measured, also of an even number of runs."""
    assert figure("rate", "headgate", "1/s", [3, 1, 2]) == Figure("rate", "headgate", "1/s", 2, 1, 3, 3)
    assert figure("rate", "headgate", "1/s", [4, 1, 2, 3]).median == 2


def test_a_peer_is_shown_beside_headgate() -> None:
    """The ratio is Headgate's median over the peer's, and stands in the peer's row only."""
    ours, peer = figure("rate", "headgate", "1/s", [300]), figure("rate", "quixstreams", "1/s", [100])
    assert beside(peer, [ours, peer]) == "3.00 x"
    assert beside(ours, [ours, peer]) == ""
    console = Console(record=True, width=100)
    show(console, "stream", [ours, peer])
    assert "3.00 x" in console.export_text()


def test_a_missed_goal_says_by_how_much() -> None:
    """A goal is met, missed by a share of it, or not mentioned when nothing was measured."""
    found = [
        figure(goals.PAGES, "headgate", "observations/s", [150_000]),
        figure(goals.PAGES, "bare", "observations/s", [160_000]),
    ]
    verdicts = {row[0]: row[3] for row in goals.rows(found)}
    assert verdicts == {goals.PAGES: "missed by 25%", f"{goals.PAGES}, beside bare": "met"}


def test_the_page_of_figures_is_the_same_for_the_same_files() -> None:
    """The page holds goals, figures and proofs, and marks a quick run as one."""
    report = Report(
        [figure(goals.PAGES, "headgate", "observations/s", [250_000])], "2 cores", "2026-01-01", quick=True
    )
    proof = figures.Proof(3, {"kill": 30}, 0, 0, {"link-check": "red"})
    first, second = (figures.page({"stream": report}, {"kill": proof}) for _ in range(2))
    assert first == second
    for text in ("| met |", "not for comparing", "kill: 30", "| kill | link-check | red |"):
        assert text in first


def test_a_report_can_be_read_by_whoever_knows_the_format() -> None:
    """The file has the fields that later benchmarks and pages rely on."""
    report = msgspec.to_builtins(Report([figure("a", "headgate", "s", [1.5])], "2 cores", "2026-01-01"))
    assert report["figures"] == [
        {"what": "a", "who": "headgate", "unit": "s", "median": 1.5, "low": 1.5, "high": 1.5, "runs": 1}
    ]


def test_numbers_are_short() -> None:
    """Large figures have separators, small ones three digits."""
    assert [number(value) for value in (266_123, 97, 0.5634, 12.345)] == ["266,123", "97", "0.563", "12.3"]


def test_progress_goes_where_it_was_sent() -> None:
    """What a benchmark says while it runs is not mixed with its result."""
    console = Console(record=True, width=80)
    Options(console).say("run 1 of 3")
    assert "run 1 of 3" in console.export_text()
