"""Spans sent by OpenTelemetry, OTLP over HTTP; imported only when an endpoint is set."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING

from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
from opentelemetry.sdk.resources import Resource
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import BatchSpanProcessor

if TYPE_CHECKING:
    from collections.abc import Iterator

    from opentelemetry.trace import Span as OtelSpan

    from infra.tracing import Attribute

# The exporter retries by itself within this; a collector that is away must never hold up a role.
EXPORT_TIMEOUT_SECONDS = 5


class _OtlpSpan:
    def __init__(self, span: OtelSpan) -> None:
        self._span = span

    def set(self, **attributes: Attribute) -> None:
        """Add what became known meanwhile."""
        self._span.set_attributes(attributes)


class OtlpTracer:
    """A tracer that batches spans and sends them in the background."""

    def __init__(self, endpoint: str, *, role: str) -> None:
        resource = Resource.create({"service.name": "headgate", "service.instance.id": role})
        exporter = OTLPSpanExporter(
            endpoint=f"{endpoint.rstrip('/')}/v1/traces", timeout=EXPORT_TIMEOUT_SECONDS
        )
        # The provider is ours alone, not the global one: libraries shall not add spans behind our back.
        self._provider = TracerProvider(resource=resource, shutdown_on_exit=False)
        self._provider.add_span_processor(BatchSpanProcessor(exporter))
        self._tracer = self._provider.get_tracer("headgate")

    @contextmanager
    def span(self, name: str, attributes: dict[str, Attribute]) -> Iterator[_OtlpSpan]:
        """Time what happens inside the context; an exception is recorded and goes on."""
        with self._tracer.start_as_current_span(name, attributes=attributes) as span:
            yield _OtlpSpan(span)

    def close(self) -> None:
        """Send what is still here and stop."""
        self._provider.shutdown()
