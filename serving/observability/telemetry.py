"""Optional exports: traces, and other services' callbacks."""

from collections.abc import Generator
from contextlib import contextmanager
from importlib import import_module, metadata

from langchain_core.callbacks import BaseCallbackHandler

from serving.config.service import TelemetrySettings
from serving.config.settings import SettingsError


@contextmanager
def tracing(settings: TelemetrySettings, *, program: str = "docsql") -> Generator[None]:
    """Send spans to the collector as long as this lasts; without one nothing is even imported."""
    if settings.otlp_endpoint is None:
        yield
        return
    from opentelemetry import trace  # noqa: PLC0415  # for those alone who ask for it
    from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter  # noqa: PLC0415
    from opentelemetry.sdk.resources import Resource  # noqa: PLC0415
    from opentelemetry.sdk.trace import TracerProvider  # noqa: PLC0415
    from opentelemetry.sdk.trace.export import BatchSpanProcessor  # noqa: PLC0415

    named = {"service.name": program, "service.version": metadata.version("docsql")}
    provider = TracerProvider(resource=Resource.create(named), shutdown_on_exit=False)
    exporter = OTLPSpanExporter(endpoint=f"{settings.otlp_endpoint.rstrip('/')}/v1/traces")
    provider.add_span_processor(BatchSpanProcessor(exporter))
    trace.set_tracer_provider(provider)
    try:
        yield
    finally:
        provider.shutdown()


def callbacks(settings: TelemetrySettings) -> list[BaseCallbackHandler]:
    """The callbacks that the settings name, each made without arguments: they read their own.

    Raises:
        SettingsError: one cannot be found or made.
    """
    return [_made(name) for name in settings.callbacks]


def _made(name: str) -> BaseCallbackHandler:
    module, _, kind = name.partition(":")
    try:
        made = getattr(import_module(module), kind)()
    except Exception as error:  # a stranger's code: whatever it raises, the setting is at fault
        raise SettingsError(
            f"DOCSQL_TELEMETRY__CALLBACKS names {name!r}, which cannot be used: {error}. Write "
            "module:Class, and install its package."
        ) from error
    if not isinstance(made, BaseCallbackHandler):
        raise SettingsError(
            f"DOCSQL_TELEMETRY__CALLBACKS names {name!r}, which is not a LangChain callback."
        )
    return made
