"""Money on chain: fundings a second, how long one takes, and how long an executor needs after a crash."""

from __future__ import annotations

import asyncio
import time
from typing import TYPE_CHECKING, Final

from proof.bench.money_ground import FINAL_SLOTS, MoneyGround
from proof.bench.money_naive import naively
from proof.bench.money_work import Drive, seconds
from proof.bench.report import FOLDER, OURS, Figure, figure

if TYPE_CHECKING:
    from collections.abc import Iterator

    from proof.bench.options import Options

WORK: Final = FOLDER / "work-money"
NAIVE: Final = "naive"
FAST_SLOT_MS, SLOT_MS = 50, 400
SINGLE, BATCHED, BATCH_MAX = 300, 1_500, 10
OPEN_CLIENTS, OPEN_EACH = 5, 2_000
QUICK_PART: Final = 10
ONE_EACH_SECONDS: Final = 0.5
TIMED: Final = 5


def measure(options: Options) -> Iterator[list[Figure]]:
    """Measure each part on a chain of its own."""
    part = QUICK_PART if options.quick else 1
    options.notes.append(
        "On a local chain (one process, the real VM) over HTTP; the executor's journal is in memory here, so "
        "Kafka's commits are not in it. The naive client sends plain transfers and waits for them, with no "
        "guard against sending twice."
    )
    yield throughput(options, SINGLE // part, BATCHED // part)
    yield latency(options, TIMED // (4 if options.quick else 1))
    yield recovery(options, OPEN_EACH // part)


def throughput(options: Options, single: int, batched: int) -> list[Figure]:
    """Measure fundings a second until the last one is final, beside a naive client's."""
    rates: dict[str, list[float]] = {"single": [], "batched": [], NAIVE: []}
    together: list[float] = []
    with MoneyGround(WORK, 1, batched, FAST_SLOT_MS) as ground:
        # Lookup tables are made and filled by the way, as they are for a client's first fundings.
        asyncio.run(Drive(ground, BATCH_MAX).carry_out(batched // 4))
        for turn in range(1, options.runs + 1):
            rates["single"].append(_rate(Drive(ground, 1), single))
            in_batches = Drive(ground, BATCH_MAX)
            rates["batched"].append(_rate(in_batches, batched))
            together.append(batched / in_batches.watch.transactions)
            rates[NAIVE].append(single / asyncio.run(naively(ground, single)))
            told = {name: round(values[-1]) for name, values in rates.items()}
            options.say(f"run {turn} of {options.runs}, fundings/s: {told}")
    final = f"slots of {FAST_SLOT_MS} ms, final after {FINAL_SLOTS}"
    one = f"fundings, one a transaction, {final}"
    many = f"fundings, up to {BATCH_MAX} a transaction, {final}"
    return [
        figure(one, OURS, "fundings/s", rates["single"]),
        figure(one, NAIVE, "fundings/s", rates[NAIVE]),
        figure(many, OURS, "fundings/s", rates["batched"]),
        figure(f"{many}: how many there were", OURS, "a transaction", together),
    ]


def latency(options: Options, count: int) -> list[Figure]:
    """Measure how long one funding takes from its order to its outcome, one after the other."""
    ours: list[float] = []
    peers: list[float] = []
    with MoneyGround(WORK, 1, 1, SLOT_MS) as ground:
        for _ in range(count):
            _, journal, begun = asyncio.run(Drive(ground, BATCH_MAX).carry_out(1))
            ours.append(seconds(journal, begun)[1])
            peers.append(asyncio.run(naively(ground, 1)))
            time.sleep(ONE_EACH_SECONDS)
    options.say(f"one funding: {ours}")
    name = f"one funding until it is final, slots of {SLOT_MS} ms, final after {FINAL_SLOTS}"
    slots = [one * 1000 / SLOT_MS for one in ours]
    return [
        figure(name, OURS, "s", ours),
        figure(name, NAIVE, "s", peers),
        figure(f"{name}: in slots", OURS, "slots", slots),
    ]


def recovery(options: Options, open_each: int) -> list[Figure]:
    """Measure how long an executor takes whose predecessor died when all was signed and nothing was sent."""
    firsts: list[float] = []
    lasts: list[float] = []
    with MoneyGround(WORK, OPEN_CLIENTS, open_each, SLOT_MS) as ground:
        for turn in range(1, options.runs + 1):
            signing = Drive(ground, BATCH_MAX).carry_out(open_each, is_sent=False)
            orders, signed, _ = asyncio.run(signing)
            going_on = Drive(ground, BATCH_MAX)
            work = going_on.carry_out(open_each, orders=orders, attempts=signed.attempts)
            _, journal, begun = asyncio.run(work)
            first, last = seconds(journal, begun)
            firsts.append(first)
            lasts.append(last)
            options.say(
                f"run {turn} of {options.runs}: {len(orders):,} open, the first after {first:.1f} s, all "
                f"after {last:.1f} s, {going_on.watch.transactions} transactions signed anew"
            )
    name = f"recovery with {OPEN_CLIENTS * open_each:,} open fundings, slots of {SLOT_MS} ms"
    return [
        figure(f"{name}: until the first is final", OURS, "s", firsts),
        figure(f"{name}: until all are final", OURS, "s", lasts),
    ]


def _rate(drive: Drive, count: int) -> float:
    _, journal, begun = asyncio.run(drive.carry_out(count))
    return count / seconds(journal, begun)[1]
