"""Traces of where time goes: to an OpenTelemetry endpoint when one is set, else nowhere at no cost."""

from __future__ import annotations

from contextlib import AbstractContextManager, nullcontext
from typing import Protocol

from infra.errors import FixSetup

Attribute = str | int | bool


class Span(Protocol):
    """What is being timed."""

    def set(self, **attributes: Attribute) -> None:
        """Add what became known meanwhile."""


class Tracer(Protocol):
    """Where spans go."""

    def span(self, name: str, attributes: dict[str, Attribute]) -> AbstractContextManager[Span]:
        """Time what happens inside the context."""

    def close(self) -> None:
        """Send what is still here and stop."""


class _Nothing:
    def set(self, **attributes: Attribute) -> None:
        """Forget the attributes."""


class _NoTracer:
    _context = nullcontext(_Nothing())

    def span(self, name: str, attributes: dict[str, Attribute]) -> AbstractContextManager[Span]:  # noqa: ARG002 - the protocol's arguments
        return self._context

    def close(self) -> None:
        """Do nothing: there is nothing to send."""


class _Current:
    tracer: Tracer = _NoTracer()


def configure(endpoint: str | None, *, role: str) -> None:
    """Send spans to `endpoint` (OTLP over HTTP, the base address); None switches tracing off."""
    close()
    if endpoint is None:
        return
    try:
        # Imported only here: the extra `tracing` need not be installed where nobody traces.
        from infra.tracing_otlp import OtlpTracer  # noqa: PLC0415 - see above
    except ImportError as error:
        raise FixSetup(
            what=f"Tracing to {endpoint} is set, but {error.name} is not installed.",
            next_step="Install headgate[tracing], or remove telemetry.otlp_endpoint from the settings.",
        ) from error
    _Current.tracer = OtlpTracer(endpoint, role=role)


def span(name: str, **attributes: Attribute) -> AbstractContextManager[Span]:
    """Return a context whose inside is timed under `name`."""
    return _Current.tracer.span(name, attributes)


def close() -> None:
    """Send what is still here, within a bounded time, and switch tracing off."""
    _Current.tracer.close()
    _Current.tracer = _NoTracer()
