"""Logs: for people on a terminal, JSON lines otherwise; everything through one place that masks secrets."""

from __future__ import annotations

import logging
import re
import sys
import time
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, Literal

import structlog

if TYPE_CHECKING:
    from collections.abc import Callable, MutableMapping

    from structlog.typing import EventDict, Processor

Format = Literal["auto", "human", "json"]

# A supervisor recognises a role that is ready by this event among its log lines.
READY_EVENT = "role.ready"

MASK = "***"

# The name of the logger to give to every librdkafka client (`logger=logging.getLogger(LIBRDKAFKA)`).
LIBRDKAFKA = "librdkafka"
# While a broker is away, each of its connections tells so many times a second.
REPEATS_EVERY_SECONDS = 5

_SECRET_NAME = re.compile(
    r"passw|secret|token|credential|authorization|bearer|cookie|(api|access|private|signing|ssl)[._-]?key",
    re.IGNORECASE,
)
# Secrets that hide inside a sentence: `password=abc`, `"api_key": "abc"`, `https://user:abc@host`.
_SECRET_IN_TEXT = re.compile(
    r"(?P<name>[\w.\-]*(?:passw|secret|token|credential|authorization|(?:api|access|private|signing)[._-]?key)[\w.\-]*"
    r"[\"']?\s*[=:]\s*[\"']?(?:(?:bearer|basic)\s+)?)(?P<value>[^\s\"',;}]+)",
    re.IGNORECASE,
)
_SECRET_IN_URL = re.compile(r"(?P<before>[a-z][a-z0-9+.\-]*://[^\s:/@]+:)[^\s@]+(?=@)", re.IGNORECASE)

# These are chatty at INFO about what our own logs already say better.
_QUIET_LIBRARIES = ("faust", "mode", "aiokafka", "httpcore", "opentelemetry", "urllib3")
# Writes addresses whole at every level, and those of chain endpoints may hold the key they are paid by.
_SILENT_LIBRARIES = ("httpx",)


def configure(
    *,
    level: str,
    format: Format,  # noqa: A002 - the setting's name
    role: str,
    handler: logging.StreamHandler[Any] | None = None,
) -> None:
    """Send all logs of this process, structlog's and the standard library's, to `handler` (stderr)."""
    handler = handler or logging.StreamHandler(sys.stderr)
    on_terminal = handler.stream.isatty()
    for_people = format == "human" or (format == "auto" and on_terminal)
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            foreign_pre_chain=_common(role),
            processors=[
                structlog.stdlib.ProcessorFormatter.remove_processors_meta,
                *_rendering(for_people=for_people, colors=on_terminal),
            ],
        )
    )
    root = logging.getLogger()
    root.handlers[:] = [handler]
    librdkafka = logging.getLogger(LIBRDKAFKA)
    librdkafka.filters[:] = [OneOfAKind()]
    root.setLevel(level.upper())
    for name in _QUIET_LIBRARIES:
        logging.getLogger(name).setLevel(level.upper() if level.upper() == "DEBUG" else "WARNING")
    for name in _SILENT_LIBRARIES:
        logging.getLogger(name).setLevel("WARNING")
    structlog.configure(
        processors=[
            structlog.stdlib.filter_by_level,
            *_common(role),
            structlog.stdlib.ProcessorFormatter.wrap_for_formatter,
        ],
        logger_factory=structlog.stdlib.LoggerFactory(),
        wrapper_class=structlog.stdlib.BoundLogger,
        cache_logger_on_first_use=False,
    )


def get(name: str) -> structlog.stdlib.BoundLogger:
    """Return the logger of a module."""
    logger: structlog.stdlib.BoundLogger = structlog.stdlib.get_logger(name)
    return logger


def announce_ready(**details: object) -> None:
    """Say that this role does its work from now on; whoever supervises it waits for this line."""
    get("headgate.role").info(READY_EVENT, **details)


class OneOfAKind(logging.Filter):
    """Lets one line of a kind (level and first word) through every so often, with how many were held back."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        super().__init__()
        self._clock = clock
        self._told: dict[tuple[int, str], tuple[float, int]] = {}

    def filter(self, record: logging.LogRecord) -> bool:
        """Say whether the line goes through."""
        kind = (record.levelno, record.getMessage().partition(" ")[0])
        told_at, held_back = self._told.get(kind, (None, 0))
        now = self._clock()
        if told_at is not None and now - told_at < REPEATS_EVERY_SECONDS:
            self._told[kind] = (told_at, held_back + 1)
            return False
        self._told[kind] = (now, 0)
        if held_back:
            record.msg, record.args = f"{record.getMessage()} (and {held_back} lines like it)", ()
        return True


def mask_secrets(_logger: object, _method: str, event: MutableMapping[str, Any]) -> EventDict:
    """Mask what looks like a secret, by its name or inside a text; a processor of structlog."""
    return {name: _masked(name, value) for name, value in event.items()}


def mask_text(text: str) -> str:
    """Return `text` with the secrets masked that stand in it as name=value or in an address."""
    named = _SECRET_IN_TEXT.sub(rf"\g<name>{MASK}", text)
    return _SECRET_IN_URL.sub(rf"\g<before>{MASK}", named)


def _masked(name: str, value: object) -> object:
    if _SECRET_NAME.search(name):
        return MASK
    if isinstance(value, str):
        return mask_text(value)
    if isinstance(value, Mapping):
        return {key: _masked(str(key), inner) for key, inner in value.items()}
    if isinstance(value, (list, tuple)):
        return [_masked("", inner) for inner in value]
    return value


def _common(role: str) -> list[Processor]:
    def add_role(_logger: object, _method: str, event: MutableMapping[str, Any]) -> EventDict:
        event.setdefault("role", role)
        return event

    return [
        structlog.contextvars.merge_contextvars,
        structlog.stdlib.add_log_level,
        structlog.stdlib.add_logger_name,
        structlog.stdlib.PositionalArgumentsFormatter(),
        structlog.processors.TimeStamper(fmt="iso", utc=True),
        add_role,
    ]


def _rendering(*, for_people: bool, colors: bool) -> list[Processor]:
    if for_people:
        console = structlog.dev.ConsoleRenderer(
            colors=colors, exception_formatter=structlog.dev.plain_traceback, pad_event_to=0
        )
        # Tracebacks become text first, so that the mask sees them too.
        return [structlog.processors.format_exc_info, mask_secrets, console]
    return [
        structlog.processors.format_exc_info,
        mask_secrets,
        structlog.processors.JSONRenderer(default=str),
    ]
