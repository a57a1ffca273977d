"""The kinds of trouble, each made on real processes while records stream in."""

import signal
import time
from collections.abc import Callable
from typing import Final

from infra.kafka import LocalKafka
from proof.chaos.crew import Manner
from proof.chaos.progress import wait_until
from proof.chaos.run import Run

TAKE_OVER_RECORDS = 60
TRAP_ROUNDS = 6
LEAVE_EACH = 3  # of three workers that go, two are killed and one leaves in order
SLEEP_MAX_SECONDS = 12.0
# Long enough for a zombie to be refused; one that is not goes on, and is ended.
WOKEN_SECONDS = 5.0
Trouble = Callable[[Run, int, LocalKafka], None]


def kill(run: Run, times: int, _kafka: LocalKafka) -> None:
    """Kill -9 the only worker, again and again, soon after it came forward."""
    run.crew.start("0")
    for _ in range(times):
        run.until_forward()
        time.sleep(run.random.uniform(0, 0.6))
        run.crew.tend()
        run.crew.kill("0")
        run.fault("kill")
        run.crew.start("0")
    run.until_forward()


def rebalance(run: Run, times: int, _kafka: LocalKafka) -> None:
    """Let a second worker join, then let one of them leave in order, or kill it."""
    run.crew.start("0")
    run.until_forward()
    for number in range(times):
        stays, comes = ("0", "1") if number % 2 == 0 else ("1", "0")
        run.crew.start(comes)
        run.fault("join")
        run.until_forward(TAKE_OVER_RECORDS)
        time.sleep(run.random.uniform(0, 2))
        run.crew.tend()
        if number % LEAVE_EACH == LEAVE_EACH - 1:
            run.crew.drain([stays])
            run.fault("leave")
        else:
            run.crew.kill(stays)
            run.fault("kill")
        run.until_forward()


def zombie(run: Run, times: int, _kafka: LocalKafka) -> None:
    """Stop a worker at a step of its round until another has its work, then let it go on."""
    run.crew.start("1")
    run.until_forward()
    for number in range(times):
        fall_asleep(run, number, 1500 * (number % 2))
        sleep_past_session(run)
        run.crew.wake("0")
        run.fault("zombie")
        run.until_forward()
        if number % 2:
            run.crew.kill("0")
            run.fault("kill")
        else:
            run.crew.drain(["0"])


def replaced(run: Run, times: int, _kafka: LocalKafka) -> None:
    """Start a slot's worker a second time while the first one is stopped, then let the first go on."""
    for number in range(times):
        fall_asleep(run, number, 0)
        old = run.crew.let_go("0")
        run.crew.start("0")
        run.until_forward()
        old.send_signal(signal.SIGCONT)
        run.fault("replaced zombie")
        run.until_forward()
        run.crew.wait_for_end("0", old)
        run.crew.drain()


def zombie_after_end(run: Run, times: int, _kafka: LocalKafka) -> None:
    """Stop a worker in mid-round, let another end the input, wake the first, then go on with more."""
    for number in range(times):
        fall_asleep(run, number, 1500)
        run.feeder.pause()
        run.crew.start("1", Manner(0, mutations=run.crew.mutations))
        run.until_done()
        run.crew.wake("0")
        run.fault("zombie after the end")
        wait_until(lambda: run.crew.has_ended("0"), WOKEN_SECONDS, lambda: None)
        run.crew.kill("0")
        run.crew.drain()
        run.feeder.everywhere()
        run.feeder.go_on()


def broker(run: Run, times: int, kafka: LocalKafka) -> None:
    """Kill -9 one broker while two workers work, and start it again."""
    run.crew.start("0")
    run.crew.start("1")
    for number in range(times):
        run.until_forward(TAKE_OVER_RECORDS)
        time.sleep(run.random.uniform(0, 1))
        which = number % kafka.size
        kafka.kill(which)
        run.fault("broker killed")
        if kafka.size > 1:
            run.until_forward(TAKE_OVER_RECORDS)
        else:
            time.sleep(run.random.uniform(0, 4))
        kafka.restart(which)
    run.until_forward(TAKE_OVER_RECORDS)


def mixed(run: Run, times: int, kafka: LocalKafka) -> None:
    """All of it in turn, in one run."""
    kill(run, times, kafka)
    run.crew.drain()
    rebalance(run, max(times // 3, 1), kafka)
    run.crew.drain()
    zombie(run, max(times // 4, 1), kafka)


def fall_asleep(run: Run, number: int, linger_ms: int) -> None:
    """Start a worker that stops at the next trap, and wait until it has."""
    trap = run.traps[(number + run.seed) % len(run.traps)]
    rounds = 0 if trap == "restoring" else TRAP_ROUNDS  # the state is read before the first round
    run.crew.start("0", Manner(20, trap, rounds, linger_ms, run.crew.mutations))
    run.until(lambda: run.crew.is_stopped("0"), f"the trap at {trap}")
    run.asleep_at[trap] += 1


def sleep_past_session(run: Run) -> None:
    """Wait until the others have taken over what the sleeping worker had."""
    stuck = {where: offset for where, offset in run.progress.offsets().items() if where[0] in run.sources}
    deadline = time.monotonic() + SLEEP_MAX_SECONDS

    def taken_over() -> bool:
        now = run.progress.offsets()
        return time.monotonic() > deadline or all(now[where] > offset for where, offset in stuck.items())

    run.until(taken_over, "a take-over")


SCENARIOS: Final[dict[str, Trouble]] = {
    "kill": kill,
    "rebalance": rebalance,
    "zombie": zombie,
    "replaced": replaced,
    "zombie-after-end": zombie_after_end,
    "broker": broker,
    "mixed": mixed,
}
