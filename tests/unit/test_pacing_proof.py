from pathlib import Path

import pytest

from infra.errors import FixInput
from proof.pacing import campaigns, data, histories, loop, market, platform, profiles, svg
from proof.pacing.baselines import BASELINES, Rules, Uncontrolled
from proof.pacing.closed import figures

SOME = data.Data(data.generated_weeks(8), data.generated_prices(), "generated")


def account(name: str = "google", campaigns_each: int = 2) -> market.Account:
    """Return an account on a platform in a generated market."""
    return next(one for one in market.accounts(SOME, campaigns_each) if one.profile.name == name)


def test_generated_weeks_are_weeks() -> None:
    """Each has an hour's share for every hour, together one, and each region is another."""
    for week in SOME.weeks.values():
        assert len(week) == data.WEEK_HOURS
        assert sum(week) == pytest.approx(1)
        assert min(week) > 0
    assert len(set(SOME.weeks.values())) == 8


def test_a_file_of_traffic_is_read_by_hour_of_the_week(tmp_path: Path) -> None:
    """Shares are made to add up to one, whatever unit they come in."""
    path = tmp_path / "traffic.csv"
    lines = [
        f"{region},{day + 1},{hour},{2 if day == region else 1}"
        for region in range(3)
        for day in range(7)
        for hour in range(24)
    ]
    path.write_text("\n".join(["region_id,dow,hour,traffic_share", *lines]), "utf-8")
    weeks = data.load(path, None).weeks
    assert weeks["2"][47] * 2 == pytest.approx(weeks["2"][48])
    assert sum(weeks["1"]) == pytest.approx(1)


@pytest.mark.parametrize("content", ["", "region_id,dow\n1,2", "region_id,dow,hour,traffic_share\na,1,1,x"])
def test_a_file_that_is_no_traffic_says_what_is_wanted(tmp_path: Path, content: str) -> None:
    """Whoever gives a wrong file reads which columns there should be."""
    path = tmp_path / "traffic.csv"
    path.write_text(content, "utf-8")
    with pytest.raises(FixInput) as caught:
        data.read_traffic(path)
    assert "CSV" in caught.value.next_step or "regions" in caught.value.what


def test_a_history_ends_at_the_weekday_that_was_asked_for() -> None:
    """The newest day comes last, and without noise it is the region's own."""
    week = next(iter(SOME.weeks.values()))
    still = histories.Noise(0, 0, 0)
    days = histories.draw(week, "seed", 9, 3, still)
    assert [day.weekday for day in days] == [2, 3, 4, 5, 6, 0, 1, 2, 3]
    assert days[-1].hours == pytest.approx(tuple(histories.day_of(week, 3)))


def test_meta_tells_a_days_spend_as_late_as_it_says() -> None:
    """Of an even day nine tenths are told at midnight, 97 % two hours later, 99 % after three."""
    meta = next(one for one in profiles.PROFILES if one.name == "meta")

    def told(hours_after: float) -> float:
        ages = [hours_after + (quarter + 0.5) / 4 for quarter in range(96)]
        return sum(meta.reported(age) for age in ages) / 96

    assert [round(told(hours), 2) for hours in (0, 2, 3, 18)] == [0.9, 0.97, 0.99, 1.0]


def test_a_platform_spends_neither_beyond_demand_nor_beyond_what_it_allows_itself() -> None:
    """Whatever a day has in store, both bounds hold, and a paused campaign spends nothing."""
    for profile in profiles.PROFILES:
        one = platform.Platform(account(profile.name))
        one.begin(0)
        one.act(platform.Action(1, "pause"), 0)
        for slot in range(platform.SLOTS_A_DAY):
            first, second = one.spend(0, slot)
            demand = one.days[0].demand_micros[slot // platform.SLOTS_AN_HOUR] / platform.SLOTS_AN_HOUR
            assert 0 <= first <= demand
            assert second == 0
        assert one.standings[0].spent_micros <= one.standings[0].budget_micros * profile.most + 1


def test_a_platform_tells_in_the_end_what_was_spent() -> None:
    """What is told of a day comes late, and is the truth with its restatement a day later."""
    home = account("meta")
    one, spent = platform.Platform(home), [0.0] * 24
    told = [0] * 24
    for day in range(2):
        one.begin(day)
        for slot in range(platform.SLOTS_A_DAY):
            if slot % platform.SLOTS_A_QUARTER == 0:
                for changed in one.read(day, slot):
                    for hour, micros, *_ in (
                        changed.hours if (changed.day, changed.campaign) == (0, 0) else ()
                    ):
                        told[hour] = micros
            spending = one.spend(day, slot)[0]
            spent[slot // platform.SLOTS_AN_HOUR] += spending if day == 0 else 0
        if day == 0:
            assert sum(told) < 0.97 * sum(spent)
    truth = home.day(home.campaigns[0], 0)
    assert told == pytest.approx([a * b for a, b in zip(spent, truth.restated, strict=True)], abs=2)


def test_a_budget_that_is_not_as_it_was_is_left_alone() -> None:
    """An edit is refused when it was decided from another budget, is too small, or one too many."""
    one = platform.Platform(account())
    one.begin(0)
    budget = one.standings[0].budget_micros
    edit = platform.Action(0, "set-budget", budget, budget + 1)
    assert one.act(edit, 0).refused == ""
    assert one.act(edit, 0).refused == "foreign-edit"
    assert one.act(platform.Action(0, "set-budget", budget + 1, 1), 0).refused == "invalid-request"
    for _ in range(3):
        assert one.act(platform.Action(0, "set-budget", budget + 1, budget + 1), 0).refused == ""
    assert one.act(platform.Action(0, "set-budget", budget + 1, budget), 0).refused == "gave-up"


@pytest.mark.parametrize("name", BASELINES)
def test_every_baseline_gets_through_its_days(name: str) -> None:
    """A day costs something, regret is never below nothing, and the same days come out twice."""
    first, second = (loop.run(home, BASELINES[name](home), 2) for home in (account(), account()))
    assert first == second
    assert all(day.spent > 0 and -1e-9 <= day.regret <= 1 for day in first)
    assert len(list(figures({name: first}))) > 5


def test_seed_004_stops_what_has_nearly_spent_its_budget() -> None:
    """Its rules cost less than no control, on a platform that tells at once."""
    home = account("tiktok", 4)
    ruled, free = (loop.run(home, kind(home), 4) for kind in (Rules, Uncontrolled))
    assert sum(day.overspend for day in ruled) < sum(day.overspend for day in free)
    assert sum(day.switches for day in ruled) > 0


def test_a_plan_from_a_week_of_history_is_nearer_to_traffic_than_an_even_one() -> None:
    """The harness measures the real planning, and would see it fail."""
    region, week = next(iter(SOME.weeks.items()))
    learner = campaigns.Learner()
    for day in histories.draw(week, "own", 7, 6, histories.Noise()):
        learner.learn(day)
    known = [learner.evidence(day) for day in range(7)]
    planned = campaigns.planned_week(known, learner.weights(), "ADAPTIVE_HYBRID", campaigns.POLICY)
    even = campaigns.planned_week(known, [1] * 7, "EVEN", campaigns.UNPROTECTED)
    assert sum(planned) == pytest.approx(1)
    assert even == pytest.approx([1 / 168] * 168, rel=1e-3)
    assert campaigns.rmse(week, planned) < campaigns.rmse(week, even) / 2, region


def test_a_chart_is_a_whole_picture() -> None:
    """Names are escaped, so that any title leaves a file that browsers read."""
    chart = svg.Chart("a < b", 24, 10, "hours", "dollars", x_ticks=[(0, "0:00")])
    chart.steps([1, 2, 3], svg.BLUE, "plan")
    chart.line([(0, 0), (24, 10)], svg.GREY, "traffic", dashes="2 2")
    chart.band([(0, 1), (1, 1)], [(0, 2), (1, 2)], svg.BLUE)
    chart.dots([(1, 1)], svg.ORANGE, "spent")
    chart.bar(1, 2, 30, svg.GREEN, "30")
    assert chart.svg().count("a &lt; b") == 2
    assert chart.svg().endswith("</svg>\n")
