"""What a run records of itself: context and output without being asked, system metrics if asked."""

from __future__ import annotations

import logging
from collections.abc import Collection
from pathlib import Path
from typing import TYPE_CHECKING

from headrace import settings
from headrace.client.background import MAX_WAITING, background
from headrace.client.context.capture import Capture
from headrace.client.output.collector import STDERR, collector
from headrace.client.output.run_output import RunOutput
from headrace.client.writer import Writer
from headrace.entities import CONTEXT_PARTS, Run
from headrace.errors import HeadraceError, InvalidParameterValue
from headrace.file_uri import path_of, scheme_of

if TYPE_CHECKING:
    from headrace.client.system_metrics.session import SystemMetrics

OUTPUT, ALL = "output", "all"
_NAMES = (*CONTEXT_PARTS, OUTPUT)

_logger = logging.getLogger(__name__)


def wanted_parts() -> frozenset[str]:
    """Return the names of what runs record of themselves.

    Raises:
        InvalidParameterValue: If ``HEADRACE_CONTEXT_EXCLUDE`` names something else.

    """
    excluded = settings.CONTEXT_EXCLUDE.get()
    for name in excluded:
        if name not in (*_NAMES, ALL):
            raise InvalidParameterValue(
                f"The environment variable {settings.CONTEXT_EXCLUDE.source()} names {name!r}: it "
                f"may name {', '.join(_NAMES)}, or {ALL}, with commas between."
            )
    return frozenset() if ALL in excluded else frozenset(_NAMES) - set(excluded)


class Recording:
    """What one session of a run records of itself; begun when the run is, and ended before it.

    Args:
        writer: Of the run's store.
        store_uri: The URI of that.
        run: The run as it begins or goes on.
        parts: Names of what is wanted.
        log_system_metrics: Whether system metrics are; None does as the settings say.

    """

    def __init__(
        self,
        writer: Writer,
        store_uri: str,
        run: Run,
        parts: Collection[str],
        log_system_metrics: bool | None,
    ) -> None:
        run_id = run.info.run_id
        session = writer.session_of(run_id)
        self._output: RunOutput | None = None
        self._capture: Capture | None = None
        self._system_metrics = _begin_system_metrics(writer, run, log_system_metrics)
        if OUTPUT in parts:
            self._output = RunOutput(run_id, session, writer.record)
            collector.begin(self._output)
        wanted = [name for name in CONTEXT_PARTS if name in parts]
        if wanted:
            places = _own_places(store_uri, run.info.artifact_uri)
            self._capture = Capture(run_id, session, wanted, places, writer.record)
            self._capture.begin()

    def note_error(self, error: BaseException) -> None:
        """Record the exception that ends the run, which Python prints when the run is over."""
        if self._output is None:
            return
        # Imported only here: most runs end well.
        import traceback

        text = "".join(traceback.format_exception(error))
        collector.add(self._output, STDERR, text)

    def end(self, *, is_last: bool = False) -> None:
        """Have all output in the journal; the context may come later.

        Args:
            is_last: Whether nobody may be there to wait for the context later.

        """
        if self._capture is not None:
            self._capture.end()
            background.wait(leave=0 if is_last else MAX_WAITING)
        if self._system_metrics is not None:
            self._system_metrics.end(settings.SHUTDOWN_TIMEOUT.get())
        if self._output is not None:
            collector.end(self._output)


def forget_recordings() -> None:
    """Record nothing any more for any run: they belong to the parent of this process."""
    collector.forget()


def _begin_system_metrics(writer: Writer, run: Run, asked: bool | None) -> SystemMetrics | None:
    try:
        if not (settings.ENABLE_SYSTEM_METRICS_LOGGING.get() if asked is None else asked):
            return None
        # Imported only here: most runs want none.
        from headrace.client.system_metrics.session import SystemMetrics

        return SystemMetrics(writer, run)
    except HeadraceError as error:
        _logger.warning("System metrics of the run are not recorded: %s", error.message)
        return None


def _own_places(store_uri: str, artifact_uri: str | None) -> list[Path]:
    """Return the folders on this machine in which the store keeps what is logged."""
    places = [path_of(store_uri)] if scheme_of(store_uri) in ("", "file") else []
    if artifact_uri and scheme_of(artifact_uri) in ("", "file"):
        places.append(path_of(artifact_uri).parents[1])  # of the experiment
    return places
