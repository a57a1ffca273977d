"""How the ledger looks: accounts, newest lines, and the proof in red or green."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from rich.console import Group
from rich.table import Table
from rich.text import Text

from events.envelope import moment
from headgate.money.amounts import said
from headgate.money.pot_view import proved

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from rich.console import ConsoleRenderable

    from headgate.money.ledger import Account, Check, Line, Proven, Sums

GOOD, BAD = Text("✔", "green"), Text("✘", "bold red")
STATES: Final = {"posted": "green", "voided": "yellow", "pending": "cyan"}
NOTHING: Final = (
    "The ledger is empty: nothing was deposited or funded yet. `headgate pots` says what to do first."
)


def accounts(found: Sequence[Account], names: Mapping[str, str]) -> ConsoleRenderable:
    """Draw what each account was debited and credited."""
    if not found:
        return Text(NOTHING)
    clients = len({one.client for one in found}) > 1
    table = _table("account", "unit", ">debits", ">credits", ">pending", ">holds")
    for one in found:
        name = called(one.account, names)
        table.add_row(
            f"{one.client} {name}" if clients else name,
            Text(one.unit, "dim"),
            figure(one.debits_posted, one.unit),
            figure(one.credits_posted, one.unit),
            _pending(one),
            figure(one.balance, one.unit),
        )
    return table


def transfers(found: Sequence[Line], names: Mapping[str, str]) -> ConsoleRenderable:
    """Draw lines, the newest first."""
    table = _table("when", "debit", "credit", ">amount", "state", "by")
    for one in found:
        table.add_row(
            moment(one.at_ms)[:19],
            called(one.debit, names),
            called(one.credit, names),
            figure(one.amount, one.unit),
            Text(one.state, STATES.get(one.state, "")),
            Text(f"{one.booked_by} {one.movement_id}".strip(), "dim"),
        )
    return table


def proof(proven: Proven) -> ConsoleRenderable:
    """Draw what was proved, and what was not."""
    lines: list[ConsoleRenderable] = [_sums(one) for one in proven.sums]
    lines += [
        Text.assemble(BAD, f" {one.client} {one.id}: ", (one.fault, "bold red")) for one in proven.faults[:20]
    ]
    if not proven.faults:
        lines.append(Text.assemble(GOOD, " every line once; each pending one posted or voided at most once"))
    lines += [_check(one) for one in proven.pots]
    lines += [Text.assemble(BAD, f" {one}: the chain was never read for it") for one in proven.unread]
    end = Text("It balances: debits = credits, and facts = ledger = chain.", "bold green")
    if proven.is_unknown:
        end = Text("Nothing differs, and not everything can be proved yet.", "bold yellow")
    elif not proven.balances:
        end = Text("It does not balance. docs/ledger.md says how to look for why.", "bold red")
    return Group(*lines, Text(), end)


def called(account: str, names: Mapping[str, str]) -> str:
    """Return an account with its pot's name in place of the hex."""
    kind, colon, rest = account.partition(":")
    pot, more, day = rest.partition(":")
    return f"{kind}{colon}{names.get(pot, pot[:12] if len(pot) > 40 else pot)}{more}{day}"  # noqa: PLR2004 - longer than names of platforms and days


def figure(amount: int, unit: str) -> str:
    """Say an amount of the ledger in its unit."""
    return f"{amount:,}" if unit == "lamport" else said(amount)


def _pending(one: Account) -> Text:
    net = one.debits_pending - one.credits_pending
    if not one.debits_pending and not one.credits_pending:
        return Text("-", "dim")
    return Text(f"{'+' if net > 0 else ''}{figure(net, one.unit)}", "cyan")


def _sums(one: Sums) -> Text:
    posted, pending = figure(one.debits_posted, one.unit), figure(one.debits_pending, one.unit)
    text = f" {one.client}, {one.unit}: debits = credits, {posted} posted and {pending} pending"
    if one.is_balanced:
        return Text.assemble(GOOD, text)
    credited = (
        f"{figure(one.credits_posted, one.unit)} posted and {figure(one.credits_pending, one.unit)} pending"
    )
    return Text.assemble(
        BAD,
        (
            f" {one.client}, {one.unit}: debits {posted} posted and {pending} pending, credits {credited}",
            "red",
        ),
    )


def _check(one: Check) -> ConsoleRenderable:
    head = Text.assemble(GOOD if one.agrees else BAD, f" {one.client}/{one.called}: ")
    head.append(f"chain {said(one.chain_micro_usdc)}, ledger {said(one.ledger_micro_usdc)}")
    head.append(f", movements {said(one.facts_micro_usdc)}")
    if one.gifts_micro_usdc:
        head.append(f", given by others {said(one.gifts_micro_usdc)}", "dim")
    if one.later_micro_usdc or one.behind_micro_usdc:
        way = said(one.later_micro_usdc - one.behind_micro_usdc)
        head.append(f", of which {way} newer than the chain was read", "dim")
    if not one.ledger_agrees:
        head.append(f"; the ledger differs by {said(one.ledger_less_chain_micro_usdc)}", "bold red")
    if not one.facts_agree:
        head.append("; the movements told are not those that the chain counts", "bold red")
    if one.proof is None:
        return Group(head, Text("   not opened by us, so its hash cannot be computed", "yellow"))
    return Group(head, Text("   history ").append_text(proved(one.proof, one.history)))


def _table(*titles: str) -> Table:
    table = Table(box=None, pad_edge=False, padding=(0, 2, 0, 0), header_style="dim")
    for title in titles:
        right = title.startswith(">")
        table.add_column(title.removeprefix(">"), no_wrap=True, justify="right" if right else "left")
    return table
