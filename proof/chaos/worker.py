"""One worker under chaos: the real engine and agents, with hooks, a trap, or a safeguard switched off."""

import argparse
import asyncio
import faulthandler
import os
import random
import signal
import sys
from pathlib import Path

from infra.errors import HeadgateError
from proof.chaos import mutations
from proof.chaos.journal import STEPS, Journal
from proof.chaos.steps import Steps
from proof.chaos.world import PARTITIONS, World, load
from streams.agent import Agent
from streams.app import attach
from streams.engine.app import STORES, EngineApp
from streams.shell import Processed

DEFECT_EXIT = 70


def main() -> None:
    """Run a worker until a signal asks for the drain, or something fails."""
    parser = argparse.ArgumentParser(prog="python -m proof.chaos.worker", description=__doc__)
    parser.add_argument("--world", type=Path, required=True, help="the file that the harness wrote")
    parser.add_argument("--slot", required=True, help="the place in the group")
    parser.add_argument("--journal", type=Path, required=True, help="where the current step is told")
    parser.add_argument("--seed", type=int, default=1, help="seed of the pauses")
    parser.add_argument("--pause-ms", type=int, default=0, help="longest pause at a step")
    parser.add_argument("--trap", choices=STEPS, help="stop (SIGSTOP) at this step")
    parser.add_argument("--trap-round", type=int, default=0, help="but not before so many rounds")
    parser.add_argument("--linger-ms", type=int, default=0, help="wait so long after the trap")
    parser.add_argument("--mutation", action="append", default=[], choices=sorted(mutations.ALL))
    given = parser.parse_args()
    faulthandler.register(signal.SIGUSR1)  # a stalled run asks where everybody stands
    journal = Journal(given.journal)
    journal.write("starting")
    steps = Steps(
        journal,
        random.Random(given.seed),  # noqa: S311 - to be repeatable
        given.pause_ms / 1000,
        given.trap,
        journal.rounds() + given.trap_round,
        given.linger_ms / 1000,
    )
    for name in given.mutation:
        mutations.ALL[name](steps)
    steps.install()
    asyncio.run(run(load(given.world), given.slot, steps))


async def run(world: World, slot: str, steps: Steps) -> None:
    """Run the agents as the product's worker does."""
    app = EngineApp(world.engine_options(slot), store=STORES[world.store], on_failure=end)
    attach(app, world.agents(), lambda _topic: PARTITIONS, processed)
    drain = asyncio.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        asyncio.get_running_loop().add_signal_handler(number, drain.set)
    await app.start()
    steps.at("idle")
    await drain.wait()
    await app.stop()


def processed(_agent: Agent, _done: Processed) -> None:
    """Count nothing: the harness looks at the log alone."""


def end(error: BaseException) -> None:
    """End at once, saying why; the harness starts the worker again, as the supervisor would."""
    sys.stderr.write(f"ended by {type(error).__name__}: {str(error).splitlines()[0] if str(error) else ''}\n")
    sys.stderr.flush()
    os._exit(error.exit_code if isinstance(error, HeadgateError) else DEFECT_EXIT)


if __name__ == "__main__":
    main()
