"""The forecaster role: what the settings say to it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from forecaster.forecaster import Forecaster, Terms

if TYPE_CHECKING:
    from headgate.context import RoleContext


def make(role: RoleContext) -> Forecaster:
    """Return a forecaster as the settings want it."""
    given = role.settings.forecaster
    terms = Terms(every_ms=given.every_ms, campaigns_max=given.campaigns_max)
    return Forecaster(role.settings.kafka_conf(), terms, role.time, role.health)
