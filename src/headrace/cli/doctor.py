"""``headrace doctor``: what is set up here, and what is wrong with it."""

from __future__ import annotations

import os
import platform
import sys
import time
from collections.abc import Iterator
from importlib import metadata
from typing import Any

import click
from msgspec import Struct

from headrace import settings
from headrace.cli.options import as_json
from headrace.cli.output import print_json, print_pairs
from headrace.errors import HeadraceError
from headrace.settings import without_password
from headrace.version import VERSION

# A store that takes longer to answer a small call is worth a word.
_SLOW_SECONDS = 2.0


class Report(Struct):
    """What the doctor found.

    Attributes:
        versions: Headrace, Python, the system and the libraries that Headrace uses.
        store: Where runs are tracked, why there, and whether that answers.
        settings: The environment variables that are set, secrets masked.
        problems: What is wrong, each with what to do; empty if all is well.

    """

    versions: dict[str, str]
    store: dict[str, str]
    settings: dict[str, str]
    problems: list[str]


@click.command()
@click.option("--mask-envs", is_flag=True, help="Mask the values of all environment variables.")
@as_json
def doctor(mask_envs: bool, as_json: bool) -> None:
    """Show versions, settings and the store, and name what is wrong.

    It ends with exit code 1 if something is. Nothing is changed.
    """
    report = examine(mask_envs=mask_envs)
    if as_json:
        print_json(report)
    else:
        for section in (report.versions, report.store, report.settings):
            print_pairs(section.items())
            if section:
                click.echo()
        for problem in report.problems:
            click.echo(f"Problem: {problem}")
        if not report.problems:
            click.echo("No problems found.")
    if report.problems:
        sys.exit(1)


def examine(*, mask_envs: bool) -> Report:
    """Look at versions, settings and the store."""
    report = Report(_versions(), {}, {}, [])
    report.settings = dict(_settings(report.problems, mask=mask_envs))
    _look_at_store(report)
    return report


def _versions() -> dict[str, str]:
    versions = {
        "headrace": VERSION,
        "python": f"{platform.python_version()} ({sys.executable})",
        "system": platform.platform(),
    }
    try:
        requirements = metadata.requires("headrace") or []
    except metadata.PackageNotFoundError:
        requirements = []
    for requirement in requirements:
        name = requirement.split(";")[0].split("[")[0].rstrip("0123456789.,<>=!~ ")
        try:
            versions[name] = metadata.version(name)
        except metadata.PackageNotFoundError:
            continue
    return versions


def _settings(problems: list[str], *, mask: bool) -> Iterator[tuple[str, str]]:
    known: set[str] = set()
    for setting in settings.SETTINGS:
        known.update(setting.names)
        for name in setting.names:
            if text := os.environ.get(name):
                hidden = mask or setting.secret
                yield name, "***" if hidden else without_password(text)
        try:
            setting.get()
        except HeadraceError as error:
            problems.append(error.message)
    for name in sorted(os.environ):
        if name.startswith("HEADRACE_") and name not in known:
            problems.append(f"The environment variable {name} means nothing to Headrace.")


def _look_at_store(report: Report) -> None:
    from headrace.cli.journal_places import current_place
    from headrace.client.delivery.connections import connect
    from headrace.client.tracking import absolute_store_uri, get_tracking_uri
    from headrace.file_uri import path_of, scheme_of

    connection = None
    try:
        uri = get_tracking_uri()
        scheme = scheme_of(uri)
        report.store["tracking uri"] = without_password(uri)
        report.store["named by"] = settings.TRACKING_URI.source() or "the default"
        if scheme in ("", "file") and not path_of(uri).exists():
            report.store["state"] = "not made yet: the first run makes it"
            return
        _look_at_journals(report)
        began = time.perf_counter()
        # Not through a session, which would send what waits in the journals.
        connection = connect(absolute_store_uri(uri), current_place(uri).folder)
        store = connection.store
        report.store.update(_count(store))
        seconds = time.perf_counter() - began
        report.store["answered in"] = f"{seconds * 1000:.0f} ms"
        if seconds > _SLOW_SECONDS:
            report.problems.append(f"The store took {seconds:.1f} s to answer two small calls.")
        if scheme in ("http", "https"):
            report.store.update(_ask_server(store))
    except HeadraceError as error:
        report.store["state"] = error.error_code
        report.problems.append(error.message)
    finally:
        if connection is not None:
            connection.close()


def _look_at_journals(report: Report) -> None:
    """Say how many records wait for the store, and for others."""
    from headrace.cli.journal_places import all_places
    from headrace.cli.pending import find_pending

    current, *others = (find_pending(place) for place in all_places())
    waiting = sum(journal.records for journal in current)
    elsewhere = sum(journal.records for found in others for journal in found)
    hint = " (headrace sync --status tells which)" if waiting else ""
    report.store["waiting"] = f"{waiting} records{hint}"
    if elsewhere:
        report.store["waiting for others"] = f"{elsewhere} records (headrace sync --status --all)"


def _count(store: Any) -> dict[str, str]:
    """Return how much is in a store, by two searches that no store finds hard."""
    from headrace.api import tracking as api

    page = store.search_experiments(api.SearchExperiments(max_results=1000))
    count = len(page.experiments)
    ids = [experiment.experiment_id for experiment in page.experiments]
    runs = store.search_runs(api.SearchRuns(experiment_ids=ids, max_results=1)).runs
    newest = runs[0].info.start_time if runs else None
    more = "1000 or more" if page.next_page_token else str(count)
    return {"experiments": more, "newest run": _when(newest)}


def _ask_server(store: Any) -> dict[str, str]:
    """Return what a Headrace server says of itself and of the caller; nothing of another one."""
    from headrace.api import wire
    from headrace.api.endpoint import Empty
    from headrace.api.server import SERVER_INFO, WHOAMI

    def ask(endpoint: Any) -> Any:
        path, body = wire.encode_request(endpoint, Empty())
        return wire.decode_answer(endpoint, *store.send(endpoint.verb, path, body))

    try:
        version = ask(SERVER_INFO).headrace.version
    except HeadraceError:
        return {"server": "not a Headrace server; MLflow's protocol is used"}
    caller = ask(WHOAMI)
    known = "verified" if caller.verified else "not verified"
    return {
        "server": f"Headrace {version}",
        "you are": f"{caller.name or 'anonymous'} ({known}, role {caller.role})",
    }


def _when(milliseconds: int | None) -> str:
    from headrace.amounts import age

    return age(milliseconds) if milliseconds is not None else "none"
