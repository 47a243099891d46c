"""The calls that read points; numpy is loaded with the first of them."""

from __future__ import annotations

from headrace.api import tracking as api
from headrace.stores.sql.calls import SqlCalls


class MetricCalls(SqlCalls):
    """The calls that read points."""

    def get_metric_history(self, request: api.GetMetricHistory) -> api.MetricsPage:
        """Return points in the order of timestamp, step, value; an unknown metric has none."""
        from headrace.stores.sql.metric_reads import read_history

        return read_history(self._database, request)

    def get_metric_history_bulk(self, request: api.GetMetricHistoryBulk) -> api.MetricsOfRuns:
        """Return points of several runs, ordered by run, timestamp, step, value."""
        from headrace.stores.sql.metric_reads import read_bulk

        return read_bulk(self._database, request)

    def get_metric_history_bulk_interval(
        self, request: api.GetMetricHistoryBulkInterval
    ) -> api.MetricsAnswer:
        """Return MLflow's own sample, point for point."""
        from headrace.stores.sql.metric_reads import read_sample

        return read_sample(self._database, request)

    def get_metric_series(self, request: api.GetMetricSeries) -> api.MetricSeriesAnswer:
        """Return columns in the order of step, reduced if asked."""
        from headrace.stores.sql.metric_reads import read_columns

        return read_columns(self._database, request)
