import io

import pytest
from rich.console import Console

from domain.pacing.rows import AccountRow
from events.types import PolicySet
from headgate import policies, thresholds_view
from headgate.commands import policy
from infra.errors import FixInput

ACCOUNT = AccountRow("USD", PolicySet(policy_version=3, guard_pause_permille=1_200))


def test_the_next_policy_keeps_what_is_not_named() -> None:
    """A person who sets one threshold does not reset the others."""
    wanted = policies.following(ACCOUNT, {"pace_warning_permille": 1_400})
    assert wanted == PolicySet(policy_version=4, pace_warning_permille=1_400, guard_pause_permille=1_200)


@pytest.mark.parametrize(
    "wanted",
    [
        {"pace_warning_permille": 2_500},
        {"guard_pause_permille": 100_001},
        {"pace_hysteresis_permille": 600},
    ],
)
def test_a_policy_that_cannot_be_is_refused_before_it_is_written(wanted: dict[str, int]) -> None:
    """What the log would not take is said to the person who asked for it."""
    with pytest.raises(FixInput, match="cannot be"):
        policies.following(ACCOUNT, wanted)


def test_an_account_that_was_never_seen_has_no_policy() -> None:
    """The agent would park it; here the person learns which accounts there are."""
    with pytest.raises(FixInput, match=r"No account acme/tiktok/2 was seen(.|\n)*acme/tiktok/1"):
        policies.Policies({"acme/tiktok/1": ACCOUNT}).find("acme/tiktok/2")


def test_a_part_of_a_name_will_do_if_only_one_account_has_it() -> None:
    """Numbers of accounts are long; a whole name wins over names that it is a part of."""
    found = policies.Policies({"acme/tiktok/1": ACCOUNT, "acme/tiktok/12": ACCOUNT})
    assert found.find("/12") == ("acme/tiktok/12", ACCOUNT)
    assert found.find("acme/tiktok/1") == ("acme/tiktok/1", ACCOUNT)
    with pytest.raises(FixInput, match="2 accounts are meant by acme"):
        found.find("acme")


@pytest.mark.parametrize(("text", "permille"), [("110", 1_100), ("112.5%", 1_125), ("0", 0)])
def test_percentages_are_read_exactly(text: str, permille: int) -> None:
    """No float is between what a person says and what is held to."""
    assert policy.permille_of(text) == permille


@pytest.mark.parametrize("text", ["a lot", "110.55", "-5", "NaN", "Infinity"])
def test_what_is_no_percentage_is_refused(text: str) -> None:
    """Nothing is rounded silently."""
    with pytest.raises(FixInput):
        policy.permille_of(text)


def test_every_threshold_can_be_named_and_is_read_as_it_is_meant() -> None:
    """Numbers, a strategy, channels, nothing, and the default again."""
    given = ["breaker_cooldown_minutes=15", "plan_strategy=even", "alert_cpc_micros=none"]
    given += ["plan_channels=search:EVEN,display:predictive_ml", "guard_pause_permille=default"]
    policy = policies.following(ACCOUNT, policies.parsed(given))
    assert (policy.breaker_cooldown_minutes, policy.plan_strategy) == (15, "EVEN")
    assert (policy.alert_cpc_micros, policy.guard_pause_permille) == (None, 1_100)
    assert [(one.channel, one.strategy) for one in policy.plan_channels] == [
        ("search", "EVEN"),
        ("display", "PREDICTIVE_ML"),
    ]
    whole = {name: value for name, value in policies.defaults().items() if value not in (None, ())}
    assert policies.parsed([f"{name}={value}" for name, value in whole.items()]) == whole


@pytest.mark.parametrize(
    ("given", "told"),
    [
        ("breaker_cooldwn_minutes=15", "breaker_cooldown_minutes"),
        ("policy_version=3", "threshold policy_version"),
        ("steer_edits_a_day_max", "names no value"),
        ("steer_edits_a_day_max=many", "takes a whole number"),
    ],
)
def test_a_threshold_that_there_is_not_is_answered_with_those_most_like_it(given: str, told: str) -> None:
    """Nobody knows forty names by heart."""
    with pytest.raises(FixInput) as caught:
        policies.parsed([given])
    assert told in f"{caught.value.what} {caught.value.next_step}"


@pytest.mark.parametrize("wanted", [{"plan_strategy": "CLEVER"}, {"steer_edits_a_day_max": 25}])
def test_a_value_out_of_its_bounds_is_refused_before_it_is_written(wanted: dict[str, object]) -> None:
    """The log would park it, and nobody would be told."""
    with pytest.raises(FixInput, match="cannot be"):
        policies.following(ACCOUNT, wanted)


def test_a_policy_is_shown_whole_with_what_is_not_the_default() -> None:
    """Each threshold has a line, in its own unit."""
    console = Console(file=io.StringIO(), width=100)
    console.print(thresholds_view.render("acme/tiktok/1", ACCOUNT))
    file = console.file
    assert isinstance(file, io.StringIO)
    text = file.getvalue()
    assert all(name in text for name in policies.THRESHOLDS)
    (line,) = [one for one in text.splitlines() if "guard_pause_permille" in one]
    assert line.split() == ["guard_pause_permille", "120", "%", "110", "%"]
    assert "4.00 in US dollars" in text
