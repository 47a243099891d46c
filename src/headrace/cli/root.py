"""The command ``headrace`` and the table of what stands below it."""

from __future__ import annotations

import importlib
from typing import Any

import click

from headrace.errors import HeadraceError
from headrace.search.excerpts import show_place
from headrace.version import VERSION

# Command -> (module, its command). Modules are imported when the command is used or listed.
COMMANDS: dict[str, tuple[str, str]] = {
    "server": ("headrace.cli.server", "server"),
    "ui": ("headrace.cli.server", "ui"),
    "experiments": ("headrace.cli.experiments", "experiments"),
    "runs": ("headrace.cli.runs", "runs"),
    "artifacts": ("headrace.cli.artifacts", "artifacts"),
    "models": ("headrace.cli.models", "models"),
    "webhooks": ("headrace.cli.webhooks", "webhooks"),
    "views": ("headrace.cli.views", "views"),
    "gc": ("headrace.cli.gc", "gc"),
    "db": ("headrace.cli.db", "db"),
    "users": ("headrace.cli.users", "users"),
    "sync": ("headrace.cli.sync", "sync"),
    "doctor": ("headrace.cli.doctor", "doctor"),
}


class Root(click.Group):
    """Finds commands in the table, and shows an error of ours as a line, a wrong filter below."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        """Return the names of all commands, in the order of the table."""
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """Import and return a command; None if there is no such command."""
        if cmd_name not in COMMANDS:
            return None
        module, name = COMMANDS[cmd_name]
        command: click.Command = getattr(importlib.import_module(module), name)
        return command

    def invoke(self, ctx: click.Context) -> Any:
        """Run the command that was named; its errors end the process with exit code 1."""
        try:
            return super().invoke(ctx)
        except HeadraceError as error:
            message, *place = show_place(error.message)
            lines = [" ".join(message.split()), *(f"  {line}" for line in place)]
            raise click.ClickException("\n".join(lines)) from None


_EXAMPLES = """\b
Examples:
  headrace runs list                     the newest runs, with their metrics
  headrace server --port 5000            serve the store of this folder
  headrace doctor                        what is set up, and what is wrong
"""


@click.group(cls=Root, context_settings={"help_option_names": ["-h", "--help"]}, epilog=_EXAMPLES)
@click.version_option(VERSION, prog_name="headrace")
def cli() -> None:
    """Track, reproduce, package and deploy machine learning.

    Commands use the store that MLFLOW_TRACKING_URI names: a server's address, a database URI or a
    folder. Without it they use the nearest folder .headrace, from here upwards.
    """
