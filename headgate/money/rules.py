"""The rules of a client's treasury: which are in force, and the fact that puts others into force."""

from __future__ import annotations

from difflib import get_close_matches
from typing import TYPE_CHECKING, Any, Final

import msgspec

from domain.treasury.rows import DEFAULT_POLICY, AnyRow, ClientRow
from events import topics
from events.types import FundingPolicySet
from headgate import publishing, table
from headgate.money.amounts import AMOUNT_MAX, parsed
from headgate.money.funding import FACTS
from infra.errors import FixInput
from streams.worker import GROUP

if TYPE_CHECKING:
    from collections.abc import Iterable

    from streams.engine.options import KafkaConf

SOURCE: Final = "headgate/treasury"
CHANGELOG: Final = topics.changelog_name(GROUP, "client-state")
NAMES: Final = tuple(name for name in FundingPolicySet.__struct_fields__ if name != "policy_version")
PLATFORM: Final = "platform_limit."
SHOWN_MAX: Final = 5
DEFAULT, NONE = "default", "none"


def in_force(conf: KafkaConf, client: str) -> FundingPolicySet:
    """Return the rules by which the agent decides now: what holds, not what was asked for."""
    found = table.rows(conf, CHANGELOG, lambda key: key == client.encode(), AnyRow)
    row = found.get(client.encode())
    return row.policy if isinstance(row, ClientRow) else DEFAULT_POLICY


def following(before: FundingPolicySet, known_version: int, given: Iterable[str]) -> FundingPolicySet:
    """Return the next version of the rules: as they are, but for what is wanted otherwise."""
    kept: dict[str, Any] = msgspec.to_builtins(before)
    kept["policy_version"] = max(before.policy_version, known_version) + 1
    limits = {one.platform: one.micro_usdc for one in before.platform_limits}
    for text in given:
        name, equals, value = text.partition("=")
        if not equals:
            raise FixInput(f"{text} names no value.", "Say it as NAME=VALUE, such as pot_limit=5000.")
        if name.startswith(PLATFORM):
            _limit(limits, name.removeprefix(PLATFORM), value.strip())
        else:
            key = called(name.strip())
            kept[key] = _value(key, value.strip())
    kept["platform_limits"] = [
        {"platform": platform, "micro_usdc": micro} for platform, micro in limits.items()
    ]
    try:
        return msgspec.convert(kept, FundingPolicySet)
    except (ValueError, msgspec.ValidationError) as error:
        raise FixInput(
            f"Such rules cannot be: {error}.",
            "`headgate treasury` lists each as it is; docs/funding-policy.md says its bounds.",
        ) from error


def called(name: str) -> str:
    """Return a rule's whole name; units may be left out, and what there is not is answered in words."""
    found = [
        one for one in NAMES if name in {one, one.removesuffix("_micro_usdc"), one.removesuffix("_permille")}
    ]
    if found and found[0] != "platform_limits":
        return found[0]
    near = get_close_matches(name, [*NAMES, f"{PLATFORM}meta"], n=SHOWN_MAX, cutoff=0.4)
    raise FixInput(
        f"There is no rule {name}.",
        f"Did you mean {', '.join(near)}?" if near else "`headgate treasury` lists them all.",
    )


def publish(conf: KafkaConf, client: str, policy: FundingPolicySet) -> None:
    """Write rules to the client's facts, and return when that is durable."""
    publishing.publish(
        conf,
        FACTS,
        client,
        policy,
        id=f"funding-policy.{client}.{policy.policy_version}",
        source=SOURCE,
        what="the rules",
        policy_version=policy.policy_version,
    )


def _limit(limits: dict[str, int], platform: str, value: str) -> None:
    """Set a platform's limit; without one, the limit of all others holds for it."""
    if value == NONE:
        limits.pop(platform, None)
    else:
        limits[platform] = _amount(value)


def _value(name: str, text: str) -> Any:  # noqa: ANN401 - as the rule wants it
    if text == DEFAULT:
        return msgspec.to_builtins(DEFAULT_POLICY)[name]
    if name == "mode":
        return text
    if name.endswith("_micro_usdc"):
        return _amount(text)
    try:
        return int(text.replace("_", ""))
    except ValueError as error:
        raise FixInput(f"{name} is {text}.", "It takes a whole number; or say `default`.") from error


def _amount(text: str) -> int:
    """Read dollars; zero lets nothing through, which a limit may mean."""
    if text.strip("0.") == "" and text:
        return 0
    return min(parsed(text), AMOUNT_MAX)
