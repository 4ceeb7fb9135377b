"""The figures of `/metrics`, in one registry for each bot, so that one process can hold several bots."""

from __future__ import annotations

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, generate_latest

_LONG_BUCKETS = (0.5, 1.0, 2.0, 5.0, 10.0, 20.0, 30.0, 60.0, 120.0, 300.0, 600.0)
_BUCKETS = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.0, 2.5, 3.0)


class Metrics:
    """Counters and durations of requests to the bot and of its calls to Slack."""

    def __init__(self) -> None:
        self.registry = CollectorRegistry()
        self.requests = Counter(
            "order_desk_requests_total",
            "Requests from Slack, by outcome",
            ("kind", "route", "outcome"),
            registry=self.registry,
        )
        self.ack_seconds = Histogram(
            "order_desk_ack_seconds",
            "From receipt to acknowledgement",
            ("kind",),
            buckets=_BUCKETS,
            registry=self.registry,
        )
        self.slack_calls = Counter(
            "order_desk_slack_calls_total",
            "Calls of Slack's Web API, by outcome",
            ("method", "outcome"),
            registry=self.registry,
        )
        self.refused_requests = Counter(
            "order_desk_refused_http_requests_total",
            "Refused HTTP requests, by reason",
            ("reason",),
            registry=self.registry,
        )
        self.unshared_signatures = Counter(
            "order_desk_unshared_signatures_total",
            "Requests whose signature could not be shared with other processes in time",
            registry=self.registry,
        )
        self.outbox_sent = Counter(
            "order_desk_outbox_sent_total",
            "Attempts to send what waits in the outbox, by outcome",
            ("kind", "outcome"),
            registry=self.registry,
        )
        self.outbox_waiting = Gauge(
            "order_desk_outbox_waiting", "News to be sent, including those being sent", registry=self.registry
        )
        self.outbox_oldest_seconds = Gauge(
            "order_desk_outbox_oldest_seconds",
            "Age of the oldest news to be sent",
            registry=self.registry,
        )
        self.exports_waiting = Gauge("order_desk_exports_waiting", "Exports that are waiting", registry=self.registry)
        self.exports_in_progress = Gauge(
            "order_desk_exports_in_progress", "Exports in progress", registry=self.registry
        )
        self.exports_failed = Gauge(
            "order_desk_exports_failed", "Exports that failed and were not retried", registry=self.registry
        )
        self.exports_oldest_seconds = Gauge(
            "order_desk_exports_oldest_seconds", "Age of the oldest export that waits or runs", registry=self.registry
        )
        self.exports_worked = Counter(
            "order_desk_exports_worked_total",
            "Attempts by this process to write exports, by outcome",
            ("outcome",),
            registry=self.registry,
        )
        self.export_failures = Counter(
            "order_desk_export_failures_total",
            "Attempts to write exports that failed, by reason",
            ("reason",),
            registry=self.registry,
        )
        self.export_seconds = Histogram(
            "order_desk_export_seconds",
            "Duration of writing an export",
            buckets=_LONG_BUCKETS,
            registry=self.registry,
        )
        self.outbox_parked = Gauge(
            "order_desk_outbox_parked", "News that Slack refuses until somebody fixes it", registry=self.registry
        )

    def render(self) -> bytes:
        """All figures in the Prometheus text format."""
        return generate_latest(self.registry)
