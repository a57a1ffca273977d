"""Run a local Kafka by hand: `python -m infra.kafka --folder DIR [--brokers N]`, until Ctrl-C."""

from __future__ import annotations

import argparse
import signal
import sys
import threading
from pathlib import Path
from typing import TYPE_CHECKING

from infra.errors import HeadgateError
from infra.kafka.local import LocalKafka

if TYPE_CHECKING:
    from typing import TextIO

# Often enough that a dead broker is told of soon.
LOOK_EACH_SECONDS = 1


def main() -> int:
    """Start, print the bootstrap address on stdout, and stay until a signal or a broker's end."""
    parser = argparse.ArgumentParser(prog="python -m infra.kafka", description=__doc__)
    parser.add_argument("--folder", type=Path, required=True, help="folder of the data")
    parser.add_argument("--brokers", type=int, default=1, help="how many brokers (1)")
    parser.add_argument("--port", type=int, help="port of the first broker (a free one)")
    given = parser.parse_args()
    asked_to_end = threading.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, lambda _number, _frame: asked_to_end.set())
    kafka = LocalKafka(given.folder, given.brokers, port=given.port)
    try:
        kafka.start(lambda words: _say(sys.stderr, words))
    except HeadgateError as error:
        _say(sys.stderr, str(error))
        return error.exit_code
    try:
        _say(sys.stdout, kafka.bootstrap)
        while not asked_to_end.wait(LOOK_EACH_SECONDS):
            if reason := kafka.exit_reason():
                _say(sys.stderr, reason)
                return 1
    finally:
        kafka.stop()
    return 0


def _say(stream: TextIO, words: str) -> None:
    stream.write(f"{words}\n")
    stream.flush()


if __name__ == "__main__":
    sys.exit(main())
