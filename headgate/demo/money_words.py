"""What is worth telling of money, in a line each."""

from functools import singledispatch
from typing import Final

from events.types import (
    Fact,
    FundingAlertRaised,
    FundingPosted,
    FundingVoided,
    LedgerBooked,
    PotOpened,
    PotSwitched,
    SettlementPosted,
)
from headgate.demo.purse import Purse
from headgate.demo.view import Tone
from headgate.meters import short

# Of the others only every so many are told of.
FUNDINGS_A_LINE: Final = 25

Said = tuple[str, Tone, str]
"""The line, its tone, and what it says more of."""


@singledispatch
def say(_fact: Fact, _purse: Purse) -> Said | None:
    """Tell of a fact or a decision about a client's money; most are no news."""
    return None


@say.register
def _(fact: PotOpened, purse: Purse) -> Said:
    cap = short(fact.daily_cap_micro_usdc)
    return f"The pot {purse.name(fact.pot)} is open: at most {cap} USDC a day", "good", ""


@say.register
def _(fact: FundingPosted, purse: Purse) -> Said | None:
    amount, name, count = short(fact.amount_micro_usdc), purse.name(fact.pot), purse.fundings
    if count == 1:
        return f"{amount} USDC are in the pot {name}, final on chain", "good", ""
    if count % FUNDINGS_A_LINE:
        return None
    return f"{count} fundings are final on chain, the last {amount} USDC into {name}", "good", ""


@say.register
def _(fact: SettlementPosted, purse: Purse) -> Said:
    paid = short(fact.amount_micro_usdc)
    return f"{purse.name(fact.pot)} has paid {paid} USDC for its days", "good", "settlements"


@say.register
def _(fact: FundingVoided, purse: Purse) -> Said:
    why = f"{fact.reason}: {fact.detail}" if fact.detail else fact.reason
    return f"A funding of {purse.name(fact.pot)} will not land ({why}); its money is free", "plain", ""


@say.register
def _(fact: LedgerBooked, purse: Purse) -> Said | None:
    if fact.what in {"fee", "limit"}:
        return None
    amount = short(sum(one.amount for one in fact.transfers))
    about = "the treasury" if fact.pot is None else purse.name(fact.pot)
    return f"The ledger follows: {fact.what} of {amount} USDC, {about}", "plain", ""


@say.register
def _(fact: PotSwitched, purse: Purse) -> Said:
    what = "takes nothing for now" if fact.is_paused else "takes money again"
    return f"The pot {purse.name(fact.pot)} {what}", "plain", ""


@say.register
def _(fact: FundingAlertRaised, purse: Purse) -> Said | None:
    if fact.severity != "critical":
        return None
    about = "" if fact.pot is None else f" of {purse.name(fact.pot)}"
    return f"{fact.kind.replace('_', ' ')}{about}: {fact.detail}", "bad", ""
