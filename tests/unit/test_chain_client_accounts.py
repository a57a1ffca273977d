import pytest
from solders.hash import Hash
from solders.pubkey import Pubkey

from chain.errors import TooBig, WrongAccount, WrongChain
from chain.instructions import FUNDINGS_MAX, U64_MAX, Move, PotProgram
from chain.lookup import read_table, table_address
from chain.ports import AccountSeen
from chain.pot import read_config, read_pot
from chain.refusals import read_refusal
from chain.tokens import read_mint, read_token_account
from chain.transactions import SIZE_MAX, compile_message, fee_lamports, signature_of, size, unsigned
from tests import chain_client_kit as kit


def changed(account: AccountSeen, at: int, value: bytes) -> AccountSeen:
    """Give an account with other bytes somewhere."""
    return AccountSeen(
        account.owner, account.lamports, account.data[:at] + value + account.data[at + len(value) :]
    )


WHOLE = kit.pot_account(kit.movements(3))


@pytest.mark.parametrize(
    ("account", "told"),
    [
        (kit.pot_account([], owner=kit.key("another program")), "it belongs to"),
        (kit.pot_account([], mark=bytes(8)), "is no pot"),
        (AccountSeen(kit.PROGRAM, 1, WHOLE.data[:-1]), "2161 bytes"),
        (AccountSeen(kit.PROGRAM, 1, WHOLE.data + b"\0"), "2163 bytes"),
        (AccountSeen(kit.PROGRAM, 1, b""), "is no pot"),
        (kit.pot_account([], paused=4), "says 4 of whether it is paused"),
        (kit.pot_account(kit.movements(3), next=kit.FIRST), "cannot be"),
        (changed(WHOLE, len(WHOLE.data) - 57 * 32 + 8, b"\4"), "kind 4"),
        (changed(WHOLE, len(WHOLE.data) - 57 * 32, b"\1"), "cannot be"),
    ],
)
def test_what_does_not_add_up_is_no_pot(account: AccountSeen, told: str) -> None:
    """By owner, kind, length, and what it says of itself."""
    with pytest.raises(WrongAccount, match=told):
        read_pot(account, kit.PROGRAM)


def test_a_pot_is_one_campaigns() -> None:
    """Another campaign's is refused where one was asked for."""
    assert read_pot(WHOLE, kit.PROGRAM, kit.CAMPAIGN).campaign_id == kit.CAMPAIGN
    with pytest.raises(WrongAccount, match="not of 0101"):
        read_pot(WHOLE, kit.PROGRAM, b"\1" * 32)


def test_a_movement_is_found_by_its_number_while_the_ring_has_it() -> None:
    """Neither a number to come nor one that was written over is found."""
    pot = read_pot(kit.pot_account(kit.movements(40)), kit.PROGRAM)
    assert pot.find(kit.FIRST + 7) is None
    assert pot.find(kit.FIRST + 40) is None
    found = pot.find(kit.FIRST + 8)
    assert found is not None
    assert found.amount_micro_usdc == 108


def test_configs_tokens_mints_and_tables_are_read_as_strictly() -> None:
    """What belongs to anybody else, or has another length, is none."""
    stranger = AccountSeen(kit.key("stranger"), 1, bytes(165))
    for read in (read_token_account, read_mint):
        with pytest.raises(WrongAccount):
            read(stranger)
    with pytest.raises(WrongAccount):
        read_config(stranger, kit.PROGRAM)
    with pytest.raises(WrongAccount):
        read_table(kit.key("table"), stranger)
    with pytest.raises(WrongAccount, match="not initialized"):
        read_token_account(kit.token_account(kit.key("owner"), 5, state=0))
    with pytest.raises(WrongAccount, match="of the mint"):
        read_token_account(kit.token_account(kit.key("owner"), 5), kit.PROGRAM)
    held = read_token_account(kit.token_account(kit.key("owner"), 5), kit.MINT)
    assert (held.owner, held.amount, held.delegate, held.is_frozen) == (kit.key("owner"), 5, None, False)


def test_amounts_and_ids_that_do_not_fit_are_refused_before_anything_is_built() -> None:
    """Nothing is cut off, and nothing wraps around."""
    program, payer = PotProgram(kit.PROGRAM, kit.MINT), kit.key("funder")
    for move in (
        Move(kit.CAMPAIGN, 1, bytes(32), U64_MAX + 1),
        Move(kit.CAMPAIGN, -1, bytes(32), 1),
        Move(kit.CAMPAIGN, 1, bytes(31), 1),
        Move(b"short", 1, bytes(32), 1),
    ):
        with pytest.raises(ValueError, match=r"bytes, not|between 0 and"):
            program.fund(payer, kit.key("treasury"), move)
    for moves in ([], [Move(kit.CAMPAIGN, 1, bytes(32), 1)] * (FUNDINGS_MAX + 1)):
        with pytest.raises(ValueError, match="fundings are not between"):
            program.fund_many(payer, kit.key("treasury"), moves)


def test_a_transaction_is_held_to_the_size_that_the_chain_takes() -> None:
    """Seven fundings fit without a lookup table, and eight do not."""
    program, payer = PotProgram(kit.PROGRAM, kit.MINT), kit.key("funder")

    def batch(count: int) -> bytes:
        moves = [Move(bytes([number]) * 32, 1, bytes(32), 1) for number in range(count)]
        step = program.fund_many(payer, kit.key("treasury"), moves)
        message = compile_message(payer, [step], Hash.default())
        raw = unsigned(message)
        assert len(raw) == size(message) <= SIZE_MAX
        return raw

    assert batch(7)
    with pytest.raises(TooBig, match="1232 are allowed"):
        batch(9)


def test_bytes_are_a_transaction_whole_or_not_at_all() -> None:
    """Cut off, with something behind them, or junk: refused, with their length as the only detail."""
    step = PotProgram(kit.PROGRAM, kit.MINT).pause(kit.key("funder"), kit.CAMPAIGN)
    raw = unsigned(compile_message(kit.key("funder"), [step], Hash.default()))
    assert str(signature_of(raw)) == "1" * 64
    for junk in (raw[:-1], raw + b"\0", b"", b"<html>" * 30):
        with pytest.raises(WrongChain, match=f"{len(junk)} bytes are no transaction"):
            signature_of(junk)


def test_fees_are_rounded_up_to_a_lamport() -> None:
    """As the chain charges them."""
    assert fee_lamports(2, 200_000, 0) == 10_000
    assert fee_lamports(1, 200_001, 1_000) == 5_201


def test_refusals_are_read_whatever_their_form() -> None:
    """A code of another program, a name of the chain's, and what nobody has seen yet."""
    assert read_refusal('{"InstructionError":[0,{"Custom":1}]}').code == 1
    assert read_refusal('{"InstructionError":[1,"InvalidAccountData"]}').name == "InvalidAccountData"
    assert read_refusal('"BlockhashNotFound"').name == "BlockhashNotFound"
    assert read_refusal('{"InsufficientFundsForRent":{"account_index":0}}').name == "InsufficientFundsForRent"
    assert read_refusal("no JSON").words == "no JSON"
    assert read_refusal("[1]").name == "Other"


def test_a_table_lies_where_its_maker_and_slot_say() -> None:
    """So that it is found again from what the log has of it."""
    assert table_address(kit.key("funder"), 7) == table_address(kit.key("funder"), 7)
    assert table_address(kit.key("funder"), 7) != table_address(kit.key("funder"), 8)
    assert isinstance(table_address(kit.key("funder"), 7), Pubkey)
