"""What people are shown of a day of a client's money: pots, one pot, the ledger and its proof, alerts."""

import json
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from structlog.testing import capture_logs

from events.types import Fact, FundingPosted, FundingVoided, LedgerBooked, PotMoved, Transfer
from headgate import app
from headgate.money import pot_view, pots, pots_view
from infra.errors import FixInput
from infra.settings import Settings
from projections import query
from projections.client import open_clickhouse
from projections.endpoint import Endpoint
from tests import money_kit as kit
from tests.campaign_kit import NOW_MS, installation

UNIT = kit.UNIT


def line(id_: str, amount: int, state: str, pending_id: str | None) -> Transfer:
    """Return a line of boots."""
    return Transfer(id_, f"pot:{kit.BOOTS}", "treasury", amount, "micro-usdc", state, pending_id)  # type: ignore[arg-type]  # one of its words


def booked(transfer: Transfer) -> Fact:
    """Return a line as something that the ledger followed."""
    return LedgerBooked("gift", kit.BOOTS, None, kit.SLOT, NOW_MS, (transfer,))


FIRST_ID = kit.movement_id(kit.BOOTS, kit.FIRST)
WRONG: dict[str, tuple[list[Fact], str]] = {
    "extra-line": (
        [booked(line("extra", UNIT, "posted", None))],
        "the ledger differs by 1.00",
    ),
    "same-name": (
        [booked(line("acme.deposit", UNIT, "posted", None))],
        "two lines of one name",
    ),
    "never-pending": (
        [booked(line("ghost", UNIT, "posted", "nobody"))],
        "posts or voids what was never pending",
    ),
    "posted-and-voided": (
        [FundingVoided(FIRST_ID, kit.BOOTS, kit.FIRST, 100 * UNIT, "expired", "", NOW_MS, ())],
        "a movement both posted and voided, or twice",
    ),
    "resolved-twice": (
        [booked(line("again", 100 * UNIT, "voided", f"{FIRST_ID}.pending.0"))],
        "posted or voided more than once",
    ),
    "other-amount": (
        [
            booked(line("p", 5 * UNIT, "pending", None)),
            booked(line("q", 4 * UNIT, "posted", "p")),
        ],
        "posts or voids other accounts, units or amounts than were pending",
    ),
    "two-stories": (
        [kit.moved(kit.BOOTS, kit.FIRST, "fund", 99 * UNIT, NOW_MS)],
        "two stories of one movement",
    ),
}


# Without the posting the ledger is only behind; without the movement nobody knows what the pot's hash is of.
MISSING: dict[type[Fact], int] = {FundingPosted: 0, PotMoved: 1}


def first_of(kind: type[Fact]) -> Fact:
    """Return the first fact of a kind in the story."""
    return next(fact for fact in kit.story() if isinstance(fact, kind))


@pytest.fixture(scope="module")
def settings(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Settings]:
    """Give an installation with a client whose money is in order, and one for each thing that may not be.

    One engine answers all questions, as a projector does; each that is opened anew leaves threads behind.
    """
    installed = installation(tmp_path_factory.mktemp("money"))
    wrong = {client: [*kit.story(), *facts] for client, (facts, _) in WRONG.items()}
    less = {
        f"without-{kind.TYPE}": [fact for fact in kit.story() if fact != first_of(kind)] for kind in MISSING
    }
    later = [
        *kit.story(),
        *kit.reserved(kit.BOOTS, kit.FIRST + 3, 5 * UNIT, NOW_MS),
        *kit.landed(kit.BOOTS, kit.FIRST + 3, 5 * UNIT, NOW_MS),
    ]
    kit.project(installed, {"acme": kit.story(), "later": later, **wrong, **less})
    with open_clickhouse(installed) as clickhouse:
        clickhouse.use_database()
        # Each request is logged for who looks for trouble, and is not what a command has said.
        with Endpoint(clickhouse, installed.data_dir), capture_logs():
            yield installed


@pytest.fixture
def ask(
    settings: Settings, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> Callable[..., tuple[int, str]]:
    """Give a command line that returns its exit code and what it prints."""
    monkeypatch.setenv("COLUMNS", "140")

    def run(*arguments: str) -> tuple[int, str]:
        code = app.run(["--config", str(settings.data_dir / "headgate.toml"), *arguments])
        printed = capsys.readouterr()
        return code, " ".join((printed.out + printed.err).split())

    return run


def told(settings: Settings, sql: str) -> list[dict[str, Any]]:
    """Return what a query answers."""
    return query.ask(settings, sql).dicts()


def test_pots_are_shown_with_what_they_hold_have_spent_and_may_still_get(
    settings: Settings, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """One line a pot, their sums, the treasury, and how fresh it is."""
    monkeypatch.setenv("COLUMNS", "140")
    pots_view.show(settings, "acme", as_json=False)
    text = " ".join(capsys.readouterr().out.split())
    assert "boots 120.00 50.83" in text  # 40 dollars, and 10 euros at 1.0832
    assert "150.00 / 500.00 - 50.00" in text
    assert "hats 0.00 0.00" in text
    assert "+70.00 never being funded ▲ 1" in text
    assert "2 pots 120.00 50.83" in text
    assert "4,000.00 USDC left in its treasury, 0.8 SOL for fees" in text
    assert "slot 5,100 (finalized)" in text


def test_pots_are_told_to_machines(settings: Settings, capsys: pytest.CaptureFixture[str]) -> None:
    """With exact figures, and the state in the word that people see."""
    pots_view.show(settings, "acme", as_json=True)
    answer = json.loads(capsys.readouterr().out)
    boots, hats = answer["pots"]
    assert (boots["balance_micro_usdc"], boots["metered_today_micro_usdc"]) == (120 * UNIT, 50_832_000)
    assert (boots["state"], hats["state"], hats["coming_micro_usdc"]) == ("on", "being funded", 70 * UNIT)
    assert boots["campaigns"] == ["tiktok/7001/c1", "tiktok/7001/c2"]
    assert answer["treasuries"][0]["treasury_micro_usdc"] == 4_000 * UNIT


def test_without_pots_it_says_what_to_do(settings: Settings, capsys: pytest.CaptureFixture[str]) -> None:
    """The first thing that anybody sees of it."""
    pots_view.show(settings, "nobody", as_json=False)
    assert "headgate pots open CLIENT NAME" in capsys.readouterr().out


def test_one_pot_is_shown_with_its_movements_and_the_proof_of_its_hash(
    settings: Settings, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """What was moved, by which transaction, and that the hash is what the log gives."""
    monkeypatch.setenv("COLUMNS", "200")
    pot_view.show(settings, "acme/boots", lines=10, as_json=False)
    text = " ".join(capsys.readouterr().out.split())
    assert "= what 3 movements of the log give" in text
    assert "fund 50.00 posted 1 20 s 5VERv8" in text
    assert "settle -30.00 posted" in text
    pot_view.show(settings, "acme/hats", lines=10, as_json=True)
    hats = json.loads(capsys.readouterr().out)
    assert [one["state"] for one in hats["movements"]] == ["signed", "voided"]
    assert hats["movements"][1]["void_reason"] == "expired"
    assert hats["proof"]["verdict"] == "proved"


def test_a_pot_is_found_or_those_are_named_that_could_be_meant(settings: Settings) -> None:
    """By name, by client and name, by hex; never a guess."""
    known = pots.found(settings, "acme")
    for wanted in ("boots", "BOOTS", "acme/boots", "boo", kit.BOOTS, kit.BOOTS[:8]):
        assert pots.find(known, wanted).pot == kit.BOOTS
    with pytest.raises(FixInput, match="There is no pot shoes"):
        pots.find(known, "shoes")
    with pytest.raises(FixInput, match="2 pots are meant by ts"):
        pots.find([*known], "ts")


def test_fundings_have_their_times_parts_rates_and_costs(settings: Settings) -> None:
    """Reserved, signed, landed, posted or voided."""
    by_hand, first, *_ = told(
        settings,
        "SELECT * FROM fundings WHERE client = 'acme' AND state = 'posted' ORDER BY reserved_ms DESC",
    )
    assert (by_hand["mode"], by_hand["request_id"], first["mode"]) == ("by-hand", "r-1", "planned")
    assert by_hand["signed_ms"] - by_hand["reserved_ms"] == 500
    assert by_hand["landed_ms"] == by_hand["posted_ms"] == by_hand["reserved_ms"] + 20_000
    assert (by_hand["took_ms"], by_hand["fee_lamports"], by_hand["attempts"]) == (20_000, 5_000, 1)
    assert by_hand["signature"] == kit.SIGNATURE
    assert by_hand["campaigns"] == ["tiktok/7001/c1", "meta/9/c9"]
    assert (by_hand["parts_micro_usdc"], by_hand["rates_nano_usdc"]) == (
        [50 * UNIT - 1, 1],
        [0, 1_083_200_000],
    )


def test_the_ledger_is_proved_and_says_so(ask: Callable[..., tuple[int, str]]) -> None:
    """Debits are credits, pending and posted; facts, ledger and chain are one; the hash is computed again."""
    code, text = ask("ledger", "acme", "--transfers", "2", "--wait", "0")
    assert "It balances: debits = credits, and facts = ledger = chain." in text
    assert code == 0
    assert "treasury micro-usdc 5,000.00 150.00 -70.00 4,850.00" in text
    assert "pot:boots micro-usdc 150.00 30.00 - 120.00" in text
    assert "acme/boots: chain 120.00, ledger 120.00, movements 120.00" in text
    code, answer = ask("ledger", "acme", "--pot", "boots", "--json", "--wait", "0")
    assert code == 0
    assert json.loads(answer)["proved"] is True
    assert [one["called"] for one in json.loads(answer)["proof"]["pots"]] == ["boots"]


@pytest.mark.parametrize("client", WRONG)
def test_whatever_is_wrong_in_a_ledger_is_found(ask: Callable[..., tuple[int, str]], client: str) -> None:
    """The exit code is 1, and the line that is wrong is named."""
    code, text = ask("ledger", client, "--wait", "0")
    assert WRONG[client][1] in text
    assert "It does not balance." in text
    assert code == 1


@pytest.mark.parametrize("kind", MISSING)
def test_a_fact_that_is_missing_is_a_difference_unless_it_may_only_be_late(
    ask: Callable[..., tuple[int, str]], kind: type[Fact]
) -> None:
    """A posting comes after its movement; a movement comes before the pot is seen to have it."""
    code, text = ask("ledger", f"without-{kind.TYPE}", "--wait", "0")
    assert code == MISSING[kind]
    assert ("Nothing differs, and not everything can be proved yet." in text) == bool(MISSING[kind])


def test_what_is_newer_than_the_chain_was_read_is_no_difference(ask: Callable[..., tuple[int, str]]) -> None:
    """A funding is posted before the next look at the chain."""
    code, text = ask("ledger", "later", "--wait", "0")
    assert "chain 120.00, ledger 125.00" in text
    assert "of which 5.00 newer than the chain was read" in text
    assert code == 0


def test_alerts_of_money_are_listed_among_the_others(ask: Callable[..., tuple[int, str]]) -> None:
    """With the pot by its name, and what to do."""
    code, text = ask("alerts", "acme")
    assert code == 0
    assert "A movement does not end hats" in text
    assert "It has a movement that is open for 1 h 15 min (limit 15 min) (movement 1)." in text
    assert f"(Pot {kit.HATS[:12]} of acme)" in text
    assert "headgate chain doctor" in text
    (alert,) = json.loads(ask("alerts", "acme", "--json")[1])
    assert (alert["kind"], alert["pot"], alert["name"]) == ("funding_stuck", kit.HATS, "hats")


def test_the_named_queries_answer(ask: Callable[..., tuple[int, str]]) -> None:
    """Amounts as people read them."""
    assert "120.00" in ask("sql", "@pots")[1]
    assert ask("sql", "@fundings")[0] == ask("sql", "@ledger")[0] == ask("sql", "@open-movements")[0] == 0
