"""One run: a local chain with faults on, worker, clock and executor; fundings under kills; the verdict."""

from __future__ import annotations

import random
import shutil
import time
from collections import Counter
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

import msgspec
from solders.pubkey import Pubkey

from chain.tokens import read_token_account
from events import topics as catalogue
from events.codec import Event
from events.envelope import Envelope
from events.types import FundingRequested
from headgate.publishing import publish_all
from infra.kafka import LocalKafka
from proof.path.crew import Crew, StalledError
from proof.treasury.chaos import log, naive
from proof.treasury.chaos.rpc import LocalRpc
from proof.treasury.chaos.setup import account, pot_of, set_up
from proof.treasury.chaos.world import CLIENT, MoneyTerms, MoneyWorld
from proof.treasury.verdict import Verdict
from proof.treasury.verify import OnChain, verify
from streams import topics

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from events.types import PotOpened

COMMANDS: Final[dict[str, tuple[str, ...]]] = {
    "localnet": ("localnet",),
    "worker-0": ("worker", "--slot", "0"),
    "clock": ("clock",),
    "chain-executor": ("chain-executor", "--slot", "0"),
}
TARGETS: Final = ("chain-executor", "chain-executor", "localnet")
HEAP_MIB: Final = 512
SETTLE_SECONDS_MAX: Final = 300.0
LOOK_SECONDS: Final = 2.0
# A slot's state is final, and observed, after so long without anything new.
QUIET_LOOKS: Final = 3
DOLLAR: Final = 1_000_000


@dataclass
class Outcome:
    """What came of a run."""

    terms: MoneyTerms
    verdict: Verdict = field(default_factory=Verdict)
    killed: Counter[str] = field(default_factory=Counter)
    ended: Counter[str] = field(default_factory=Counter)
    faults: Counter[str] = field(default_factory=Counter)
    requests: Counter[str] = field(default_factory=Counter)
    attempts: int = 0
    seconds: int = 0
    naive: naive.Doubled | None = None


class Run:
    """Carries out one run in a folder of its own."""

    def __init__(self, folder: Path, terms: MoneyTerms, say: Callable[[str], None]) -> None:
        self.folder, self.terms, self.say = folder, terms, say
        self.random = random.Random(terms.seed)  # noqa: S311 - to be repeatable
        self._published = 0

    def carry_out(self, *, with_naive: bool) -> Outcome:
        """Run, and verify; whatever happens, no process is left behind."""
        shutil.rmtree(self.folder, ignore_errors=True)
        outcome, begun = Outcome(self.terms), time.monotonic()
        with LocalKafka(self.folder / "kafka", heap_mib=HEAP_MIB) as kafka:
            self.world = MoneyWorld(self.folder, self.terms, kafka.bootstrap)
            topics.apply(self.world.conf, catalogue.load(), "embedded")
            self.crew = Crew(self.world, COMMANDS)
            try:
                self._through(outcome)
                if with_naive:
                    outcome.naive = self._naively()
            except StalledError as error:
                outcome.verdict.note("stalled", str(error))
            finally:
                self.crew.close()
            outcome.killed, outcome.ended = outcome.killed or self.crew.killed, self.crew.ended
        outcome.seconds = round(time.monotonic() - begun)
        shutil.rmtree(self.folder / "kafka", ignore_errors=True)
        return outcome

    def _through(self, outcome: Outcome) -> None:
        self.crew.start("localnet")
        self.rpc = LocalRpc(self.world.url)
        self.say(f"opening {self.terms.pots} pots")
        self.opened = set_up(self.world)
        genesis = msgspec.json.decode((self.folder / "localnet" / "genesis.json").read_bytes())
        self.program = Pubkey.from_string(genesis["program"])
        first = {one.pot: pot_of(self.rpc, one, self.program).next_sequence for one in self.opened}
        self.world.point_at_endpoints()
        self.crew.start("worker-0", "clock", "chain-executor")
        self.rpc.trouble()
        self._kill_all(outcome)
        outcome.faults.update(self.rpc.calm())
        self._publish(self.terms.fundings)
        self._settle(first)
        self.crew.drain("chain-executor", "clock", "worker-0")
        told = log.read(self.world.conf)
        outcome.requests, outcome.attempts = told.ended(), len(told.events["chain-attempts"])
        outcome.verdict = verify(told.facts, told.decisions, told.orders, self._on_chain(first))
        outcome.killed = Counter(self.crew.killed)

    # ---- trouble
    def _kill_all(self, outcome: Outcome) -> None:
        for number in range(1, self.terms.kills + 1):
            self._publish(self.terms.fundings * number // self.terms.kills)
            target = self.random.choice(TARGETS)
            self.crew.until_ready(target)
            time.sleep(self.random.uniform(0.2, 2.5))
            self._kill(target, outcome)
            self.say(f"kill -9 {target}, {number} so far; {self._published} fundings asked for")

    def _kill(self, target: str, outcome: Outcome) -> None:
        if target == "localnet":
            outcome.faults.update(self.rpc.calm())  # its count dies with it
            self.rpc.trouble()
        self.crew.kill(target)
        if target == "localnet":
            self.crew.until_ready(target)
            self.rpc.trouble()

    def _publish(self, until: int) -> None:
        """Ask for fundings, so that there are so many."""
        now_ms = self.world.time.now_ms()
        events = [self._request(number, now_ms) for number in range(self._published, until)]
        if events:
            publish_all(self.world.conf, "client-facts", events, "requests")
        self._published = max(self._published, until)

    def _request(self, number: int, now_ms: int) -> Event:
        fact = FundingRequested(
            request_id=f"request-{number}",
            pot=self.opened[number % len(self.opened)].pot,
            amount_micro_usdc=DOLLAR + number,
            at_ms=now_ms,
            by="the proof",
            reason="chaos",
        )
        return Event(Envelope(f"request-{number}", fact.TYPE, fact.VERSION, "/proof", CLIENT), fact)

    # ---- the end
    def _settle(self, first: dict[str, int]) -> None:
        """Wait until every request has its end, and the log tells of all that has moved."""
        deadline, quiet = time.monotonic() + SETTLE_SECONDS_MAX, 0
        while quiet < QUIET_LOOKS:
            self.crew.check()
            told = log.read(self.world.conf)
            ends = told.ended().total()
            moved = {one.pot: pot_of(self.rpc, one, self.program).next_sequence for one in self.opened}
            has_all = told.moved() == {
                pot: end - first[pot] for pot, end in moved.items() if end > first[pot]
            }
            is_done = ends >= self.terms.fundings and not told.open_orders() and not told.open_lines()
            quiet = quiet + 1 if is_done and has_all else 0
            if time.monotonic() > deadline:
                raise StalledError(
                    f"{ends} of {self.terms.fundings} requests have ended, {told.open_orders()} orders and "
                    f"{told.open_lines()} lines are open"
                )
            time.sleep(LOOK_SECONDS)

    def _on_chain(self, first: dict[str, int]) -> OnChain:
        return OnChain(
            self._tokens(self.opened[0].treasury),
            {one.pot: self._tokens(one.vault) for one in self.opened},
            {
                one.pot: (Pubkey.from_string(one.address), pot_of(self.rpc, one, self.program))
                for one in self.opened
            },
            first,
            lambda _slot: None,
        )

    def _tokens(self, address: str) -> int:
        return read_token_account(account(self.rpc, address)).amount

    def _naively(self) -> naive.Doubled:
        """Let a naive client fund a vault under the same faults, and as many kills a funding."""
        self.say("the naive client, under the same faults and kills")
        place: PotOpened = self.opened[0]
        client = naive.Supervised(self.world, place, self.folder / "naive")
        before, kills = self._tokens(place.vault), 0
        self.rpc.trouble()
        while client.is_working():
            time.sleep(self.random.uniform(0.2, 2.5))
            if kills * self.terms.fundings >= client.done() * self.terms.kills:
                continue
            kills += 1
            if self.random.choice(TARGETS) == "localnet":
                self._kill("localnet", Outcome(self.terms))
            else:
                client.kill()
        self.rpc.calm()
        time.sleep(self.terms.slot_ms * self.terms.final_slots * 2 / 1000)
        return client.doubled(self._tokens(place.vault) - before, kills)
