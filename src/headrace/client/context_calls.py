"""Headrace's own calls of `MlflowClient` on what runs record without being asked."""

from __future__ import annotations

import time
from collections.abc import Iterator, Sequence

from headrace.api.context import GetRunContext, GetRunOutput, RunOutput
from headrace.api.tracking import GetRun
from headrace.client.background import background
from headrace.client.run_comparison import read_differences
from headrace.client.store_client import StoreClient
from headrace.client.validation import make_request
from headrace.entities import OutputChunk, RunDifferences, SessionContext
from headrace.errors import TemporarilyUnavailable
from headrace.stores.base import ContextStore

# Between two looks at a run that is followed.
POLL_SECONDS = 1.0


class ContextCalls(StoreClient):
    """Context and output of runs, which servers of MLflow do not keep."""

    def get_run_context(
        self, run_id: str, parts: Sequence[str] | None = None
    ) -> list[SessionContext]:
        """Return where and how a run ran: for each session, that is each start of the run.

        Args:
            run_id: The run, deleted or not.
            parts: Which parts are wanted, of ``git``, ``diff``, ``command``, ``python``,
                ``packages``, ``hardware`` and ``seeds``; all but ``diff`` if not given.

        Returns:
            The sessions, the first one first: ``get_run_context(run_id)[0].git.commit``.

        Raises:
            ResourceDoesNotExist: If there is no such run.
            InvalidParameterValue: If there is no such part.
            EndpointNotFound: If the server is one of MLflow.

        """
        background.wait()
        names = None if parts is None else list(parts)
        request = make_request(GetRunContext, run_id=run_id, parts=names)
        return self._store.get_run_context(request).sessions

    def get_run_differences(self, run_id: str, other_run_id: str) -> RunDifferences:
        """Return why two runs differ: code, packages, data, params, hardware, results.

        Args:
            run_id: A run, deleted or not.
            other_run_id: Another one.

        Returns:
            What differs, the groups with the fewest differences first, what is equal, and what was
            not recorded: ``[group.name for group in differences.differing()]``.

        Raises:
            ResourceDoesNotExist: If there is no such run.

        """
        background.wait()
        store = self._store
        runs = [
            store.get_run(make_request(GetRun, run_id=one)).run for one in (run_id, other_run_id)
        ]
        return read_differences(self._session, runs[0], runs[1])

    def get_run_output(
        self,
        run_id: str,
        *,
        stream: str | None = None,
        session: str | None = None,
        tail: int | None = None,
        follow: bool = False,
    ) -> Iterator[OutputChunk]:
        """Return what a run has printed, chunk by chunk in the order in which it came.

        Args:
            run_id: The run, deleted or not.
            stream: Only ``stdout`` or ``stderr``.
            session: Only of the session with this id.
            tail: Only the last so many lines, at most a megabyte.
            follow: Whether to go on until the run has ended, also while its store is away.

        Returns:
            The chunks, read page by page: ``"".join(chunk.text for chunk in ...)`` is all of it.

        Raises:
            ResourceDoesNotExist: If there is no such run.
            InvalidParameterValue: If an argument is malformed.
            EndpointNotFound: If the server is one of MLflow.

        """
        request = make_request(
            GetRunOutput, run_id=run_id, stream=stream, session=session, tail=tail
        )
        return read_output(self._store, request, follow=follow)


def read_output(
    store: ContextStore, request: GetRunOutput, *, follow: bool = False
) -> Iterator[OutputChunk]:
    """Return the chunks of all pages from that of a request on, which is used up.

    Args:
        store: The store.
        request: The first page.
        follow: Whether to go on until the run has ended, also while the store is away.

    Raises:
        HeadraceError: If the first page cannot be had.

    """
    return _go_on(store, request, store.get_run_output(request), follow)


def _go_on(
    store: ContextStore, request: GetRunOutput, page: RunOutput, follow: bool
) -> Iterator[OutputChunk]:
    request.tail = None
    while True:
        yield from page.chunks
        request.after = page.next
        if page.is_over or not (page.chunks or follow):
            return
        if not page.chunks:
            time.sleep(POLL_SECONDS)
        page = _next_page(store, request, follow)


def _next_page(store: ContextStore, request: GetRunOutput, follow: bool) -> RunOutput:
    while True:
        try:
            return store.get_run_output(request)
        except TemporarilyUnavailable:
            if not follow:
                raise
            time.sleep(POLL_SECONDS)
