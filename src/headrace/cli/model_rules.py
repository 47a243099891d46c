"""Commands of ``headrace models`` for rules: protections, gates, and what they say of a move."""

from __future__ import annotations

import sys
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any, TypeVar

import click

from headrace.cli.model_tables import rule_as_dict, title_of_rule, who
from headrace.cli.named_models import name_argument, with_client
from headrace.cli.options import as_json
from headrace.cli.output import moment, print_json, print_table, shorten
from headrace.entities import (
    Condition,
    ContentGate,
    MetricGate,
    ModelStage,
    Protected,
    RegistryRule,
    RuleFinding,
    TagGate,
)

if TYPE_CHECKING:
    from headrace.client.mlflow_client import MlflowClient

Command = TypeVar("Command", bound=Callable[..., Any])

_MAX_TEXT = 200
_STAGES = click.Choice(
    [stage.value for stage in ModelStage if stage is not ModelStage.NONE], case_sensitive=False
)

_alias = click.option("--alias", help="The alias.")
_stage = click.option("--stage", type=_STAGES, help="The stage.")
_maybe_name = click.argument("name", required=False)


def _of_rules(command: Command) -> Command:
    """Give a command what names the place of rules, and what is done with them."""
    for option in (
        click.option("--reason", "-m", help="Why; the history keeps it."),
        click.option("--lift", is_flag=True, help="Delete the rule instead."),
        click.option(
            "--pattern",
            help="Instead of NAME: the names of all models to come and that there are, "
            "where * stands for any characters.",
        ),
        _stage,
        _alias,
        _maybe_name,
    ):
        command = option(command)
    return command


@click.command()
@_of_rules
@as_json
@with_client
def protect(client: MlflowClient, *, as_json: bool, **fields: Any) -> None:
    """Let every move of an alias or of a stage's versions be refused unless it is forced.

    Whoever may write can force a move by --force and a --reason, which the history keeps. On a
    server with users only an admin protects and lifts.
    """
    _change(client, [Protected()], as_json=as_json, **fields)


@click.command()
@_of_rules
@click.option(
    "--metric",
    "metrics",
    multiple=True,
    metavar="CONDITION",
    help="Such as 'accuracy >= 0.9', or against the version that is replaced, "
    "'accuracy >= current - 0.01'; may be repeated.",
)
@click.option(
    "--tag",
    "tags",
    multiple=True,
    metavar="KEY[=VALUE]",
    help="A tag that the version must have; may be repeated.",
)
@click.option(
    "--verified-content",
    is_flag=True,
    help="The files of the version are recorded by their digests, and unchanged.",
)
@as_json
@with_client
def gate(
    client: MlflowClient,
    *,
    metrics: tuple[str, ...],
    tags: tuple[str, ...],
    verified_content: bool,
    as_json: bool,
    **fields: Any,
) -> None:
    """Let an alias or a stage take only versions that have what is asked for.

    A metric is that of the version's logged model, else of its run. A version that replaces none
    passes a comparison with 'current'.
    """
    gates: list[Condition] = [MetricGate.parse(text) for text in metrics]
    for text in tags:
        key, equals, value = text.partition("=")
        gates.append(TagGate(key, value if equals else None))
    if verified_content:
        gates.append(ContentGate())
    if not gates:
        raise click.UsageError("Say what is asked for: --metric, --tag or --verified-content.")
    _change(client, gates, as_json=as_json, **fields)


@click.command()
@_maybe_name
@as_json
@with_client
def rules(client: MlflowClient, name: str | None, as_json: bool) -> None:
    """List protections and gates: those of NAME, with those of patterns that it fits, or all."""
    found: list[RegistryRule] = []
    token = None
    while True:
        page = client.list_registry_rules(name, page_token=token)
        found += page
        token = page.token
        if not token:
            break
    if as_json:
        print_json([rule_as_dict(rule) for rule in found])
    elif found:
        rows = [
            (
                *_place(rule),
                str(rule.condition),
                moment(rule.timestamp),
                who(rule.actor, verified=rule.is_verified) or "nobody said",
                shorten(rule.reason or "", _MAX_TEXT),
            )
            for rule in found
        ]
        print_table(("Model", "Alias", "Stage", "Rule", "Since", "Who", "Why"), rows)
    else:
        click.echo("No rules.", err=True)


@click.command()
@name_argument
@click.argument("version")
@_alias
@_stage
@click.option(
    "--archive-existing", is_flag=True, help="As if the stage's other versions were archived."
)
@as_json
@with_client
def check(
    client: MlflowClient,
    name: str,
    version: str,
    alias: str | None,
    stage: str | None,
    archive_existing: bool,
    as_json: bool,
) -> None:
    """Tell whether a VERSION may get an alias or into a stage; nothing is moved.

    The exit code is 1 if a rule refuses it.
    """
    _need_place(alias, stage)
    found = client.check_model_move(
        name, version, alias=alias, stage=stage, archive_existing_versions=archive_existing
    )
    if as_json:
        findings = [
            {"rule": rule_as_dict(one.rule), "passes": one.passes, "found": one.found}
            for one in found.findings
        ]
        print_json({"passes": found.passes, "findings": findings})
    else:
        _print_findings(found.findings)
        verdict = "passes" if found.passes else "is refused unless it is forced"
        click.echo(f"The move {verdict}.", err=bool(found.findings))
    if not found.passes:
        sys.exit(1)


COMMANDS = (protect, gate, rules, check)


# --- parts ---------------------------------------------------------------------------------------


def _change(
    client: MlflowClient,
    conditions: Sequence[Condition],
    *,
    name: str | None,
    pattern: str | None,
    alias: str | None,
    stage: str | None,
    lift: bool,
    reason: str | None,
    as_json: bool,
) -> None:
    """Make rules or lift them, one call each."""
    if (name is None) == (pattern is None):
        raise click.UsageError("Give the NAME of a model, or --pattern for many.")
    _need_place(alias, stage)
    place = {"pattern": pattern, "alias": alias, "stage": stage, "reason": reason}
    if lift:
        for condition in conditions:
            client.delete_registry_rule(condition, name, **place)
        changed = [
            RegistryRule(condition, name, pattern, alias, stage and ModelStage.of(stage).value)
            for condition in conditions
        ]
    else:
        changed = [client.add_registry_rule(condition, name, **place) for condition in conditions]
    if as_json:
        print_json([rule_as_dict(rule) | {"lifted": lift} for rule in changed])
        return
    model = name or pattern or ""
    for rule in changed:
        if isinstance(rule.condition, Protected):
            says = "is no longer protected" if lift else "is protected"
        else:
            says = f"{'no longer asks' if lift else 'asks'} for {rule.condition}"
        click.echo(f"{title_of_rule(rule, model)} {says}")


def _need_place(alias: str | None, stage: str | None) -> None:
    if (alias is None) == (stage is None):
        raise click.UsageError("Give --alias or --stage, one of them.")


def _place(rule: RegistryRule) -> tuple[str, str, str]:
    return rule.name or rule.pattern or "", rule.alias or "", rule.stage or ""


def _print_findings(findings: Sequence[RuleFinding]) -> None:
    if not findings:
        return
    rows = [
        (
            *_place(one.rule),
            str(one.rule.condition),
            "passes" if one.passes else "refuses",
            one.found,
        )
        for one in findings
    ]
    print_table(("Model", "Alias", "Stage", "Rule", "Says", "Found"), rows)
