"""The program's checks as its source has them, each with what is left when it is taken away."""

from __future__ import annotations

from typing import Final

from msgspec import Struct


class Mutation(Struct, frozen=True):
    """A change of one place in the source; without anything new, the whole line goes."""

    file: str
    old: str
    new: str | None = None


MUTATIONS: Final[dict[str, Mutation]] = {
    # numbers and amounts
    "used numbers pass": Mutation("pot.h", "SEQUENCE(wanted) >= next", "1"),
    "numbers ahead pass": Mutation("pot.h", "CHECK(SEQUENCE(wanted) == next"),
    "numbers are not compared": Mutation(
        "pot.h", "next = POT_U64(pot, NEXT_SEQUENCE)", "next = SEQUENCE(wanted)"
    ),
    "the last number is used": Mutation("pot.h", "CHECK(next + 1 != 0"),
    "numbers begin at nothing": Mutation("setup.h", "clock.slot << SEQUENCE_BITS", "0 * clock.slot"),
    "nothing can be moved": Mutation("pot.h", "CHECK(AMOUNT(wanted) != 0"),
    "totals wrap": Mutation(
        "pot.h", "!__builtin_add_overflow(read_u64(", "1 | __builtin_add_overflow(read_u64("
    ),
    "what is there is not looked at": Mutation("money.h", "CHECK(token_amount(payout->vault)"),
    # who signs, and what may be written
    "nobody has to sign": Mutation("abi.h", "account->is_signer ? 0", "account ? 0"),
    "what is only read is written": Mutation("abi.h", "account->is_writable ? 0", "account ? 0"),
    "the funder is not asked for": Mutation("money.h", "CHECK(is_same(funding->funder->address"),
    "the spender is not asked for": Mutation("money.h", "CHECK(is_same(payout.owner->address"),
    "the authority is not asked for": Mutation("pot.h", "CHECK(is_same(account->address"),
    "the admin is not asked for": Mutation("setup.h", "CHECK(is_same(admin->address"),
    "anybody pauses": Mutation("control.h", "CHECK(is_same(signer->address"),
    "anybody takes a pot over": Mutation("control.h", "CHECK(is_same(proposed->address"),
    "the funder lifts the authority's pause": Mutation(
        "control.h", "bit == PAUSED_BY_AUTHORITY ? 0 : PAUSED_BY_AUTHORITY", "0"
    ),
    # what an account is
    "anybody's pot is a pot": Mutation("pot.h", "CHECK(is_same(pot->owner"),
    "a pot has any size": Mutation("pot.h", "CHECK(pot->data_bytes"),
    "anything is a pot": Mutation("pot.h", "CHECK(read_u64(pot->data)"),
    "another campaign's pot passes": Mutation("pot.h", "CHECK(is_same(address_at(call->data)"),
    "anybody's config is a config": Mutation("setup.h", "CHECK(is_same(config->owner"),
    "anything is a config": Mutation(
        "setup.h", "CHECK(read_u64(config->data)", "CHECK(1 || read_u64(config->data)"
    ),
    "a config has any size": Mutation("setup.h", "CHECK(config->data_bytes"),
    "another vault passes": Mutation("pot.h", "CHECK(is_same(vault->address"),
    "a pot is opened over any vault": Mutation("setup.h", "CHECK(is_vault_like(vault"),
    "a vault with a delegate passes": Mutation(
        "token.h", "!read_u32_anywhere(account->data + TOKEN_DELEGATE)", "1"
    ),
    "a vault that others close passes": Mutation(
        "token.h", "!read_u32_anywhere(account->data + TOKEN_CLOSE_AUTHORITY)", "1"
    ),
    "a token account is anybody's": Mutation(
        "token.h", "is_same(address_at(account->data + TOKEN_OWNER), owner)", "owner"
    ),
    "a token account is of any mint": Mutation(
        "token.h", "is_same(address_at(account->data + TOKEN_MINT), mint)", "mint"
    ),
    "a token account is any program's": Mutation("token.h", "is_same(account->owner, &TOKEN_PROGRAM)", "1"),
    "a frozen account passes": Mutation("token.h", "account->data[TOKEN_STATE] == STATE_INITIALIZED", "1"),
    "the source is not checked": Mutation("money.h", "CHECK(is_token_account(source"),
    "the destination is not checked": Mutation("money.h", "CHECK(is_token_account(to"),
    "another mint passes": Mutation("money.h", "CHECK(is_same(mint->address"),
    "a pot is of any mint": Mutation("setup.h", "CHECK(is_same(mint->address"),
    "any mint is USDC": Mutation("setup.h", "CHECK(is_usdc_mint(mint)"),
    "another token program passes": Mutation("money.h", "CHECK(is_same(program->address"),
    # days, caps and pauses
    "a paused pot is funded": Mutation("money.h", "CHECK(*POT(pot, PAUSED) == 0"),
    "there is no cap": Mutation("money.h", "CHECK(after <= POT_U64(pot, DAILY_CAP)"),
    "the day's sum wraps": Mutation(
        "money.h", "!__builtin_add_overflow(before", "1 | __builtin_add_overflow(before"
    ),
    "a clock that goes back opens a day": Mutation(
        "money.h", "before = now > counted", "before = now != counted"
    ),
    "time before 1970 has days": Mutation("pot.h", "clock->unix_seconds < 0 ? 0 :", ""),
    "any day can be settled": Mutation("money.h", "CHECK(day >= 0"),
    "an older day takes the newest one's place": Mutation("money.h", "if (day < newest) return 0"),
    # beginning and end
    "whoever comes first sets it up": Mutation(
        "setup.h", "CHECK(is_same_anywhere(data->data + LOADER_AUTHORITY"
    ),
    "a former upgrade authority sets it up": Mutation("setup.h", "CHECK(data->data[LOADER_HAS_AUTHORITY]"),
    "forged program data passes": Mutation("setup.h", "CHECK(is_same_anywhere(program->data"),
    "another program's records pass": Mutation("setup.h", "CHECK(is_same(program->address"),
    "addresses are not checked": Mutation("setup.h", "CHECK(is_same(&found"),
    "what is there is made anew": Mutation("create.h", "CHECK(is_same(creation->account->owner"),
    "lamports in the way are paid again": Mutation("create.h", "if (there >= wanted) return 0;"),
    "a pot is closed too soon": Mutation("control.h", "CHECK(clock.slot << SEQUENCE_BITS > "),
    "a pot is closed over its money": Mutation("control.h", "CHECK(token_amount(vault) == 0"),
    "a closed pot keeps its owner": Mutation("control.h", "*pot->owner = SYSTEM_PROGRAM;"),
    "a closed pot keeps its size": Mutation("control.h", "write_u64(pot->data - 8, 0);"),
}
