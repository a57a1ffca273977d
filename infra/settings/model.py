"""Every setting: its name, type, bounds, default and meaning."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, ClassVar, Literal

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field, SecretStr
from pydantic_settings import BaseSettings, PydanticBaseSettingsSource, SettingsConfigDict

from infra import address
from infra.settings.chain import ChainSettings, LocalnetSettings
from infra.settings.errors import NoKafka
from infra.settings.notifier import NotifierSettings
from infra.settings.values import client_options, flat

Port = Annotated[int, Field(ge=1, le=65_535)]
AccountName = Annotated[str, Field(pattern="^[^/\\x00\\s]{1,128}/[a-z0-9-]{1,32}/[^/\\x00\\s]{1,128}$")]


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


class TimeSettings(_Group):
    """Which time it is for every role; a demo's day runs faster than ours."""

    speed: int = Field(default=1, ge=1, le=100_000, description="How many seconds pass in one of ours.")
    anchor_ms: int | None = Field(
        default=None, ge=0, description="The moment of our time at which it was origin_ms; unset: our time."
    )
    origin_ms: int | None = Field(default=None, ge=0, description="Which time it was at anchor_ms.")


class TikTokSettings(_Group):
    """TikTok's Business API: where it is, as whom, and how much it allows."""

    base_url: str = Field(
        default="https://business-api.tiktok.com/open_api/v1.3/",
        pattern="^https?://[^\\s/?#]+[^\\s?#]*$",
        description="Where the API is; the simulator's address, to try things out.",
    )
    access_token: SecretStr | None = Field(
        default=None, description="The token of the app's authorisation; unset: TikTok is not configured."
    )
    requests_per_second: int = Field(default=10, ge=1, le=1_000, description="What the app's tier allows.")
    requests_per_minute: int = Field(default=600, ge=1, le=60_000, description="What the app's tier allows.")
    requests_per_day: int = Field(
        default=864_000, ge=1, le=100_000_000, description="What the app's tier allows."
    )
    minute_penalty_ms: int = Field(
        default=300_000, ge=1_000, le=3_600_000, description="How long it refuses after a full minute."
    )
    page_size: int = Field(
        default=1_000, ge=1, le=1_000, description="How many rows of a list one call brings."
    )
    lag_ms: int = Field(
        default=10_800_000, ge=0, le=172_800_000, description="How far its figures are behind, at most."
    )
    timeout_ms: int = Field(default=30_000, ge=100, le=600_000, description="How long an answer may take.")


class PollerSettings(_Group):
    """How often the platforms are read."""

    spend_ms: int = Field(
        default=300_000, ge=1_000, le=86_400_000, description="How often today's spend of an account is read."
    )
    spend_ms_min: int = Field(
        default=60_000, ge=1_000, le=86_400_000, description="How often where a campaign is near its limit."
    )
    campaigns_ms: int = Field(
        default=900_000, ge=1_000, le=86_400_000, description="How often campaigns and budgets are read."
    )
    restated_ms: int = Field(
        default=3_600_000, ge=1_000, le=604_800_000, description="How often past days are read again."
    )
    restated_days: int = Field(
        default=3, ge=0, le=30, description="How many past days a platform may still correct."
    )


class ExecutorSettings(_Group):
    """How commands are brought about on the platforms."""

    session_timeout_ms: int = Field(
        default=6_000, ge=1_000, le=600_000, description="An executor silent for so long loses its commands."
    )
    give_up_after_ms: int = Field(
        default=3_600_000, ge=1_000, le=86_400_000, description="How long a command is tried again."
    )
    drain_timeout_ms: int = Field(
        default=10_000,
        ge=0,
        le=600_000,
        description="How long an executor may see to the end what it has written when asked to end.",
    )


class ClickHouseSettings(_Group):
    """Where answers come from: the embedded engine in data_dir, or a server."""

    host: str | None = Field(
        default=None, min_length=1, description="Host of a ClickHouse server; unset: the embedded engine."
    )
    port: Port = Field(default=8123, description="Its HTTP port.")
    username: str = Field(default="default", min_length=1, description="As whom.")
    password: SecretStr | None = Field(default=None, description="The password of that user.")
    database: str = Field(default="headgate", pattern="^[a-z][a-z0-9_]{0,62}$", description="Which database.")
    secure: bool = Field(default=False, description="Whether it is reached by TLS.")


class ProjectorSettings(_Group):
    """How the log is written into ClickHouse."""

    batch_records_max: int = Field(
        default=5_000, ge=1, le=100_000, description="Most records of the log in one insert."
    )
    batch_ms: int = Field(
        default=500, ge=10, le=60_000, description="How long records wait for others at most."
    )


class ForecasterSettings(_Group):
    """The model over all campaigns."""

    every_ms: int = Field(
        default=21_600_000, ge=600_000, le=604_800_000, description="How often it learns anew."
    )
    campaigns_max: int = Field(
        default=20_000, ge=1, le=1_000_000, description="Of how many campaigns it keeps the last weeks."
    )


class SimulatorSettings(_Group):
    """A world of ad platforms to try things out with."""

    port: int = Field(default=0, ge=0, le=65_535, description="Port it listens on; 0: a free one.")
    host: str = Field(default="127.0.0.1", min_length=1, description="Address it listens on.")
    seed: int = Field(default=7, ge=0, description="The same seed gives the same world.")
    accounts: int = Field(default=6, ge=1, le=1_000, description="How many accounts it has.")
    campaigns: int = Field(
        default=300, ge=1, le=100_000, description="How many campaigns these have together."
    )
    lag_ms: int = Field(
        default=300_000, ge=0, le=172_800_000, description="How late what it says is, of what is so."
    )
    overdelivery_permille: int = Field(
        default=2_000, ge=1_000, le=100_000, description="Most of its daily budget that a campaign spends."
    )
    runaway_permille: int = Field(
        default=10, ge=0, le=1_000, description="How many campaigns lose their measure on a day, of 1,000."
    )
    begin_ms: int = Field(default=0, ge=0, description="Before this moment it has spent nothing.")


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
    # Where the embedded ClickHouse engine lives in data_dir.
    CLICKHOUSE_FOLDER: ClassVar[str] = "clickhouse"
    # Where the local chain lives in data_dir.
    LOCALNET_FOLDER: ClassVar[str] = "localnet"

    data_dir: Path = Field(default=Path(".headgate"), description="Folder of all data of this machine.")
    environment: Literal["embedded", "three-brokers", "cluster"] = Field(
        default="embedded",
        description="How topics are laid out: partitions, replication and least copies in sync.",
    )
    accounts: tuple[AccountName, ...] = Field(
        default=(), max_length=10_000, description="The ad accounts to watch, each client/platform/account."
    )
    kafka: KafkaSettings = KafkaSettings()
    worker: WorkerSettings = WorkerSettings()
    clock: ClockSettings = ClockSettings()
    time: TimeSettings = TimeSettings()
    tiktok: TikTokSettings = TikTokSettings()
    poller: PollerSettings = PollerSettings()
    executor: ExecutorSettings = ExecutorSettings()
    notifier: NotifierSettings = NotifierSettings()
    clickhouse: ClickHouseSettings = ClickHouseSettings()
    projector: ProjectorSettings = ProjectorSettings()
    forecaster: ForecasterSettings = ForecasterSettings()
    chain: ChainSettings = ChainSettings()
    localnet: LocalnetSettings = LocalnetSettings()
    simulator: SimulatorSettings = SimulatorSettings()
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
