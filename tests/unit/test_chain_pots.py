import asyncio
from collections.abc import Sequence
from typing import Any

from msgspec.structs import replace
from solders.pubkey import Pubkey

from chain.errors import Unknown
from chain.executor.known import Known
from chain.executor.observed import addresses, is_same, see, see_all, untold
from chain.executor.options import WatchOptions
from chain.executor.pots import PotWatcher, WatchTools
from chain.executor.rates import Rate
from chain.executor.snapshots import TRIES_MAX, look, parts
from chain.instructions import Move
from chain.ports import AccountSeen, Snapshot
from events.limits import AMOUNT_MICROS_MAX
from events.types import FxRateSet, PotMoved, PotOpened, PotsObserved
from infra.retry import Backoff
from proof.treasury.beginning import submit
from proof.treasury.ground import Ground
from tests.chain_cases import ADDRESS, Letter, known_of, opened
from tests.chain_executor_kit import DOLLAR
from tests.virtual_time import LoopTime, run

CAP_MICRO_USDC = 500 * DOLLAR


def ground_with(amount_micro_usdc: int) -> tuple[Ground, list[PotOpened]]:
    """Return a chain with two pots, the first of them funded."""
    ground = Ground(lambda: 10**12, 2, CAP_MICRO_USDC, 3)
    ground.mint(ground.treasury, 1_000 * DOLLAR)
    pot = ground.pots[0]
    move = Move(bytes.fromhex(pot.pot), pot.first_sequence, b"m" * 32, amount_micro_usdc)
    funder = ground.keys.funder
    submit(ground.chain, [ground.program.fund(funder.pubkey(), ground.treasury, move)], [funder])
    return ground, [ground.opened(pot, 1) for pot in ground.pots]


def shown(ground: Ground, pots: Sequence[PotOpened]) -> Snapshot:
    """Return what the chain shows of pots now."""
    slot = ground.chain.slot
    return Snapshot(slot, tuple(ground.account(one, slot) for one in addresses(pots)))


def changed(snapshot: Snapshot, index: int, account: AccountSeen | None) -> Snapshot:
    """Return a snapshot with another account."""
    accounts = list(snapshot.accounts)
    accounts[index] = account
    return Snapshot(snapshot.slot, tuple(accounts))


def test_what_the_chain_has_is_told_as_it_is() -> None:
    """Balances, totals and numbers of pots, the treasury's and the payer's money, and each movement."""
    ground, pots = ground_with(25 * DOLLAR)
    seen = see(ground.program, pots, shown(ground, pots), 7, is_all=True)
    one, other = seen.observed.pots
    assert (one.balance_micro_usdc, one.funded_micro_usdc, one.cap_used_micro_usdc) == (25 * DOLLAR,) * 3
    assert one.next_sequence == ground.pots[0].first_sequence + 1
    assert (other.balance_micro_usdc, other.next_sequence) == (0, ground.pots[1].first_sequence)
    assert seen.observed.treasury_micro_usdc == 975 * DOLLAR
    assert seen.observed.fee_lamports > 0
    assert (seen.observed.is_whole, seen.wrong) == (True, ())
    (moved,) = seen.movements
    assert (moved.pot, moved.seen.movement) == (pots[0].pot, (b"m" * 32).hex())


def test_a_pot_that_is_closed_is_there_no_more_and_one_that_is_not_what_it_must_be_is_left_out() -> None:
    """The one is as it should be; with the other nobody can tell what all pots hold."""
    ground, pots = ground_with(DOLLAR)
    whole = shown(ground, pots)
    closed = see(ground.program, pots, changed(whole, 4, None), 7, is_all=True)
    assert ([one.pot for one in closed.observed.pots], closed.observed.is_whole) == ([pots[0].pot], True)
    foreign = AccountSeen(Pubkey.default(), 1, whole.accounts[2].data if whole.accounts[2] else b"")
    wrong = see(ground.program, pots, changed(whole, 2, foreign), 7, is_all=True)
    assert ([one.pot for one in wrong.observed.pots], wrong.observed.is_whole) == ([pots[1].pot], False)
    assert "belongs to" in wrong.wrong[0]
    assert wrong.movements == ()


def test_another_vault_or_more_than_can_be_told_is_not_taken_for_a_pots_money() -> None:
    """A fact that its readers refuse would stop the client's treasury."""
    ground, pots = ground_with(DOLLAR)
    whole = shown(ground, pots)
    vault = whole.accounts[3]
    assert vault is not None
    data = bytearray(vault.data)
    data[64:72] = (AMOUNT_MICROS_MAX + 1).to_bytes(8, "little")
    rich = changed(whole, 3, AccountSeen(vault.owner, vault.lamports, bytes(data)))
    assert "more than can be told" in see(ground.program, pots, rich, 7, is_all=True).wrong[0]
    moved = [ground.opened(ground.pots[0], 1), pots[1]]
    moved[0] = opened(pots[0].pot, pots[0].address, vault=pots[1].vault, treasury=pots[0].treasury)
    assert "its vault is" in see(ground.program, moved, whole, 7, is_all=True).wrong[0]


def test_only_what_is_new_is_told() -> None:
    """Another slot alone is no news, and a movement is told once."""
    ground, pots = ground_with(DOLLAR)
    first = see(ground.program, pots, shown(ground, pots), 7, is_all=True)
    ground.chain.advance(3)
    later = see(ground.program, pots, shown(ground, pots), 8, is_all=True)
    assert is_same(first.observed, later.observed)
    ground.mint(ground.treasury, 1)
    richer = see(ground.program, pots, shown(ground, pots), 8, is_all=True)
    assert not is_same(first.observed, richer.observed)
    (moved,) = first.movements
    assert untold(first.movements, {}) == (moved,)
    assert untold(first.movements, {moved.pot: moved.seen.sequence}) == ()


class Slots:
    """A chain without pots, whose slots pass while it is asked, for some time."""

    def __init__(self, calls: int) -> None:
        self.slot, self.calls, self.asked, self.trouble = 10, calls, list[tuple[int, int]](), 0
        self.pays_after = 10**9

    async def snapshot(self, wanted: Sequence[Pubkey], at_least_slot: int = 0) -> Snapshot:
        """Return nothing, at the slot of now."""
        self.asked.append((len(wanted), at_least_slot))
        if self.trouble > 0:
            self.trouble -= 1
            raise Unknown("no answer")
        if self.calls > 0:
            self.calls -= 1
            self.slot += 1
        payer = AccountSeen(Pubkey.default(), 1, b"") if len(self.asked) > self.pays_after else None
        return Snapshot(self.slot, (None, payer, *(None for _ in wanted[2:])))


def many(count: int) -> list[PotOpened]:
    """Return pots of one treasury."""
    return [opened(f"{number:064x}", ADDRESS) for number in range(count)]


def test_more_pots_than_a_call_shows_are_looked_at_again_until_all_are_of_one_slot() -> None:
    """A sum over pots of different moments is the sum of none."""
    chain: Any = Slots(calls=4)
    found, is_one_slot = run(look(chain, many(100), 0))
    assert [len(part) for part, _ in found] == [49, 49, 2]
    assert is_one_slot
    assert {snapshot.slot for _, snapshot in found} == {14}
    restless: Any = Slots(calls=10**6)
    _, is_one_slot = run(look(restless, many(100), 0))
    assert not is_one_slot
    assert len(restless.asked) <= 3 * (TRIES_MAX + 1)


def test_of_many_pots_the_last_part_says_that_they_are_all_and_one_change_tells_them_all() -> None:
    """Whoever adds them up counts those of one slot."""
    known = Known()
    for one in many(60):
        known.take(Letter(one, "acme"))
    chain = Slots(calls=0)
    watched = Watched(chain, WatchOptions(observe_ms=1_000, repeat_ms=10**9), known)
    chain.pays_after = 7
    watched.live(10)
    assert [[one.is_whole for one in facts] for _, _, facts in watched.told] == [[False, True]] * 3
    changes = [[one.fee_lamports for one in facts] for _, _, facts in watched.told]
    assert changes == [[0, 0], [0, 1], [1, 1]]


def test_pots_of_different_treasuries_are_told_apart() -> None:
    """One observation has one treasury."""
    pots = [opened("0" * 64, ADDRESS), opened("1" * 64, ADDRESS, treasury=str(Pubkey.default()))]
    assert [[one.pot for one in part] for part in parts(pots)] == [["1" * 64], ["0" * 64]]


def test_a_treasury_whose_pots_are_all_closed_does_not_keep_the_rest_from_being_a_whole() -> None:
    """An earlier funder's is that; while a pot of it is open, nobody can tell what all treasuries hold."""
    ground, (old, new) = ground_with(DOLLAR)
    old = replace(old, treasury=ADDRESS)
    first, second = shown(ground, [old]), shown(ground, [new])
    both = [([old], first), ([new], second)]
    seen = see_all(ground.program, both, 7, is_one_slot=True)
    assert [(one.observed.treasury, one.observed.is_whole) for one in seen] == [
        (old.treasury, False),
        (new.treasury, False),
    ]
    closed = changed(first, 2, None)
    for shows in ([([old], closed), ([new], second)], [([new], second), ([old], closed)]):
        (only,) = see_all(ground.program, shows, 7, is_one_slot=True)
        assert (only.observed.treasury, only.observed.is_whole) == (new.treasury, True)
        assert [one.pot for one in only.observed.pots] == [new.pot]
        (only,) = see_all(ground.program, shows, 7, is_one_slot=False)
        assert not only.observed.is_whole
    foreign = changed(first, 2, AccountSeen(Pubkey.default(), 1, b""))
    seen = see_all(ground.program, [([new], second), ([old], foreign)], 7, is_one_slot=True)
    assert [one.observed.is_whole for one in seen] == [False, False]


class Watched:
    """A watcher with everything around it in memory."""

    def __init__(self, chain: Slots, options: WatchOptions, known: Known) -> None:
        self.told: list[tuple[float, str, list[Any]]] = []
        self.letters: list[Any] = []
        self.troubles: list[str] = []
        time: Any = LoopTime()
        this: Any = self
        program: Any = None
        given: Any = chain
        self.watcher = PotWatcher(
            WatchTools(options, given, program, time, this), known, lambda: this, self.tell
        )

    async def tell(self, client: str, facts: Sequence[PotsObserved | PotMoved | FxRateSet]) -> None:
        """Keep what is told."""
        self.told.append((asyncio.get_running_loop().time(), client, list(facts)))

    def read(self) -> list[Any]:
        """Return what has come since, of the topic's tail."""
        found, self.letters = self.letters, []
        return found

    async def close(self) -> None:
        """End the tail."""

    def observed(self, seen: PotsObserved) -> None:
        """Do nothing."""

    def unobserved(self, client: str, error: Any) -> None:  # noqa: ANN401 - any error of the chain
        """Note trouble."""
        self.troubles.append(f"{client}: {error.detail}")

    def wrong_pots(self, client: str, pots: Sequence[str]) -> None:
        """Do nothing."""

    def live(self, seconds: float, ask: tuple[float, str, int] | None = None) -> None:
        """Let time pass."""

        async def life() -> None:
            running = asyncio.create_task(self.watcher.run())
            if ask is not None:
                await asyncio.sleep(ask[0])
                self.watcher.ask(*ask[1:])
            await asyncio.sleep(seconds)
            self.watcher.drain()
            await running

        run(life())


def test_pots_are_told_at_the_start_and_again_when_that_is_long_ago() -> None:
    """What stays as it is is looked at often, and told seldom."""
    chain = Slots(calls=0)
    watched = Watched(chain, WatchOptions(observe_ms=30_000, repeat_ms=600_000), known_of("acme"))
    watched.live(1_000)
    assert [round(at, -1) for at, _, _ in watched.told] == [0, 600]
    assert 30 <= len(chain.asked) <= 35


def test_after_an_outcome_its_client_is_looked_at_at_once_and_not_as_it_was_before() -> None:
    """The treasury posts what has landed, and finds it in the pots next."""
    chain = Slots(calls=0)
    chain.slot = 90
    watched = Watched(chain, WatchOptions(observe_ms=30_000), known_of("acme", "globex"))
    watched.live(1, ask=(10, "globex", 77))
    assert [least for _, least in chain.asked] == [0, 0, 90]
    watched = Watched(chain, WatchOptions(observe_ms=30_000), known_of("acme", "globex"))
    watched.live(1, ask=(10, "globex", 120))
    assert chain.asked[-1][1] == 120


def test_trouble_with_the_chain_is_told_and_passes() -> None:
    """Nothing is made up in between, and nobody waits for ever."""
    chain = Slots(calls=0)
    chain.trouble = 3
    soon = Backoff(delay_ms=500, delay_ms_max=2_000)
    watched = Watched(chain, WatchOptions(observe_ms=30_000, retry=soon), known_of("acme"))
    watched.live(20)
    assert watched.troubles == ["acme: no answer"] * 3
    assert len(watched.told) == 1


def test_a_client_hears_rates_when_it_has_its_first_pot_and_every_few_hours() -> None:
    """Rates are as of the moment at which they are told."""
    options = WatchOptions(observe_ms=3_600_000, repeat_ms=10**9, rates=(Rate("USD", 10**9),))
    watched = Watched(Slots(calls=0), options, known_of("acme"))
    watched.live(13 * 3_600)
    rates = [fact for _, _, facts in watched.told for fact in facts if isinstance(fact, FxRateSet)]
    assert [round(one.as_of_ms / 3_600_000) for one in rates] == [0, 6, 12]
