"""Options that many commands share, and the store that they lead to."""

from __future__ import annotations

import functools
from collections.abc import Callable
from typing import TYPE_CHECKING, Any, TypeVar

import click

from headrace.errors import InvalidParameterValue

if TYPE_CHECKING:
    from headrace.client.session import Session
    from headrace.stores.base import TrackingStore

Command = TypeVar("Command", bound=Callable[..., Any])

as_json = click.option("--json", "as_json", is_flag=True, help="Print JSON, for programs.")

no_verify = click.option(
    "--no-verify",
    is_flag=True,
    help="Take files of a registered version also if they are not those that were registered.",
)

view_option = click.option(
    "--view",
    "-v",
    type=click.Choice(["active_only", "deleted_only", "all"], case_sensitive=False),
    default="active_only",
    show_default=True,
    help="Which lifecycle stages to show.",
)


def with_session(command: Command) -> Command:
    """Give a command the session as its first argument, and the option that names a store."""

    @click.option(
        "--tracking-uri",
        metavar="URI",
        help="Store to use instead of the one that MLFLOW_TRACKING_URI names.",
    )
    @functools.wraps(command)
    def run(*args: Any, tracking_uri: str | None, **kwargs: Any) -> Any:
        from headrace.client.tracking import close_sessions, get_session

        try:
            return command(get_session(tracking_uri), *args, **kwargs)
        finally:
            close_sessions()

    return run  # type: ignore[return-value]


def with_store(command: Command) -> Command:
    """Give a command the store as its first argument, and the option that names another one."""

    @with_session
    @functools.wraps(command)
    def run(session: Session, /, *args: Any, **kwargs: Any) -> Any:
        return command(session.store, *args, **kwargs)

    return run  # type: ignore[return-value]


def in_experiment(command: Any) -> Any:
    """Add the two options that name an experiment."""
    for option in (
        click.option(
            "--experiment-name",
            "-n",
            envvar="MLFLOW_EXPERIMENT_NAME",
            help="The experiment's name.",
        ),
        click.option(
            "--experiment-id", "-x", envvar="MLFLOW_EXPERIMENT_ID", help="The experiment's id."
        ),
    ):
        command = option(command)
    return command


def experiment_id_of(
    store: TrackingStore, experiment_id: str | None, experiment_name: str | None
) -> str | None:
    """Return the id of the experiment that is named by id or by name; None if it is by neither.

    Raises:
        InvalidParameterValue: If it is named by both.
        ResourceDoesNotExist: If there is no experiment of the name.

    """
    from headrace.api.tracking import GetExperimentByName

    if experiment_id is not None and experiment_name is not None:
        raise InvalidParameterValue("Give --experiment-id or --experiment-name, not both.")
    if experiment_name is None:
        return experiment_id
    request = GetExperimentByName(experiment_name=experiment_name)
    return store.get_experiment_by_name(request).experiment.experiment_id


def pairs_of(texts: tuple[str, ...]) -> dict[str, str]:
    """Return ``key=value`` texts as a dictionary.

    Raises:
        InvalidParameterValue: If a text has no ``=``, or a key comes twice.

    """
    pairs: dict[str, str] = {}
    for text in texts:
        key, equals, value = text.partition("=")
        if not equals or not key:
            raise InvalidParameterValue(f"Invalid tag {text!r}: it must be key=value.")
        if key in pairs:
            raise InvalidParameterValue(f"The tag {key!r} is given twice.")
        pairs[key] = value
    return pairs
