"""The demo's hand on the chain: opens pots, fills treasuries, makes trouble, and says what the chain has."""

from __future__ import annotations

import asyncio
from concurrent.futures import Future, ThreadPoolExecutor
from http.client import HTTPConnection, HTTPException
from typing import TYPE_CHECKING, Final
from urllib.parse import urlsplit

import msgspec

from chain.addresses import SETTLEMENT, treasury_address
from chain.admin import pots as steps
from chain.admin.setting_up import initialize
from chain.place import find_place
from chain.tokens import read_token_account
from events.codec import Event
from events.envelope import Envelope, moment
from events.types import FundingPolicySet
from headgate import publishing
from headgate.meters import UNIT_MICROS
from headgate.potting import book, linking, local, opening, records, words
from headgate.potting.desk import Desk, at_the_desk
from infra.errors import WaitAndRetry
from infra.retry import Backoff, retry

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from events.types import PotOpened
    from headgate.demo.world import World
    from headgate.potting.book import Campaign
    from infra.settings import Settings

TREASURY_MICRO_USDC: Final = 250_000 * UNIT_MICROS
CAP_MICRO_USDC: Final = 20_000 * UNIT_MICROS
NAMES: Final = ("always-on", "launch")
CHECK_MINUTES: Final = 30
# Longer than the chain needs to be back after a kill.
PATIENCE: Final = Backoff(attempts_max=30, delay_ms=500, delay_ms_max=1_000)
ANSWER_TIMEOUT_SECONDS: Final = 10
# Of a demo's hour eight seconds are ours, so what is patient elsewhere has to be more so here.
POLICY: Final = FundingPolicySet(
    policy_version=1, settle_after_minutes=60, stuck_minutes=1_440, sign_minutes=1_440
)
TROUBLE: Final = (
    {"fault": "drop", "permille": 150},
    {"fault": "lost", "permille": 150, "how": "status"},
    {"fault": "lost", "permille": 100, "how": "html", "methods": []},
    {"fault": "fork", "permille": 40, "slots": 8},
)


class Bank:
    """The chain of the demo, its pots, and who holds the keys; money moves by people's own commands."""

    def __init__(self, settings: Settings, world: World) -> None:
        self._settings, self._world = settings, world
        self._hand = ThreadPoolExecutor(1, "bank")
        self._under_way: list[Future[None]] = []
        self.opened: dict[str, PotOpened] = {}
        """By pot."""

    def open(self, clients: Sequence[str]) -> None:
        """Set the program up, and open each client's pots with money to fund them."""

        async def work(desk: Desk) -> list[PotOpened]:
            authority = await desk.place.signer("authority")
            await initialize(desk.office, authority, authority.address)
            spender = (await desk.place.signer("spender")).address
            # All pots of all clients settle into this one, so it must not be made by all of them at once.
            await opening.make_token_account(desk, authority, "spender", spender, SETTLEMENT)
            found = await asyncio.gather(*(self._open_all(desk, client) for client in clients))
            return [fact for facts in found for fact in facts]

        for fact in at_the_desk(self._settings, work):
            self.opened[fact.pot] = fact
        for client in clients:
            self._state_policy(client)

    def link(self, pots: Mapping[tuple[str, str], Sequence[Campaign]]) -> None:
        """Let pots, by client and name, pay campaigns from now on."""
        at_ms = self._world.now_ms()
        links = [
            (
                client,
                linking.wanted_link(
                    words.pot_id(client, name, None), at, CHECK_MINUTES, at_ms, is_linked=True
                ),
            )
            for (client, name), campaigns in pots.items()
            for at in campaigns
        ]
        self._do(lambda: records.linked(self._settings, links))

    def withdraw(self, pot: str, amount_micro_usdc: int) -> None:
        """Let the authority take something out of a pot."""

        async def work(desk: Desk) -> None:
            authority = await desk.place.signer("authority")
            await steps.withdraw(desk.office, authority, bytes.fromhex(pot), amount_micro_usdc)

        self._do(lambda: at_the_desk(self._settings, work))

    def check(self) -> None:
        """Raise what went wrong with a step that was under way."""
        for one in [one for one in self._under_way if one.done()]:
            self._under_way.remove(one)
            one.result()

    def close(self) -> None:
        """Wait for what is under way."""
        self._hand.shutdown()

    # ---- trouble
    def trouble(self) -> None:
        """Let the chain drop what is sent, lose answers and fork."""
        self._do(lambda: self._set_faults(TROUBLE))

    def calm(self) -> None:
        """End that."""
        self._do(lambda: self._set_faults(()))

    # ---- what is so
    def balances(self) -> dict[str, int]:
        """Return what each pot's vault holds on the finalized chain."""
        addresses = [words.address(fact.vault, "a vault") for fact in self.opened.values()]

        async def work(desk: Desk) -> list[int]:
            snapshot = await desk.pool.snapshot(addresses)
            return [0 if one is None else read_token_account(one).amount for one in snapshot.accounts]

        return dict(zip(self.opened, at_the_desk(self._settings, work), strict=True))

    def _do(self, step: Callable[[], None]) -> None:
        """Take a step while everything else goes on; a chain that is away for a moment is waited for."""

        def take() -> None:
            retry(step, on=WaitAndRetry, backoff=PATIENCE)

        self._under_way.append(self._hand.submit(take))

    async def _open_all(self, desk: Desk, client: str) -> list[PotOpened]:
        funder, facts = await desk.place.signer("funder"), []
        known = book.Book()
        for name in NAMES:
            wanted = opening.Wanted(client, name, words.pot_id(client, name, None), CAP_MICRO_USDC)
            found = await opening.open_on_chain(desk, wanted)
            fact = opening.told(wanted, found.pot, desk.place.program, known, self._world.now_ms())
            await asyncio.to_thread(records.opened, self._settings, client, fact)
            facts.append(fact)
        await local.mint(desk, treasury_address(funder.address, client), TREASURY_MICRO_USDC)
        return facts

    def _state_policy(self, client: str) -> None:
        at_ms = self._world.now_ms()
        envelope = Envelope(
            id=f"demo.funding.policy.{client}",
            type=POLICY.TYPE,
            version=POLICY.VERSION,
            source="headgate/demo",
            subject=client,
            time=moment(at_ms),
        )
        conf = self._settings.kafka_conf()
        publishing.publish_all(conf, book.CLIENT_TOPIC, [Event(envelope, POLICY)], f"the rules of {client}")

    def _set_faults(self, rules: Sequence[dict[str, object]]) -> None:
        host = urlsplit(find_place(self._settings).urls[0]).netloc
        connection = HTTPConnection(host, timeout=ANSWER_TIMEOUT_SECONDS)
        asked = {"jsonrpc": "2.0", "id": 1, "method": "headgate_setFaults", "params": [list(rules)]}
        try:
            connection.request("POST", "/", msgspec.json.encode(asked), {"content-type": "application/json"})
            told = msgspec.json.decode(connection.getresponse().read())
        except (OSError, HTTPException, msgspec.MsgspecError) as error:
            raise _refused(str(error)) from error
        finally:
            connection.close()
        if "error" in told:
            raise _refused(str(told["error"]))


def _refused(why: str) -> WaitAndRetry:
    return WaitAndRetry(
        f"The local chain does not take its faults: {why}.",
        "Run it again with --keep DIR, and read logs/localnet.log there.",
    )
