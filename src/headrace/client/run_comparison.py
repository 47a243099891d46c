"""What a comparison of two runs needs, read from their store, and no more than that."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from headrace.api import tracking as api
from headrace.api.context import GetRunContext
from headrace.client.run_differences import compare_runs, first_parting
from headrace.client.run_facts import RunRecord
from headrace.entities import Metric, Run, RunDifferences, SessionContext
from headrace.entities.run_differences import ARTIFACTS, METRICS
from headrace.errors import EndpointNotFound, HeadraceError

if TYPE_CHECKING:
    from headrace.artifacts.base import ArtifactStore
    from headrace.client.session import Session
    from headrace.stores.base import TrackingStore

# So many metrics are read point by point, to find where they part.
MOST_SERIES = 50
# So many files are compared by their digests, each of which may be a call.
MOST_DIGESTS = 500
_DIGESTS_AT_A_TIME = 8
_POINTS = 5000

Files = dict[str, tuple[int, str | None]]


def read_differences(session: Session, first: Run, second: Run) -> RunDifferences:
    """Read what was recorded of two runs, and compare it.

    Args:
        session: Their store.
        first: A run.
        second: Another one.

    """
    store = session.store
    problem: str | None = None
    files: tuple[Files, Files] | tuple[None, None] = (None, None)
    try:
        files = _read_files(session, first, second)
    except HeadraceError as error:  # of their place: what else was recorded can be compared
        problem = error.message
    records = [
        RunRecord(run, _read_sessions(store, run.info.run_id), own)
        for run, own in zip((first, second), files, strict=True)
    ]
    found = compare_runs(*records)
    _find_partings(store, found)
    artifacts = found.group(ARTIFACTS)
    if artifacts:
        artifacts.problem = problem
    return found


def _read_sessions(store: TrackingStore, run_id: str) -> list[SessionContext]:
    """Return the contexts of a run; none if its store is a server that keeps none."""
    try:
        return store.get_run_context(GetRunContext(run_id=run_id)).sessions
    except EndpointNotFound:
        return []


def _find_partings(store: TrackingStore, found: RunDifferences) -> None:
    """Say of the metrics that differ at which step they part."""
    metrics = found.group(METRICS)
    both = [
        one
        for one in (metrics.differences if metrics else [])
        if one.first is not None and one.second is not None
    ]
    for one in both[:MOST_SERIES]:
        one.parts_at = first_parting(
            _points(store, found.first, one.name), _points(store, found.second, one.name)
        )


def _points(store: TrackingStore, run_id: str, key: str) -> Iterator[Metric]:
    """Yield the points of a series, page by page, as far as somebody asks."""
    request = api.GetMetricHistory(run_id=run_id, metric_key=key, max_results=_POINTS)
    while True:
        page = store.get_metric_history(request)
        yield from page.metrics
        request.page_token = page.next_page_token
        if not page.next_page_token:
            return


def _read_files(session: Session, first: Run, second: Run) -> tuple[Files, Files]:
    """Return the artifacts of two runs; digests only of those that may be equal."""
    # Imported only here: a script that logs numbers needs none of it.
    from headrace.client.artifact_tree import ArtifactTree

    session.deliver_files()
    stores = [session.places.of_run(run.info.run_id) for run in (first, second)]
    sizes = [
        {info.path: info.file_size or 0 for info in ArtifactTree(one).walk("") if not info.is_dir}
        for one in stores
    ]
    alike = sorted(path for path, size in sizes[0].items() if sizes[1].get(path) == size)
    own, other = (
        {path: (size, digests.get(path, "")) for path, size in all_sizes.items()}
        for all_sizes, digests in zip(
            sizes, [_read_digests(one, alike) for one in stores], strict=True
        )
    )
    return own, other


def _read_digests(store: ArtifactStore, paths: list[str]) -> dict[str, str | None]:
    """Return the digests of files as they were recorded; None for those that are too many."""
    # Imported only here: who compares no runs needs no threads.
    from concurrent.futures import ThreadPoolExecutor

    read = paths[:MOST_DIGESTS]
    with ThreadPoolExecutor(_DIGESTS_AT_A_TIME) as pool:
        return dict.fromkeys(paths) | dict(zip(read, pool.map(store.digest, read), strict=True))
