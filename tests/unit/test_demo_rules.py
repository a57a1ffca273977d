import http.client
import tomllib
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest
from msgspec.structs import replace

from connectors.notifier import signing
from events.types import EditObserved, Fact, SetBudget
from headgate.demo import rules, setup
from headgate.demo.ear import Ear, Heard
from infra.settings.notifier import signing_key
from tests.demo_kit import (
    BERLIN,
    DAY_MS,
    GOOD_FACTS,
    NOON_MS,
    UNIT,
    cleared,
    decided,
    heard,
    moved,
    order,
    plan,
    raised,
)

HEARD = heard(1, 2, 3, 4, 5, 6)


def broken(
    *facts: Fact, orders: tuple[Any, ...] = (), told: list[Heard] | None = None, refused: int = 0
) -> list[str]:
    """Return which rules these decisions do not keep; everybody is told, if nothing else is said."""
    known = decided(*(facts or GOOD_FACTS))
    if told is None:
        told = [Heard(id_, id_, fact.TYPE, "") for id_, _, fact in known.told if rules.is_loud(fact)]
    return [check.name for check in rules.judge(known, orders, told, refused) if not check.ok]


def test_good_decisions_keep_every_rule() -> None:
    """Each alert once, plans to the micro, a trial before a breaker closes, everybody told."""
    assert broken() == []


@pytest.mark.parametrize(
    ("facts", "wrong"),
    [
        ((plan(4 * UNIT, UNIT, 2 * UNIT), raised()), ["plans_add_up"]),
        ((plan(4 * UNIT, -UNIT, 5 * UNIT), raised()), ["plans_add_up"]),
        ((raised(),), ["plans_add_up"]),
        ((plan(), raised(), raised(2)), ["alerts_once"]),
        ((plan(), raised(), raised()), ["alerts_once"]),
        ((plan(), raised(), cleared(), cleared()), ["alerts_once"]),
        ((plan(), raised(), cleared(), raised()), ["alerts_once"]),
        ((plan(), cleared()), ["alerts_once"]),
        ((plan(), raised(), moved("closed", "open"), moved("open", "closed")), ["breakers_in_order"]),
        ((plan(), raised(), moved("half_open", "closed")), ["breakers_in_order"]),
        ((plan(), raised(), moved("closed", "open"), moved("closed", "open")), ["breakers_in_order"]),
    ],
)
def test_each_rule_turns_red_by_itself(facts: tuple[Fact, ...], wrong: list[str]) -> None:
    """A proof that cannot fail proves nothing."""
    assert broken(*facts) == wrong


def test_who_was_not_told_or_told_what_is_not_so_is_found() -> None:
    """Lost, made up, or signed by somebody else; twice is no harm."""
    assert broken(told=HEARD[1:]) == ["people_told"]
    assert broken(told=[*HEARD, *heard(99)]) == ["people_told"]
    assert broken(told=HEARD, refused=1) == ["people_told"]
    assert broken(told=[*HEARD, *HEARD]) == []


def step(number: int, at_ms: int = NOON_MS) -> Any:  # noqa: ANN401 - an order with another command
    """Return a step of a budget that was carried out."""
    found = order(number, "set-budget")
    found.command = SetBudget(
        "c1", number, at_ms, NOON_MS + DAY_MS, 5 * UNIT, 4 * UNIT, "EUR", "steering", 5 * UNIT
    )
    return found


def test_more_steps_than_the_policy_allows_are_found() -> None:
    """Of one campaign and day."""
    assert broken(orders=tuple(step(n) for n in range(1, 7))) == []
    assert broken(orders=tuple(step(n) for n in range(1, 8))) == ["budgets_within_limits"]


def test_a_step_against_a_persons_budget_is_found() -> None:
    """Until the account's next day it stands."""
    edit = EditObserved("c1", "budget", None, None, 5 * UNIT, 6 * UNIT, NOON_MS, NOON_MS + DAY_MS)
    assert broken(*GOOD_FACTS, edit, orders=(step(1, NOON_MS - 1),)) == []
    assert broken(*GOOD_FACTS, edit, orders=(step(1, NOON_MS + 1),)) == ["budgets_within_limits"]
    other = replace(edit, campaign="c2")
    assert broken(*GOOD_FACTS, other, orders=(step(1, NOON_MS + 1),)) == []
    assert BERLIN


def post(ear: Ear, body: bytes, headers: dict[str, str]) -> int:
    """Post a message, and return the status of the answer."""
    connection = http.client.HTTPConnection(urlsplit(ear.url).netloc, timeout=10)
    try:
        connection.request("POST", "/alerts", body, headers)
        return connection.getresponse().status
    finally:
        connection.close()


def test_the_receiver_takes_what_is_rightly_signed_and_nothing_else() -> None:
    """While it is away it takes nothing at all, and what was changed on its way is refused."""
    ear = Ear(seed=7)
    ear.start()
    try:
        body = b'{"type": "alert.raised", "data": {"id": "account-facts.0.1.0", "title": "Too fast"}}'
        good = signing.headers("account-facts_0_1_0", 1_700_000_000, body, [signing_key(ear.secret)])
        assert post(ear, body, good) == 204
        assert post(ear, body + b" ", good) == 401
        assert post(ear, body, {**good, "webhook-id": "account-facts_0_2_0"}) == 401
        assert post(ear, body, {}) == 401
        ear.deaf = True
        assert post(ear, body, good) == 503
        assert (ear.refused, ear.sent_away) == (3, 1)
        assert [(one.id, one.message_id) for one in ear.heard] == [
            ("account-facts.0.1.0", "account-facts_0_1_0")
        ]
    finally:
        ear.close()


def test_settings_with_tables_in_them_are_read_as_they_were_written(tmp_path: Path) -> None:
    """A webhook has a name, an address and secrets."""
    ear = Ear(seed=7)
    ear.start()
    try:
        settings = setup.write(tmp_path, {"data_dir": str(tmp_path), **setup.telling(ear.url, ear.secret)})
    finally:
        ear.close()
    (hook,) = settings.notifier.webhooks
    assert (hook.name, hook.url.get_secret_value(), hook.min_severity) == ("demo", ear.url, "high")
    assert tomllib.loads((tmp_path / setup.NAME).read_text())["notifier"]["begin"] == "beginning"
