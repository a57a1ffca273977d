"""Compares what ClickHouse answers with the fold of the log; its engine is asked in a process of its own."""

import subprocess
import sys
from collections import Counter
from pathlib import Path
from typing import Any

import msgspec

from infra.settings import load
from projections.client import open_clickhouse
from proof.chaos.verify import Verdict
from proof.path.log import Log, known_topics

SECONDS_MAX = 120
QUESTIONS = {
    "spend": "SELECT subject, campaign, day, hour, spend_micros FROM spend WHERE spend_micros != 0",
    "raw": "SELECT topic, count() FROM raw FINAL GROUP BY topic",
    "commands": "SELECT command_id, outcome, attempts FROM command_log",
    "unreadable": "SELECT topic, partition, offset, reason FROM unreadable FINAL",
}


class AnswersError(RuntimeError):
    """ClickHouse could not be asked."""


def verify(config: Path, log: Log, verdict: Verdict) -> None:
    """Hold the views to the log: every record once, every cell, every command with how it ended."""
    answered = _ask(config)
    cells = {
        (subject, campaign, day, hour): micros for subject, campaign, day, hour, micros in answered["spend"]
    }
    verdict.compare("answered", log.cells(), cells)
    raw: Counter[str] = Counter(dict(answered["raw"]))
    verdict.compare("projected", {topic: log.records[topic] for topic in known_topics()}, dict(raw))
    expected = Counter(
        (one, type(order.outcomes[0]).TYPE.rpartition(".")[2], len(order.attempts))
        for one, order in log.orders.items()
        if order.outcomes
    )
    found = Counter((one, outcome, attempts) for one, outcome, attempts in answered["commands"])
    verdict.compare("command log", dict(expected), dict(found))
    verdict.note("wrong", len(answered["unreadable"]), f"unreadable: {answered['unreadable'][:3]}")


def main() -> int:
    """Ask ClickHouse, and write its answers to standard output."""
    with open_clickhouse(load(Path(sys.argv[1]))) as clickhouse:
        clickhouse.use_database()
        answers = {name: clickhouse.rows(question) for name, question in QUESTIONS.items()}
    sys.stdout.write(msgspec.json.encode(answers).decode())
    return 0


def _ask(config: Path) -> dict[str, Any]:
    command = [sys.executable, "-m", "proof.path.answers", str(config)]
    done = subprocess.run(command, capture_output=True, check=False, timeout=SECONDS_MAX)  # noqa: S603 - our own
    if done.returncode:
        raise AnswersError(done.stderr.decode("utf-8", "replace")[-1_500:])
    answers: dict[str, Any] = msgspec.json.decode(done.stdout)
    return answers


if __name__ == "__main__":
    sys.exit(main())
