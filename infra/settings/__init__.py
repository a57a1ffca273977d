"""The settings of everything, with the source of each: flags, environment, headgate.toml, defaults."""

from infra.settings.errors import NoKafka, SettingsWrong
from infra.settings.loading import Explained, explain, load
from infra.settings.model import Settings

__all__ = ["Explained", "NoKafka", "Settings", "SettingsWrong", "explain", "load"]
