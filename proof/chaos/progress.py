"""How far the group has committed, asked of the cluster and not of the workers."""

import time
from collections.abc import Callable

from confluent_kafka import Consumer, KafkaException, TopicPartition

from proof.chaos.world import PARTITIONS, World
from streams.engine.membership import PASSING

CALL_SECONDS = 5.0
ASK_EACH_SECONDS = 0.1


class Progress:
    """Asks for committed offsets; while no broker answers, it repeats what it last knew."""

    def __init__(self, world: World) -> None:
        self._topics = [agent.topic for agent in world.agents()]
        self._consumer = Consumer(
            {**world.kafka, "group.id": world.name, "enable.auto.commit": False, "log_level": 0}
        )
        self._known: dict[tuple[str, int], int] = {}
        self._asked = 0.0

    def offsets(self) -> dict[tuple[str, int], int]:
        """Return the committed offset of each partition of the agents' topics."""
        if time.monotonic() - self._asked > ASK_EACH_SECONDS:
            wanted = [TopicPartition(topic, p) for topic in self._topics for p in range(PARTITIONS)]
            try:
                found = self._consumer.committed(wanted, timeout=CALL_SECONDS)
            except KafkaException as error:
                # A broker that is down is part of the game; anything that does not pass is not.
                if error.args[0].code() > 0 and error.args[0].code() not in PASSING:
                    raise
            else:
                self._known = {(one.topic, one.partition): max(one.offset, 0) for one in found}
            self._asked = time.monotonic()
        return self._known

    def total(self, topics: set[str] | None = None) -> int:
        """Return how many offsets are committed, of some topics or of all."""
        return sum(o for (topic, _), o in self.offsets().items() if topics is None or topic in topics)

    def reached(self, ends: dict[tuple[str, int], int]) -> bool:
        """Say whether all these ends are committed."""
        offsets = self.offsets()
        return all(offsets.get(where, 0) >= end for where, end in ends.items())

    def close(self) -> None:
        """Leave."""
        self._consumer.close()


def wait_until(true: Callable[[], bool], seconds: float, each: Callable[[], object]) -> bool:
    """Wait until something is true, looking after something else meanwhile; say whether it came true."""
    deadline = time.monotonic() + seconds
    while not true():
        if time.monotonic() > deadline:
            return False
        each()
        time.sleep(ASK_EACH_SECONDS)
    return True
