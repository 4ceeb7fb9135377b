"""What `/metrics` shows, in one registry for each bot, so that several can live in one process."""

from __future__ import annotations

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, generate_latest

_BUCKETS = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.0, 2.5, 3.0)


class Metrics:
    """Counters and durations of what the bot was asked and what it asked of Slack."""

    def __init__(self) -> None:
        self.registry = CollectorRegistry()
        self.requests = Counter(
            "order_desk_requests_total",
            "What Slack asked, by how it ended",
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
            "Calls of Slack's Web API, by how they ended",
            ("method", "outcome"),
            registry=self.registry,
        )
        self.refused_requests = Counter(
            "order_desk_refused_http_requests_total",
            "HTTP requests that were not Slack's, by reason",
            ("reason",),
            registry=self.registry,
        )
        self.outbox_sent = Counter(
            "order_desk_outbox_sent_total",
            "Attempts to tell what waits in the outbox, by how they ended",
            ("kind", "outcome"),
            registry=self.registry,
        )
        self.outbox_waiting = Gauge(
            "order_desk_outbox_waiting", "What is still to be told, being sent included", registry=self.registry
        )
        self.outbox_oldest_seconds = Gauge(
            "order_desk_outbox_oldest_seconds",
            "Age of the oldest news that is still to be told",
            registry=self.registry,
        )
        self.outbox_parked = Gauge(
            "order_desk_outbox_parked", "What Slack refuses to take, for a reason to be mended", registry=self.registry
        )

    def render(self) -> bytes:
        """All figures in Prometheus' text format."""
        return generate_latest(self.registry)
