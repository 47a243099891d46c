"""What ``import headrace`` offers, and what it costs."""

from __future__ import annotations

import ast
import inspect
import json
import subprocess
import sys
from pathlib import Path
from typing import NamedTuple

import pytest

import headrace
from headrace.errors import HeadraceError
from headrace.stores.uri import open_tracking_store


def test_every_public_name_is_there_and_says_what_it_is() -> None:
    undocumented = [
        name
        for name in headrace.__all__
        if name != "__version__" and not inspect.getdoc(getattr(headrace, name))
    ]

    assert undocumented == []


def test_the_three_lists_of_names_agree() -> None:
    tree = ast.parse(Path(inspect.getfile(headrace)).read_text())
    (typing_block,) = (node for node in tree.body if isinstance(node, ast.If))
    imported = {
        (node.module, alias.name)
        for node in typing_block.body
        if isinstance(node, ast.ImportFrom)
        for alias in node.names
    }
    submodules = {("headrace", name) for name in headrace._SUBMODULES}
    homes = {(f"headrace.{home}", name) for name, home in headrace._HOME_OF.items()}

    assert imported == submodules | homes
    assert set(headrace.__all__) == {name for _, name in imported} | {"__version__"}
    assert headrace.__all__ == sorted(headrace.__all__)
    assert dir(headrace) == headrace.__all__


def test_public_names_are_defined_where_the_table_says() -> None:
    functions = {
        name: getattr(headrace, name)
        for name in headrace._HOME_OF
        if inspect.isfunction(getattr(headrace, name))
    }

    assert {name: value.__module__ for name, value in functions.items()} == {
        name: f"headrace.{headrace._HOME_OF[name]}" for name in functions
    }


def test_an_unknown_name_is_an_attribute_error() -> None:
    with pytest.raises(AttributeError, match="no attribute 'log_metrik'"):
        headrace.log_metrik  # noqa: B018


def test_names_that_scripts_written_for_mlflow_use() -> None:
    from headrace.entities import Metric, Param, RunStatus, ViewType  # noqa: F401
    from headrace.exceptions import MlflowException
    from headrace.tracking import MlflowClient

    assert MlflowException is headrace.MlflowException is HeadraceError
    assert MlflowClient is headrace.MlflowClient is headrace.client.MlflowClient
    assert headrace.entities.ViewType.ACTIVE_ONLY == 1


# --- what it costs -------------------------------------------------------------------------------

SCRIPT = """
import json, sys, time
def third_party():
    names = {name.partition(".")[0] for name in sys.modules}
    return sorted(names - sys.stdlib_module_names - {"__main__", "headrace"})
loaded = [third_party()]
start = time.process_time()
import headrace
seconds = time.process_time() - start
loaded.append(third_party())
headrace.set_tracking_uri(sys.argv[1])
with headrace.start_run():
    headrace.log_param("rate", 0.1)
    headrace.log_metric("loss", 0.5)
loaded.append(third_party())
print(json.dumps([seconds, *loaded, sorted(sys.modules)]))
"""

# What searches, changes many runs, deletes for good and draws pages: nothing of it logs.
NEEDED_BY_NO_RUN = {
    "hashlib",
    "headrace.api.run_pages",
    "headrace.search.lexer",
    "headrace.search.patterns",
    "headrace.stores.sql.bulk",
    "headrace.stores.sql.check",
    "headrace.stores.sql.cleanup",
    "headrace.stores.sql.compaction",
    "headrace.stores.sql.documents",
    "headrace.stores.sql.logged_models",
    "headrace.stores.sql.metrics",
    "headrace.stores.sql.operations",
    "headrace.stores.sql.search",
    "headrace.stores.sql.tracking",
    "http.client",
    "ssl",
    "subprocess",
}


class Cost(NamedTuple):
    """What an import of headrace and a run in an existing store cost.

    Attributes:
        seconds: CPU of the import.
        imported: Third-party packages that it loads.
        tracked: Those that are loaded after the run.
        modules: All modules that are.

    """

    seconds: float
    imported: set[str]
    tracked: set[str]
    modules: set[str]


@pytest.fixture(scope="module")
def cost(tmp_path_factory: pytest.TempPathFactory) -> Cost:
    folder = str(tmp_path_factory.mktemp("cost") / "store")
    open_tracking_store(folder).close()  # making a store may load more: it is done once
    command = [sys.executable, "-I", "-c", SCRIPT, folder]
    answer = subprocess.run(command, check=True, capture_output=True, text=True)
    seconds, bare, imported, tracked, modules = json.loads(answer.stdout)
    return Cost(seconds, set(imported) - set(bare), set(tracked) - set(bare), set(modules))


def test_importing_headrace_loads_no_third_party_module(cost: Cost) -> None:
    assert cost.imported <= {"msgspec"}


def test_a_run_in_an_embedded_store_loads_next_to_nothing(cost: Cost) -> None:
    # msgspec itself loads typing_extensions; blake3 comes with the context, which may be later.
    assert cost.tracked - {"typing_extensions", "blake3"} == {"msgspec"}


def test_a_run_in_an_embedded_store_loads_nothing_that_only_searches_and_deletes(
    cost: Cost,
) -> None:
    assert "headrace.stores.sql.journals" in cost.modules
    assert not cost.modules & NEEDED_BY_NO_RUN


def test_a_server_is_called_without_the_library_for_mail_and_without_tls() -> None:
    code = """
import sys
from headrace.client.delivery.connections import ServerConnection
from headrace.errors import TemporarilyUnavailable
from headrace.client.journal.places import journals_folder
uri = "http://127.0.0.1:9"
try:
    ServerConnection(uri, journals_folder(uri)).destination()
except TemporarilyUnavailable:
    heavy = {"email", "encodings.idna", "hashlib", "http.client", "random", "ssl"}
    print(sorted(heavy & set(sys.modules)))
"""
    done = subprocess.run([sys.executable, "-I", "-c", code], capture_output=True, text=True)

    assert (done.returncode, done.stdout) == (0, "[]\n"), done.stderr


def test_importing_headrace_is_quick(cost: Cost) -> None:
    assert cost.seconds < 0.08
