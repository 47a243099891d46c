"""Which card a thing has, and where its page is."""

from __future__ import annotations

from urllib.parse import quote

from headrace.client.cards.experiments import draw_experiment
from headrace.client.cards.frame import command, link
from headrace.client.cards.runs import draw_run
from headrace.client.cards.versions import draw_version
from headrace.client.page_addresses import find_pages
from headrace.entities import Experiment, ModelVersion, Run
from headrace.settings import without_password
from headrace.stores.base import TrackingStore

# Where `headrace server` listens unless it is told otherwise.
_OWN_SERVER = "http://127.0.0.1:5000"


def draw(thing: object, store: TrackingStore, uri: str) -> str | None:
    """Return the card of a thing as it is now.

    Args:
        thing: A `Run`, `Experiment` or `ModelVersion`.
        store: Reads it anew, and answers at once if it cannot.
        uri: The URI of that store, for the link to the thing's page.

    Returns:
        HTML; None if a thing of this kind has no card.

    """
    if isinstance(thing, Run):
        place = f"experiments/{thing.info.experiment_id}/runs/{thing.info.run_id}"
        return draw_run(thing, store, _way_to("run", place, uri))
    if isinstance(thing, Experiment):
        way = _way_to("experiment", f"experiments/{thing.experiment_id}", uri)
        return draw_experiment(thing, store, way)
    if isinstance(thing, ModelVersion):
        place = f"models/{quote(thing.name, safe='')}/versions/{thing.version}"
        return draw_version(thing, store, _way_to("version", place, uri))
    return None


def _way_to(what: str, place: str, uri: str) -> str:
    """Return the link to a page, and of a store without a server the line that starts one."""
    opens = link(f"Open the {what}", f"{find_pages(uri) or _OWN_SERVER}/#/{place}")
    if find_pages(uri):
        return opens
    line = f"headrace server --backend-store-uri {without_password(uri)}"
    return f"{opens} {command('once this runs:', line)}"
