"""Rules of the registry, as they are kept: protections and gates, of one model or of a pattern."""

from __future__ import annotations

import hashlib

import msgspec

from headrace.api import limits
from headrace.api import registry_rules as api
from headrace.api.endpoint import Empty
from headrace.entities import (
    ChangeKind,
    Condition,
    MetricGate,
    ModelStage,
    Protected,
    RegistryRule,
    TagGate,
)
from headrace.errors import InvalidParameterValue, ResourceDoesNotExist
from headrace.search.ordering import OrderItem
from headrace.search.paging import decode_token, encode_token, take_fingerprint
from headrace.search.tree import Entity, Field, Kind
from headrace.stores.base import current_actor
from headrace.stores.registry_texts import (
    check_model_name,
    check_new_alias,
    check_pattern,
    check_registry_tag,
    fits_pattern,
)
from headrace.stores.sql.calls import SqlCalls, now
from headrace.stores.sql.engine import Row, Transaction
from headrace.stores.sql.registry_changes import (
    Entry,
    check_max_results,
    check_reason,
    name_of_pattern,
    note_changes,
)
from headrace.stores.sql.registry_reads import find_model
from headrace.stores.texts import check_key

_INSERT = (
    "INSERT INTO registry_rules (identity, model_id, pattern, alias, stage, condition, user_id, "
    "user_verified, reason, made_at) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?) "
    "ON CONFLICT (identity) DO NOTHING"
)
_SELECT = (
    "SELECT r.id, r.condition, m.name, r.pattern, r.alias, r.stage, r.made_at, r.user_id, "
    "r.user_verified, r.reason "
    "FROM registry_rules AS r LEFT JOIN registered_models AS m ON m.id = r.model_id "
)

# What a page is continued by: the row id of the last rule that was looked at.
_ORDER = (OrderItem(Field(Entity.ATTRIBUTE, "id", Kind.NUMBER), ascending=True),)

_conditions: msgspec.json.Decoder[Condition] = msgspec.json.Decoder(Condition)


class RegistryRuleCalls(SqlCalls):
    """The calls that make, delete and list rules."""

    def add_registry_rule(self, request: api.AddRegistryRule) -> api.RegistryRuleAnswer:
        """Add a rule; one that is there already is answered as it is."""
        stage, reason = _check_rule(request), check_reason(request)
        actor = current_actor()

        def work(tx: Transaction) -> RegistryRule:
            model = self._hold_scope(tx, request)
            identity = _identify(model, request, stage)
            if (known := _find(tx, identity)) is not None:
                return known
            _check_room(tx, model)
            at = now()
            condition = msgspec.json.encode(request.condition).decode()
            made = tx.execute(
                _INSERT,
                (identity, model, request.pattern, request.alias, stage, condition, actor.name,
                 int(actor.verified), reason, at),
            )  # fmt: skip
            if made.rowcount:  # else another connection made it just now
                _note(tx, request, stage, at, reason, after=_words(request))
            rule = _find(tx, identity)
            assert rule is not None
            return rule

        return api.RegistryRuleAnswer(self._database.transact(work, durable=True))

    def delete_registry_rule(self, request: api.DeleteRegistryRule) -> Empty:
        """Delete a rule; one that is not there is RESOURCE_DOES_NOT_EXIST."""
        stage, reason = _check_rule(request), check_reason(request)

        def work(tx: Transaction) -> None:
            model = self._hold_scope(tx, request)
            identity = _identify(model, request, stage)
            sql = "DELETE FROM registry_rules WHERE identity = ?"
            if tx.execute(sql, (identity,)).rowcount == 0:
                where = f"alias {request.alias!r}" if request.alias else f"stage {stage!r}"
                raise ResourceDoesNotExist(
                    f"There is no such rule: {request.name or request.pattern!r}, {where}, "
                    f"{request.condition}. List the rules to see how they are spelled."
                )
            _note(tx, request, stage, now(), reason, before=_words(request))

        self._database.transact(work, durable=True)
        return Empty()

    def list_registry_rules(self, request: api.ListRegistryRules) -> api.RegistryRules:
        """Return a page of rules, the oldest first."""
        limit = check_max_results(request.max_results, limits.MAX_RULES_PER_PAGE)
        fingerprint = take_fingerprint("registry rules", request.name)
        last = decode_token(request.page_token, fingerprint, _ORDER)
        if request.name is not None:
            check_model_name(request.name)
            with self._database.read() as tx:
                rules = load_rules(tx, find_model(tx, request.name), request.name)
            return api.RegistryRules(rules)
        sql = f"{_SELECT}WHERE r.id > ? ORDER BY r.id LIMIT ?"
        with self._database.read(snapshot=False) as tx:
            after = 0 if last is None else last[0]
            rows = tx.execute(sql, (after, limit + 1)).fetchall()
        token = encode_token(fingerprint, [rows[limit - 1][0]]) if len(rows) > limit else None
        return api.RegistryRules([_rule(row) for row in rows[:limit]], token)

    def _hold_scope(self, tx: Transaction, request: api.RuleChange) -> int | None:
        """Return the row id of a rule's model, which no other transaction changes now."""
        if request.name is None:
            return None
        return find_model(tx, request.name, self._statements.FOR_UPDATE)


def load_rules(tx: Transaction, model: int, name: str) -> list[RegistryRule]:
    """Return the rules of a model, by its row id, and those of patterns that fit a name."""
    sql = f"{_SELECT}WHERE r.model_id = ? OR r.model_id IS NULL ORDER BY r.id"
    rules = [_rule(row) for row in tx.execute(sql, (model,)).fetchall()]
    return [rule for rule in rules if rule.pattern is None or fits_pattern(name, rule.pattern)]


def _check_rule(request: api.RuleChange) -> str | None:
    """Refuse what is no rule; return its stage as it is spelled."""
    if (request.name is None) == (request.pattern is None):
        raise InvalidParameterValue(
            "A rule is for one registered model or for a pattern of names: give one of name and "
            f"pattern. Got name {request.name!r} and pattern {request.pattern!r}."
        )
    if request.name is not None:
        check_model_name(request.name)
    if request.pattern is not None:
        check_pattern(request.pattern)
    _check_condition(request.condition)
    stage = check_target(request.alias, request.stage)
    return None if stage is None else stage.value


def check_target(alias: str | None, stage: str | None) -> ModelStage | None:
    """Refuse what is neither an alias nor a stage with rules; return the stage."""
    if (alias is None) == (stage is None):
        raise InvalidParameterValue(
            f"Give one of alias and stage. Got alias {alias!r} and stage {stage!r}."
        )
    if alias is not None:
        check_new_alias(alias)
    if stage is None:
        return None
    found = ModelStage.of(stage)
    if found is ModelStage.NONE:
        raise InvalidParameterValue(
            "The stage 'None' has no rules, since every version begins in it. Give Staging, "
            "Production or Archived."
        )
    return found


def _check_condition(condition: Condition) -> None:
    if isinstance(condition, MetricGate):
        check_key(condition.metric, "metric")
    elif isinstance(condition, TagGate):
        check_registry_tag(condition.key, condition.value or "")


def _identify(model: int | None, request: api.RuleChange, stage: str | None) -> str:
    """Return what only the same rule has: a digest of its words, since these may be long."""
    whole = [model, request.pattern, request.alias, stage, str(request.condition)]
    return hashlib.blake2b(msgspec.json.encode(whole), digest_size=16).hexdigest()


def _find(tx: Transaction, identity: str) -> RegistryRule | None:
    row = tx.execute(_SELECT + "WHERE r.identity = ?", (identity,)).fetchone()
    return None if row is None else _rule(row)


def _check_room(tx: Transaction, model: int | None) -> None:
    """Refuse more rules than a move can well go through."""
    sql = "SELECT count(*) FROM registry_rules WHERE model_id "
    if model is None:
        [count] = tx.execute(sql + "IS NULL").fetchone()
        limit, what = limits.MAX_RULES_OF_PATTERNS, "all patterns together have"
    else:
        [count] = tx.execute(sql + "= ?", (model,)).fetchone()
        limit, what = limits.MAX_RULES_PER_MODEL, "a model has"
    if count >= limit:
        raise InvalidParameterValue(
            f"There are {count} rules already, and {what} at most {limit}: delete some."
        )


def _note(
    tx: Transaction,
    request: api.RuleChange,
    stage: str | None,
    at: int,
    reason: str | None,
    *,
    before: str | None = None,
    after: str | None = None,
) -> None:
    is_protection = isinstance(request.condition, Protected)
    kind = ChangeKind.PROTECTION if is_protection else ChangeKind.GATE
    name = request.name or name_of_pattern(request.pattern or "")
    entry = Entry(kind, None, request.alias or stage, before, after)
    note_changes(tx, name, at, reason, [entry])


def _words(request: api.RuleChange) -> str:
    return f"{request.condition} ({'alias' if request.alias else 'stage'})"


def _rule(row: Row) -> RegistryRule:
    _, condition, name, pattern, alias, stage, made_at, user_id, user_verified, reason = row
    return RegistryRule(
        condition=_conditions.decode(condition),
        name=name,
        pattern=pattern,
        alias=alias,
        stage=stage,
        timestamp=made_at,
        actor=user_id,
        is_verified=bool(user_verified),
        reason=reason,
    )
