"""The topics of Headgate as data: read from topics.yaml, checked, frozen."""

from functools import cache
from importlib import resources
from typing import Annotated, Final, Literal

import msgspec
import yaml
from msgspec import Meta, Struct

Environment = Literal["embedded", "three-brokers", "cluster"]
OnUnreadable = Literal["park", "stop-subject"]
Compression = Literal["none", "snappy", "lz4", "zstd"]
Setting = str | int | bool

ANY: Final = "any"  # carries records of whatever kind, as they came
STATE: Final = "state"  # carries the content of a table, not facts

TopicName = Annotated[str, Meta(pattern="^[a-z][a-z0-9-]{0,99}$")]
Text = Annotated[str, Meta(min_length=1)]
Names = Annotated[tuple[Text, ...], Meta(min_length=1)]


class ByEnvironment(Struct, frozen=True, forbid_unknown_fields=True, rename="kebab"):
    """A number for each environment."""

    embedded: Annotated[int, Meta(ge=1)]
    three_brokers: Annotated[int, Meta(ge=1)]
    cluster: Annotated[int, Meta(ge=1)]

    def of(self, environment: Environment) -> int:
        """Give the number for one environment."""
        match environment:
            case "embedded":
                return self.embedded
            case "three-brokers":
                return self.three_brokers
            case "cluster":
                return self.cluster


class Topic(Struct, frozen=True):
    """One topic: for whom, what, and how it is kept."""

    name: TopicName
    owner: Text
    about: Text
    key: Text
    carries: tuple[str, ...]
    producers: Names
    consumers: Names
    on_unreadable: OnUnreadable
    partitions: ByEnvironment
    replication: ByEnvironment
    min_insync: ByEnvironment
    settings: dict[str, str]

    def settings_in(self, environment: Environment) -> dict[str, str]:
        """Give all settings that Kafka must have for this topic in an environment."""
        return {**self.settings, "min.insync.replicas": str(self.min_insync.of(environment))}


class Catalogue(Struct, frozen=True):
    """All topics, and what producers compress with."""

    compression: Compression
    topics: tuple[Topic, ...]

    def topic(self, name: str) -> Topic:
        """Give the topic of that name; a name that topics.yaml does not have is a `KeyError`."""
        for topic in self.topics:
            if topic.name == name:
                return topic
        raise KeyError(f"no topic {name!r} in topics.yaml; it has {', '.join(t.name for t in self.topics)}")


def changelog_name(app: str, table: str) -> str:
    """Name the changelog of an application's table, as Faust does."""
    return f"{app}-{table}-changelog"


@cache
def load() -> Catalogue:
    """Read the catalogue that comes with the code."""
    return parse(resources.files("events").joinpath("topics.yaml").read_text("utf-8"))


def parse(text: str) -> Catalogue:
    """Read a catalogue; a `ValueError` says what is wrong with it."""
    try:
        file = msgspec.convert(yaml.safe_load(text), _File)
    except (yaml.YAMLError, msgspec.ValidationError) as error:
        raise ValueError(f"topics.yaml cannot be understood: {error}") from error
    return Catalogue(file.defaults.compression, tuple(_topic(file, name) for name in file.topics))


class _Defaults(Struct, frozen=True, forbid_unknown_fields=True):
    partitions: ByEnvironment
    replication: ByEnvironment
    min_insync: ByEnvironment
    compression: Compression


class _Entry(Struct, frozen=True, forbid_unknown_fields=True):
    owner: Text
    about: Text
    key: Text
    kept: Text
    carries: Names | Literal["any", "state"]
    producers: Names
    consumers: Names
    on_unreadable: OnUnreadable
    partitions: ByEnvironment | None = None
    partitions_like: str | None = None
    settings: dict[str, Setting] = {}


class _File(Struct, frozen=True, forbid_unknown_fields=True):
    defaults: _Defaults
    kept: dict[str, dict[str, Setting]]
    topics: dict[TopicName, _Entry]


def _topic(file: _File, name: str) -> Topic:
    entry = file.topics[name]
    if entry.kept not in file.kept:
        raise ValueError(f"{name} is kept {entry.kept!r}, and topics.yaml does not say what that means")
    return Topic(
        name=name,
        owner=entry.owner,
        about=entry.about,
        key=entry.key,
        carries=(entry.carries,) if isinstance(entry.carries, str) else entry.carries,
        producers=entry.producers,
        consumers=entry.consumers,
        on_unreadable=entry.on_unreadable,
        partitions=_partitions(file, name, entry),
        replication=file.defaults.replication,
        min_insync=file.defaults.min_insync,
        settings={key: _text(value) for key, value in {**file.kept[entry.kept], **entry.settings}.items()},
    )


def _partitions(file: _File, name: str, entry: _Entry) -> ByEnvironment:
    if entry.partitions_like is None:
        return entry.partitions or file.defaults.partitions
    like = file.topics.get(entry.partitions_like)
    if like is None or like.partitions_like is not None or entry.partitions is not None:
        raise ValueError(f"{name} cannot have its partitions from {entry.partitions_like!r}")
    return like.partitions or file.defaults.partitions


def _text(value: Setting) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)
