"""Every benchmark by its name."""

from collections.abc import Callable, Iterator

from proof.bench import latency, memory, money, path, rebalance, recovery, replay, stream
from proof.bench.ground import Ground
from proof.bench.options import Options
from proof.bench.report import Figure
from proof.pacing import measure as pacing

BENCHMARKS: dict[str, Callable[[Ground, Options], Iterator[list[Figure]]]] = {
    "stream": stream.measure,
    "recovery": recovery.measure,
    "rebalance": rebalance.measure,
    "latency": latency.measure,
    "reaction": latency.reaction,
    "path": path.measure,
    "replay": replay.measure,
    "memory": memory.measure,
}

# These need no broker.
ALONE: dict[str, Callable[[Options], Iterator[list[Figure]]]] = {
    "pacing": pacing.measure,
    "money": money.measure,
}
