"""How one pot looks: its movements with their signatures, who pays from it, and the proof of its hash."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

import msgspec
import typer
from rich.console import Group
from rich.table import Table
from rich.text import Text

from events.envelope import moment
from headgate import context, ui
from headgate.money import ledger, pots
from headgate.money.amounts import short, usdc
from headgate.money.pots_view import ago, bar, state
from projections import query

if TYPE_CHECKING:
    from collections.abc import Sequence

    from rich.console import ConsoleRenderable

    from headgate.money.history import Proof
    from headgate.money.pots import Pot
    from infra.settings import Settings

MOVEMENTS_SQL: Final = """
SELECT kind, sequence, amount_micro_usdc, state, reserved_ms, signed_ms, landed_ms, posted_ms, voided_ms,
    took_ms, attempts, signature, fee_lamports, void_reason, void_detail, mode, day, movement_id, campaigns
FROM movements
WHERE client = {client:String} AND pot = {pot:String}
ORDER BY sequence DESC, reserved_ms DESC
"""
SIGNATURE_CHARS: Final = 16
STATES: Final = {"posted": "green", "voided": "yellow", "landed": "cyan", "signed": "cyan", "reserved": "dim"}
PROOFS: Final = {"proved": "green", "differs": "bold red", "incomplete": "yellow"}


class Movement(msgspec.Struct, frozen=True):
    """A movement that we asked for."""

    kind: str
    sequence: int
    amount_micro_usdc: int
    state: str
    reserved_ms: int
    signed_ms: int | None
    landed_ms: int | None
    posted_ms: int | None
    voided_ms: int | None
    took_ms: int | None
    attempts: int
    signature: str
    fee_lamports: int
    void_reason: str
    void_detail: str
    mode: str
    day: str
    movement_id: str
    campaigns: tuple[str, ...]


def show(settings: Settings, wanted: str, *, lines: int, as_json: bool) -> None:
    """Print one pot in detail."""
    one = pots.find(pots.found(settings), wanted)
    proof = ledger.history_of(settings, one)
    made = movements(settings, one, lines)
    if as_json:
        typer.echo(msgspec.json.encode(told(one, made, proof)).decode())
        return
    ui.stdout().print(render(one, made, proof, context.world_time(settings).now_ms()))


def movements(settings: Settings, one: Pot, lines: int) -> list[Movement]:
    """Return a pot's newest movements."""
    params: dict[str, object] = {"client": one.client, "pot": one.pot}
    rows = query.ask(settings, MOVEMENTS_SQL, params, limit=lines).dicts()
    return msgspec.convert(rows, list[Movement], strict=False)


def told(one: Pot, made: Sequence[Movement], proof: Proof) -> dict[str, Any]:
    """Return a pot for a machine."""
    return {
        **msgspec.to_builtins(one),
        "state": state(one)[0],
        "movements": msgspec.to_builtins(made),
        "proof": msgspec.to_builtins(proof),
    }


def render(one: Pot, made: Sequence[Movement], proof: Proof, now_ms: int) -> ConsoleRenderable:
    """Draw a pot."""
    word, style = state(one)
    head = Text.assemble((f"{one.client}/{one.called}", "bold"), "  ", (word, style), (f"  {one.pot}", "dim"))
    facts = Table.grid(padding=(0, 2, 0, 0))
    facts.add_column(style="dim", no_wrap=True)
    facts.add_column(overflow="fold")
    cap = Text.assemble(
        bar(one.cap_used_micro_usdc, one.daily_cap_micro_usdc),
        f"  {short(one.cap_used_micro_usdc)} of {short(one.daily_cap_micro_usdc)} today (UTC)",
    )
    facts.add_row("balance", usdc(one.balance_micro_usdc))
    facts.add_row("ever", f"funded {short(one.funded_micro_usdc)}, settled {short(one.settled_micro_usdc)}, "
                  f"withdrawn {short(one.withdrawn_micro_usdc)}")  # fmt: skip
    facts.add_row("spent today", short(one.metered_today_micro_usdc))
    facts.add_row("cap", cap)
    facts.add_row("campaigns", ", ".join(one.campaigns) or "none: headgate pots link gives it one")
    facts.add_row("address", one.address)
    facts.add_row("vault", one.vault)
    facts.add_row("history", proved(proof, one.history))
    if one.seen_ms is not None:
        facts.add_row("seen", f"{ago(one.seen_ms, now_ms)}, slot {one.slot:,}")
    return Group(head, facts, Text(), _movements(made))


def proved(proof: Proof, on_chain: str) -> Text:
    """Say whether the log gives the chain's running hash."""
    style = PROOFS[proof.verdict]
    if proof.verdict == "incomplete":
        return Text(f"cannot be computed: {proof.missing}", style)
    count = f"{proof.movements:,} movement{'' if proof.movements == 1 else 's'}"
    if proof.verdict == "proved":
        return Text(f"{on_chain[:SIGNATURE_CHARS]}… = what {count} of the log give", style)
    ours = proof.computed[:SIGNATURE_CHARS]
    return Text(f"the chain has {on_chain[:SIGNATURE_CHARS]}…, {count} of the log give {ours}…", style)


def _movements(made: Sequence[Movement]) -> ConsoleRenderable:
    if not made:
        return Text("Nothing was moved yet: headgate fund POT AMOUNT does.", "dim")
    table = Table(box=None, pad_edge=False, padding=(0, 2, 0, 0), header_style="dim")
    for title in ("when", "what", "USDC", "state", "tries", "took"):
        right = title in {"USDC", "tries", "took"}
        table.add_column(title, no_wrap=True, justify="right" if right else "left")
    table.add_column("signature", overflow="fold")
    for one in made:
        state_of = Text(one.state, STATES[one.state])
        if one.void_reason:
            state_of.append(f" ({one.void_reason})", "dim")
        took = "" if one.took_ms is None else f"{one.took_ms // 1000} s"
        amount = short(one.amount_micro_usdc if one.kind == "fund" else -one.amount_micro_usdc)
        table.add_row(moment(one.reserved_ms)[:19], one.kind, amount, state_of, str(one.attempts), took,
                      Text(one.signature, "dim"))  # fmt: skip
    return table
