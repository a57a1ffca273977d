"""A model of the chain that the executor's work is tried on: blocks, forks, expiry, and lost answers.

It runs the executor's real transactions against pots of its own, by the loop's time, and keeps what a pot
account says in the program's own layout, so that everything but the network and the VM is the real thing.
"""

from __future__ import annotations

import asyncio
import hashlib
import random
import struct
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from solders.hash import Hash
from solders.pubkey import Pubkey
from solders.transaction import VersionedTransaction

from chain.addresses import pot_address
from chain.errors import Behind, Unknown, WrongChain
from chain.ports import AccountSeen, Blockhash, Landed, Moment, Snapshot

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from solders.signature import Signature

SLOT_SECONDS = 0.4
FINAL_SLOTS = 32
VALID_BLOCKS = 150
SKIPPED = 7  # each slot that this divides has no block, so slots and heights drift apart
FEE = 5_000
PROGRAM = Pubkey.from_string("PotQ1111111111111111111111111111111111111KJ")
MINT = Pubkey.from_string("USDC111111111111111111111111111111111111111")
NUMBERS = struct.Struct("<QQ32s")
ENTRY = struct.Struct("<QB32sQQ")
FUND, SETTLE, WITHDRAW = 1, 2, 3


def mark(name: str) -> bytes:
    """Return an instruction's discriminator."""
    return hashlib.sha256(f"global:{name}".encode()).digest()[:8]


NAMES = {
    mark(name): name
    for name in ("fund_campaign_pot", "fund_campaign_pots", "settle", "pause_pot", "resume_pot")
}


def custom(code: int) -> str:
    """Return an error of the program as the chain tells it."""
    return f'{{"InstructionError":[2,{{"Custom":{code}}}]}}'


@dataclass
class ModelPot:
    """A pot as the program would keep it."""

    campaign_id: bytes
    keys: tuple[Pubkey, Pubkey, Pubkey]
    vault: Pubkey
    first: int = 64
    paused: int = 0
    cap: int = 10**15
    balance: int = 0
    moved: list[tuple[int, bytes, int, int]] = field(default_factory=list)
    """Kind, id, amount and slot of each movement, from the first number on."""

    @property
    def following(self) -> int:
        """The next number."""
        return self.first + len(self.moved)

    def move(self, kind: int, sequence: int, movement: bytes, amount: int, slot: int) -> str | None:
        """Move money as the program does."""
        if sequence != self.following:
            return custom(6014 if sequence < self.following else 6015)
        if kind == FUND and self.paused:
            return custom(6017)
        if kind == FUND and amount > self.cap:
            return custom(6016)
        if kind != FUND and amount > self.balance:
            return custom(6024)
        self.moved.append((kind, movement, amount, slot))
        self.balance += amount if kind == FUND else -amount
        return None

    def account(self) -> AccountSeen:
        """Return it in the program's layout."""
        authority, funder, spender = self.keys
        keys = (authority, Pubkey.default(), funder, spender, MINT, self.vault)
        data = hashlib.sha256(b"account:CampaignPot").digest()[:8]
        data += b"".join(bytes(key) for key in keys) + self.campaign_id
        data += struct.pack("<QqQqQQQQQ", self.cap, 0, 0, 0, 0, 0, 0, 0, self.following)
        data += bytes(32) + bytes([self.paused, 255])
        ring = [bytes(ENTRY.size)] * 32
        for index, (kind, movement, amount, slot) in list(enumerate(self.moved))[-32:]:
            sequence = self.first + index
            ring[sequence % 32] = ENTRY.pack(sequence, kind, movement, amount, slot)
        return AccountSeen(PROGRAM, 10**9, data + b"".join(ring))


@dataclass
class Faults:
    """How often what goes wrong, in thousandths."""

    refuse: int = 0
    lose: int = 0
    drop: int = 0
    late: int = 0
    behind: int = 0
    fork: int = 0
    die: int = 0


class Died(BaseException):
    """The executor's process ended here."""


@dataclass
class Sent:
    """What is in a block, or waits to be."""

    signature: str
    run: Callable[[dict[bytes, ModelPot], int], str | None]
    valid_until: int
    from_slot: int


class ModelChain:
    """Satisfies `chain.ports.Chain`; time passes by the loop."""

    def __init__(self, seed: int, faults: Faults | None = None) -> None:
        self.random = random.Random(seed)  # noqa: S311 - repeatable chance, no secret
        self.faults = faults or Faults()
        self.genesis: dict[bytes, ModelPot] = {}
        self.blocks: list[tuple[int, Sent]] = []
        self.waiting: list[Sent] = []
        self.slot = 0
        self.calls: dict[str, int] = {}
        self.on_send: Callable[[bytes], None] = lambda _: None
        self.disputed: Pubkey | None = None
        """A pot of which endpoints tell different things."""
        self.chokes_on: bytes | None = None
        """A transaction with these bytes in it cannot be tried out."""
        self.broken: set[str] = set()
        """What of the chain is switched off to see whether a test would notice: "finalized", "height" …"""

    # ---- what the executor calls
    async def finalized(self) -> Moment:
        """See the port."""
        await self._call("finalized")
        slot = self.final_slot
        return Moment(slot, slot if "height" in self.broken else height(slot))

    async def snapshot(self, addresses: Sequence[Pubkey], at_least_slot: int = 0) -> Snapshot:
        """See the port; an endpoint may lag, and then says so, unless that is switched off."""
        assert len(addresses) <= 100
        await self._call("snapshot")
        slot = self._seen_slot()
        if slot < at_least_slot and "behind" not in self.broken:
            raise Behind(f"at slot {slot}, not at {at_least_slot}")
        if self.disputed in addresses:
            raise WrongChain("endpoints disagree about a pot")
        pots = {pot_address(PROGRAM, id_): pot for id_, pot in self.state(slot)[0].items()}
        seen = tuple(pots[one].account() if one in pots else None for one in addresses)
        return Snapshot(max(slot, at_least_slot) if "behind" in self.broken else slot, seen)

    async def blockhash(self) -> Blockhash:
        """See the port."""
        await self._call("blockhash")
        issued = height(self.slot)
        return Blockhash(Hash(issued.to_bytes(32, "big")), issued + VALID_BLOCKS)

    async def landed(self, signatures: Sequence[Signature]) -> tuple[Landed | None, ...]:
        """See the port."""
        assert len(signatures) <= 256
        await self._call("landed")
        results = self.state(self._seen_slot())[1]
        return tuple(results.get(str(one)) for one in signatures)

    async def send(self, raw: bytes) -> None:
        """See the port: what is sent may be dropped, come late, or land while its answer is lost."""
        self.on_send(raw)
        await self._call("send", lambda: self._take(raw))

    async def simulate(self, raw: bytes) -> str | None:
        """See the port."""
        await self._call("simulate")
        assert bytes(64) == raw[1:65], "what is tried out must not be sendable"
        if self.chokes_on is not None and self.chokes_on in raw:
            raise Unknown("junk")
        return self._run_of(raw)(self.state(self.slot)[0], self.slot)

    async def recent_fees(self, accounts: Sequence[Pubkey]) -> tuple[int, ...]:
        """See the port."""
        del accounts
        await self._call("recent_fees")
        return ()

    # ---- what tests look at
    @property
    def final_slot(self) -> int:
        """The newest slot that no fork takes back."""
        slot = max(self.slot - FINAL_SLOTS, 0)
        return slot - 1 if slot and slot % SKIPPED == 0 else slot

    def state(self, slot: int) -> tuple[dict[bytes, ModelPot], dict[str, Landed]]:
        """Return pots and results as they were after a slot."""
        pots, results = copied(self.genesis), dict[str, Landed]()
        for at, sent in self.blocks:
            if at <= slot:
                before = copied(pots)
                error = sent.run(pots, at)
                if error is not None:
                    pots = before
                results[sent.signature] = Landed(at, error, FEE)
        return pots, results

    def pot(self, name: str, keys: tuple[Pubkey, Pubkey, Pubkey], balance: int = 0) -> bytes:
        """Open a pot."""
        campaign_id = hashlib.sha256(name.encode()).digest()
        vault = Pubkey.from_bytes(hashlib.sha256(b"vault" + campaign_id).digest())
        self.genesis[campaign_id] = ModelPot(campaign_id, keys, vault, balance=balance)
        return campaign_id

    def do(self, name: str, run: Callable[[dict[bytes, ModelPot], int], str | None]) -> None:
        """Let somebody else's transaction land now."""
        self.pass_time()
        self.blocks.append((self.slot, Sent(name, run, 2**62, 0)))

    def pass_time(self) -> None:
        """Make the blocks that are due."""
        until = int(asyncio.get_running_loop().time() / SLOT_SECONDS)
        while self.slot < until:
            if not (self.waiting or self.faults.fork):
                self.slot = until
                return
            self.slot += 1
            if self._happens(self.faults.fork):
                self._fork()
            if self.slot % SKIPPED:
                self._fill()

    # ---- blocks
    def _fill(self) -> None:
        known = {sent.signature for _, sent in self.blocks}
        waiting, self.waiting = self.waiting, []
        for sent in waiting:
            if sent.signature in known or sent.valid_until < height(self.slot):
                continue
            if sent.from_slot > self.slot:
                self.waiting.append(sent)
                continue
            known.add(sent.signature)
            self.blocks.append((self.slot, sent))

    def _fork(self) -> None:
        """Take blocks back; what was in them may land again, or never."""
        from_slot = max(self.slot - self.random.randint(1, FINAL_SLOTS - 1), self.final_slot + 1)
        lost = [sent for at, sent in self.blocks if at >= from_slot]
        self.blocks = [(at, sent) for at, sent in self.blocks if at < from_slot]
        self.waiting += [sent for sent in lost if sent.valid_until == 2**62 or self._happens(500)]

    def _take(self, raw: bytes) -> None:
        if self._happens(self.faults.drop):
            return
        late = self.random.randint(1, 200) if self._happens(self.faults.late) else 0
        issued = int.from_bytes(bytes(_read(raw).message.recent_blockhash), "big")
        signature = str(_read(raw).signatures[0])
        self.waiting.append(Sent(signature, self._run_of(raw), issued + VALID_BLOCKS, self.slot + late))

    def _run_of(self, raw: bytes) -> Callable[[dict[bytes, ModelPot], int], str | None]:
        message = _read(raw).message
        keys = message.account_keys
        last = message.instructions[-1]
        accounts = [keys[index] for index in last.accounts]
        return lambda pots, slot: run(pots, slot, bytes(last.data), accounts)

    # ---- what goes wrong
    async def _call(self, name: str, effect: Callable[[], None] = lambda: None) -> None:
        self.calls[name] = self.calls.get(name, 0) + 1
        if self._happens(self.faults.die):
            raise Died
        await asyncio.sleep(self.random.randint(1, 50) / 1_000)
        self.pass_time()
        if self._happens(self.faults.refuse):
            raise Unknown("no answer")
        effect()
        if self._happens(self.faults.lose):
            raise Unknown("the answer is lost")
        if self._happens(self.faults.die):
            raise Died

    def _seen_slot(self) -> int:
        """Return at which slot the endpoint is that happens to be asked."""
        slot = self.slot if "finalized" in self.broken else self.final_slot
        return max(slot - self.random.randint(1, 300), 0) if self._happens(self.faults.behind) else slot

    def _happens(self, permille: int) -> bool:
        return permille > 0 and self.random.randrange(1_000) < permille


def is_of_program(raw: bytes) -> bool:
    """Say whether a transaction is one of the pot program, not one about a lookup table."""
    message = _read(raw).message
    return message.account_keys[message.instructions[-1].program_id_index] == PROGRAM


def copied(pots: dict[bytes, ModelPot]) -> dict[bytes, ModelPot]:
    """Return pots of their own."""
    return {id_: replace(pot, moved=list(pot.moved)) for id_, pot in pots.items()}


def height(slot: int) -> int:
    """Return how many blocks there are up to a slot."""
    return slot - slot // SKIPPED


def run(pots: dict[bytes, ModelPot], slot: int, data: bytes, accounts: Sequence[Pubkey]) -> str | None:
    """Run one instruction as the program would."""
    name = NAMES.get(data[:8])
    if name == "fund_campaign_pots":
        at = {pot_address(PROGRAM, id_): pot for id_, pot in pots.items()}
        for index, (amount, sequence, movement) in enumerate(NUMBERS.iter_unpack(data[12:])):
            error = at[accounts[4 + 2 * index]].move(FUND, sequence, movement, amount, slot)
            if error is not None:
                return error
        return None
    if name is None:
        return None  # a lookup table's, which this model does not have
    pot = pots.get(data[8:40])
    if pot is None:
        return custom(6003)
    if name in ("pause_pot", "resume_pot"):
        pot.paused = pot.paused | 1 if name == "pause_pot" else pot.paused & 2
        return None
    amount, sequence, movement = NUMBERS.unpack_from(data, 40)
    return pot.move(SETTLE if name == "settle" else FUND, sequence, movement, amount, slot)


def _read(raw: bytes) -> VersionedTransaction:
    return VersionedTransaction.from_bytes(raw)
