"""``headrace server`` and its other name ``headrace ui``: serve a store over HTTP."""

from __future__ import annotations

import os
from typing import Any

import click

from headrace import settings

_EXAMPLES = """\b
Examples:
  headrace server
  headrace server --backend-store-uri postgresql://ml@db/tracking --workers 4
  headrace server --host 0.0.0.0 --users-file users.json --allowed-hosts ml.example.com
"""


@click.command(epilog=_EXAMPLES)
@click.option(
    "--backend-store-uri",
    metavar="URI",
    help="Database or folder to serve: sqlite:///PATH, postgresql://..., or a folder. The nearest "
    "folder .headrace if not given.",
)
@click.option(
    "--default-artifact-root",
    metavar="URI",
    help="Folder or URI for the artifacts of new experiments; beside the database if not given.",
)
@click.option(
    "--serve-artifacts/--no-serve-artifacts",
    default=None,
    help="Keep the artifacts of new experiments for MLflow's clients on other machines too: their "
    "location is mlflow-artifacts:/. Headrace's clients reach every artifact through the server.",
)
@click.option(
    "--artifacts-destination",
    metavar="PLACE",
    help="Folder or URI where --serve-artifacts keeps them.  [default: ./mlartifacts]",
)
@click.option(
    "--artifact-roots",
    metavar="PLACES",
    help="Further folders and URIs, separated by commas, in which experiments may keep artifacts "
    "that this server reads and writes for its clients.",
)
@click.option(
    "--host", "-h", help="Name or address to listen on.  [default: 127.0.0.1, this machine only]"
)
@click.option(
    "--port", "-p", type=int, help="Port to listen on; 0 for a free one.  [default: 5000]"
)
@click.option(
    "--workers", "-w", type=int, help="Processes; above 1 needs PostgreSQL.  [default: 1]"
)
@click.option("--static-prefix", help="What stands before every path, such as /tracking.")
@click.option(
    "--allowed-hosts",
    metavar="HOSTS",
    help="Hosts to answer to, separated by commas, such as 'ml.example.com,*.corp.example:5000'; "
    "'*' for all. Without it: addresses, and names that nobody can register in public.",
)
@click.option(
    "--cors-allowed-origins",
    metavar="ORIGINS",
    help="Foreign pages that may call, such as https://app.example.com; '*' for all.",
)
@click.option(
    "--disable-security-middleware",
    is_flag=True,
    help="Switch the checks of hosts and origins off. Dangerous: any page could act here.",
)
@click.option(
    "--x-frame-options",
    type=click.Choice(["SAMEORIGIN", "DENY", "NONE"], case_sensitive=False),
    help="Who may frame the pages.  [default: SAMEORIGIN]",
)
@click.option(
    "--public-url",
    metavar="URL",
    help="Address under which clients reach this server through a proxy, such as "
    "https://ml.example.com/mlflow. Without it: what each request says.",
)
@click.option(
    "--users-file",
    type=click.Path(dir_okay=False),
    help="File with the users who may call; `headrace users add` makes it.",
)
@click.option(
    "--allow-anonymous",
    is_flag=True,
    help="Let callers without credentials read and write; with --users-file, only read.",
)
@click.option(
    "--fsync",
    type=click.Choice(["interval", "always"]),
    help="When log calls reach the disk: within a second, or before each answer (SQLite).  "
    "[default: interval]",
)
@click.option(
    "--lost-timeout",
    type=float,
    metavar="SECONDS",
    help="Silence after which a run that sent heartbeats is shown as lost.  [default: 300]",
)
def server(**options: Any) -> None:
    """Serve a store over HTTP, by MLflow's protocol."""
    from headrace.file_uri import path_of, scheme_of
    from headrace.server.run import ServerOptions, serve
    from headrace.stores.uri import default_tracking_uri

    def given(name: str, setting: settings.Setting[Any]) -> Any:
        return setting.get() if options[name] is None else options[name]

    def names(name: str, setting: settings.Setting[list[str]]) -> tuple[str, ...]:
        text: str | None = options[name]
        return tuple(setting.get() if text is None else settings.parse_names(text))

    unchecked = (
        options["disable_security_middleware"] or settings.SERVER_DISABLE_SECURITY_MIDDLEWARE.get()
    )
    destination = None
    root = given("default_artifact_root", settings.DEFAULT_ARTIFACT_ROOT) or None
    if given("serve_artifacts", settings.SERVE_ARTIFACTS):
        chosen = given("artifacts_destination", settings.ARTIFACTS_DESTINATION) or "mlartifacts"
        is_folder = scheme_of(chosen) in ("", "file")
        destination = os.path.abspath(path_of(chosen)) if is_folder else chosen
        root = root or "mlflow-artifacts:/"
    serve(
        ServerOptions(
            backend_store_uri=given("backend_store_uri", settings.BACKEND_STORE_URI)
            or default_tracking_uri(),
            default_artifact_root=root,
            artifacts_destination=destination,
            artifact_roots=names("artifact_roots", settings.ARTIFACT_ROOTS),
            host=given("host", settings.HOST),
            port=given("port", settings.PORT),
            workers=given("workers", settings.WORKERS),
            static_prefix=given("static_prefix", settings.STATIC_PREFIX),
            allowed_hosts=names("allowed_hosts", settings.SERVER_ALLOWED_HOSTS),
            allowed_origins=names("cors_allowed_origins", settings.SERVER_CORS_ALLOWED_ORIGINS),
            check_hosts_and_origins=not unchecked,
            frame_options=given("x_frame_options", settings.SERVER_X_FRAME_OPTIONS),
            public_url=given("public_url", settings.PUBLIC_URL) or None,
            users_file=given("users_file", settings.USERS_FILE) or None,
            allow_anonymous=options["allow_anonymous"],
            fsync=given("fsync", settings.FSYNC),
            lost_timeout=given("lost_timeout", settings.LOST_TIMEOUT),
        )
    )


ui = click.Command(
    "ui",
    callback=server.callback,
    params=server.params,
    help=server.help,
    short_help="The same as server.",
    epilog=server.epilog,
)
