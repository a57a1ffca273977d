"""The order of the checks: the program, the machine, then Kafka, which needs both."""

from __future__ import annotations

from typing import TYPE_CHECKING

from infra.doctor import kafka, machine, program

if TYPE_CHECKING:
    from collections.abc import Callable

    from infra.doctor.check import Check
    from infra.settings import Settings

CHECKS: tuple[Callable[[Settings], Check], ...] = (
    program.python,
    program.libraries,
    machine.folder,
    machine.disk,
    machine.memory,
    machine.open_files,
    machine.clock,
    kafka.java,
    kafka.jars,
    kafka.ports,
    kafka.reachable,
    kafka.drift,
)


def examine(settings: Settings, on_check: Callable[[Check], None] | None = None) -> list[Check]:
    """Run every check, telling each as it is known."""
    found: list[Check] = []
    for check in CHECKS:
        found.append(check(settings))
        if on_check is not None:
            on_check(found[-1])
    return found
