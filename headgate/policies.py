"""The policy of an account: which one is in force, and the fact that puts another one into force."""

from __future__ import annotations

from dataclasses import dataclass
from difflib import get_close_matches
from typing import TYPE_CHECKING, Any, Final

import msgspec

from domain.pacing.rows import DEFAULT_POLICY, AccountRow
from events.types import PolicySet
from headgate import publishing, table
from infra.errors import FixInput
from streams.agents.account import ACCOUNT

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from streams.engine.options import KafkaConf

SOURCE = "headgate/policy"
CHANGELOG = table.CHANGELOG
SHOWN_MAX = 5
NOTHING: Final = frozenset({"none", "null"})
THRESHOLDS: Final = tuple(name for name in PolicySet.__struct_fields__ if name != "policy_version")


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
    # The account's own row lies under the bare subject; its campaigns and the agent's notes have zeros.
    found = table.rows(conf, CHANGELOG, lambda key: b"\0" not in key)
    accounts = {key.decode(): row for key, row in found.items() if isinstance(row, AccountRow)}
    return Policies(dict(sorted(accounts.items())))


def thresholds(row: AccountRow) -> dict[str, Any]:
    """Return the thresholds of a policy in force, as the fact names them."""
    told: dict[str, Any] = msgspec.to_builtins(row.policy)
    return {name: told[name] for name in THRESHOLDS}


def defaults() -> dict[str, Any]:
    """Return what holds where nobody has said anything."""
    return thresholds(AccountRow("", DEFAULT_POLICY))


def following(row: AccountRow, wanted: Mapping[str, Any]) -> PolicySet:
    """Return the next version of a policy: as it is, but for what is wanted otherwise."""
    try:
        kept = {**msgspec.to_builtins(row.policy), "policy_version": row.policy_version + 1}
        return msgspec.convert({**kept, **wanted}, PolicySet)
    except (ValueError, msgspec.ValidationError) as error:
        raise FixInput(
            f"Such a policy cannot be: {error}.",
            "`headgate policy show ACCOUNT` lists each threshold as it is; docs/policy.md says its bounds.",
        ) from error


def parsed(given: Iterable[str]) -> dict[str, Any]:
    """Read thresholds that a person named, such as ``breaker_cooldown_minutes=15``."""
    wanted: dict[str, Any] = {}
    for text in given:
        name, equals, value = text.partition("=")
        if not equals:
            raise FixInput(f"{text} names no value.", "Say it as NAME=VALUE, such as breaker_rapid_count=4.")
        wanted[known(name.strip())] = _value(name.strip(), value.strip())
    return wanted


def known(name: str) -> str:
    """Return a threshold's name; one that there is not is answered with those most like it."""
    if name in THRESHOLDS:
        return name
    near = get_close_matches(name, THRESHOLDS, n=SHOWN_MAX, cutoff=0.4)
    raise FixInput(
        f"There is no threshold {name}.",
        f"Did you mean {', '.join(near)}?" if near else "`headgate policy show ACCOUNT` lists them all.",
    )


def _value(name: str, text: str) -> Any:  # noqa: ANN401 - as the threshold wants it
    if text == "default":
        return defaults()[name]
    if text in NOTHING:
        return [] if name == "plan_channels" else None
    if name == "plan_strategy":
        return text.upper()
    if name == "plan_channels":
        pairs = (part.partition("=")[::2] for part in text.replace(":", "=").split(","))
        return [{"channel": channel.strip(), "strategy": way.strip().upper()} for channel, way in pairs]
    try:
        return int(text.replace("_", ""))
    except ValueError as error:
        raise FixInput(f"{name} is {text}.", "It takes a whole number; or say `default`.") from error


def publish(conf: KafkaConf, subject: str, policy: PolicySet) -> None:
    """Write a policy to the account's facts, and return when it is durable."""
    publishing.publish(
        conf,
        ACCOUNT.topic,
        subject,
        policy,
        id=f"policy.{subject}.{policy.policy_version}",
        source=SOURCE,
        what="the policy",
        policy_version=policy.policy_version,
    )
