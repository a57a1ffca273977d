"""People's steps on a local chain that is served: what they change, refuse, and never do twice."""

import asyncio
import hashlib
from collections.abc import Awaitable, Callable
from typing import Any, TypeVar

import pytest
from solders.keypair import Keypair

from chain.addresses import SETTLEMENT, seed_of, treasury_address, vault_address
from chain.admin import pots as steps
from chain.admin.office import Office
from chain.admin.sending import Patience
from chain.admin.setting_up import NewPot, OpenPot, initialize, make_account, open_pot
from chain.errors import Rejected, WrongAccount, WrongChain
from chain.instructions import Move, PotKeys, PotProgram
from chain.keys import FileSigner
from chain.localnet.chain import LocalChain
from chain.localnet.faults import Rule
from chain.pot import first_history, following_history
from chain.rpc.pool import Pool, connect
from chain.tokens import read_token_account
from tests import localnet_kit as kit

T = TypeVar("T")
CAMPAIGN = hashlib.sha256(b"a campaign").digest()
CAP = 500 * kit.USDC
PATIENCE_SECONDS = 30
FINAL = 100  # slots after which anything is final


class Scene:
    """A served chain, an office on it, and who signs."""

    def __init__(self, chain: LocalChain, pool: Pool, url: str) -> None:
        known = chain.genesis
        self.chain, self.pool, self.url = chain, pool, url
        self.program = PotProgram(known.program, known.usdc_mint)
        self.authority, self.funder = FileSigner(known.authority), FileSigner(known.funder)
        self.spender = FileSigner(known.spender)
        self.office = Office(
            pool, self.program, Patience(wait_seconds=60, look_seconds=0.02, resend_seconds=0.05)
        )
        self.keys = PotKeys(self.authority.address, self.funder.address, self.spender.address)
        self.wanted = NewPot("acme", CAMPAIGN, self.keys, CAP)

    async def opened(self) -> OpenPot:
        """Set up the program and open the pot, with its client's treasury."""
        await initialize(self.office, self.authority, self.authority.address)
        await make_account(self.office, self.pool, self.funder, seed_of("acme"), self.authority)
        await make_account(self.office, self.pool, self.spender, seed_of(SETTLEMENT), self.authority)
        return await open_pot(self.office, self.authority, self.wanted)

    async def funded(self, amount: int) -> OpenPot:
        """Open the pot, fill the treasury, and fund the pot."""
        found = await self.opened()
        self.chain.call("headgate_requestUsdc", [str(found.treasury), 10 * amount])
        self.chain.advance(FINAL)
        move = Move(CAMPAIGN, found.pot.next_sequence, bytes(32), amount)
        step = self.program.fund(self.funder.address, found.treasury, move)
        await self.office.send([step], self.funder)
        return found


def play(work: Callable[[Scene], Awaitable[T]], paths: tuple[str, ...] = ("",)) -> T:
    """Serve a chain, and do something on it through endpoints with these paths."""

    async def all_of_it() -> T:
        chain = kit.fresh_chain()
        async with kit.served(chain) as server:
            url = f"http://127.0.0.1:{server.port}"
            pool = connect(
                [url + path for path in paths], chain.genesis.program, timeout_ms=10_000, lag_slots_max=64
            )
            try:
                return await work(Scene(chain, pool, url))
            finally:
                await pool.close()

    return asyncio.run(all_of_it())


def test_a_pot_is_opened_with_all_that_it_needs_and_again_it_changes_nothing() -> None:
    """Treasury, settlement account and vault are there, ours, and read back."""

    async def work(scene: Scene) -> None:
        found = await scene.opened()
        assert found.sent is not None
        assert (found.pot.authority, found.pot.daily_cap_micro_usdc) == (scene.authority.address, CAP)
        assert found.treasury == treasury_address(scene.funder.address, "acme")
        for address, owner in (
            (found.treasury, scene.funder.address),
            (found.settlement, scene.spender.address),
            (found.vault, found.address),
        ):
            account = await scene.office.account(address)
            assert account is not None
            assert read_token_account(account, scene.program.mint).owner == owner
        again = await scene.opened()
        assert (again.sent, again.pot) == (None, found.pot)

    play(work)


def test_a_token_account_is_made_though_somebody_has_sent_lamports_to_its_address() -> None:
    """Anybody may, and it must not stop us."""

    async def work(scene: Scene) -> None:
        address = treasury_address(scene.funder.address, "acme")
        steps_, giver = kit.gift(scene.chain, address, 1_000_000)
        kit.landed(scene.chain, steps_, giver)
        scene.chain.advance(FINAL)
        assert await make_account(scene.office, scene.pool, scene.funder, seed_of("acme"), scene.authority)
        account = await scene.office.account(address)
        assert account is not None
        assert read_token_account(account, scene.program.mint).amount == 0

    play(work)


def test_each_step_of_the_authority_is_read_back_and_repeated_it_is_nothing() -> None:
    """Cap, pause, resume, keys."""

    async def work(scene: Scene) -> None:
        await scene.opened()
        office, authority, heir = scene.office, scene.authority, Keypair().pubkey()
        taken: list[tuple[str, Callable[[], Awaitable[steps.Done]], Any]] = [
            ("daily_cap_micro_usdc", lambda: steps.set_cap(office, authority, CAMPAIGN, 7), 7),
            ("is_paused_by_authority", lambda: steps.pause(office, authority, CAMPAIGN), True),
            ("is_paused", lambda: steps.resume(office, authority, CAMPAIGN), False),
            ("funder", lambda: steps.set_keys(office, authority, CAMPAIGN, heir, heir), heir),
        ]
        for name, step, value in taken:
            done, again = await step(), await step()
            assert getattr(done.pot, name) == getattr(again.pot, name) == value
            assert (done.sent is None, again.sent is None) == (False, True)

    play(work)


def test_money_is_withdrawn_to_the_authority_under_the_pots_next_number() -> None:
    """As a movement like any other, so that it is in the history; more than there is is refused before."""

    async def work(scene: Scene) -> None:
        found = await scene.funded(5_000_000)
        done = await steps.withdraw(scene.office, scene.authority, CAMPAIGN, 2_000_000)
        pot = done.pot
        assert (pot.withdrawn_micro_usdc, await scene.office.balance(pot)) == (2_000_000, 3_000_000)
        history = first_history(found.address, found.pot.next_sequence)
        for one in pot.remembered():
            history = following_history(history, one)
        assert (history, [one.kind for one in pot.remembered()]) == (pot.history, ["fund", "withdraw"])
        account = await scene.office.account(vault_address(scene.authority.address, scene.program.mint))
        assert account is not None
        assert read_token_account(account).amount == 2_000_000
        with pytest.raises(Rejected, match="holds 3000000"):
            await steps.withdraw(scene.office, scene.authority, CAMPAIGN, 3_000_001)
        with pytest.raises(Rejected, match="still holds 3000000"):
            await steps.close(scene.office, scene.authority, CAMPAIGN)

    play(work)


def test_a_withdrawal_whose_number_a_funding_has_taken_goes_on_with_the_next_one() -> None:
    """A person's step must not fail because the executor moves something in the same pot."""

    async def work(scene: Scene) -> None:
        found = await scene.funded(5_000_000)
        before = confirmed(scene, found)
        move = Move(CAMPAIGN, found.pot.next_sequence + 1, bytes([1]) * 32, 1_000_000)
        step = scene.program.fund(scene.funder.address, found.treasury, move)
        funding = asyncio.create_task(scene.office.send([step], scene.funder))
        async with asyncio.timeout(PATIENCE_SECONDS):
            while confirmed(scene, found) == before:  # noqa: ASYNC110 - the chain tells nobody
                await asyncio.sleep(0)
        done = await steps.withdraw(scene.office, scene.authority, CAMPAIGN, 2_000_000)
        await funding
        assert [one.kind for one in done.pot.remembered()] == ["fund", "fund", "withdraw"]
        assert await scene.office.balance(done.pot) == 4_000_000

    play(work)


def confirmed(scene: Scene, found: OpenPot) -> object:
    """Return the pot's account as it is before it is final."""
    asked = [str(found.address), {"commitment": "confirmed", "encoding": "base64"}]
    return scene.chain.call("getAccountInfo", asked)["value"]["data"]


def test_a_pot_is_handed_over_in_two_steps_and_closed_when_it_is_empty() -> None:
    """Only who was proposed takes it over; from then on the one before has no say."""

    async def work(scene: Scene) -> None:
        await scene.opened()
        office, heir, stranger = scene.office, FileSigner(Keypair()), FileSigner(Keypair())
        for one in (heir, stranger):
            scene.chain.call("requestAirdrop", [str(one.address), 10**9])
        scene.chain.advance(FINAL)
        with pytest.raises(Rejected, match="nobody was proposed"):
            await steps.accept_authority(office, heir, CAMPAIGN)
        await steps.propose_authority(office, scene.authority, CAMPAIGN, heir.address)
        with pytest.raises(Rejected, match="was proposed"):
            await steps.accept_authority(office, stranger, CAMPAIGN)
        done = await steps.accept_authority(office, heir, CAMPAIGN)
        assert done.pot.authority == heir.address
        with pytest.raises(Rejected, match="authority is"):
            await steps.set_cap(office, scene.authority, CAMPAIGN, 7)
        assert await steps.close(office, heir, CAMPAIGN) is not None
        assert await steps.close(office, heir, CAMPAIGN) is None
        with pytest.raises(Rejected, match="never opened"):
            await steps.pause(office, heir, CAMPAIGN)

    play(work)


def test_what_is_not_as_wanted_is_refused_and_nothing_is_sent() -> None:
    """A stranger as admin, another mint, a pot with another cap."""

    async def work(scene: Scene) -> None:
        await scene.opened()
        sent = len(landed_about(scene))
        stranger = FileSigner(Keypair())
        with pytest.raises(Rejected, match="opens pots here"):
            await open_pot(scene.office, stranger, scene.wanted)
        with pytest.raises(Rejected, match="daily cap is"):
            await open_pot(scene.office, scene.authority, NewPot("acme", CAMPAIGN, scene.keys, CAP + 1))
        with pytest.raises(Rejected, match="set up otherwise"):
            await initialize(scene.office, scene.authority, stranger.address)
        wrong = Office(scene.pool, PotProgram(scene.program.address, scene.program.address))
        with pytest.raises(WrongAccount, match="no mint"):
            await wrong.check_mint()
        step = scene.program.initialize(scene.funder.address, scene.funder.address, stranger.address)
        with pytest.raises(Rejected, match="the chain would refuse it: instruction 0"):
            await scene.office.send([step], scene.funder)
        assert len(landed_about(scene)) == sent

    play(work)


def landed_about(scene: Scene) -> list[Any]:
    """Return what has landed about the program's config and pot."""
    found: list[Any] = []
    for address in (scene.program.pot(CAMPAIGN), scene.funder.address):
        found += scene.chain.call("getSignaturesForAddress", [str(address)])
    return found


@pytest.mark.parametrize(
    "rule",
    [
        Rule(fault="lost", next=2, how="html"),
        Rule(fault="lost", next=2, how="closed"),
        Rule(fault="lost", next=2, how="truncated"),
        Rule(fault="drop", next=2),
        Rule(fault="refuse", next=2),
    ],
    ids=["html", "closed", "truncated", "drop", "refuse"],
)
def test_a_send_that_goes_wrong_is_made_again_and_nothing_happens_twice(rule: Rule) -> None:
    """The same bytes are sent again, which the chain takes once."""

    async def work(scene: Scene) -> None:
        await scene.funded(5_000_000)
        before = (await scene.office.pot_there(CAMPAIGN)).next_sequence
        scene.chain.faults.set((rule,))
        await steps.withdraw(scene.office, scene.authority, CAMPAIGN, 1_000_000)
        after = await scene.office.pot_there(CAMPAIGN)
        assert (after.next_sequence, after.withdrawn_micro_usdc) == (before + 1, 1_000_000)
        assert scene.chain.faults.applied[0] >= 1

    play(work)


def test_views_of_one_chain_agree_and_one_of_another_chain_is_named() -> None:
    """What lags tells the earlier truth, which is believed; what is of another cluster stops everything."""

    async def opens(scene: Scene) -> None:
        assert (await scene.opened()).sent is not None

    play(opens, ("", "/lag/5"))

    async def foreign(scene: Scene) -> None:
        with pytest.raises(WrongChain, match="different chains"):
            await scene.office.config()

    play(foreign, ("", "/other-cluster"))


def test_one_that_tells_what_was_under_the_slot_that_is_is_found_out() -> None:
    """As an endpoint behind a cache does: it is not lag that it admits."""

    async def work(scene: Scene) -> None:
        found = await scene.funded(5_000_000)
        urls = [scene.url, f"{scene.url}/stale/150"]
        pool = connect(urls, scene.program.address, timeout_ms=10_000, lag_slots_max=64)
        try:
            with pytest.raises(WrongChain, match="disagree"):
                await pool.snapshot([found.address])
        finally:
            await pool.close()

    play(work)
