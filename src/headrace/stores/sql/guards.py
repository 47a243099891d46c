"""What rules say of moves: of aliases and versions, and of whatever takes a model's names away.

Each move is taken apart into steps: an alias or a stage, the version that gets there, and the one
that it replaces. A protection refuses every step, a gate one at which a version arrives. Whoever
moves holds the model's row, so that what is judged here is still so when the move is made.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from headrace.api import registry
from headrace.api import registry_rules as api
from headrace.entities import ModelStage, Protected, RegistryRule, RuleFinding
from headrace.errors import PermissionDenied
from headrace.stores.registry_texts import check_model_name, parse_version
from headrace.stores.sql.calls import SqlCalls
from headrace.stores.sql.engine import Transaction
from headrace.stores.sql.gates import judge
from headrace.stores.sql.registry_reads import (
    STAGES,
    HeldVersion,
    find_named,
    look_at_version,
)
from headrace.stores.sql.registry_rules import check_target, load_rules


class Step(NamedTuple):
    """One alias or stage of a model that gets a version, or loses one.

    Attributes:
        alias: The alias; or else
        stage: the stage.
        version: Number of the version that gets there; None if one only goes.
        replaced: Number of the version that is there now, of a stage the newest one; None if there
            is none.

    """

    alias: str | None = None
    stage: str | None = None
    version: int | None = None
    replaced: int | None = None


class ModelMoveCalls(SqlCalls):
    """The call that tells what rules say of a move."""

    def check_model_move(self, request: api.CheckModelMove) -> api.ModelMoveCheck:
        """Return what each rule says of a move."""
        name, alias = request.name, request.alias
        check_model_name(name)
        number = parse_version(request.version)
        stage = check_target(alias, request.stage)
        with self._database.read() as tx:
            version = look_at_version(tx, name, number)
            rules = load_rules(tx, version.model_id, name)
            if stage is not None:
                steps = _stage_steps(tx, version, stage, archives=request.archive_existing_versions)
            else:
                steps = _alias_steps(tx, version.model_id, alias or "", number)
            findings = _judge(tx, name, rules, steps)
        return api.ModelMoveCheck(all(one.passes for one in findings), findings)


# --- guards --------------------------------------------------------------------------------------
# Each returns what rules say against a move that is forced, None where they say nothing, and raises
# PermissionDenied where it is not forced.


def guard_alias(
    tx: Transaction,
    request: registry.SetRegisteredModelAlias | registry.DeleteRegisteredModelAlias,
    model: int,
    version: int | None,
) -> str | None:
    """Ask the rules whether an alias may name a version, None for no one any more."""
    if not (rules := load_rules(tx, model, request.name)):
        return None
    steps = _alias_steps(tx, model, request.alias, version)
    return _decide(request, _judge(tx, request.name, rules, steps))


def guard_transition(
    tx: Transaction,
    request: registry.TransitionModelVersionStage,
    version: HeldVersion,
    stage: ModelStage,
) -> str | None:
    """Ask the rules whether a version may move into a stage."""
    if not (rules := load_rules(tx, version.model_id, request.name)):
        return None
    steps = _stage_steps(tx, version, stage, archives=request.archive_existing_versions)
    return _decide(request, _judge(tx, request.name, rules, steps))


def guard_version(
    tx: Transaction, request: registry.DeleteModelVersion, version: HeldVersion
) -> str | None:
    """Ask the rules whether a version may be deleted, out of its aliases and its stage."""
    if not (rules := load_rules(tx, version.model_id, request.name)):
        return None
    sql = "SELECT alias FROM model_aliases WHERE version_id = ? ORDER BY alias"
    steps = [Step(alias=alias) for (alias,) in tx.execute(sql, (version.id,)).fetchall()]
    steps.append(Step(stage=version.stage))
    return _decide(request, _judge(tx, request.name, rules, steps))


def guard_model(tx: Transaction, request: registry.DeleteRegisteredModel, model: int) -> str | None:
    """Ask the rules whether a model may be deleted, with its versions and its own rules.

    Whoever could delete a model with rules, and make it again without, would have lifted them.
    """
    if not (rules := load_rules(tx, model, request.name)):
        return None
    own = [
        RuleFinding(rule, passes=False, found="it would be deleted with the model")
        for rule in rules
        if rule.pattern is None
    ]
    of_patterns = [rule for rule in rules if rule.pattern is not None]
    gone = [Step(one.alias, one.stage) for one in _held_names(tx, model)]
    return _decide(request, [*own, *_judge(tx, request.name, of_patterns, gone)])


def guard_renaming(
    tx: Transaction, request: registry.RenameRegisteredModel, model: int
) -> str | None:
    """Ask the rules whether a model may be renamed, with all that its aliases and stages hold.

    ``models:/NAME@ALIAS`` ends under the old name and begins under the new one. Rules of its own
    go along, so gates are asked only where a pattern fits the new name and not the old one.
    """
    name = request.name
    if name == request.new_name:
        return None
    before = load_rules(tx, model, name)
    added = [rule for rule in load_rules(tx, model, request.new_name) if rule not in before]
    if not before and not added:
        return None
    held = _held_names(tx, model)
    gone = [Step(one.alias, one.stage) for one in held]
    return _decide(request, [*_judge(tx, name, before, gone), *_judge(tx, name, added, held)])


# --- steps ---------------------------------------------------------------------------------------


def _alias_steps(tx: Transaction, model: int, alias: str, version: int | None) -> list[Step]:
    present = find_named(tx, model, alias)
    return [] if present == version else [Step(alias, None, version, present)]


def _stage_steps(
    tx: Transaction, version: HeldVersion, stage: ModelStage, *, archives: bool
) -> list[Step]:
    others: list[int] = []
    if stage.is_active:  # what is archived is not replaced
        sql = (
            "SELECT version FROM model_versions WHERE model_id = ? AND stage = ? AND id <> ? "
            "ORDER BY version DESC" + ("" if archives else " LIMIT 1")
        )
        values = (version.model_id, STAGES.index(stage), version.id)
        others = [number for (number,) in tx.execute(sql, values).fetchall()]
    steps = []
    if stage is not version.stage:
        replaced = others[0] if others else None
        steps += [Step(None, stage, version.number, replaced), Step(stage=version.stage)]
    if archives:
        steps += [Step(stage=stage) for _ in others]
        steps += [Step(stage=ModelStage.ARCHIVED, version=number) for number in others]
    return steps


def _held_names(tx: Transaction, model: int) -> list[Step]:
    """Return all aliases and stages of a model with their versions, as if these arrived there."""
    sql = (
        "SELECT a.alias, v.version FROM model_aliases AS a "
        "JOIN model_versions AS v ON v.id = a.version_id WHERE a.model_id = ? ORDER BY a.alias"
    )
    held = [Step(alias, None, number) for alias, number in tx.execute(sql, (model,)).fetchall()]
    sql = (
        "SELECT stage, version FROM model_versions WHERE model_id = ? AND stage <> ? "
        "ORDER BY stage, version"
    )
    rows = tx.execute(sql, (model, STAGES.index(ModelStage.NONE))).fetchall()
    return held + [Step(None, STAGES[stage], number) for stage, number in rows]


def _judge(
    tx: Transaction, name: str, rules: Sequence[RegistryRule], steps: Sequence[Step]
) -> list[RuleFinding]:
    """Return what each of the rules at which there is a step says."""
    findings = []
    for rule in rules:
        here = [one for one in steps if (one.alias, one.stage) == (rule.alias, rule.stage)]
        if isinstance(rule.condition, Protected):
            if here:
                found = "every move of it must be forced"
                findings.append(RuleFinding(rule, passes=False, found=found))
            continue
        for step in here:
            if step.version is not None:
                findings.append(
                    RuleFinding(rule, *judge(tx, rule.condition, name, step.version, step.replaced))
                )
    return findings


def _decide(request: registry.GuardedChange, findings: Sequence[RuleFinding]) -> str | None:
    against = "; ".join(str(one) for one in findings if not one.passes)
    if not against:
        return None
    if request.force:
        return against
    raise PermissionDenied(
        f"Rules of the registry refuse this: {against}. Whoever may write can force it, with a "
        "reason that the history keeps: force=True and reason='...' in Headrace's client, --force "
        "--reason '...' on its command line. MLflow's clients cannot."
    )
