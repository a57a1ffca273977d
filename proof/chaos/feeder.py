"""Feeds a run: keeps a backlog before the workers until told to finish, and notes where records landed."""

import threading
from collections.abc import Callable, Iterable

from confluent_kafka import KafkaError, Message, Producer

from proof.chaos.generator import Generator, Item
from proof.chaos.world import World

BACKLOG_MIN, STEPS_AT_ONCE = 1_500, 300
LOOK_EACH_SECONDS = 0.1
# A broker that is killed comes back within this.
DELIVERY_TIMEOUT_MS = 120_000


class FeedingError(RuntimeError):
    """A record of the input could not be written, so the run proves nothing."""


class Feeder:
    """Produces the generator's records from a thread of its own."""

    def __init__(self, world: World, generator: Generator, done: Callable[[], int]) -> None:
        self.generator, self._done = generator, done
        self.ends: dict[tuple[str, int], int] = {}
        """The offset after the last record of each partition."""
        self.produced = 0
        self._failures: list[str] = []
        self._enough = threading.Event()
        self._going = threading.Lock()
        self._thread = threading.Thread(target=self._run, name="feeder", daemon=True)
        self._producer = Producer(
            {
                **world.kafka,
                "enable.idempotence": True,
                "partitioner": "murmur2_random",
                "linger.ms": 5,
                "message.timeout.ms": DELIVERY_TIMEOUT_MS,
                "log_level": 0,  # that a broker is away is what we are here for
            }
        )

    def start(self) -> None:
        """Begin to feed."""
        self._produce(self.generator.first())
        self._thread.start()

    def pause(self) -> None:
        """Feed nothing more for now; all that was produced is in the log then."""
        self._going.acquire()
        self.flush()

    def go_on(self) -> None:
        """Feed again."""
        self._going.release()

    def finish(self) -> None:
        """Stop feeding; all that was produced is in the log then."""
        self._enough.set()
        self._thread.join()
        self.flush()

    def abandon(self) -> None:
        """Stop feeding, however far it came."""
        self._enough.set()
        if self._going.locked():
            self._going.release()
        if self._thread.is_alive():
            self._thread.join()

    def everywhere(self) -> None:
        """Feed one more record to every campaign, and return when they are in the log."""
        self._produce(self.generator.tick())
        self._produce(self.generator.everywhere())
        self.flush()

    def flush(self) -> None:
        """Wait until all is in the log."""
        left = self._producer.flush(DELIVERY_TIMEOUT_MS / 1000)
        if left or self._failures:
            raise FeedingError(f"{left} records of the input are not in the log; {self._failures[:3]}")

    def _run(self) -> None:
        try:
            self._feed()
        except BaseException as error:
            self._failures.append(repr(error))  # so that the run ends with it, and not only this thread
            raise

    def _feed(self) -> None:
        while not self._enough.is_set():
            with self._going:
                if self.produced - self._done() < BACKLOG_MIN:
                    for _ in range(STEPS_AT_ONCE):
                        self._produce(self.generator.step())
                self._producer.poll(0)
            self._enough.wait(LOOK_EACH_SECONDS)

    def _produce(self, items: Iterable[Item]) -> None:
        for item in items:
            self.produced += 1
            self._producer.produce(
                item.topic,
                item.value,
                item.key,
                item.partition,
                headers=list(item.headers or ()),
                on_delivery=lambda error, message, item=item: self._landed(item, error, message),  # type: ignore[misc]  # a default keeps this item
            )

    def _landed(self, item: Item, error: KafkaError | None, message: Message) -> None:
        if error is not None:
            self._failures.append(error.str())
            return
        topic, partition, offset = message.topic() or "", message.partition() or 0, message.offset() or 0
        self.ends[topic, partition] = max(self.ends.get((topic, partition), 0), offset + 1)
        if item.parked is not None:
            self.generator.oracle.parked[topic, partition, offset] = item.parked
