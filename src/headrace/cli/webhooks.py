"""``headrace webhooks``: who is told by HTTP what happens, and what became of each telling."""

from __future__ import annotations

import secrets
from typing import TYPE_CHECKING, Any, TextIO

import click

from headrace.cli.named_models import with_client
from headrace.cli.options import as_json
from headrace.cli.output import print_json
from headrace.cli.webhook_tables import (
    delivery_as_dict,
    print_deliveries,
    print_delivery,
    print_webhook,
    print_webhooks,
    webhook_as_dict,
)
from headrace.errors import InvalidParameterValue

if TYPE_CHECKING:
    from headrace.client.mlflow_client import MlflowClient

_EXAMPLES = """\b
Examples:
  headrace webhooks create deploy https://ci.example.com/hook -e model_version_alias.created --generate-secret
  headrace webhooks create alarm https://chat.example.com/hook -e run.failed -e run.killed --experiment-id 7
  headrace webhooks test WEBHOOK_ID
  headrace webhooks deliveries WEBHOOK_ID --state failed
  headrace webhooks delivery DELIVERY_ID
  headrace webhooks redeliver DELIVERY_ID
  headrace webhooks update WEBHOOK_ID --status DISABLED
"""  # noqa: E501 - lines of a shell

_webhook_id = click.argument("webhook_id")
_status = click.option(
    "--status",
    type=click.Choice(["ACTIVE", "DISABLED"], case_sensitive=False),
    help="DISABLED is told nothing.",
)
_events = click.option(
    "--event", "-e", "events", multiple=True, help="Such as run.finished; may be repeated."
)
_description = click.option("--description", help="Words about it.")
_models = click.option(
    "--model", "models", multiple=True, help="Only of this registered model; may be repeated."
)
_experiments = click.option(
    "--experiment-id", "-x", "experiments", multiple=True, help="Only of its runs; may be repeated."
)
# On the command line itself every user of the machine could read it.
_secret_file = click.option(
    "--secret-file",
    type=click.File(),
    help="File whose first line signs the requests; - for the standard input.",
)
_generate = click.option(
    "--generate-secret", is_flag=True, help="Make a secret, and print it this once."
)
_max_results = click.option(
    "--max-results",
    type=click.IntRange(1, 1000),
    default=100,
    show_default=True,
    help="How many to show.",
)


@click.group(epilog=_EXAMPLES)
def webhooks() -> None:
    """Tell others by HTTP what happens to models and runs, and see what became of it."""


@webhooks.command()
@click.argument("name")
@click.argument("url")
@_events
@_models
@_experiments
@_description
@_secret_file
@_generate
@_status
@as_json
@with_client
def create(
    client: MlflowClient,
    name: str,
    url: str,
    events: tuple[str, ...],
    models: tuple[str, ...],
    experiments: tuple[str, ...],
    description: str | None,
    secret_file: TextIO | None,
    generate_secret: bool,
    status: str | None,
    as_json: bool,
) -> None:
    """Send events to URL from now on; requests without a secret are unsigned."""
    if not events:
        raise click.UsageError("Give at least one --event, such as --event run.finished.")
    secret = _secret(secret_file, generate=generate_secret)
    made = client.create_webhook(
        name,
        url,
        list(events),
        description,
        secret,
        status,
        model_names=models,
        experiment_ids=experiments,
    )
    told = {"secret": secret} if generate_secret else {}
    if as_json:
        print_json(webhook_as_dict(made) | told)
        return
    click.echo(f"Created {made.name}, {made.webhook_id}")
    _show_secret(told)


@webhooks.command("list")
@_max_results
@as_json
@with_client
def list_webhooks(client: MlflowClient, max_results: int, as_json: bool) -> None:
    """List webhooks, newest first."""
    found = client.list_webhooks(max_results)
    if as_json:
        print_json([webhook_as_dict(one) for one in found])
    elif found:
        print_webhooks(found)
    _tell(found, "No webhooks.", found.token, max_results)


@webhooks.command()
@_webhook_id
@as_json
@with_client
def show(client: MlflowClient, webhook_id: str, as_json: bool) -> None:
    """Show a webhook."""
    found = client.get_webhook(webhook_id)
    if as_json:
        print_json(webhook_as_dict(found))
    else:
        print_webhook(found)


@webhooks.command()
@_webhook_id
@click.option("--name", help="Another name.")
@click.option("--url", help="Another address.")
@_events
@_models
@_experiments
@click.option("--all-models", is_flag=True, help="Of all registered models again.")
@click.option("--all-experiments", is_flag=True, help="Of the runs of all experiments again.")
@_description
@_secret_file
@_generate
@click.option("--no-secret", is_flag=True, help="Sign no more.")
@_status
@as_json
@with_client
def update(
    client: MlflowClient,
    webhook_id: str,
    name: str | None,
    url: str | None,
    events: tuple[str, ...],
    models: tuple[str, ...],
    experiments: tuple[str, ...],
    all_models: bool,
    all_experiments: bool,
    description: str | None,
    secret_file: TextIO | None,
    generate_secret: bool,
    no_secret: bool,
    status: str | None,
    as_json: bool,
) -> None:
    """Change what is given of a webhook; events that are given replace the old ones."""
    if no_secret and (secret_file or generate_secret):
        raise click.UsageError("Give --no-secret or a secret, not both.")
    if (models and all_models) or (experiments and all_experiments):
        raise click.UsageError("Give names or --all-..., not both.")
    secret = "" if no_secret else _secret(secret_file, generate=generate_secret)
    changed = client.update_webhook(
        webhook_id,
        name,
        description,
        url,
        list(events) or None,
        secret,
        status,
        model_names=models if models or all_models else None,
        experiment_ids=experiments if experiments or all_experiments else None,
    )
    told = {"secret": secret} if generate_secret else {}
    if as_json:
        print_json(webhook_as_dict(changed) | told)
        return
    print_webhook(changed)
    _show_secret(told)


@webhooks.command()
@_webhook_id
@click.option("--yes", "-y", is_flag=True, help="Do not ask.")
@as_json
@with_client
def delete(client: MlflowClient, webhook_id: str, yes: bool, as_json: bool) -> None:
    """Delete a webhook with its deliveries, also those that are not sent yet."""
    found = client.get_webhook(webhook_id)
    if not yes:
        click.confirm(f"Delete the webhook {found.name} to {found.url}?", abort=True, err=True)
    client.delete_webhook(webhook_id)
    if as_json:
        print_json({"webhook_id": webhook_id})
    else:
        click.echo(f"Deleted the webhook {found.name}.")


@webhooks.command()
@_webhook_id
@click.option("--event", "-e", help="Of which event; of its first one if not given.")
@as_json
@with_client
def test(client: MlflowClient, webhook_id: str, event: str | None, as_json: bool) -> None:
    """Send an example to a webhook now, once; exit with 1 if the receiver did not take it."""
    result = client.test_webhook(webhook_id, event)
    if as_json:
        print_json(
            {
                "success": result.success,
                "response_status": result.response_status,
                "response_body": result.response_body,
                "error_message": result.error_message,
            }
        )
    elif result.success:
        click.echo(f"The receiver took it, with HTTP status {result.response_status}.")
    else:
        click.echo(result.error_message or f"HTTP status {result.response_status}", err=True)
    if result.response_body and not as_json:
        click.echo(f"It said:\n{result.response_body}", err=not result.success)
    if not result.success:
        raise click.exceptions.Exit(1)


@webhooks.command()
@click.argument("webhook_id", required=False)
@click.option(
    "--state",
    type=click.Choice(["pending", "delivered", "failed"]),
    help="Only those in this state.",
)
@click.option("--event", "-e", help="Only of this event.")
@_max_results
@as_json
@with_client
def deliveries(
    client: MlflowClient,
    webhook_id: str | None,
    state: str | None,
    event: str | None,
    max_results: int,
    as_json: bool,
) -> None:
    """List what was sent and what is to be, newest first; to all webhooks if none is named."""
    found = client.list_webhook_deliveries(webhook_id, state, event, max_results)
    if as_json:
        print_json([delivery_as_dict(one) for one in found])
    elif found:
        print_deliveries(found)
    _tell(found, "No such deliveries.", found.token, max_results)


@webhooks.command()
@click.argument("delivery_id")
@as_json
@with_client
def delivery(client: MlflowClient, delivery_id: str, as_json: bool) -> None:
    """Show a delivery: what was sent, and what came back at each try."""
    found = client.get_webhook_delivery(delivery_id)
    if as_json:
        print_json(delivery_as_dict(found) | {"body": found.body})
    else:
        print_delivery(found)


@webhooks.command()
@click.argument("delivery_id")
@as_json
@with_client
def redeliver(client: MlflowClient, delivery_id: str, as_json: bool) -> None:
    """Send a delivery once more, under the same id and with the same body."""
    found = client.redeliver_webhook(delivery_id)
    if as_json:
        print_json(delivery_as_dict(found))
    else:
        click.echo(f"{found.event} will be sent again.")


# --- parts ---------------------------------------------------------------------------------------


def _secret(file: TextIO | None, *, generate: bool) -> str | None:
    if file is not None and generate:
        raise click.UsageError("Give --secret-file or --generate-secret, not both.")
    if generate:
        return secrets.token_urlsafe(32)
    if file is None:
        return None
    secret = file.readline().rstrip("\r\n")
    if not secret:
        raise InvalidParameterValue("The first line of the secret's file is empty.")
    return secret


def _show_secret(told: dict[str, str | None]) -> None:
    for secret in told.values():
        click.echo(f"Its secret, which is not shown again: {secret}")


def _tell(found: list[Any], nothing: str, token: str | None, limit: int) -> None:
    if not found:
        click.echo(nothing, err=True)
    if token:
        click.echo(f"There are more than these {limit}: see --max-results.", err=True)
