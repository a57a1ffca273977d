"""Compares what was done on the platform with what the commands say, campaign by campaign, write by write."""

from collections import defaultdict
from collections.abc import Iterable
from itertools import pairwise
from typing import Any

from events.types import CommandApplied, PauseCampaign
from proof.chaos.verify import Verdict
from proof.path.log import Log, Order

Entry = dict[str, Any]
Campaign = tuple[str, str]


def verify(log: Log, journal: Iterable[Entry], subjects: dict[str, str], verdict: Verdict) -> None:
    """Hold each command to one outcome and at most one effect, and each effect to one command."""
    orders: dict[Campaign, list[Order]] = defaultdict(list)
    for order in log.orders.values():
        orders[order.subject, order.command.campaign].append(order)
    entries: dict[Campaign, list[Entry]] = defaultdict(list)
    for entry in journal:
        if entry["what"] in {"status", "budget"}:
            entries[subjects[entry["account"]], entry["campaign"]].append(entry)
    verdict.counts["commands compared"] += len(log.orders)
    verdict.note("wrong", len(log.stray), f"strays: outcomes and attempts of no command, {log.stray[:3]}")
    for campaign in orders.keys() | entries.keys():
        of_campaign = sorted(orders[campaign], key=lambda order: order.command.order)
        _outcomes(of_campaign, verdict)
        _orders(of_campaign, verdict)
        _effects(campaign, of_campaign, entries[campaign], verdict)
        _people(campaign, entries[campaign], of_campaign, verdict)


def _outcomes(orders: list[Order], verdict: Verdict) -> None:
    for order in orders:
        name = f"outcomes of {order.command.campaign} {order.command.order}"
        verdict.note("lost", int(not order.outcomes), f"{name}: none")
        verdict.note("doubled", max(0, len(order.outcomes) - 1), f"{name}: {order.outcomes}")
        for outcome in order.outcomes[:1]:
            verdict.counts[f"outcome {type(outcome).TYPE}"] += 1
            if isinstance(outcome, CommandApplied) and len(order.attempts) < outcome.attempts:
                verdict.note("lost", 1, f"attempts of {name}: {len(order.attempts)} of {outcome.attempts}")


def _orders(orders: list[Order], verdict: Verdict) -> None:
    counted = [order.command.order for order in orders]
    if counted != list(range(1, len(counted) + 1)):
        verdict.note("wrong", 1, f"orders of {orders[0].command.campaign}: {counted}")


def _effects(campaign: Campaign, orders: list[Order], entries: list[Entry], verdict: Verdict) -> None:
    """Find for each of our writes the command that it was for: one that was tried before and not done yet."""
    writes = [entry for entry in entries if entry["who"] == "api"]
    effects: dict[int, list[Entry]] = defaultdict(list)
    for write in writes:
        order = next((one for one in orders if _is_for(write, one)), None)
        if order is None:
            verdict.note("wrong", 1, f"write {write} of {campaign} is for no command")
        elif write["has_effect"]:
            effects[order.command.order].append(write)
        else:
            verdict.counts["writes without effect"] += 1
    verdict.counts["effects compared"] += sum(map(len, effects.values()))
    for order in orders:
        times = len(effects[order.command.order])
        name = f"effects of {campaign} {order.command.order} ({order.wish[1]}, tried {len(order.attempts)}x)"
        is_applied = any(isinstance(outcome, CommandApplied) for outcome in order.outcomes)
        if is_applied and not times and any(_is_quicker(entry, order) for entry in entries):
            verdict.counts["people who were quicker"] += 1
        else:
            verdict.note("lost", int(is_applied and not times), f"{name}: none")
        verdict.note("doubled", max(0, times - 1), f"{name}: {effects[order.command.order]}")


def _is_quicker(entry: Entry, order: Order) -> bool:
    """Say whether a person did the same between a command's look and its write; who did it, is open."""
    return entry["who"] == "person" and bool(entry["has_effect"]) and _is_for(entry, order)


def _is_for(write: Entry, order: Order) -> bool:
    """Say whether a write falls between a command's first attempt and its outcome."""
    if not order.attempts or (write["what"], write["after"]) != order.wish:
        return False
    begun = min(attempt.at_ms for attempt in order.attempts)
    ended = max((outcome.at_ms for outcome in order.outcomes), default=begun)
    return bool(begun <= write["at_ms"] <= ended)


def _people(campaign: Campaign, entries: list[Entry], orders: list[Order], verdict: Verdict) -> None:
    """Hold ours back where a person has undone a pause: until the day ends that it was for."""
    effective = [entry for entry in entries if entry["has_effect"] and entry["what"] == "status"]
    for ours, theirs in pairwise(effective):
        if (ours["who"], ours["after"], theirs["who"], theirs["after"]) != (
            "api",
            "paused",
            "person",
            "enabled",
        ):
            continue
        verdict.counts["edits of people compared"] += 1
        until_ms = next(
            (one.command.not_after_ms for one in orders if _is_for(ours, one) and _is_pause(one)), 0
        )
        again = [
            entry
            for entry in effective
            if (entry["who"], entry["after"]) == ("api", "paused")
            and theirs["number"] < entry["number"]
            and entry["at_ms"] < until_ms
        ]
        verdict.note("wrong", len(again), f"overwritten: {theirs} of {campaign} by {again[:1]}")


def _is_pause(order: Order) -> bool:
    return isinstance(order.command, PauseCampaign)
