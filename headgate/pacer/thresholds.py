"""The library's thresholds, as attributes that a person sets, and the policy that they make."""

from __future__ import annotations

from decimal import Decimal
from typing import Final, overload

from msgspec.structs import replace

from events.limits import MINUTES_MAX
from events.types import PolicySet
from headgate.pacer.amounts import Unusable, is_whole, to_amount, to_micros, to_permille, to_ratio

RATIO_MAX: Final = 100_000
HYSTERESIS: Final = 100
UTILISATION: Final = 850
SEEDS: Final = {
    # Seed 004 blocks spending at 90 % of the budget whatever the hour; the server asks that it is also ahead.
    "breaker_ahead_permille": 0,
    # What is recorded here has been spent by now, so nothing is to be guessed and no platform to be steered.
    "guard_likely_permille": 0,
    "steer_edits_a_day_max": 0,
}


class Ratio:
    """An attribute that is a ratio, kept as a field of the policy in thousandths."""

    def __init__(self, field: str, permille: int, least: int = 0, most: int = RATIO_MAX) -> None:
        self.field, self.permille, self.least, self.most = field, permille, least, most

    def __set_name__(self, _owner: type, name: str) -> None:
        self.name = name

    @overload
    def __get__(self, instance: None, _owner: type) -> Ratio: ...
    @overload
    def __get__(self, instance: Thresholds, _owner: type) -> float: ...
    def __get__(self, instance: Thresholds | None, _owner: type) -> Ratio | float:
        return self if instance is None else to_ratio(instance.fields.get(self.field, self.permille))

    def __set__(self, instance: Thresholds, ratio: float) -> None:
        instance.fields[self.field] = to_permille(ratio, self.name, self.least, self.most)


class Whole:
    """An attribute that is a count, of hours or minutes or times, kept as a field of the policy."""

    def __init__(self, field: str, count: int, most: int, least: int = 0) -> None:
        self.field, self.count, self.most, self.least = field, count, most, least

    def __set_name__(self, _owner: type, name: str) -> None:
        self.name = name

    @overload
    def __get__(self, instance: None, _owner: type) -> Whole: ...
    @overload
    def __get__(self, instance: Thresholds, _owner: type) -> int: ...
    def __get__(self, instance: Thresholds | None, _owner: type) -> Whole | int:
        return self if instance is None else instance.fields.get(self.field, self.count)

    def __set__(self, instance: Thresholds, count: int) -> None:
        if not is_whole(count, self.least, self.most):
            raise Unusable(
                f"{self.name} is {count!r}.", f"Give a whole number from {self.least} to {self.most}."
            )
        instance.fields[self.field] = count


class Thresholds:
    """What a person may set on a pacer, at any time; each holds from the next call on.

    The defaults are seed 004's. Where they differ from the server's, docs/how-to/use-as-a-library.md says so.
    """

    max_hourly_spend_pct = Ratio("plan_hour_max_permille", 150, 50, 1000)
    frontload_protection_hours = Whole("plan_frontload_hours", 4, 25)
    frontload_limit_pct = Ratio("plan_frontload_permille", 500, 0, 1000)
    emergency_stop_threshold = Ratio("breaker_budget_permille", 900)
    pace_warning_threshold = Ratio("pace_warning_permille", 1500)
    pace_critical_threshold = Ratio("pace_critical_permille", 2000)
    pace_under_threshold = Ratio("pace_under_permille", 500)
    velocity_threshold = Ratio("breaker_velocity_permille", 3000)
    rapid_overspend_count = Whole("breaker_rapid_count", 3, 100)
    rapid_overspend_minutes = Whole("breaker_rapid_minutes", 60, MINUTES_MAX)
    performance_floor = Ratio("breaker_performance_permille", 300, 0, 1000)
    circuit_breaker_cooldown_minutes = Whole("breaker_cooldown_minutes", 60, MINUTES_MAX)
    circuit_breaker_probe_minutes = Whole("breaker_probe_minutes", 30, MINUTES_MAX)
    min_conversion_rate = Ratio("alert_conversion_permille", 25, 0, 1000)
    min_click_through_rate = Ratio("alert_ctr_permille", 15, 0, 1000)
    performance_drop_threshold = Ratio("alert_drop_permille", 250, 0, 1000)

    def __init__(self) -> None:
        self.fields: dict[str, int] = {}

    @property
    def max_cost_per_click(self) -> Decimal | None:
        """What a click may cost before it is told of; unset it is four dollars, and nothing elsewhere."""
        micros = self.fields.get("alert_cpc_micros")
        return None if micros is None else to_amount(micros)

    @max_cost_per_click.setter
    def max_cost_per_click(self, amount: Decimal | float) -> None:
        exact = Decimal(str(amount)) if isinstance(amount, float) else amount
        self.fields["alert_cpc_micros"] = to_micros(exact, "max_cost_per_click")

    def policy(self, version: int) -> PolicySet:
        """Return the policy that the attributes make; refuse those that cannot hold together."""
        emergency = self._now(Thresholds.emergency_stop_threshold)
        under, warning, critical = map(
            self._now,
            (
                Thresholds.pace_under_threshold,
                Thresholds.pace_warning_threshold,
                Thresholds.pace_critical_threshold,
            ),
        )
        if not under < warning < critical:
            raise Unusable(
                f"The pace thresholds are {to_ratio(under)}, {to_ratio(warning)} and {to_ratio(critical)}.",
                "Let them rise: pace_under_threshold, pace_warning_threshold, pace_critical_threshold.",
            )
        follows = {
            "pace_hysteresis_permille": min(HYSTERESIS, warning - under - 1, critical - warning - 1),
            "alert_budget_permille": emergency,
            "alert_utilisation_permille": min(UTILISATION, emergency),
        }
        return replace(PolicySet(version), **SEEDS | follows | self.fields)

    def _now(self, ratio: Ratio) -> int:
        return self.fields.get(ratio.field, ratio.permille)
