from domain.treasury.look import DAY_MS
from events.types import (
    Fact,
    FundingAlertCleared,
    FundingAlertRaised,
    FundingRefused,
    FundPot,
    PausePot,
    PotSwitched,
    PotSwitchFailed,
    ResumePot,
    StopLifted,
    StopOrdered,
)
from tests.treasury_kit import START_MS, USD, Treasury, funded, of

SWITCHES = (PausePot, ResumePot)


def overspent() -> Treasury:
    """Return a client whose pot has cost more than eleven tenths of its budget."""
    client = funded()
    client.meter(spent_micros=110 * USD)
    assert of(client.told, *SWITCHES) == []
    client.tick()
    client.meter(spent_micros=110 * USD + 1)
    return client


def switched(client: Treasury) -> list[Fact]:
    """Let the newest switch be done on chain, and told."""
    command = of(client.told, *SWITCHES)[-1]
    is_paused = isinstance(command, PausePot)
    client.chain.pots[command.pot].is_paused = is_paused
    client.chain.slot += 1
    about = "c", command.pot, is_paused, command.order, "5" * 80, client.chain.slot, 5_000, client.now_ms
    return client.take(PotSwitched(*about))


def test_a_pot_that_cost_more_than_its_budgets_is_paused_with_its_campaigns() -> None:
    """At eleven tenths, as the seed has it."""
    client = overspent()
    assert [one.reason for one in of(client.told, PausePot)] == ["overspent"]
    (stop,) = of(client.told, StopOrdered)
    assert (stop.scope, stop.campaign, stop.by) == ("campaign", "c1", "treasury")
    assert [one.kind for one in of(client.told, FundingAlertRaised)] == ["pot_overspent"]
    client.meter(spent_micros=120 * USD, at_ms=client.now_ms + 1)
    assert len(of(client.told, PausePot)) == 1


def test_it_goes_on_with_the_new_day() -> None:
    """The campaigns are let go on by the same id that stopped them."""
    client = overspent()
    switched(client)
    client.until(START_MS + DAY_MS)
    assert [one.reason for one in of(client.told, ResumePot)] == ["new-day"]
    (stop,), (lifted,) = of(client.told, StopOrdered), of(client.told, StopLifted)
    assert stop.stop_id == lifted.stop_id
    assert "pot_overspent" in [one.kind for one in of(client.told, FundingAlertCleared)]


def test_a_person_who_lets_it_go_on_is_respected_for_the_day() -> None:
    """It is not paused again for the same day."""
    client = overspent()
    switched(client)
    client.observe()
    client.chain.pots[of(client.told, PausePot)[0].pot].is_paused = False
    assert of(client.observe(), StopLifted)
    client.tick()
    client.meter(spent_micros=130 * USD)
    client.tick()
    assert len(of(client.told, *SWITCHES)) == 1


def test_budgets_of_a_pots_campaigns_count_together() -> None:
    """What one has left the other may use; without a budget nothing says what is too much."""
    client = funded()
    client.link("c2")
    client.meter("c2")
    client.meter("c1", spent_micros=180 * USD)
    assert of(client.told, PausePot) == []
    client.tick()
    client.meter("c2", budget_micros=None)
    client.meter("c1", spent_micros=280 * USD)
    assert of(client.told, PausePot) == []


def test_a_pot_is_paused_while_all_of_its_campaigns_are() -> None:
    """As their platform tells it; a webhook that comes again, or late, changes nothing."""
    client = funded()
    client.link("c2")
    assert client.webhook("campaign-paused", "c1") == []
    (paused,) = client.webhook("campaign-paused", "c2")
    assert isinstance(paused, PausePot)
    assert paused.reason == "campaign-paused"
    assert client.webhook("campaign-resumed", "c2") == []
    client.tick()
    (resumed,) = client.webhook("campaign-resumed", "c2")
    assert isinstance(resumed, ResumePot)
    assert resumed.order == paused.order + 1


def test_a_campaign_that_its_platform_has_paused_wants_nothing() -> None:
    """Its plan does not know it yet."""
    client = funded()
    client.link("c2")
    client.meter("c1")
    client.meter("c2")
    client.webhook("campaign-paused", "c1")
    assert of(client.tick(), FundPot)[0].amount_micro_usdc == 10 * USD


def test_a_budget_that_was_changed_is_looked_at_at_once() -> None:
    """Without waiting for the tick."""
    client = funded()
    client.meter()
    assert of(client.webhook("budget-updated"), FundPot)


def test_nothing_is_funded_while_a_pause_of_ours_is_on_its_way() -> None:
    """What we want is known before the chain has it."""
    client = overspent()
    client.land()
    (refused,) = client.ask(5 * USD)
    assert isinstance(refused, FundingRefused)
    assert refused.reason == "pot-paused"


def test_a_switch_that_failed_is_asked_for_again() -> None:
    """Later, with a new order; the older order's outcome is nothing new."""
    client = overspent()
    failed = PotSwitchFailed("c", of(client.told, PausePot)[0].pot, True, 1, "no", 5_000, client.now_ms)  # noqa: FBT003 - the fact's field
    client.take(failed)
    assert client.take(failed) == []
    client.tick(5)
    assert len(of(client.told, PausePot)) == 1
    client.tick(6)
    assert [one.order for one in of(client.told, PausePot)] == [1, 2]
