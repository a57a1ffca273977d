"""Every setting: its name, type, bounds, default and meaning."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, ClassVar, Literal

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field, SecretStr
from pydantic_settings import BaseSettings, PydanticBaseSettingsSource, SettingsConfigDict

from infra import address
from infra.settings.errors import NoKafka
from infra.settings.values import client_options, flat

Port = Annotated[int, Field(ge=1, le=65_535)]


def _lower_case(value: object) -> object:
    return value.lower() if isinstance(value, str) else value


class _Group(BaseModel):
    # Names are checked before the values, with a proposal; this is the second line.
    model_config = ConfigDict(extra="forbid", frozen=True)


class KafkaSettings(_Group):
    """Which Kafka, and how to reach it."""

    bootstrap: str | None = Field(
        default=None,
        min_length=1,
        description="HOST:PORT,... of a cluster; unset: the embedded Kafka of data_dir.",
    )
    client: Annotated[dict[str, SecretStr], BeforeValidator(flat), AfterValidator(client_options)] = Field(
        default={}, description="More librdkafka options for every client, such as security.protocol."
    )
    heap_mib: int = Field(default=512, ge=64, description="Java heap of an embedded broker, in MiB.")
    port: Port | None = Field(
        default=None, description="Port of the first embedded broker, the others follow; unset: free ones."
    )


class WorkerSettings(_Group):
    """The worker processes and their rounds."""

    processes: int = Field(default=2, ge=0, le=256, description="Worker processes under `headgate up`.")
    store: Literal["memory", "disk"] = Field(
        default="memory",
        description="Where tables live: memory is faster, disk restarts without reading the changelog.",
    )
    session_timeout_ms: int = Field(
        default=6_000,
        ge=1_000,
        le=600_000,
        description="A worker that is silent for so long loses its partitions.",
    )
    heartbeat_ms: int = Field(
        default=1_000, ge=100, le=60_000, description="How often a worker says that it lives."
    )
    transaction_timeout_ms: int = Field(
        default=3_000, ge=1_000, le=900_000, description="A round that takes longer is aborted by the broker."
    )
    round_records_max: int = Field(
        default=8_000, ge=1, le=1_000_000, description="Most records in one round."
    )
    round_bytes_max: int = Field(
        default=2_097_152, ge=65_536, le=67_108_864, description="Most bytes in one round."
    )
    drain_timeout_ms: int = Field(
        default=10_000,
        ge=0,
        le=600_000,
        description="How long a worker may finish its round when asked to end.",
    )


class ClockSettings(_Group):
    """The time in the log."""

    tick_ms: int = Field(
        default=60_000, ge=100, le=3_600_000, description="How often the clock writes the time."
    )


class LogSettings(_Group):
    """What is logged, and in which form."""

    level: Annotated[Literal["debug", "info", "warning", "error"], BeforeValidator(_lower_case)] = Field(
        default="info", description="The least serious level that is logged."
    )
    format: Literal["auto", "human", "json"] = Field(
        default="auto", description="human on a terminal and json elsewhere (auto), or always one of them."
    )


class TelemetrySettings(_Group):
    """Metrics, health and traces."""

    otlp_endpoint: str | None = Field(
        default=None, min_length=1, description="Where traces go by OTLP over HTTP; unset: nowhere."
    )
    http_port: int = Field(
        default=0, ge=0, le=65_535, description="Port of /live, /ready and /metrics of a role; 0: a free one."
    )
    host: str = Field(default="127.0.0.1", min_length=1, description="Address that this port listens on.")


class Settings(BaseSettings):
    """All settings of a process; they never change while it runs."""

    model_config = SettingsConfigDict(
        env_prefix="HEADGATE_", env_nested_delimiter="__", extra="forbid", frozen=True
    )
    # Where the embedded Kafka lives in data_dir.
    KAFKA_FOLDER: ClassVar[str] = "kafka"

    data_dir: Path = Field(default=Path(".headgate"), description="Folder of all data of this machine.")
    environment: Literal["embedded", "three-brokers", "cluster"] = Field(
        default="embedded",
        description="How topics are laid out: partitions, replication and least copies in sync.",
    )
    kafka: KafkaSettings = KafkaSettings()
    worker: WorkerSettings = WorkerSettings()
    clock: ClockSettings = ClockSettings()
    logs: LogSettings = LogSettings()
    telemetry: TelemetrySettings = TelemetrySettings()

    @classmethod
    def settings_customise_sources(
        cls,
        settings_cls: type[BaseSettings],  # noqa: ARG003 - pydantic's signature
        init_settings: PydanticBaseSettingsSource,
        env_settings: PydanticBaseSettingsSource,  # noqa: ARG003 - pydantic's signature
        dotenv_settings: PydanticBaseSettingsSource,  # noqa: ARG003 - pydantic's signature
        file_secret_settings: PydanticBaseSettingsSource,  # noqa: ARG003 - pydantic's signature
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        """Take what is given and nothing else: `load` puts the sources together, and remembers which won."""
        return (init_settings,)

    def kafka_conf(self) -> dict[str, str | int]:
        """Return what every librdkafka client starts from; `NoKafka` when there is none to reach."""
        bootstrap = self.kafka.bootstrap or address.read(self.data_dir / self.KAFKA_FOLDER)
        if bootstrap is None:
            raise NoKafka(self.data_dir)
        more = {name: secret.get_secret_value() for name, secret in self.kafka.client.items()}
        # A broker that comes back is found within a second, not within the default of ten.
        found_soon = {"reconnect.backoff.ms": 50, "reconnect.backoff.max.ms": 1_000}
        return {"bootstrap.servers": bootstrap, "client.id": "headgate", **found_soon, **more}
