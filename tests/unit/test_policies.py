import pytest

from domain.pacing.rows import AccountRow
from events.types import PolicySet
from headgate import policies
from headgate.commands import policy
from infra.errors import FixInput

ACCOUNT = AccountRow("USD", policy_version=3, pause_permille=1_200)


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
