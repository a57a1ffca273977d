"""Emergency stops over a real Kafka, decided by the real decider: ordered, followed to the end, lifted."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from events.types import PauseCampaign, ResumeCampaign
from headgate import publishing
from headgate.stopping import orders
from headgate.stopping.follow import Follower
from headgate.stopping.targets import everything, find_target
from infra.world_time import wall_ms
from tests.stop_kit import Agent

if TYPE_CHECKING:
    from headgate.stopping.results import Result

WAIT_SECONDS = 30
REASON = "wrong landing page"


@pytest.fixture
def agent(kafka: str, topic_name: str) -> Agent:
    """Give an agent that has seen two clients, with campaigns that run and some that do not."""
    agent = Agent(kafka, topic_name)
    agent.list_campaigns("acme/tiktok/1", a="enabled", b="enabled", c="paused")
    agent.list_campaigns("acme/tiktok/2", d="enabled")
    agent.list_campaigns("borealis/tiktok/3", e="enabled")
    return agent


def stop(agent: Agent, wanted: str | None, wait_seconds: float = WAIT_SECONDS) -> tuple[str, list[Result]]:
    """Stop what is meant, and return the stop's name and what came of it."""
    with Follower(agent.conf, agent.places) as follower:
        meant = everything(follower.picture) if wanted is None else find_target(follower.picture, wanted)
        order, events = orders.stop(meant, wall_ms(), REASON, "ada")
        publishing.publish_all(agent.conf, agent.places.facts, events, "the stop")
        return order.stop_id, follower.until_done(order, wait_seconds, lambda _found: None)


def lift(agent: Agent, stop_id: str) -> list[Result]:
    """End a stop, and return what came of it."""
    with Follower(agent.conf, agent.places) as follower:
        order, events = orders.lift(follower.picture, stop_id, wall_ms(), "mended", "ada")
        publishing.publish_all(agent.conf, agent.places.facts, events, "the end of the stop")
        return follower.until_done(order, WAIT_SECONDS, lambda _found: None)


def came(found: list[Result]) -> dict[str, str]:
    """Return what came of it by campaign."""
    return {one.campaign: one.came for one in found}


def test_a_client_is_stopped_whole_and_each_campaign_says_so(agent: Agent) -> None:
    """Those that ran stand still, by our doing and in a known time; the other client runs on."""
    with agent.running():
        stop_id, found = stop(agent, "acme")
    assert came(found) == {"a": "stopped", "b": "stopped", "c": "stood-still", "d": "stopped"}
    assert all((one.ms is not None) == (one.came == "stopped") for one in found)
    pauses = [one for one in agent.commands if isinstance(one, PauseCampaign)]
    assert {one.campaign for one in pauses} == {"a", "b", "d"}
    assert {(one.reason, one.stop_id, one.budget_micros) for one in pauses} == {
        ("emergency-stop", stop_id, None)
    }


def test_everything_is_stopped_and_runs_again_when_the_stop_is_lifted(agent: Agent) -> None:
    """What people had paused stays so."""
    with agent.running():
        stop_id, found = stop(agent, None)
        assert all(one.is_done for one in found)
        assert len(found) == 5
        lifted = lift(agent, stop_id)
    assert came(lifted) == {"a": "runs", "b": "runs", "c": "stays-paused", "d": "runs", "e": "runs"}
    assert {one.campaign for one in agent.commands if isinstance(one, ResumeCampaign)} == {"a", "b", "d", "e"}


def test_a_refusal_of_the_platform_is_told_and_not_passed_over(agent: Agent) -> None:
    """One campaign could not be stopped: that is said with the reason, and the others are done."""
    agent.refused = {"b"}
    with agent.running():
        _, found = stop(agent, "acme/tiktok/1")
    assert came(found) == {"a": "stopped", "b": "refused", "c": "stood-still"}
    assert "this user may not do that" in next(one.detail for one in found if one.campaign == "b")


def test_one_campaign_is_stopped_and_the_others_are_left(agent: Agent) -> None:
    """By its number alone."""
    with agent.running():
        _, found = stop(agent, "d")
    assert came(found) == {"d": "stopped"}
    assert [one.campaign for one in agent.commands] == ["d"]


def test_without_a_worker_nothing_is_claimed(agent: Agent) -> None:
    """Whoever stops is told that nobody has heard of it, and the order is on the log for when one does."""
    stop_id, found = stop(agent, "acme/tiktok/1", wait_seconds=1)
    assert set(came(found).values()) == {"unheard"}
    assert not any(one.is_done for one in found)
    with agent.running(), Follower(agent.conf, agent.places) as follower:
        order = orders.Order("stop", stop_id, wall_ms(), (("acme/tiktok/1", None),))
        assert all(one.is_done for one in follower.until_done(order, WAIT_SECONDS, lambda _found: None))
