"""Replays a run's log in a process of its own, as `headgate replay` does."""

import time

from infra.errors import CallAPerson
from proof.bench.job import from_command_line, tell
from proof.bench.step import agent_of
from streams.replay import Replay


def main() -> None:
    """Decide again, compare, and tell how fast it was; a difference is an error."""
    job = from_command_line()
    replay = Replay(
        {"bootstrap.servers": job.bootstrap}, agent_of(job), group=job.group, changelog=job.changelog
    )
    begun = time.perf_counter()
    replay.decide()
    decided = time.perf_counter()
    replay.compare_state()
    replay.compare_outputs()
    proved, result = time.perf_counter(), replay.result
    if not result.exact:
        raise CallAPerson(
            f"the replay differs from what was recorded: {result.state} {result.outputs}",
            "This is a defect of the engine or of a decider: keep the log and report it.",
        )
    tell(
        "replayed",
        observations=result.observations,
        decided_a_second=round(result.observations / (decided - begun)),
        proved_a_second=round(result.observations / (proved - begun)),
    )


if __name__ == "__main__":
    main()
