"""A consumer group as its coordinator keeps it: generations, members, static places and committed offsets."""

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from confluent_kafka import KafkaError

from proof.simulation.log import Where

if TYPE_CHECKING:
    from collections.abc import Callable

NOBODY = (-1, "", None)
Metadata = tuple[int, str, str | None]


class Refusal(Exception):  # noqa: N818 - what the broker answers is an outcome
    """The broker refuses a request with an error code."""

    def __init__(self, code: int) -> None:
        super().__init__(code)
        self.code = code


@dataclass
class Member:
    """One member; it has to join again whenever the others change."""

    id: str
    instance: str | None
    topics: list[str]
    deadline_ms: int
    has_joined: bool = True
    generation: int = -1
    owned: list[Where] = field(default_factory=list)


class Group:
    """The group of all workers."""

    def __init__(self, partitions: dict[str, int], session_ms: int) -> None:
        self.partitions, self.session_ms = partitions, session_ms
        self.generation = 0
        self.is_stable = False
        self.members: dict[str, Member] = {}
        self.committed: dict[Where, int] = {}
        self.on_rebalance: Callable[[], None] = lambda: None
        self._numbers = 0

    def join(self, now_ms: int, member: str, instance: str | None, topics: list[str]) -> str:
        """Join or join again; a static member that comes back takes its old place without a rebalance."""
        known = self.members.get(member)
        if known is not None:
            known.has_joined, known.deadline_ms = True, now_ms + self.session_ms
            self._complete()
            return member
        self._numbers += 1
        new = Member(f"{instance or 'member'}-{self._numbers}", instance, topics, now_ms + self.session_ms)
        before = self._of_instance(instance)
        if before is not None:
            del self.members[before.id]
            if self.is_stable:
                new.generation, new.owned = before.generation, before.owned
                self.members[new.id] = new
                return new.id
        self.members[new.id] = new
        self._rebalance()
        new.has_joined = True
        self._complete()
        return new.id

    def leave(self, member: str) -> None:
        """Take a member out."""
        if self.members.pop(member, None) is not None:
            self._rebalance()
            self._complete()

    def heartbeat(self, now_ms: int, member: str) -> bool:
        """Note that a member lives; tell whether it is still one."""
        known = self.members.get(member)
        if known is not None:
            known.deadline_ms = now_ms + self.session_ms
        return known is not None

    def expire(self, now_ms: int) -> None:
        """Take out the members that were silent for too long."""
        silent = [one.id for one in self.members.values() if one.deadline_ms < now_ms]
        for member in silent:
            self.leave(member)

    def check(self, metadata: Metadata) -> None:
        """Refuse a commit of another generation or member; that of a non-member is accepted, as in Kafka."""
        generation, member, instance = metadata
        if generation < 0 and not member:
            return
        if member not in self.members:
            replaced = self._of_instance(instance) is not None
            raise Refusal(KafkaError.FENCED_INSTANCE_ID if replaced else KafkaError.UNKNOWN_MEMBER_ID)
        if generation != self.generation:
            raise Refusal(KafkaError.ILLEGAL_GENERATION)

    def _of_instance(self, instance: str | None) -> Member | None:
        if instance is None:
            return None
        return next((one for one in self.members.values() if one.instance == instance), None)

    def _rebalance(self) -> None:
        self.is_stable = False
        for one in self.members.values():
            one.has_joined = False

    def _complete(self) -> None:
        if self.is_stable or not all(one.has_joined for one in self.members.values()):
            return
        self.generation += 1
        self.is_stable = True
        self.on_rebalance()
        members = sorted(self.members.values(), key=lambda one: (one.instance or "", one.id))
        for one in members:
            one.generation, one.owned = self.generation, []
        if members:
            for topic in sorted({topic for one in members for topic in one.topics}):
                self._spread(topic, [one for one in members if topic in one.topics])

    def _spread(self, topic: str, members: list[Member]) -> None:
        count = self.partitions[topic]
        for partition in range(count):
            members[partition * len(members) // count].owned.append((topic, partition))
