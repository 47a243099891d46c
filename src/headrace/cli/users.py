"""``headrace users``: who may use a server, kept in a users file."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

import click

from headrace import settings
from headrace.amounts import age
from headrace.cli.options import as_json
from headrace.cli.output import print_json, print_table

users_file = click.option(
    "--users-file",
    type=click.Path(dir_okay=False, path_type=Path),
    help="The users file.  [default: HEADRACE_USERS_FILE, else users.json]",
)

password_stdin = click.option(
    "--password-stdin", is_flag=True, help="Read the password from the standard input."
)


_EXAMPLES = """\b
Examples:
  headrace users add ann --role write
  headrace users token ci --note "nightly training"
  headrace server --host 0.0.0.0 --users-file users.json
"""


@click.group(epilog=_EXAMPLES)
def users() -> None:
    """Say who may use a server, and in which role."""


@users.command()
@click.argument("name")
@click.option(
    "--role",
    type=click.Choice(["read", "write", "admin"]),
    default="write",
    show_default=True,
    help="What the user may do.",
)
@click.option("--no-password", is_flag=True, help="Make a user that only tokens let in.")
@password_stdin
@users_file
@as_json
def add(
    name: str,
    role: str,
    no_password: bool,
    password_stdin: bool,
    users_file: Path | None,
    as_json: bool,
) -> None:
    """Add the user NAME; the password is asked for."""
    from headrace.server.users import Role, changing_users

    place = _place(users_file)
    password = None if no_password else _ask(password_stdin)
    with changing_users(place) as known:
        known.add(name, Role.of(role), password)
    _say({"name": name, "role": role}, f"{name} may {role} ({place}).", as_json)


@users.command("list")
@users_file
@as_json
def list_users(users_file: Path | None, as_json: bool) -> None:
    """List the users and their tokens' notes; no secret is shown."""
    from headrace.server.users import read_users

    known = read_users(_place(users_file)).users
    if as_json:
        print_json(
            [
                {
                    "name": name,
                    "role": user.role.value,
                    "password": bool(user.password),
                    "tokens": [{"note": t.note, "created": t.created} for t in user.tokens],
                }
                for name, user in sorted(known.items())
            ]
        )
        return
    rows = [
        (
            name,
            user.role.value,
            "yes" if user.password else "no",
            ", ".join(f"{token.note or 'token'} ({age(token.created)})" for token in user.tokens),
        )
        for name, user in sorted(known.items())
    ]
    print_table(("Name", "Role", "Password", "Tokens"), rows)


@users.command()
@click.argument("name")
@password_stdin
@users_file
@as_json
def passwd(name: str, password_stdin: bool, users_file: Path | None, as_json: bool) -> None:
    """Change the password of the user NAME."""
    from headrace.server.users import changing_users, hash_password, read_users

    place = _place(users_file)
    read_users(place).get(name)  # before anybody types a password
    hashed = hash_password(_ask(password_stdin))
    with changing_users(place) as known:
        known.get(name).password = hashed
    _say({"name": name}, f"The password of {name} is changed.", as_json)


@users.command()
@click.argument("name")
@users_file
@as_json
def remove(name: str, users_file: Path | None, as_json: bool) -> None:
    """Remove the user NAME; a running server refuses its next call."""
    from headrace.server.users import changing_users, read_users

    place = _place(users_file)
    read_users(place)  # a file that is not there is not made
    with changing_users(place) as known:
        known.remove(name)
    _say({"name": name}, f"{name} is removed.", as_json)


@users.command()
@click.argument("name")
@click.option("--note", default="", help="What the token is for.")
@click.option("--revoke", is_flag=True, help="Take back every token of the user instead.")
@users_file
@as_json
def token(name: str, note: str, revoke: bool, users_file: Path | None, as_json: bool) -> None:
    """Make a token for the user NAME, for MLFLOW_TRACKING_TOKEN; it is shown this once."""
    from headrace.server.users import changing_users, read_users

    place = _place(users_file)
    read_users(place)
    with changing_users(place) as known:
        if revoke:
            count = len(known.get(name).tokens)
            known.get(name).tokens = []
            _say({"name": name, "revoked": count}, f"{count} tokens of {name} revoked.", as_json)
            return
        made = known.add_token(name, note)
    _say({"name": name, "token": made}, made, as_json)


def _place(users_file: Path | None) -> Path:
    return users_file or Path(settings.USERS_FILE.get() or "users.json")


def _ask(from_stdin: bool) -> str:
    if from_stdin:
        return sys.stdin.readline().rstrip("\n")
    password: str = click.prompt("Password", hide_input=True, confirmation_prompt=True)
    return password


def _say(fields: dict[str, Any], text: str, as_json: bool) -> None:
    if as_json:
        print_json(fields)
    else:
        click.echo(text)
