"""The local chain keeps a network's promises: a window, no signature twice, commitment, forks, a memory."""

from solders.hash import Hash
from solders.keypair import Keypair

from chain.localnet.store import BLOCKS_KEPT
from tests.localnet_kit import (
    PROCESSED,
    USDC,
    balance,
    fresh_chain,
    gift,
    landed,
    send,
    sending,
    signed,
    status,
    with_pots,
)

CAMPAIGN = bytes(range(32))


def test_a_transaction_lands_until_its_blockhash_is_too_old() -> None:
    """The last height that was promised is one at which it lands; two blocks later it never will."""
    for blocks_late, lands in ((0, True), (1, True), (2, False)):
        chain = fresh_chain(skip_permille=0)
        to = Keypair.from_seed(bytes(32)).pubkey()
        instructions, funder = gift(chain, to)
        transaction = signed(chain, instructions, funder)
        promised = chain.call("getLatestBlockhash", [PROCESSED])["value"]["lastValidBlockHeight"]
        chain.advance(promised + blocks_late - chain.core.blocks.open.height)
        chain.call("sendTransaction", sending(transaction))
        assert (balance(chain, to) > 0) is lands, f"{blocks_late} blocks after the promise"


def test_heights_are_not_slots() -> None:
    """Some slots have no block, so that who takes one for the other is found out."""
    chain = fresh_chain()
    chain.advance(400)
    slot, height = (chain.call(method, [PROCESSED]) for method in ("getSlot", "getBlockHeight"))
    assert slot == chain.slot
    assert 0 < height < slot


def test_nothing_lands_twice() -> None:
    """The same bytes are taken as often as they come, and land once; also after blocks and restarts."""
    chain = fresh_chain()
    to = Keypair.from_seed(bytes(32)).pubkey()
    instructions, funder = gift(chain, to)
    params = sending(signed(chain, instructions, funder))
    for passing in (chain.advance, chain.restart, chain.advance, chain.restart):
        chain.call("sendTransaction", params)
        passing()
    chain.call("sendTransaction", params)
    assert balance(chain, to) == 1_000_000_000


def test_commitment_is_a_distance() -> None:
    """What was processed is confirmed two blocks later and final after 31; reads tell the state of then."""
    chain = fresh_chain(skip_permille=0)
    to = Keypair.from_seed(bytes(32)).pubkey()
    instructions, funder = gift(chain, to)
    signature = landed(chain, instructions, funder)
    told = []
    for _ in range(33):
        found = status(chain, signature)
        assert found is not None
        names = ("processed", "confirmed", "finalized")
        seen = tuple(balance(chain, to, commitment) > 0 for commitment in names)
        told.append((found["confirmationStatus"], found["confirmations"], seen))
        chain.advance()
    assert told[1] == ("processed", 1, (True, False, False))
    assert told[2] == ("confirmed", 2, (True, True, False))
    assert told[30] == ("confirmed", 30, (True, True, False))
    assert told[31] == ("finalized", None, (True, True, True))


def test_a_fork_takes_back_what_was_not_final() -> None:
    """What is left out of the new fork is gone with all that it did, and may land again by the same bytes."""
    chain = fresh_chain(skip_permille=0)
    to = Keypair.from_seed(bytes(32)).pubkey()
    before = balance(chain, chain.genesis.funder.pubkey())
    instructions, funder = gift(chain, to)
    transaction = signed(chain, instructions, funder)
    chain.call("sendTransaction", sending(transaction))
    chain.advance(4)
    assert chain.fork(depth=5) == [transaction.signatures[0]]
    assert status(chain, transaction.signatures[0]) is None
    assert balance(chain, to) == 0
    assert balance(chain, funder.pubkey()) == before
    chain.call("sendTransaction", sending(transaction))
    assert balance(chain, to) == 1_000_000_000


def test_a_fork_keeps_what_it_does_not_drop() -> None:
    """Others land in the new fork, under a later slot; what is final stays where it was."""
    chain = fresh_chain(skip_permille=0)
    early, late = (Keypair.from_seed(bytes([number] * 32)).pubkey() for number in (1, 2))
    instructions, funder = gift(chain, early)
    first = landed(chain, instructions, funder)
    chain.advance(40)
    instructions, funder = gift(chain, late)
    second = landed(chain, instructions, funder)
    chain.advance(2)
    was = [status(chain, signature) for signature in (first, second)]
    height = chain.call("getBlockHeight", [PROCESSED])
    assert chain.fork(depth=3, dropped_permille=0) == []
    now = [status(chain, signature) for signature in (first, second)]
    assert was[0] == now[0]
    assert was[1] is not None
    assert now[1] is not None
    assert now[1]["slot"] == chain.slot > was[1]["slot"]
    assert chain.call("getBlockHeight", [PROCESSED]) < height
    assert balance(chain, late) == 1_000_000_000


def test_no_fork_is_so_deep_that_it_takes_back_what_is_final() -> None:
    """However deep a fork is meant to be, it ends at the last final block."""
    chain = fresh_chain(skip_permille=0)
    to = Keypair.from_seed(bytes(32)).pubkey()
    instructions, funder = gift(chain, to)
    signature = landed(chain, instructions, funder)
    chain.advance(40)
    final = [chain.call(method) for method in ("getSlot", "getBlockHeight", "getLatestBlockhash")]
    was = status(chain, signature)
    chain.fork(depth=1_000)
    assert status(chain, signature) == was
    assert balance(chain, to, "finalized") == 1_000_000_000
    assert [chain.call(method) for method in ("getSlot", "getBlockHeight", "getLatestBlockhash")] == final


def test_a_fork_voids_blockhashes_of_the_fork_that_was_left() -> None:
    """A transaction that names a block that no longer is one can never land."""
    chain = fresh_chain(skip_permille=0)
    chain.advance(5)
    to = Keypair.from_seed(bytes(32)).pubkey()
    instructions, funder = gift(chain, to)
    transaction = signed(chain, instructions, funder)
    chain.fork(depth=3)
    for _ in range(10):
        chain.call("sendTransaction", sending(transaction))
        chain.advance()
    assert balance(chain, to) == 0
    assert not chain.core.blocks.is_good(transaction.message.recent_blockhash)


def test_a_restart_keeps_complete_blocks() -> None:
    """As after kill -9: the block that was being made is lost, and nothing before it."""
    chain = fresh_chain()
    kept, lost = (Keypair.from_seed(bytes([number] * 32)).pubkey() for number in (1, 2))
    instructions, funder = gift(chain, kept)
    first = landed(chain, instructions, funder)
    chain.advance(2)
    instructions, funder = gift(chain, lost)
    second = landed(chain, instructions, funder)
    slot = chain.slot
    chain.restart()
    assert chain.slot > slot
    assert balance(chain, kept) == 1_000_000_000
    assert balance(chain, lost) == 0
    assert status(chain, first) is not None
    assert status(chain, second) is None


def test_a_restart_that_loses_more_keeps_what_is_final() -> None:
    """Whatever else is lost, final blocks are not, and heights of final blocks never go back."""
    chain = fresh_chain()
    final, loose = (Keypair.from_seed(bytes([number] * 32)).pubkey() for number in (1, 2))
    instructions, funder = gift(chain, final)
    landed(chain, instructions, funder)
    chain.advance(50)
    instructions, funder = gift(chain, loose)
    landed(chain, instructions, funder)
    chain.advance(10)
    height = chain.call("getBlockHeight")
    chain.restart(keeps_unfinal=False)
    assert balance(chain, final, "finalized") == balance(chain, final) == 1_000_000_000
    assert balance(chain, loose) == 0
    assert chain.call("getBlockHeight") >= height


def test_the_same_seed_gives_the_same_chain() -> None:
    """Addresses, blockhashes and skipped slots follow from the seed."""
    for_seed = {}
    for seed in (1, 1, 2):
        chain = fresh_chain(seed=seed)
        chain.advance(300)
        told = (
            chain.slot,
            chain.core.blocks.open.height,
            chain.call("getLatestBlockhash"),
            chain.genesis.program,
        )
        assert for_seed.setdefault(seed, told) == told
    assert for_seed[1] != for_seed[2]


def test_pots_work_and_are_set_back_by_forks() -> None:
    """The program's own state goes back with the chain's, and the same number can be used then."""
    chain = fresh_chain(skip_permille=0)
    pots = with_pots(chain)
    pots.open(CAMPAIGN)
    chain.advance(40)
    sequence = pots.next_sequence(CAMPAIGN)
    funder = chain.genesis.funder
    landed(chain, [pots.funding(CAMPAIGN, sequence, 5 * USDC)], funder)
    assert (pots.held(CAMPAIGN), pots.held(CAMPAIGN, "finalized")) == (5 * USDC, 0)
    chain.fork(depth=1)
    assert (pots.held(CAMPAIGN), pots.next_sequence(CAMPAIGN)) == (0, sequence)
    landed(chain, [pots.funding(CAMPAIGN, sequence, 7 * USDC)], funder)
    refused = send(chain, [pots.funding(CAMPAIGN, sequence, 9 * USDC)], funder)
    told = status(chain, refused)
    assert told is not None
    assert told["err"] == {"InstructionError": [0, {"Custom": 6014}]}
    assert pots.held(CAMPAIGN) == 7 * USDC


def test_old_blocks_are_forgotten_and_what_landed_in_them_is_not() -> None:
    """A chain that runs for long remembers every transaction, and needs no block for that."""
    chain = fresh_chain(skip_permille=0)
    to = Keypair.from_seed(bytes(32)).pubkey()
    instructions, funder = gift(chain, to)
    signature = landed(chain, instructions, funder)
    chain.advance(BLOCKS_KEPT + 200)
    chain.restart()
    assert status(chain, signature) is not None
    assert status(chain, signature, searched=False) is None
    told = chain.call("getTransaction", [str(signature), {"encoding": "json"}])
    assert told["slot"] == 1


def test_a_fee_is_paid_for_haste_and_by_who_is_refused() -> None:
    """Signatures cost 5,000 lamports each, and haste its price for the units that were asked for."""
    from solders.compute_budget import set_compute_unit_limit, set_compute_unit_price  # noqa: PLC0415 - here only

    chain = fresh_chain()
    funder = chain.genesis.funder
    before = balance(chain, funder.pubkey())
    hasty = [set_compute_unit_limit(100_000), set_compute_unit_price(25_001)]
    instructions, _ = gift(chain, Keypair.from_seed(bytes(32)).pubkey(), before * 2)
    signature = send(chain, [*hasty, *instructions], funder)
    told = status(chain, signature)
    assert told is not None
    assert told["err"] is not None
    assert balance(chain, funder.pubkey()) == before - 5_000 - 2_501
    fees = chain.call("getRecentPrioritizationFees", [[str(funder.pubkey())]])
    assert fees[-1] == {"slot": chain.slot, "prioritizationFee": 25_001}


def test_nobody_is_left_with_less_than_rent_asks_for() -> None:
    """Too little for an account to stay costs its fee and moves nothing; the trial before says so too."""
    chain = fresh_chain()
    to = Keypair.from_seed(bytes(32)).pubkey()
    instructions, funder = gift(chain, to, 5)
    before = balance(chain, funder.pubkey())
    transaction = signed(chain, instructions, funder)
    expected = {"InsufficientFundsForRent": {"account_index": 1}}
    tried = chain.call("simulateTransaction", sending(transaction, commitment="processed"))["value"]
    assert tried["err"] == expected
    chain.call("sendTransaction", sending(transaction))
    told = status(chain, transaction.signatures[0])
    assert told is not None
    assert told["err"] == expected
    assert (balance(chain, to), balance(chain, funder.pubkey())) == (0, before - 5_000)


def test_an_unknown_blockhash_is_never_good() -> None:
    """A blockhash of nowhere is refused, however new the chain is."""
    assert not fresh_chain().core.blocks.is_good(Hash.default())
