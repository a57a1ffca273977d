"""Mutates transactions until something gives: `python -m proof.pots.fuzz --count 50000 --seed 1`."""

from __future__ import annotations

import argparse
import random
import sys
import time
from collections import Counter
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from proof.pots.changes import Draft
from proof.pots.rules import Rules
from proof.pots.scene import CAMPAIGNS, OWN, THIEF, BrokenRuleError, Scene
from tests import pot_kit as kit
from tests.pot_world import CAP

if TYPE_CHECKING:
    from solders.instruction import Instruction

AMOUNTS: Final = (1, 2, kit.USDC, 10 * kit.USDC, CAP // 3, CAP)
NAMES: Final = tuple(kit.INSTRUCTIONS)
WEIGHTS: Final = {"initialize": 1, "initialize_pot": 1, "set_daily_cap": 1, "set_keys": 1}
MOVES: Final = ("fund_campaign_pot", "fund_campaign_pots", "settle", "withdraw")
CHANGES: Final = (0, 0, 0, 1, 1, 1, 2, 3)
INSTRUCTIONS_A_TRANSACTION: Final = (1, 1, 1, 1, 1, 2, 3)
ENDS_SHOWN: Final = 80
ANCHOR: Final = {
    100: "InstructionMissing", 101: "InstructionUnknown", 2000: "NotWritable", 3010: "NotSigner",
}  # fmt: skip
_NAMES_OF_CODES: Final = {code: name for name, code in kit.ERRORS.items()} | ANCHOR


class Fuzz:
    """A seeded run of mutated transactions."""

    def __init__(self, seed: int, library: bytes | None = None) -> None:
        self._random = random.Random(seed)  # noqa: S311 - repeatable, no secret
        self._scene = Scene(library)
        self._rules = Rules(self._scene)
        self.counts: Counter[str] = Counter()

    def run(self, count: int) -> Counter[str]:
        """Send as many transactions, and return how each ended; `BrokenRuleError` when one did harm."""
        for number in range(count):
            try:
                self._step()
            except BrokenRuleError as error:
                raise BrokenRuleError(f"transaction {number}: {error}") from error
        return self.counts

    def _step(self) -> None:
        is_theft = self._likely(50)
        entries = [
            self._entry(is_theft=is_theft) for _ in range(self._random.choice(INSTRUCTIONS_A_TRANSACTION))
        ]
        before = self._rules.before()
        result = self._scene.world.send(*entries)
        who = "thief" if is_theft else "ours"
        if result.error is None:
            self._rules.after(before, is_theft=is_theft, is_single=len(entries) == 1)
            self.counts[f"{who}: landed"] += 1
            if self._scene.reopen_what_is_closed():
                self.counts["closed and opened again"] += 1
                self._rules.reopened()
        else:
            self._rules.after_refusal(result)
            self.counts[f"{who}: {_NAMES_OF_CODES.get(result.code or 0, result.error)}"] += 1
        if self._likely(10):
            self._pass_time()

    def _likely(self, percent: int) -> bool:
        return self._random.randrange(100) < percent

    def _pass_time(self) -> None:
        clock = self._scene.world.runtime.svm.get_clock()
        seconds = max(clock.unix_timestamp + self._random.choice((-90_000, 1, 3_600, 90_000)), 0)
        self._scene.world.runtime.set_clock(clock.slot + self._random.choice((0, 1, 2)), seconds)

    def _entry(self, *, is_theft: bool) -> Instruction:
        """Take an instruction that is right for somebody, and change it a little or a lot."""
        world, campaign = self._scene.world, self._random.choice(CAMPAIGNS)
        name = self._random.choices(NAMES, [8 if each in MOVES else WEIGHTS.get(each, 2) for each in NAMES])[
            0
        ]
        roles = self._as_ours(campaign)
        if campaign == OWN or (is_theft and self._likely(80)):
            roles = self._as_thief()
        if name == "fund_campaign_pots":
            entry = self._batch(roles)
        else:
            values = {"amount": self._amount(name, campaign), "daily_cap": 0 if self._likely(20) else CAP}
            taken = {key: value for key, value in {**roles, **values}.items() if key in kit.names(name)}
            entry = world.instruction(name, campaign, **taken)
        return self._changed(entry, is_theft=is_theft)

    def _amount(self, name: str, campaign: bytes) -> int:
        """Take all that there is now and then, so that pots become empty and can be closed."""
        if name in ("settle", "withdraw") and self._likely(40):
            return self._scene.world.runtime.tokens(self._scene.vaults[campaign])
        return self._random.choice(AMOUNTS)

    def _as_ours(self, campaign: bytes) -> dict[str, Any]:
        """Name whoever has the pot now; the authority hands it to and fro."""
        world = self._scene.world
        has = world.pot(campaign).get("authority")
        role = "heir" if has == bytes(world.address("heir")) else "authority"
        return {
            "authority": world.address(role),
            "authority_token": world.token(role),
            "new_authority": world.address("authority" if role == "heir" else "heir"),
            "signer": world.address(role if self._likely(70) else "funder"),
        }

    def _as_thief(self) -> dict[str, Any]:
        world = self._scene.world
        roles = ("admin", "payer", "authority", "funder", "spender", "signer", "new_authority")
        names = {role: world.address(THIEF) for role in (*roles, "upgrade_authority")}
        tokens = {f"{role}_token": world.token(THIEF) for role in ("funder", "spender", "authority")}
        return {**names, **tokens}

    def _batch(self, roles: dict[str, Any]) -> Instruction:
        taken = {name: value for name, value in roles.items() if name in ("funder", "funder_token")}
        campaigns = [OWN] if taken and self._likely(80) else CAMPAIGNS
        pairs = [
            (self._random.choice(campaigns), self._random.choice(AMOUNTS))
            for _ in range(self._random.choice((1, 2, 3, 16)))
        ]
        return self._scene.world.batch(*pairs, **taken)

    def _changed(self, entry: Instruction, *, is_theft: bool) -> Instruction:
        draft = Draft(entry, self._random, self._scene.pool)
        for _ in range(self._random.choice(CHANGES)):
            draft.change()
        world = self._scene.world
        held = {THIEF, "payer"} if is_theft else {*world.keys} - {THIEF}
        if draft.names(self._scene.pots[OWN]):
            held.add(THIEF)
        return draft.signed_by({world.address(role) for role in held})


def main() -> int:
    """Run, and print how the transactions ended."""
    parser = argparse.ArgumentParser(prog="proof.pots.fuzz", description=__doc__)
    parser.add_argument("--count", type=int, default=50_000, help="how many transactions")
    parser.add_argument("--seed", type=int, default=1, help="which ones")
    parser.add_argument("--program", type=Path, default=kit.LIBRARY, help="another build of the program")
    options = parser.parse_args()
    started, fuzz = time.perf_counter(), Fuzz(options.seed, options.program.read_bytes())
    try:
        counts = fuzz.run(options.count)
    except BrokenRuleError as error:
        sys.stdout.write(f"seed {options.seed}, {error}\n")
        return 1
    seconds = time.perf_counter() - started
    sys.stdout.write(
        f"{options.count} transactions from seed {options.seed} in {seconds:.0f} s, no rule broken\n"
    )
    for name, number in counts.most_common(ENDS_SHOWN):
        sys.stdout.write(f"  {number:>7,}  {name}\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
