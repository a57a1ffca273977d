import pytest

from domain.allocation.model import Rules
from domain.allocation.moving import budgets
from events.types import TermsSet
from headgate.commands import can_spend, reallocate
from headgate.reallocation import proposal
from headgate.reallocation.known import Holding, Week
from infra.errors import FixInput

UNIT = 1_000_000
SUBJECT = "acme/tiktok/7001"


def week(campaign: str, conversions: int, used: int, subject: str = SUBJECT, **more: object) -> Week:
    """Return a campaign that was to spend 100 units a day for a week, and used so many of them."""
    told: dict[str, object] = {"name": campaign.upper(), "runs": True, "days": 7}
    given = {"due_micros": 700 * UNIT, "used_micros": used * 7 * UNIT, "spend_micros": used * 7 * UNIT}
    return Week(subject, campaign, conversions=conversions, **told | given | more)  # type: ignore[arg-type]  # the fields that a test is about


def holding(weeks: list[Week], **terms: TermsSet) -> Holding:
    """Return what holds of them: a hundred units a day each, and some with terms."""
    return Holding(
        currencies={one.subject: "EUR" for one in weeks},
        targets={one.place: 100 * UNIT for one in weeks},
        terms={one.place: terms[one.campaign] for one in weeks if one.campaign in terms},
    )


def test_what_a_move_comes_to_are_the_next_terms_of_both() -> None:
    """Terms that a person has set stay as they are but for the amount; who had none gets the first."""
    weeks = [week("slow", 20, 40), week("quick", 90, 100)]
    before = TermsSet("quick", 4, "EUR", strategy="EVEN", ceiling_micros=120 * UNIT, why="autumn")
    held = holding(weeks, quick=before)
    wanted = proposal.propose(weeks, held, Rules())
    (move,) = wanted.moves
    assert move.amount_micros == 20 * UNIT
    first, second = (event.data for event in proposal.terms(wanted, held, "because", 1_763_726_400_000))
    assert first == TermsSet("slow", 1, "EUR", budget="day", amount_micros=80 * UNIT, why="because")
    assert isinstance(second, TermsSet)
    assert (second.terms_version, second.amount_micros, second.budget) == (5, 120 * UNIT, "day")
    assert (second.strategy, second.ceiling_micros, second.why) == ("EVEN", 120 * UNIT, "because")


def test_events_have_their_own_accounts_and_ids_that_repeat() -> None:
    """A second try after a lost answer is the same event, and campaigns of two accounts go to both."""
    weeks = [week("slow", 20, 40), week("quick", 90, 100, "acme/meta/1")]
    held = holding(weeks)
    wanted = proposal.propose(weeks, held, Rules())
    events = proposal.terms(wanted, held, "why", 5)
    assert [event.envelope.subject for event in events] == [SUBJECT, "acme/meta/1"]
    assert len({event.envelope.id for event in events}) == 2
    assert events == proposal.terms(wanted, held, "why", 5)
    assert sum(budgets(wanted.entries, wanted.moves).values()) == 200 * UNIT


@pytest.mark.parametrize(
    ("change", "terms", "why"),
    [
        ({"runs": False}, None, "paused by a person"),
        ({}, TermsSet("slow", 1, "EUR", budget="month", amount_micros=UNIT), "its budget is for its month"),
        ({"subject": "acme/new/2"}, None, "no daily target"),
    ],
)
def test_what_may_not_be_moved_is_left_out_with_its_reason(
    change: dict[str, object], terms: TermsSet | None, why: str
) -> None:
    """A person's pause, a budget that is not a day's, a campaign that the agent does not know."""
    weeks = [week("slow", 20, 40, **change), week("quick", 90, 100)]  # type: ignore[arg-type]  # likewise
    held = holding(weeks[1:])
    if "subject" not in change:
        held.targets[weeks[0].place] = 100 * UNIT
    if terms is not None:
        held.terms[weeks[0].place] = terms
    wanted = proposal.propose(weeks, held, Rules())
    assert wanted.left_out == {weeks[0].place: why}
    assert not wanted.moves


def test_a_move_says_why() -> None:
    """What is left, what either does with money, and what kept it from being more."""
    weeks = [week("slow", 20, 40), week("quick", 90, 100)]
    (move,) = proposal.propose(weeks, holding(weeks), Rules()).moves
    assert reallocate.why(move) == (
        "leaves 60.00 EUR a day and brings 0.72 times the usual conversions for its money; "
        "the other 1.12 times. The rest of what it leaves stays with it."
    )


@pytest.mark.parametrize(("text", "ms"), [("90s", 90_000), ("5m", 300_000), ("24h", 86_400_000)])
def test_times_to_hold_are_read(text: str, ms: int) -> None:
    """Seconds, minutes and hours, up to a day."""
    assert can_spend.duration_ms(text) == ms


@pytest.mark.parametrize("text", ["5", "0m", "25h", "-5m", "5 m", "m", "1.5h"])
def test_what_is_no_time_is_refused(text: str) -> None:
    """The error says what is one."""
    with pytest.raises(FixInput, match="90s, 5m or 2h"):
        can_spend.duration_ms(text)
