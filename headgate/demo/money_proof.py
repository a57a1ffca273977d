"""The proof of the demo's money: what the chain has is what the ledger has is what the facts say, once."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

from domain.treasury.rows import AnyRow
from events import topics
from events.types import (
    FundingPosted,
    FundingReserved,
    FundingVoided,
    LedgerBooked,
    SettlementPosted,
    SettlementReserved,
    SettlementVoided,
)
from headgate import table
from headgate.demo.checks import EXAMPLES_MAX, Check
from headgate.demo.follow import told
from headgate.demo.purse import Purse
from headgate.meters import amount
from headgate.money import ledger
from streams import reading
from streams.agents.treasury import TREASURY
from streams.worker import GROUP

if TYPE_CHECKING:
    from collections.abc import Mapping

    from events.types import Transfer
    from headgate.demo.bank import Bank
    from infra.settings import Settings
    from streams.engine.options import KafkaConf

CHANGELOG: Final = topics.changelog_name(GROUP, TREASURY.table)
DECISIONS: Final = "client-decisions"
POT: Final = "pot:"
LINES = (
    FundingReserved
    | FundingPosted
    | FundingVoided
    | SettlementReserved
    | SettlementPosted
    | SettlementVoided
    | LedgerBooked
)


@dataclass(frozen=True, slots=True)
class MoneyFound:
    """What was found of money after the run, each by its own way."""

    chain: Mapping[str, int]
    """What each pot's vault holds on the finalized chain."""
    ledger: Mapping[str, int]
    """What the treasury agent's table has posted on it."""
    facts: Mapping[str, int]
    """What the lines of all decisions come to."""
    pending: int
    """What is still pending in the table, of all pots."""
    purse: Purse = field(default_factory=Purse)
    unproved: tuple[str, ...] = ()
    """What ClickHouse cannot prove: sums, and each pot's running hash."""


def gather(settings: Settings, conf: KafkaConf, bank: Bank) -> MoneyFound:
    """Ask the chain, the agent's table, the log and ClickHouse."""
    rows = table.rows(conf, CHANGELOG, lambda key: b"\0ledger\0pot:" in key, AnyRow)
    accounts = {key.decode().rpartition(POT)[2]: row for key, row in rows.items()}
    purse, facts = decided(conf)
    proven = ledger.prove_patiently(settings, None, None, wait_seconds=0)
    return MoneyFound(
        chain=bank.balances(),
        ledger={pot: row.debits_posted - row.credits_posted for pot, row in accounts.items()},
        facts=facts,
        pending=sum(row.debits_pending + row.credits_pending for row in accounts.values()),
        purse=purse,
        unproved=() if proven.balances else _unproved(proven),
    )


def decided(conf: KafkaConf) -> tuple[Purse, dict[str, int]]:
    """Return what the treasury has decided, and what its lines come to in each pot."""
    purse, facts = Purse(), Counter[str]()
    for message in reading.read(conf, DECISIONS):
        event = told(message).event
        if event is None:
            continue
        purse.take(event.envelope.subject, event.data)
        if isinstance(event.data, LINES):
            for line in event.data.transfers:
                facts.update(_moved(line))
    return purse, dict(facts)


def judge(found: MoneyFound) -> list[Check]:
    """Hold what was found against each other."""
    return [_agree(found), _once(found), _proved(found)]


def _agree(found: MoneyFound) -> Check:
    pots = sorted(found.chain.keys() | found.ledger.keys() | found.facts.keys())
    sums = {pot: tuple(of.get(pot, 0) for of in (found.chain, found.ledger, found.facts)) for pot in pots}
    wrong = [pot for pot, three in sums.items() if len(set(three)) > 1]
    whole = amount(sum(found.chain.values()))
    said = f"{len(pots)} pots hold {whole} USDC: chain = ledger = facts, to the micro"
    if wrong:
        examples = ", ".join(f"{pot[:8]}: {sums[pot]}" for pot in wrong[:EXAMPLES_MAX])
        said = f"{len(wrong)} of {len(pots)} pots differ between chain, ledger and facts: {examples}"
    return Check("money_agrees", "money", not wrong and bool(pots), said)


def _once(found: MoneyFound) -> Check:
    purse = found.purse
    odd = [id_ for id_ in purse.reserved if len(purse.outcomes.get(id_, ())) != 1]
    results = Counter(outcome for outcomes in purse.outcomes.values() for outcome in outcomes)
    said = ", ".join(f"{count} {outcome}" for outcome, count in results.most_common())
    told_ = f"{len(purse.reserved)} movements, each with one outcome: {said or 'none'}"
    if odd:
        told_ = f"{len(odd)} without one outcome: {', '.join(odd[:EXAMPLES_MAX])}"
    return Check("movements_once", "movements", not odd and bool(purse.reserved), told_)


def _proved(found: MoneyFound) -> Check:
    ok = not found.unproved and not found.pending
    said = "debits = credits, nothing pending, and each pot's running hash is that of the facts"
    if found.pending:
        said = f"{amount(found.pending)} USDC are still pending"
    elif not ok:
        said = "; ".join(found.unproved[:EXAMPLES_MAX])
    return Check("ledger_proved", "ledger", ok, said)


def _moved(line: Transfer) -> dict[str, int]:
    """Return what a posted line adds to pots and takes from them."""
    if line.state != "posted":
        return {}
    moved: Counter[str] = Counter()
    for account, sign in ((line.debit, 1), (line.credit, -1)):
        if account.startswith(POT):
            moved[account.removeprefix(POT)] += sign * line.amount
    return dict(moved)


def _unproved(proven: ledger.Proven) -> tuple[str, ...]:
    faults = [f"{one.id}: {one.fault}" for one in proven.faults]
    sums = [f"{one.client} {one.unit} does not balance" for one in proven.sums if not one.is_balanced]
    pots = [f"{one.called or one.pot} does not agree" for one in proven.pots if not one.agrees]
    return (*faults, *sums, *pots, *(f"{one} was never read from the chain" for one in proven.unread))
