"""The files of whole runs and experiments, read and compared with what was stored."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import TYPE_CHECKING

from headrace.api import tracking as api
from headrace.entities import FileCheck, LoggedModel
from headrace.errors import EndpointNotFound

if TYPE_CHECKING:
    from headrace.client.session import Session
    from headrace.stores.base import TrackingStore

Told = Callable[[int], None]


def verify_run(
    session: Session, run_id: str, path: str = "", on_bytes: Told = lambda _: None
) -> Iterator[FileCheck]:
    """Read the files of a run, and those of the models that it logged.

    Args:
        session: The tracking store.
        run_id: The run.
        path: File or folder among the run's artifacts; the models are read too if it is empty.
        on_bytes: Called with how many bytes were read since the last call.

    Raises:
        ResourceDoesNotExist: If there is no such run, or nothing at the path.

    """
    info = session.store.get_run(api.GetRun(run_id=run_id)).run.info
    yield from session.files.at(f"runs:/{run_id}")[0].check_files(path, on_bytes)
    if not path:
        condition = f"source_run_id = '{info.run_id}'"
        for model in find_models(session.store, [info.experiment_id], condition):
            yield from _verify_whole(session, f"models:/{model.model_id}", on_bytes)


def verify_experiment(
    session: Session, experiment_id: str, run_ids: Sequence[str], on_place: Told = lambda _: None
) -> Iterator[FileCheck]:
    """Read the files of runs of an experiment, and those of all of its models.

    Args:
        session: The tracking store.
        experiment_id: The experiment.
        run_ids: The runs.
        on_place: Called with 1 for each run and model that is done.

    Yields:
        What became of each file, by its ``runs:/`` or ``models:/`` URI.

    """
    models = find_models(session.store, [experiment_id])
    roots = [*(f"runs:/{one}" for one in run_ids), *(f"models:/{one.model_id}" for one in models)]
    for root in roots:
        yield from _verify_whole(session, root)
        on_place(1)


def find_models(
    store: TrackingStore, experiment_ids: list[str], condition: str | None = None
) -> Iterator[LoggedModel]:
    """Yield the logged models of experiments; none if the server is from before there were any."""
    request = api.SearchLoggedModels(experiment_ids=experiment_ids, filter=condition)
    while True:
        try:
            page = store.search_logged_models(request)
        except EndpointNotFound:
            return
        yield from page.models
        request.page_token = page.next_page_token
        if not page.next_page_token:
            return


def _verify_whole(
    session: Session, root: str, on_bytes: Told = lambda _: None
) -> Iterator[FileCheck]:
    tree, path = session.files.at(root)
    for check in tree.check_files(path, on_bytes):
        check.path = f"{root}/{check.path}"
        yield check
