"""Headrace's own calls of `MlflowClient` for views of experiments' pages."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import msgspec

from headrace.api import views as api
from headrace.client.page_addresses import find_pages
from headrace.client.registered_model_calls import only_of_headrace
from headrace.client.store_client import StoreClient
from headrace.client.validation import make_request, to_experiment_ids
from headrace.entities import PagedList, View
from headrace.errors import InvalidParameterValue


class ViewCalls(StoreClient):
    """Views: what an experiment's page shows, under a name."""

    def save_view(
        self,
        name: str,
        experiment_ids: Sequence[str] | str,
        state: Mapping[str, Any],
        *,
        is_shared: bool = True,
        is_default: bool = False,
    ) -> View:
        """Save a view; one that you have of this name and these experiments is changed.

        Args:
            name: What people call it.
            experiment_ids: The experiments that it shows, in their order.
            state: The state of the page, as `View.state` has it; `headrace.save_view` makes one of
                words.
            is_shared: Whether all who may read the experiments see it. A private view needs a
                server that knows you.
            is_default: Whether who opens the experiment sees it first.

        Raises:
            ResourceDoesNotExist: If there is no such experiment.
            InvalidParameterValue: If an argument is malformed, or an experiment is deleted.
            NotSupported: If the server is one of MLflow's.

        """
        request = make_request(
            api.CreateView,
            name=name,
            experiment_ids=to_experiment_ids(experiment_ids),
            state=_write(state),
            is_shared=is_shared,
            is_default=is_default,
            replace=True,
        )
        with only_of_headrace("views", "server"):
            return self._placed(self._change(self._store.create_view, request).view)

    def get_view(self, view_id: str) -> View:
        """Return a view with its state.

        Raises:
            ResourceDoesNotExist: If there is none of this id, or it is somebody else's alone.
            NotSupported: If the server is one of MLflow's.

        """
        request = make_request(api.GetView, view_id=view_id)
        with only_of_headrace("views", "server"):
            return self._placed(self._change(self._store.get_view, request).view)

    def list_views(
        self,
        experiment_ids: Sequence[str] | str | None = None,
        max_results: int | None = None,
        page_token: str | None = None,
    ) -> PagedList[View]:
        """Return a page of views without their states, newest first.

        Args:
            experiment_ids: Only those that show all of these experiments.
            max_results: Length of the page, 1 to 1000; 100 if not given.
            page_token: The `token` of the page before.

        Raises:
            NotSupported: If the server is one of MLflow's.

        """
        request = make_request(
            api.ListViews,
            experiment_ids=None if experiment_ids is None else to_experiment_ids(experiment_ids),
            max_results=max_results,
            page_token=page_token,
        )
        with only_of_headrace("views", "server"):
            page = self._change(self._store.list_views, request)
        return PagedList([self._placed(one) for one in page.views], page.next_page_token)

    def update_view(
        self,
        view_id: str,
        name: str | None = None,
        state: Mapping[str, Any] | None = None,
        *,
        is_shared: bool | None = None,
        is_default: bool | None = None,
    ) -> View:
        """Change what is given of a view.

        Raises:
            ResourceDoesNotExist: If there is none of this id, or it is somebody else's alone.
            PermissionDenied: If it is another's, and you are no admin.
            ResourceAlreadyExists: If its owner has another one of the name.
            InvalidParameterValue: If an argument is malformed.
            NotSupported: If the server is one of MLflow's.

        """
        request = make_request(
            api.UpdateView,
            view_id=view_id,
            name=name,
            state=None if state is None else _write(state),
            is_shared=is_shared,
            is_default=is_default,
        )
        with only_of_headrace("views", "server"):
            return self._placed(self._change(self._store.update_view, request).view)

    def delete_view(self, view_id: str) -> None:
        """Delete a view.

        Raises:
            ResourceDoesNotExist: If there is none of this id, or it is somebody else's alone.
            PermissionDenied: If it is another's, and you are no admin.
            NotSupported: If the server is one of MLflow's.

        """
        request = make_request(api.DeleteView, view_id=view_id)
        with only_of_headrace("views", "server"):
            self._change(self._store.delete_view, request)

    def _placed(self, view: View) -> View:
        """Return a view that knows where it is shown."""
        place = f"/#/experiments/{','.join(view.experiment_ids)}?view={view.view_id}"
        view.url = (find_pages(self._tracking_uri) or "") + place
        return view


def _write(state: Mapping[str, Any]) -> str:
    try:
        return msgspec.json.encode(dict(state)).decode()
    except (TypeError, ValueError) as error:
        raise InvalidParameterValue(f"The state of a view is a JSON object: {error}.") from None
