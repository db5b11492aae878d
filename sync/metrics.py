"""What Prometheus reads: how jobs and pulls end, how long they take, how fresh the data is, and what waits for a person."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

import sqlalchemy as sa
from prometheus_client import CollectorRegistry, Counter, Histogram, generate_latest
from prometheus_client.core import GaugeMetricFamily
from prometheus_client.metrics_core import Metric
from prometheus_client.registry import Collector

from store.read import freshness, rejects
from store.watch import alerts, jobs, reconciles

if TYPE_CHECKING:
    from sync.jobs import Outcome

CONTENT_TYPE = "text/plain; version=0.0.4; charset=utf-8"
_OUTCOMES = ("read", "added", "changed", "unchanged", "removed", "rejected")
_SECONDS = (0.1, 0.5, 1, 5, 15, 60, 300, 900, 3600)


class Metrics:
    """The metrics of one service, in a registry of its own."""

    def __init__(self, engine: sa.Engine) -> None:
        self.registry = CollectorRegistry()
        self._items = Counter(
            "backlog_items", "Items by what became of them", ["source", "object", "outcome"], registry=self.registry
        )
        self._jobs = Counter("backlog_jobs", "Jobs by how they ended", ["job", "state"], registry=self.registry)
        self._seconds = Histogram(
            "backlog_job_seconds", "Seconds a job took", ["job"], buckets=_SECONDS, registry=self.registry
        )
        self.registry.register(_Stored(engine))

    def ended(self, name: str, outcome: Outcome, failures: int, seconds: float) -> None:
        """Counts a job and what its pulls brought."""
        self._jobs.labels(name, outcome.state).inc()
        self._seconds.labels(name).observe(seconds)
        for pulled in outcome.pulls:
            for thing, counts in pulled.counts.items():
                for word in _OUTCOMES:
                    # A freed record was counted as rejected by an earlier page: a counter only ever grows.
                    self._items.labels(pulled.source, thing, word).inc(max(0, getattr(counts, word)))

    def lost(self, name: str, error: str) -> None:
        """Counts a job that could not be done."""
        self._jobs.labels(name, "lost").inc()

    def text(self) -> bytes:
        """All of it, as Prometheus reads it."""
        return generate_latest(self.registry)


class _Stored(Collector):
    """What the store knows, asked for when it is read."""

    def __init__(self, engine: sa.Engine) -> None:
        self._engine = engine

    def collect(self) -> Iterator[Metric]:
        """The gauges."""
        fresh = GaugeMetricFamily(
            "backlog_source_complete_timestamp_seconds", "When a source was last read completely", labels=["source"]
        )
        for source, at in freshness(self._engine).items():
            fresh.add_metric([source], at.timestamp())
        yield fresh
        waiting = GaugeMetricFamily("backlog_rejected_open", "Records that are set aside", labels=["source"])
        found: dict[str, int] = {}
        for reject in rejects(self._engine):
            found[reject.source] = found.get(reject.source, 0) + 1
        for source, count in found.items():
            waiting.add_metric([source], count)
        yield waiting
        yield from self._of_jobs()
        missed = GaugeMetricFamily(
            "backlog_reconcile_missed", "Items the last whole reading found that no change told of",
            labels=["source", "object"],
        )  # fmt: skip
        for each in reconciles(self._engine):
            missed.add_metric([each.source, each.object], each.missed)
        yield missed

    def _of_jobs(self) -> Iterator[Metric]:
        failures = GaugeMetricFamily("backlog_job_failures", "Failures in a row", labels=["job"])
        begun = GaugeMetricFamily("backlog_job_begun_timestamp_seconds", "When a job last began", labels=["job"])
        parked = GaugeMetricFamily("backlog_job_parked_until_timestamp_seconds", "Until when it rests", labels=["job"])
        for name, state in jobs(self._engine).items():
            failures.add_metric([name], state.failures)
            begun.add_metric([name], state.started_at.timestamp())
            parked.add_metric([name], state.parked_until.timestamp() if state.parked_until else 0)
        yield from (failures, begun, parked)
        opened = GaugeMetricFamily("backlog_alerts_open", "Open alerts by kind", labels=["kind"])
        kinds = [alert.kind for alert in alerts(self._engine).values()]
        for kind in sorted({"failure", "stale", *kinds}):
            opened.add_metric([kind], kinds.count(kind))
        yield opened
