"""The rules of a treasury as a person sets them: the next version, only what was named changed."""

import msgspec
import pytest

from domain.treasury.rows import DEFAULT_POLICY
from events.types import FundingPolicySet, PlatformLimit
from headgate.money import rules, treasury_view
from infra.errors import FixInput

UNIT = 1_000_000


def test_the_next_rules_are_those_in_force_but_for_what_was_named() -> None:
    """Units may be left out; amounts are dollars."""
    before = FundingPolicySet(4, mode="ahee", failures_max=7)
    after = rules.following(
        before, 4, ["pot_limit=5000", "client_limit_micro_usdc=12.50", "safety=900", "mode=planned"]
    )
    assert (after.policy_version, after.mode, after.failures_max) == (5, "planned", 7)
    assert (after.pot_limit_micro_usdc, after.client_limit_micro_usdc) == (5_000 * UNIT, 12_500_000)
    assert after.safety_permille == 900
    assert after.platform_limits == before.platform_limits


def test_limits_of_platforms_are_set_taken_away_and_added() -> None:
    """Zero lets nothing through; without a limit of its own, that of all others holds."""
    given = ["platform_limit.meta=100000", "platform_limit.google_ads=none", "platform_limit.tiktok=0"]
    after = rules.following(DEFAULT_POLICY, 0, given)
    assert after.platform_limits == (
        PlatformLimit("meta", 100_000 * UNIT),
        PlatformLimit("amazon_dsp", 50_000 * UNIT),
        PlatformLimit("tiktok", 0),
    )


def test_rules_that_were_set_and_never_in_force_are_not_set_again_under_their_number() -> None:
    """The agent counts the highest version, so the next one is above all that are known."""
    assert rules.following(FundingPolicySet(2), 9, ["failures_max=3"]).policy_version == 10
    assert rules.following(FundingPolicySet(2), 0, ["failures_max=default"]).policy_version == 3


@pytest.mark.parametrize(
    ("given", "told"),
    [
        ("pot_limit", "names no value"),
        ("pot_limits=5", "no rule pot_limits"),
        ("platform_limits=5", "no rule platform_limits"),
        ("mode=fast", "cannot be"),
        ("failures_max=0", "cannot be"),
        ("failures_max=many", "whole number"),
        ("pot_limit=-5", "negative"),
        ("safety=1001", "cannot be"),
    ],
)
def test_rules_that_cannot_be_are_refused_in_words(given: str, told: str) -> None:
    """Nothing is written."""
    with pytest.raises(FixInput, match=told):
        rules.following(DEFAULT_POLICY, 0, [given])


@pytest.mark.parametrize("name", rules.NAMES)
def test_every_rule_is_said_in_its_unit(name: str) -> None:
    """Dollars, percentages, minutes, SOL."""
    text = treasury_view.said(name, msgspec.to_builtins(DEFAULT_POLICY)[name])
    assert text
    assert "micro" not in text


def test_rules_are_found_by_their_short_names_too() -> None:
    """As people type them."""
    assert rules.called("least") == "least_micro_usdc"
    assert rules.called("pause") == "pause_permille"
    assert rules.called("stuck_minutes") == "stuck_minutes"
