"""The calls of views: the state of an experiment's page under a name.

A state travels as the text of a JSON object: its names are those of the pages' URL, which are no
fields of ours.
"""

from __future__ import annotations

from typing import Any

from msgspec import Struct

from headrace.api.endpoint import HEADRACE, Empty, Endpoint, Permission
from headrace.api.tracking import Request
from headrace.entities.view import View


class CreateView(Request):
    """Create a view of experiments.

    Attributes:
        name: What people call it, once among the views of its owner and its experiments.
        experiment_ids: The experiments that it shows.
        state: What the page shows: the text of a JSON object, at most 64 KiB.
        is_shared: Whether all who may read the experiments see it. A private one needs an owner
            whom a server has checked.
        is_default: Whether who opens its experiment, which then is one, sees it.
        replace: Whether a view of the same name, owner and experiments is changed instead.

    """

    name: str
    experiment_ids: list[str]
    state: str = "{}"
    is_shared: bool = True
    is_default: bool = False
    replace: bool = False


class ViewAnswer(Struct):
    """One view."""

    view: View


class GetView(Request):
    """Get a view with its state."""

    view_id: str


class ListViews(Request):
    """List the views that the caller may see, newest first, without their states.

    Attributes:
        experiment_ids: Only those that show all of these experiments.
        max_results: Size of a page, 100 if it is not given and at most 1000.
        page_token: Where to go on.

    """

    experiment_ids: list[str] = []
    max_results: int | None = None
    page_token: str | None = None


class ViewsPage(Struct, omit_defaults=True):
    """A page of views."""

    views: list[View] = []
    next_page_token: str | None = None


class UpdateView(Request):
    """Change what is given of a view.

    Its owner may, and an admin; a view whose owner nobody has checked, whoever may write. Which
    view is the default of an experiment is chosen by whoever may write, among shared ones.
    """

    view_id: str
    name: str | None = None
    state: str | None = None
    is_shared: bool | None = None
    is_default: bool | None = None


class DeleteView(Request):
    """Delete a view."""

    view_id: str


_VIEWS = HEADRACE + "/views"
_VIEW = _VIEWS + "/{view_id}"

CREATE_VIEW = Endpoint("create_view", "POST", _VIEWS, CreateView, ViewAnswer, Permission.WRITE)
LIST_VIEWS = Endpoint("list_views", "GET", _VIEWS, ListViews, ViewsPage, Permission.READ)
GET_VIEW = Endpoint("get_view", "GET", _VIEW, GetView, ViewAnswer, Permission.READ)
UPDATE_VIEW = Endpoint("update_view", "PATCH", _VIEW, UpdateView, ViewAnswer, Permission.WRITE)
DELETE_VIEW = Endpoint("delete_view", "DELETE", _VIEW, DeleteView, Empty, Permission.WRITE)

ENDPOINTS: tuple[Endpoint[Any, Any], ...] = tuple(
    value for value in globals().copy().values() if isinstance(value, Endpoint)
)
