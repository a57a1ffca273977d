"""Checks of Kafka: what an embedded one needs, whether the one in use answers, and its clock."""

from __future__ import annotations

from typing import TYPE_CHECKING

from infra import address
from infra.doctor import probe
from infra.doctor.check import Check, fail, ok, warn
from infra.folder import is_held
from infra.kafka import fetch
from infra.kafka import jars as kafka_jars
from infra.kafka import ports as kafka_ports
from infra.kafka.errors import JavaMissing
from infra.kafka.java import find_java

if TYPE_CHECKING:
    from infra.settings import Settings

# The clock role and people's as_of are in whole seconds; more than this is a wrong clock, not the network.
DRIFT_MS_WARN = 2_000
DRIFT_MS_FAIL = 60_000


def java(settings: Settings) -> Check:
    """Look for a Java that runs the embedded Kafka."""
    if settings.kafka.bootstrap:
        return ok("Java", "not needed: the settings name a Kafka")
    try:
        found = find_java()
    except JavaMissing as error:
        return fail("Java", error.what, error.next_step)
    return ok("Java", f"{found.major} from {found.source} ({found.path})")


def jars(settings: Settings) -> Check:
    """Look whether Kafka's jars are there and whole, or can be fetched."""
    if settings.kafka.bootstrap:
        return ok("Kafka jars", "not needed: the settings name a Kafka")
    folder = kafka_jars.jars_folder()
    wrong = kafka_jars.differences(folder)
    if not wrong:
        return ok("Kafka jars", f"{kafka_jars.KAFKA_VERSION}, {len(kafka_jars.manifest())} files in {folder}")
    ways = [way.name for way in fetch.ways()]
    if not ways:
        return fail(
            "Kafka jars",
            f"{wrong[0]} in {folder}, and there is neither Maven nor jgo to fetch it with",
            "Install the embedded extra (pip install 'headgate[embedded]', or make setup), or Maven.",
        )
    return warn(
        "Kafka jars",
        f"{len(wrong)} of {len(kafka_jars.manifest())} to be fetched",
        f"Nothing to do: the first start fetches them through {' or '.join(ways)}, which needs the network.",
    )


def ports(settings: Settings) -> Check:
    """Look whether the ports that the settings ask for are free, unless it is our own Kafka that has them."""
    runs_here = _runs_here(settings)
    asked = _asked(settings, runs_here=runs_here)
    for name, port in asked:
        if kafka_ports.is_free(port):
            continue
        detail = f"port {port} ({name}) is taken by another process"
        advice = f"End that process, or choose another port; without {name} a free one is chosen."
        if runs_here:
            return warn("ports", detail, f"Nothing to do if that is our own `headgate up`; else: {advice}")
        return fail("ports", detail, advice)
    return ok("ports", ", ".join(f"{port} is free" for _, port in asked) or "free ones are chosen")


def _asked(settings: Settings, *, runs_here: bool) -> list[tuple[str, int]]:
    asked = []
    if settings.telemetry.http_port:
        asked.append(("telemetry.http_port", settings.telemetry.http_port))
    if settings.kafka.port and not settings.kafka.bootstrap and not runs_here:
        brokers = 3 if settings.environment == "three-brokers" else 1
        asked += [("kafka.port", settings.kafka.port + index) for index in range(brokers)]
    return asked


def reachable(settings: Settings) -> Check:
    """Ask Kafka for its brokers, if one should answer."""
    if not _should_answer(settings):
        return ok("Kafka", "not running here; `headgate up` starts it")
    conf = settings.kafka_conf()
    where = conf["bootstrap.servers"]
    try:
        brokers = probe.count_brokers(conf)
    except probe.NoAnswer as error:
        return fail(
            "Kafka",
            f"{where} does not answer ({error})",
            "Start it (`headgate up`), or correct kafka.bootstrap and kafka.client.",
        )
    return ok("Kafka", f"{brokers} broker{'s' if brokers > 1 else ''} at {where}")


def drift(settings: Settings) -> Check:
    """Compare this machine's clock with the broker's, by a record that the broker stamps."""
    name = "clock drift"
    if not _should_answer(settings):
        return ok(name, "no broker to compare with")
    try:
        stamp = probe.ask_time(settings.kafka_conf())
    except probe.NoAnswer as error:
        return ok(name, f"not measured ({error})")
    off_ms = stamp.off_ms()
    detail = f"{abs(off_ms)} ms {'ahead of' if off_ms > 0 else 'behind'} the broker" if off_ms else "none"
    advice = "Switch on time synchronisation on this machine and on the brokers."
    if abs(off_ms) >= DRIFT_MS_FAIL:
        return fail(name, detail, advice)
    return warn(name, detail, advice) if abs(off_ms) >= DRIFT_MS_WARN else ok(name, detail)


def _should_answer(settings: Settings) -> bool:
    return settings.kafka.bootstrap is not None or _runs_here(settings)


def _runs_here(settings: Settings) -> bool:
    """Say whether a process holds the folder of the embedded Kafka, and is so far as to have an address."""
    folder = settings.data_dir / settings.KAFKA_FOLDER
    return address.read(folder) is not None and is_held(folder)
