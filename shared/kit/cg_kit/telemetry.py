"""Traces: one span for each record, command, deadline and follower step, carried from cause to effect; all attribute names stand here."""

from __future__ import annotations

import random
import re
import time
from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING, Any, Protocol

from opentelemetry import trace
from opentelemetry.sdk.resources import Resource
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import BatchSpanProcessor, SpanExporter
from opentelemetry.sdk.trace.sampling import ALWAYS_ON
from opentelemetry.trace import Link, NonRecordingSpan, SpanContext, SpanKind, Status, StatusCode, TraceFlags

if TYPE_CHECKING:
    from cg_kit.workspace import Origin

SYSTEM = "messaging.system"
OPERATION = "messaging.operation.name"
OPERATION_TYPE = "messaging.operation.type"
DESTINATION = "messaging.destination.name"
PARTITION = "messaging.destination.partition.id"
OFFSET = "messaging.kafka.offset"
MESSAGE_ID = "messaging.message.id"
CONVERSATION = "messaging.message.conversation_id"
BATCH = "messaging.batch.message_count"
EVENT_TYPE = "cloudevents.event_type"
EVENT_SOURCE = "cloudevents.event_source"
EVENT_ID = "cloudevents.event_id"
ERROR = "error.type"
RULE = "cg.rule"
ACTOR = "enduser.id"
LINKED = "cg.linked"
"""The linked spans once more as text, `trace/span` each: Zipkin has no links."""


class Span:
    """A step's place in its trace. `traceparent` travels with all that the step says; `recorded` is there when the trace is sampled."""

    __slots__ = ("recorded", "traceparent")

    def __init__(self, traceparent: str | None, recorded: trace.Span | None = None) -> None:
        self.traceparent = traceparent
        self.recorded = recorded


class Telemetry(Protocol):
    """What the engine asks of tracing."""

    def begin(self, origin: Origin, parent: str | None, links: Sequence[str], correlation: str) -> Span:
        """A span for the step that this origin begins."""

    def end(self, spans: Iterable[Span]) -> None:
        """Ends spans whose transaction was committed; the others are dropped unsaid."""

    def failed(self, origin: Origin, rule: str, reason: str) -> None:
        """Exports the span of a record that was parked or turned away, sampled or not."""

    def batch(self, name: str, topic: str, parents: Sequence[str], start_ns: int) -> None:
        """A span for one poll or send, linked to the messages in it; said only when one of them is sampled."""


def parse(traceparent: str | None) -> SpanContext | None:
    """A W3C traceparent as a context; None when it is not one."""
    if traceparent is None:
        return None
    parts = traceparent.split("-")
    if len(parts) < 4 or len(parts[1]) != 32 or len(parts[2]) != 16:
        return None
    try:
        context = SpanContext(int(parts[1], 16), int(parts[2], 16), is_remote=True, trace_flags=TraceFlags(int(parts[3][:2], 16)))
    except ValueError:
        return None
    return context if context.is_valid else None


def short(type_: str) -> str:
    """`ScreeningRequested` for `be.police.cg.screening.ScreeningRequested.v1`."""
    return type_.rsplit(".", 2)[-2] if type_.startswith("be.police.cg.") else type_


def spaced(name: str) -> str:
    """`screening requested` for `ScreeningRequested`: trace servers show names in lower case."""
    return WORD.sub(" ", name).lower()


WORD = re.compile(r"(?<=[a-z])(?=[A-Z])")
VERBS = {"request": "process", "fact": "process", "command": "command", "deadline": "deadline", "follow": "follow"}


class Tracing:
    """Exports to the trace server. One trace in `ratio` is sampled where the caller did not decide; parked and late steps always export their own span."""

    def __init__(self, service: str, instance: str, exporter: SpanExporter | None, ratio: float) -> None:
        self.ratio = ratio
        # a span that is started is exported: what is not sampled is not started, but for what was parked, turned away or late
        self.provider = TracerProvider(sampler=ALWAYS_ON, resource=Resource.create({"service.name": service, "service.instance.id": instance}))
        if exporter is not None:
            self.provider.add_span_processor(BatchSpanProcessor(exporter, schedule_delay_millis=1000))
        self.exporting = exporter is not None
        self.tracer = self.provider.get_tracer("cg_kit")

    def begin(self, origin: Origin, parent: str | None, links: Sequence[str], correlation: str) -> Span:
        """A span for the step that this origin begins; cheap when its trace is not sampled."""
        if parent is not None and len(parent) == 55 and parent[53:] == "00" and origin.sort != "deadline":
            return Span(f"{parent[:36]}{random.getrandbits(64) | 1:016x}-00")
        context = parse(parent)
        sampled = context.trace_flags.sampled if context is not None else random.random() < self.ratio  # noqa: S311
        if not (self.exporting and (sampled or origin.sort == "deadline")):
            traced = f"{context.trace_id:032x}" if context else f"{random.getrandbits(128) | 1:032x}"
            return Span(f"00-{traced}-{random.getrandbits(64) | 1:016x}-{'01' if sampled else '00'}")
        span = self._start(origin, context, links, correlation)
        made = span.get_span_context()
        return Span(f"00-{made.trace_id:032x}-{made.span_id:016x}-{'01' if sampled else '00'}", span)

    def _start(self, origin: Origin, context: SpanContext | None, links: Sequence[str], correlation: str) -> trace.Span:
        where = trace.set_span_in_context(NonRecordingSpan(context)) if context is not None else None
        attributes: dict[str, Any] = {
            EVENT_TYPE: origin.type,
            EVENT_SOURCE: origin.source,
            EVENT_ID: origin.id,
            MESSAGE_ID: origin.id,
            CONVERSATION: correlation,
            OPERATION: VERBS[origin.sort],
        }
        if origin.sort in ("request", "fact"):
            topic, part, offset = origin.place.split("|")
            attributes |= {SYSTEM: "kafka", OPERATION_TYPE: "process", DESTINATION: topic, PARTITION: part, OFFSET: int(offset)}
        if origin.actor is not None:
            attributes[ACTOR] = str(origin.actor.person_id)
        kind = {"request": SpanKind.CONSUMER, "fact": SpanKind.CONSUMER, "command": SpanKind.SERVER}.get(origin.sort, SpanKind.INTERNAL)
        linked = [Link(c) for c in map(parse, links) if c is not None]
        if linked:
            attributes[LINKED] = said(linked)
        return self.tracer.start_span(f"{VERBS[origin.sort]} {spaced(origin.label or short(origin.type))}", where, kind, attributes, linked)

    def end(self, spans: Iterable[Span]) -> None:
        """Ends what was committed."""
        for span in spans:
            if span.recorded is not None:
                span.recorded.end()

    def failed(self, origin: Origin, rule: str, reason: str) -> None:
        """Exports the span of what was parked or turned away."""
        if not self.exporting:
            return
        span = self._start(origin, parse(origin.traceparent), (), origin.correlation or origin.id)
        span.set_attribute(RULE, rule)
        span.set_attribute(ERROR, rule)
        span.set_status(Status(StatusCode.ERROR, reason[:200]))
        span.end()

    def batch(self, name: str, topic: str, parents: Sequence[str], start_ns: int) -> None:
        """One poll or send with links."""
        if not self.exporting:
            return
        links = [Link(c) for c in map(parse, (p for p in parents if p[53:] == "01")) if c is not None]
        if not links:
            return
        links = links[:128]
        attributes: dict[str, Any] = {SYSTEM: "kafka", OPERATION: name, OPERATION_TYPE: name, DESTINATION: topic, BATCH: len(parents), LINKED: said(links)}
        kind = SpanKind.PRODUCER if name == "send" else SpanKind.CONSUMER
        span = self.tracer.start_span(f"{name} {topic}", trace.set_span_in_context(trace.INVALID_SPAN), kind, attributes, links, start_time=start_ns)
        span.end(time.time_ns())

    def close(self) -> None:
        """Sends what is left."""
        self.provider.shutdown()


def said(links: Iterable[Link]) -> str:
    """Links as text."""
    return " ".join(f"{link.context.trace_id:032x}/{link.context.span_id:016x}" for link in links)


def exporter(name: str, zipkin_endpoint: str | None, otlp_endpoint: str | None) -> SpanExporter | None:
    """The exporter that OTEL_TRACES_EXPORTER names: `zipkin_json`, `otlp` or `none`."""
    if name == "zipkin_json":
        from opentelemetry.exporter.zipkin.json import ZipkinExporter  # noqa: PLC0415

        return ZipkinExporter(endpoint=zipkin_endpoint)
    if name == "otlp":
        from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter  # noqa: PLC0415

        return OTLPSpanExporter(endpoint=otlp_endpoint)
    return None
