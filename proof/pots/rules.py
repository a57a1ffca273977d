"""What must hold of pots and tokens after each transaction, whoever signed it."""

from __future__ import annotations

import hashlib
import struct
from typing import TYPE_CHECKING, Any, Final

from msgspec import Struct

from proof.pots.scene import CAMPAIGNS, OWN, THIEF, VICTIMS, BrokenRuleError
from tests.pot_world import decode_pot

if TYPE_CHECKING:
    from proof.pots.scene import Scene
    from tests.pot_kit import Result

RING: Final = 32
KINDS: Final = {1: "totalFunded", 2: "totalSettled", 3: "totalWithdrawn"}
FAULTS: Final = (
    "ProgramFailedToComplete", "AccessViolation", "ReadonlyDataModified", "ReadonlyLamportChange",
    "PrivilegeEscalation", "ExternalAccountDataModified", "ExternalAccountLamportSpend",
    "UnbalancedInstruction", "InvalidRealloc", "ModifiedProgramId", "ComputationalBudgetExceeded",
    "MissingAccount", "UnsupportedProgramId", "InvalidAccountData", "CallDepth",
)  # fmt: skip


class Before(Struct, frozen=True):
    """What there was before a transaction."""

    holdings: tuple[int, ...]
    pots: tuple[bytes, ...]


class Rules:
    """Follows the world from one transaction to the next."""

    def __init__(self, scene: Scene) -> None:
        self._scene = scene
        self._used: set[tuple[bytes, int]] = set()
        self._supply = sum(scene.holdings())
        for campaign, raw in zip(CAMPAIGNS, scene.pot_bytes(), strict=True):
            ring = decode_pot(raw)["ring"]
            self._used |= {(campaign, entry["sequence"]) for entry in ring if entry["kind"]}

    def before(self) -> Before:
        """Remember what there is."""
        return Before(self._scene.holdings(), self._scene.pot_bytes())

    def after_refusal(self, result: Result) -> None:
        """Hold a refusal to be the program's own, or the system's for want of lamports: never a crash."""
        text = f"{result.error} {' '.join(result.logs)}"
        found = [fault for fault in FAULTS if fault in text]
        if found or "ccess violation" in text:
            raise BrokenRuleError(f"the program crashed: {found} {result.error} {result.logs[-3:]}")

    def after(self, before: Before, *, is_theft: bool, is_single: bool) -> None:
        """Hold what a transaction did to the rules."""
        holdings, pots = self._scene.holdings(), self._scene.pot_bytes()
        if sum(holdings) != self._supply:
            raise BrokenRuleError("money came or went from nowhere")
        if is_theft:
            self._nothing_of_ours_changed(before, holdings, pots)
        if sum(holdings[index] - before.holdings[index] for index in (_THIEFS, _OWN_VAULT)) > 0:
            raise BrokenRuleError("the thief is richer than before")
        for index, campaign in enumerate(CAMPAIGNS):
            self._pot(campaign, before.pots[index], pots[index], is_single=is_single)

    def _nothing_of_ours_changed(
        self, before: Before, holdings: tuple[int, ...], pots: tuple[bytes, ...]
    ) -> None:
        ours = len(VICTIMS)
        if pots[:ours] != before.pots[:ours]:
            raise BrokenRuleError("the thief has changed a pot of ours")
        not_theirs = [index for index in range(len(holdings)) if index not in (_THIEFS, _OWN_VAULT)]
        if any(holdings[index] != before.holdings[index] for index in not_theirs):
            raise BrokenRuleError("the thief has moved money of ours")

    def _pot(self, campaign: bytes, old_raw: bytes, raw: bytes, *, is_single: bool) -> None:
        held = self._scene.world.runtime.tokens(self._scene.vaults[campaign])
        if not raw:
            if held:
                raise BrokenRuleError("a pot was closed over its money")
            return
        old, new = decode_pot(old_raw or raw), decode_pot(raw)
        if held != new["totalFunded"] - new["totalSettled"] - new["totalWithdrawn"]:
            raise BrokenRuleError("a vault does not hold what its pot says")
        if new["vault"] != bytes(self._scene.vaults[campaign]) or new["campaignId"] != campaign:
            raise BrokenRuleError("a pot changed its vault or its campaign")
        if new["nextSequence"] < old["nextSequence"]:
            raise BrokenRuleError("a pot's numbers went back")
        if raw == old_raw:
            return
        self._limits(old, new, is_single=is_single)
        self._movements(campaign, old, new)

    def _limits(self, old: dict[str, Any], new: dict[str, Any], *, is_single: bool) -> None:
        funded = new["totalFunded"] - old["totalFunded"]
        if funded > 0 and new["dayFunded"] > new["dailyCap"] and new["dailyCap"] == old["dailyCap"]:
            raise BrokenRuleError("a pot took more than its cap")
        if funded > 0 and old["paused"] and is_single:
            raise BrokenRuleError("a paused pot was funded")

    def _movements(self, campaign: bytes, old: dict[str, Any], new: dict[str, Any]) -> None:
        """Each new number is new for ever, and ring, totals and history agree on what moved."""
        history, totals = old["history"], {name: old[name] for name in KINDS.values()}
        for number in range(old["nextSequence"], new["nextSequence"]):
            entry = new["ring"][number % RING]
            if entry["sequence"] != number or (campaign, number) in self._used:
                raise BrokenRuleError("a number was used twice, or its place in the ring is another's")
            self._used.add((campaign, number))
            moved = (
                struct.pack("<QB", number, entry["kind"]) + entry["id"] + struct.pack("<Q", entry["amount"])
            )
            history = hashlib.sha256(history + moved).digest()
            totals[KINDS[entry["kind"]]] += entry["amount"]
        if history != new["history"] or any(new[name] != total for name, total in totals.items()):
            raise BrokenRuleError("ring, totals and history tell different stories")

    def reopened(self) -> None:
        """Hold a pot that was opened again to begin above all numbers that it ever had."""
        for campaign, raw in zip(CAMPAIGNS, self._scene.pot_bytes(), strict=True):
            had = [number for owner, number in self._used if owner == campaign]
            if had and decode_pot(raw)["nextSequence"] <= max(had):
                raise BrokenRuleError("a pot that was opened again repeats its numbers")


_ROLES: Final = ("admin", "authority", "funder", "spender", "heir", THIEF)
_THIEFS: Final = _ROLES.index(THIEF)
_OWN_VAULT: Final = len(_ROLES) + CAMPAIGNS.index(OWN)
