import asyncio
import base64
from collections.abc import Awaitable, Callable
from typing import Any, TypeVar

import httpx
import pytest
from solders.hash import Hash
from solders.signature import Signature

from chain.errors import Behind, NotConfigured, Unknown, WrongChain
from chain.instructions import PotProgram
from chain.ports import AccountSeen, Landed, Moment
from chain.rpc.pool import Pool, connect
from chain.transactions import compile_message, signature_of, unsigned
from proof.virtual_time import run
from tests import chain_client_kit as kit

T = TypeVar("T")

ONE, TWO, THREE = "one.example", "two.example", "three.example"
DOWN = httpx.ConnectError("away")
POT = kit.key("the pot's own address")
RAW = unsigned(
    compile_message(
        kit.key("funder"), [PotProgram(kit.PROGRAM, kit.MINT).pause(kit.key("funder"), kit.CAMPAIGN)],
        Hash.default(),
    )
)  # fmt: skip
SIGNATURE = signature_of(RAW)


def with_pool(scripted: kit.Scripted, work: Callable[[Pool], Awaitable[T]], lag: int = 64) -> T:
    """Do something with a pool of all hosts that are scripted, in a time that passes at once."""

    async def all_of_it() -> T:
        pool = connect(
            [f"https://{host}/key-{host}" for host in scripted.answers],
            kit.PROGRAM,
            timeout_ms=1_000,
            lag_slots_max=lag,
            transport=scripted.transport,
            jitter=lambda _low, high: high,
        )
        try:
            return await work(pool)
        finally:
            await pool.close()

    return run(all_of_it())


def accounts(slot: int, *seen: AccountSeen | None) -> dict[str, Any]:
    """Give accounts as an endpoint tells them."""
    value = [
        None
        if one is None
        else {
            "owner": str(one.owner),
            "lamports": one.lamports,
            "data": [base64.b64encode(one.data).decode(), "base64"],
            "executable": False,
            "rentEpoch": 2**64 - 1,
            "space": len(one.data),
        }
        for one in seen
    ]
    return {"context": {"slot": slot, "apiVersion": "2.2.0"}, "value": value}


def status(slot: int, err: object = None, level: str = "finalized") -> dict[str, Any]:
    """Give what an endpoint knows of one signature."""
    told = {"slot": slot, "err": err, "confirmationStatus": level, "confirmations": None}
    return {"context": {"slot": slot + 50}, "value": [told]}


NOTHING = {"context": {"slot": 1_000}, "value": [None]}


def test_the_finalized_chain_is_as_far_as_the_last_of_those_that_keep_up() -> None:
    """Slot and height are told apart, and one that lags too far is not asked for anything."""
    scripted = kit.Scripted()
    scripted.host(ONE, 1_000, getMultipleAccounts=accounts(1_000, None))
    scripted.host(TWO, 960, getMultipleAccounts=accounts(960, None))
    scripted.host(THREE, 900, getMultipleAccounts=accounts(900, None))
    assert with_pool(scripted, lambda pool: pool.finalized()) == Moment(960, 950)
    with_pool(scripted, lambda pool: pool.snapshot([POT]))
    assert set(scripted.calls("getMultipleAccounts")) == {ONE, TWO}


def test_one_that_is_far_ahead_of_most_is_not_believed() -> None:
    """Otherwise a lone liar would have the others taken for late."""
    scripted = kit.Scripted()
    for host, slot in ((ONE, 1_000), (TWO, 1_001), (THREE, 10**15)):
        scripted.host(host, slot)
    assert with_pool(scripted, lambda pool: pool.finalized()) == Moment(1_000, 990)


def test_endpoints_of_different_chains_stop_everything_by_name() -> None:
    """Whatever is asked, until all of them are of one chain."""
    scripted = kit.Scripted()
    scripted.host(ONE, getBalance={"context": {"slot": 1}, "value": 5})
    scripted.host(TWO, getGenesisHash=str(kit.key("another genesis")))

    async def work(pool: Pool) -> None:
        for _ in range(3):
            with pytest.raises(WrongChain, match=f"{ONE}.*{TWO}"):
                await pool.finalized()
            with pytest.raises(WrongChain):
                await pool.balance_lamports(POT)
            with pytest.raises(WrongChain):
                await pool.send(RAW)
        scripted.host(TWO, getBalance={"context": {"slot": 1}, "value": 5})
        assert await pool.balance_lamports(POT) == 5

    with_pool(scripted, work)
    assert scripted.calls("sendTransaction") == []


def test_a_chain_that_becomes_another_one_is_found_out() -> None:
    """As when an address is given to another cluster while we look away."""
    scripted = kit.Scripted()
    scripted.host(ONE, getBalance=DOWN)

    async def work(pool: Pool) -> None:
        await pool.finalized()
        with pytest.raises(Unknown):
            await pool.balance_lamports(POT)
        scripted.host(ONE, getGenesisHash=str(kit.key("another genesis")))
        await asyncio.sleep(5)
        with pytest.raises(WrongChain, match="before"):
            await pool.finalized()

    with_pool(scripted, work)


def test_a_read_goes_on_to_the_next_endpoint_and_the_failed_one_rests() -> None:
    """Answers come although one is away, which is asked again after a while, ever more seldom."""
    scripted = kit.Scripted()
    scripted.host(ONE, getBalance=DOWN, getEpochInfo=DOWN)
    scripted.host(TWO, getBalance={"context": {"slot": 1}, "value": 5})

    async def work(pool: Pool) -> None:
        for _ in range(100):
            assert await pool.balance_lamports(POT) == 5
            await asyncio.sleep(0.1)

    with_pool(scripted, work)
    assert 2 <= scripted.calls("getEpochInfo").count(ONE) <= 5


def test_without_any_endpoint_it_is_unknown_and_says_why_of_each() -> None:
    """By host alone: their addresses hold keys."""
    scripted = kit.Scripted()
    scripted.host(ONE, getGenesisHash=DOWN)
    scripted.host(TWO, getGenesisHash=httpx.Response(403, text="no"))
    with pytest.raises(Unknown, match=rf"{ONE}: .*; {TWO}: .*HTTP 403") as caught:
        with_pool(scripted, lambda pool: pool.finalized())
    assert "key-" not in caught.value.detail
    with pytest.raises(NotConfigured):
        with_pool(kit.Scripted(), lambda pool: pool.finalized())


def pots(one: dict[str, Any], two: dict[str, Any]) -> kit.Scripted:
    """Give two endpoints that tell a pot."""
    scripted = kit.Scripted()
    scripted.host(ONE, getMultipleAccounts=one)
    scripted.host(TWO, getMultipleAccounts=two)
    return scripted


MOVED = kit.movements(5, slot=900)


def test_what_two_endpoints_tell_alike_is_believed_as_of_the_earlier_one() -> None:
    """Both stand for it, though the other has seen more since."""
    scripted = pots(
        accounts(905, kit.pot_account(MOVED)),
        accounts(902, kit.pot_account(MOVED[:3])),
    )
    seen = with_pool(scripted, lambda pool: pool.snapshot([POT]))
    assert (seen.slot, seen.accounts) == (902, (kit.pot_account(MOVED[:3]),))
    assert set(scripted.calls("getMultipleAccounts")) == {ONE, TWO}


OTHERS = kit.movements(5, slot=950)


@pytest.mark.parametrize(
    ("one", "two"),
    [
        (accounts(905, kit.pot_account(MOVED)), accounts(905, kit.pot_account(MOVED[:4]))),
        (accounts(905, kit.pot_account(MOVED)), accounts(905, None)),
        (accounts(905, kit.pot_account(MOVED)), accounts(907, kit.pot_account(MOVED[:4]))),
        (accounts(907, kit.pot_account(MOVED)), accounts(905, kit.pot_account(OTHERS[:3]))),
        (accounts(907, kit.pot_account(MOVED, history=bytes(32))), accounts(905, kit.pot_account(MOVED))),
        # It says the slot that is, and tells what was: the other's newest movement is older than that.
        (accounts(907, kit.pot_account(MOVED)), accounts(905, kit.pot_account(MOVED[:4]))),
    ],
    ids=["more", "absent", "backwards", "other past", "other history", "stale"],
)
def test_what_they_tell_apart_nobody_decides_by(one: dict[str, Any], two: dict[str, Any]) -> None:
    """Finalized state has one truth only."""
    with pytest.raises(WrongChain, match="disagree"):
        with_pool(pots(one, two), lambda pool: pool.snapshot([POT]))


def test_one_that_is_not_there_yet_is_waited_for_and_not_passed_over() -> None:
    """With two that are trusted, both have to tell what money is decided by."""
    late = {"error": {"code": -32016, "message": "Minimum context slot has not been reached"}}
    scripted = pots(accounts(905, None), late)
    with pytest.raises(Behind):
        with_pool(scripted, lambda pool: pool.snapshot([POT], 905))
    answers = iter([late, accounts(905, None)])
    scripted = pots(accounts(905, None), {})
    scripted.answers[TWO]["getMultipleAccounts"] = lambda _params: next(answers)
    assert with_pool(scripted, lambda pool: pool.snapshot([POT], 905)).slot == 905


def test_one_that_fails_is_trusted_no_more_so_the_other_alone_will_do() -> None:
    """One endpoint is enough where there is but one."""
    scripted = pots(accounts(905, None), {})
    scripted.answers[TWO]["getMultipleAccounts"] = DOWN
    assert with_pool(scripted, lambda pool: pool.snapshot([POT], 905)).slot == 905


def landing(one: dict[str, Any], two: dict[str, Any], fee: object = None) -> kit.Scripted:
    """Give two endpoints that know of a signature."""
    scripted = kit.Scripted()
    transaction = {"slot": 900, "meta": {"fee": 5_000, "err": None}} if fee is None else fee
    for host, told in ((ONE, one), (TWO, two)):
        scripted.host(host, getSignatureStatuses=told, getTransaction=transaction)
    return scripted


def look(pool: Pool) -> Awaitable[tuple[Landed | None, ...]]:
    """Look for the signature."""
    return pool.landed([SIGNATURE])


def test_only_what_is_final_has_landed() -> None:
    """Confirmed is not final, and an endpoint that knows nothing contradicts nobody."""
    assert with_pool(landing(status(900, level="confirmed"), NOTHING), look) == (None,)
    assert with_pool(landing(status(900), NOTHING), look) == (Landed(900, None, 5_000),)
    refused = {"InstructionError": [0, {"Custom": 6014}]}
    (landed,) = with_pool(landing(status(900, refused), status(900, refused)), look)
    assert landed == Landed(900, '{"InstructionError":[0,{"Custom":6014}]}', 5_000)


def test_endpoints_that_tell_another_end_of_a_transaction_are_not_believed() -> None:
    """Neither of another slot."""
    for two in (status(900, {"InstructionError": [0, {"Custom": 6014}]}), status(901)):
        with pytest.raises(WrongChain):
            with_pool(landing(status(900), two), look)


def test_what_a_transaction_has_cost_is_asked_once() -> None:
    """It is final; and while the endpoint has not got it, nothing is told at all."""
    scripted = landing(status(900), status(900))

    async def work(pool: Pool) -> None:
        for _ in range(3):
            assert await look(pool) == (Landed(900, None, 5_000),)

    with_pool(scripted, work)
    assert len(scripted.calls("getTransaction")) == 1
    missing = landing(status(900), status(900))
    for host in (ONE, TWO):
        missing.answers[host]["getTransaction"] = None
    with pytest.raises(Unknown, match="not got the transaction"):
        with_pool(missing, look)


def test_bytes_are_handed_to_all_and_one_that_takes_them_is_enough() -> None:
    """As they are, without a trial, and without the endpoint's own repetitions."""
    scripted = kit.Scripted()
    scripted.host(ONE, sendTransaction={"error": {"code": -32603, "message": "internal"}})
    scripted.host(TWO, sendTransaction=str(SIGNATURE))
    with_pool(scripted, lambda pool: pool.send(RAW))
    sent = [params for _, method, params in scripted.asked if method == "sendTransaction"]
    assert [base64.b64decode(raw) for raw, _ in sent] == [RAW, RAW]
    assert all(options["skipPreflight"] and options["maxRetries"] == 0 for _, options in sent)


def test_bytes_that_nobody_took_are_unknown() -> None:
    """Refused by one, and answered with another signature by the other."""
    scripted = kit.Scripted()
    scripted.host(ONE, sendTransaction={"error": {"code": -32603, "message": "internal"}})
    scripted.host(TWO, sendTransaction=str(Signature.new_unique()))
    with pytest.raises(Unknown):
        with_pool(scripted, lambda pool: pool.send(RAW))
    already = {"error": {"code": -32002, "message": "This transaction has already been processed"}}
    scripted.host(ONE, sendTransaction=already)
    with_pool(scripted, lambda pool: pool.send(RAW))


def test_a_blockhash_that_has_run_out_is_none() -> None:
    """By the finalized chain of those that are trusted."""
    told = {"context": {"slot": 1_000}, "value": {"blockhash": kit.GENESIS, "lastValidBlockHeight": 990}}
    scripted = kit.Scripted()
    scripted.host(ONE, getLatestBlockhash=told)
    with pytest.raises(Unknown, match="run out"):
        with_pool(scripted, lambda pool: pool.blockhash())
    told["value"]["lastValidBlockHeight"] = 1_140
    assert with_pool(scripted, lambda pool: pool.blockhash()).last_valid_height == 1_140


def test_a_trial_says_why_it_would_be_refused() -> None:
    """Whoever has signed, and whenever."""
    scripted = kit.Scripted()
    scripted.host(ONE, simulateTransaction={"context": {"slot": 5}, "value": {"err": None, "logs": []}})
    assert with_pool(scripted, lambda pool: pool.simulate(RAW)) is None
    refused = {"InstructionError": [0, {"Custom": 6017}]}
    scripted.host(ONE, simulateTransaction={"context": {"slot": 5}, "value": {"err": refused}})
    told = with_pool(scripted, lambda pool: pool.simulate(RAW))
    assert told == '{"InstructionError":[0,{"Custom":6017}]}'


def test_many_who_ask_at_once_share_a_look_at_the_endpoints() -> None:
    """A hundred clients' work does not ask a hundred times how far the chain is."""
    scripted = kit.Scripted()
    scripted.host(ONE)

    async def work(pool: Pool) -> None:
        found = await asyncio.gather(*(pool.finalized() for _ in range(100)))
        assert set(found) == {Moment(1_000, 990)}

    with_pool(scripted, work)
    assert len(scripted.calls("getEpochInfo")) <= 2


def test_endpoints_that_share_a_host_are_told_apart_by_number() -> None:
    """Their paths may hold keys."""
    pool = connect(
        ["https://one.example/a-secret", "https://one.example/another"],
        kit.PROGRAM,
        timeout_ms=100,
        lag_slots_max=10,
    )
    assert [node.name for node in pool.nodes] == ["one.example (no. 1)", "one.example (no. 2)"]
    run(pool.close())
