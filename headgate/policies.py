"""The policy of an account: which one is in force, and the fact that puts another one into force."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import msgspec
from confluent_kafka import KafkaError, Producer
from msgspec.structs import replace

from domain.account.rows import AnyRow
from domain.pacing.rows import AccountRow
from events import topics
from events.codec import Event, encode
from events.envelope import Envelope, moment
from events.types import PolicySet
from infra.errors import FixInput, WaitAndRetry
from infra.world_time import wall_ms
from streams import reading
from streams.agents.account import ACCOUNT
from streams.engine.options import CLIENT_LOG
from streams.engine.values import VERSION_BYTES
from streams.worker import GROUP

if TYPE_CHECKING:
    from collections.abc import Mapping

    from confluent_kafka import Message

    from streams.engine.options import KafkaConf

SOURCE = "headgate/policy"
CHANGELOG = topics.changelog_name(GROUP, ACCOUNT.table)
DELIVERY_TIMEOUT_MS = 20_000
SHOWN_MAX = 5
THRESHOLDS = (
    "pace_warning_permille",
    "pace_critical_permille",
    "pace_under_permille",
    "pace_hysteresis_permille",
    "guard_pause_permille",
)


@dataclass(frozen=True, slots=True)
class Policies:
    """Which policies are in force, by the account's subject."""

    in_force: dict[str, AccountRow]

    def find(self, wanted: str) -> tuple[str, AccountRow]:
        """Return the account that is meant, by its whole name or a part that only one has, and its row."""
        found = [wanted] if wanted in self.in_force else [one for one in self.in_force if wanted in one]
        if len(found) == 1:
            return found[0], self.in_force[found[0]]
        known = ", ".join((found or sorted(self.in_force))[:SHOWN_MAX]) or "none yet"
        what = f"{len(found)} accounts are meant by {wanted}" if found else f"No account {wanted} was seen"
        raise FixInput(
            f"{what}, so there is no policy to speak of.",
            f"Accounts that were seen: {known}. All are listed by `headgate policy show`.",
        )


def read(conf: KafkaConf) -> Policies:
    """Read the accounts out of the agent's own table: what is in force, not what was asked for."""
    decode = msgspec.msgpack.Decoder(AnyRow).decode
    found: dict[str, AccountRow] = {}
    for message in reading.read(conf, CHANGELOG):
        key: Any = message.key()
        value: Any = message.value()
        # The account's own row lies under the bare subject; its campaigns and the agent's notes have zeros.
        if b"\0" in key or value is None:
            continue
        row = decode(value[VERSION_BYTES:])
        if isinstance(row, AccountRow):
            found[key.decode()] = row
    return Policies(dict(sorted(found.items())))


def thresholds(row: AccountRow) -> dict[str, int]:
    """Return the thresholds of a policy in force, as the fact names them."""
    return {name: getattr(row.policy, name) for name in THRESHOLDS}


def following(row: AccountRow, wanted: Mapping[str, int]) -> PolicySet:
    """Return the next version of a policy: as it is, but for what is wanted otherwise."""
    try:
        policy = replace(row.policy, policy_version=row.policy_version + 1, **wanted)
        return msgspec.convert(msgspec.to_builtins(policy), PolicySet)
    except (ValueError, msgspec.ValidationError) as error:
        raise FixInput(
            f"Such a policy cannot be: {error}.",
            "Paces must rise: --under-at below --warn-at below --critical-at, further apart than --calm-by.",
        ) from error


def publish(conf: KafkaConf, subject: str, policy: PolicySet) -> None:
    """Write a policy to the account's facts, and return when it is durable."""
    envelope = Envelope(
        id=f"policy.{subject}.{policy.policy_version}",
        type=PolicySet.TYPE,
        version=PolicySet.VERSION,
        source=SOURCE,
        subject=subject,
        time=moment(wall_ms()),
        policy_version=policy.policy_version,
    )
    headers: Any
    headers, body = encode(Event(envelope, policy))
    failed: list[KafkaError] = []

    def landed(error: KafkaError | None, _message: Message) -> None:
        if error is not None:
            failed.append(error)

    producer = Producer(
        {
            **conf,
            "logger": CLIENT_LOG,
            "enable.idempotence": True,
            "partitioner": "murmur2_random",
            "message.timeout.ms": DELIVERY_TIMEOUT_MS,
        }
    )
    producer.produce(ACCOUNT.topic, body, subject.encode(), on_delivery=landed, headers=headers)
    if producer.flush(DELIVERY_TIMEOUT_MS / 1_000 + 1) or failed:
        why = failed[0].str() if failed else "it does not answer"
        raise WaitAndRetry(
            f"Kafka did not take the policy of {subject}: {why}.",
            "Run the same command again; a policy that comes twice counts once.",
        )
