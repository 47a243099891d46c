"""Rules of the registry: protections, gates, and what they refuse."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest

from headrace.api import limits
from headrace.api import registry as api
from headrace.api import registry_rules as rules
from headrace.entities import (
    Condition,
    ContentGate,
    MetricGate,
    ModelVersionTag,
    Protected,
    RegistryRule,
    TagGate,
)
from headrace.errors import HeadraceError, InvalidParameterValue
from headrace.stores.base import Actor, TrackingStore, acting_as
from headrace.testing.stores.make import (
    get_registered_model,
    get_version,
    log,
    make_model,
    make_registered_model,
    make_run,
    make_version,
    move,
    refused,
    set_alias,
)
from headrace.testing.stores.registry_history import changes, short

FORCE: dict[str, Any] = {"force": True, "reason": "an emergency"}


def add_rule(
    store: TrackingStore, condition: Condition | None = None, **fields: Any
) -> RegistryRule:
    """Add a rule, a protection unless told otherwise, to the model ``m`` or a pattern."""
    if "pattern" not in fields:
        fields.setdefault("name", "m")
    request = rules.AddRegistryRule(condition=condition or Protected(), **fields)
    return store.add_registry_rule(request).rule


def delete_rule(store: TrackingStore, condition: Condition | None = None, **fields: Any) -> None:
    """Delete a rule; arguments are those of `add_rule`."""
    if "pattern" not in fields:
        fields.setdefault("name", "m")
    request = rules.DeleteRegistryRule(condition=condition or Protected(), **fields)
    store.delete_registry_rule(request)


def list_rules(store: TrackingStore, **fields: Any) -> list[RegistryRule]:
    """Return a page of rules."""
    return store.list_registry_rules(rules.ListRegistryRules(**fields)).rules


def check(store: TrackingStore, version: str, **fields: Any) -> rules.ModelMoveCheck:
    """Ask what rules say of a move of the model ``m``."""
    request = rules.CheckModelMove(name="m", version=version, **fields)
    return store.check_model_move(request)


def delete_alias(store: TrackingStore, alias: str, **fields: Any) -> None:
    """Delete an alias of the model ``m``."""
    request = api.DeleteRegisteredModelAlias(name="m", alias=alias, **fields)
    store.delete_registered_model_alias(request)


def delete_version(store: TrackingStore, version: str, **fields: Any) -> None:
    """Delete a version of the model ``m``."""
    store.delete_model_version(api.DeleteModelVersion(name="m", version=version, **fields))


def delete_model(store: TrackingStore, **fields: Any) -> None:
    """Delete the model ``m``."""
    store.delete_registered_model(api.DeleteRegisteredModel(name="m", **fields))


def rename(store: TrackingStore, new_name: str, **fields: Any) -> None:
    """Rename the model ``m``."""
    request = api.RenameRegisteredModel(name="m", new_name=new_name, **fields)
    store.rename_registered_model(request)


def make_versions(store: TrackingStore, *metrics: float | None) -> None:
    """Create the model ``m`` with a version for each accuracy, of a run without one for None."""
    make_registered_model(store)
    for metric in metrics:
        run_id = make_run(store)
        if metric is not None:
            log(store, run_id, "accuracy", metric)
        make_version(store, run_id=run_id)


class RegistryRuleSuite:
    """What a store of rules must do."""

    def test_a_rule_comes_back_as_it_was_made(self, store: TrackingStore) -> None:
        make_registered_model(store)
        with acting_as(Actor("ann")):
            made = add_rule(store, alias="champion", reason="in use")
            gate = add_rule(store, MetricGate("a b", ">=", 0.5), pattern="*", stage="pRODUCTION")

        assert (made.condition, made.name, made.alias) == (Protected(), "m", "champion")
        assert (made.pattern, made.stage, made.reason) == (None, None, "in use")
        assert made.timestamp > 0
        assert not made.is_verified
        assert (gate.condition, gate.pattern) == (MetricGate("a b", ">=", 0.5), "*")
        assert (gate.name, gate.alias, gate.stage) == (None, None, "Production")
        assert list_rules(store) == [made, gate]

    def test_the_same_rule_twice_is_one(self, store: TrackingStore) -> None:
        make_registered_model(store)
        conditions: list[Condition] = [
            Protected(),
            MetricGate("a", ">=", 1.0),
            MetricGate("a", ">="),
            MetricGate("a", ">=", offset=-0.5),
            TagGate("t"),
            TagGate("t", ""),
            TagGate("t", "1"),
        ]
        for _ in range(2):
            made = [add_rule(store, one, alias="a") for one in conditions]
            assert [one.condition for one in list_rules(store)] == conditions
            assert list_rules(store) == made
        for one in conditions:
            delete_rule(store, one, alias="a")
            with refused("RESOURCE_DOES_NOT_EXIST", "'m'", "'a'", str(one)):
                delete_rule(store, one, alias="a")
        assert list_rules(store) == []

    def test_who_make_the_same_rule_at_once_make_one(self, store: TrackingStore) -> None:
        make_registered_model(store)
        scopes: tuple[dict[str, Any], ...] = ({"name": "m"}, {"pattern": "*"})
        for scope in scopes:
            with ThreadPoolExecutor(4) as pool:
                made = list(pool.map(lambda _: add_rule(store, alias="a", **scope), range(8)))  # noqa: B023
            assert all(one == made[0] for one in made)
        assert len(list_rules(store)) == 2
        for whose in (changes(store), changes(store, None, pattern="*")):
            assert [one.kind for one in whose].count("protection") == 1

    def test_rules_of_one_model_and_of_patterns(self, store: TrackingStore) -> None:
        for name in ("m", "credit-1", "Credit-2"):
            make_registered_model(store, name)
        add_rule(store, alias="a")
        add_rule(store, name="credit-1", alias="b")
        add_rule(store, pattern="credit-*", alias="c")
        add_rule(store, pattern="*", stage="Production")

        def places(name: str) -> list[str | None]:
            return [one.alias or one.stage for one in list_rules(store, name=name)]

        assert places("m") == ["a", "Production"]
        assert places("credit-1") == ["b", "c", "Production"]
        assert places("Credit-2") == ["Production"]
        with refused("RESOURCE_DOES_NOT_EXIST", "none"):
            list_rules(store, name="none")

    @pytest.mark.parametrize(
        ("pattern", "fitting"),
        [
            ("*", ["abc", "a.b*c", "aXbXbXc"]),
            ("a*", ["abc", "a.b*c", "aXbXbXc"]),
            ("*bc", ["abc"]),
            ("a*b*c", ["abc", "a.b*c", "aXbXbXc"]),
            ("a*b*b*c", ["aXbXbXc"]),
            ("abc*bc", []),
            ("a.*", ["a.b*c"]),
            ("**", ["abc", "a.b*c", "aXbXbXc"]),
        ],
    )
    def test_patterns(self, store: TrackingStore, pattern: str, fitting: list[str]) -> None:
        add_rule(store, pattern=pattern, alias="a")
        for name in ("abc", "a.b*c", "aXbXbXc"):
            make_registered_model(store, name)
            assert bool(list_rules(store, name=name)) == (name in fitting)

    def test_pages_of_rules(self, store: TrackingStore) -> None:
        made = [add_rule(store, pattern="*", alias=f"a{number}") for number in range(5)]
        found: list[RegistryRule] = []
        token = None
        while True:
            request = rules.ListRegistryRules(max_results=2, page_token=token)
            page = store.list_registry_rules(request)
            found += page.rules
            token = page.next_page_token
            if token is None:
                break
        assert found == made
        with refused("INVALID_PARAMETER_VALUE", "max_results", "1000"):
            list_rules(store, max_results=1001)
        with refused("INVALID_PARAMETER_VALUE", "page token"):
            list_rules(store, page_token="x")

    def test_bad_rules_are_refused(self, store: TrackingStore) -> None:
        make_registered_model(store)
        bad: list[tuple[dict[str, Any], str]] = [
            ({"alias": "latest"}, "latest"),
            ({"alias": "v3"}, "v3"),
            ({"alias": "a/b"}, "a/b"),
            ({"stage": "Live"}, "Staging"),
            ({"stage": "None"}, "begins"),
            ({}, "one of alias and stage"),
            ({"alias": "a", "stage": "Staging"}, "one of alias and stage"),
            ({"alias": "a", "name": "m", "pattern": "*"}, "one of name and pattern"),
            ({"alias": "a", "name": "a/b"}, "a/b"),
            ({"alias": "a", "pattern": "m"}, "'*'"),
            ({"alias": "a", "pattern": "a/*"}, "a/*"),
            ({"alias": "a", "pattern": "*" * 257}, "256"),
            ({"alias": "a", "condition": MetricGate("a%", ">=", 1.0)}, "a%"),
            ({"alias": "a", "condition": TagGate("../up")}, "../up"),
            ({"alias": "a", "condition": TagGate("k", "v" * 100_001)}, "100000"),
            ({"alias": "a", "reason": "x" * 5001}, "reason"),
        ]
        for fields, part in bad:
            with refused("INVALID_PARAMETER_VALUE", part):
                add_rule(store, **fields)
        with refused("RESOURCE_DOES_NOT_EXIST", "none"):
            add_rule(store, name="none", alias="a")
        assert list_rules(store) == []

    @pytest.mark.parametrize(
        ("fields", "part"),
        [
            ({"comparison": "=="}, ">=, <=, >, <"),
            ({"comparison": ">=", "threshold": float("nan")}, "finite"),
            ({"comparison": ">=", "threshold": float("inf")}, "finite"),
            ({"comparison": ">=", "offset": float("-inf")}, "finite"),
            ({"comparison": ">=", "threshold": 1.0, "offset": 1.0}, "not both"),
        ],
    )
    def test_what_is_no_gate_cannot_be_made(self, fields: dict[str, Any], part: str) -> None:
        with pytest.raises(InvalidParameterValue, match=part.replace("*", r"\*")):
            MetricGate("accuracy", **fields)

    def test_a_model_has_only_so_many_rules(self, store: TrackingStore) -> None:
        make_registered_model(store)
        for number in range(limits.MAX_RULES_PER_MODEL):
            add_rule(store, TagGate(f"t{number}"), alias="a")
        with refused("INVALID_PARAMETER_VALUE", "at most 100"):
            add_rule(store, alias="a")
        add_rule(store, TagGate("t0"), alias="a")
        add_rule(store, pattern="*", alias="a")

    def test_the_history_of_rules(self, store: TrackingStore) -> None:
        make_registered_model(store)
        for _ in range(2):
            add_rule(store, alias="champion", reason="in use")
            add_rule(store, MetricGate("auc", ">=", offset=-0.5), stage="Staging")
        delete_rule(store, alias="champion", reason="not in use")
        add_rule(store, TagGate("t", "1"), pattern="m*", alias="champion")

        assert short(changes(store)) == [
            ("created", None, None, None, None),
            ("protection", None, "champion", None, "protected (alias)"),
            ("gate", None, "Staging", None, "auc >= current - 0.5 (stage)"),
            ("protection", None, "champion", "protected (alias)", None),
        ]
        assert [one.reason for one in changes(store, kind="protection")] == [
            "not in use",
            "in use",
        ]
        rename(store, "n")
        [of_pattern] = changes(store, None, pattern="m*")
        assert short([of_pattern]) == [("gate", None, "champion", None, "tag t=1 (alias)")]
        assert of_pattern.name == "m*"
        with refused("RESOURCE_DOES_NOT_EXIST", "'n*'"):
            changes(store, None, pattern="n*")
        for name, pattern in ((None, None), ("n", "m*")):
            with refused("INVALID_PARAMETER_VALUE", "'name'", "'pattern'"):
                changes(store, name, pattern=pattern)

    def test_rules_go_along_with_the_name_and_end_with_the_model(
        self, store: TrackingStore
    ) -> None:
        make_registered_model(store)
        add_rule(store, alias="champion")
        rename(store, "n")
        assert [one.name for one in list_rules(store)] == ["n"]
        request = api.DeleteRegisteredModel(name="n", **FORCE)
        store.delete_registered_model(request)
        make_registered_model(store, "n")
        assert list_rules(store) == []


Call = Callable[[TrackingStore, dict[str, Any]], object]

# Every way to take an alias from a version, give it one, or take it away with what has it.
ALIAS_MOVES: dict[str, Call] = {
    "moved": lambda store, force: set_alias(store, "champion", "2", **force),
    "deleted": lambda store, force: delete_alias(store, "champion", **force),
    "deleted with its version": lambda store, force: delete_version(store, "1", **force),
    "deleted with its model": lambda store, force: delete_model(store, **force),
    "renamed with its model": lambda store, force: rename(store, "n", **force),
}
STAGE_MOVES: dict[str, Call] = {
    "entered": lambda store, force: move(store, "2", "Production", **force),
    "left": lambda store, force: move(store, "1", "Archived", **force),
    "archived": lambda store, force: move(
        store, "2", "Production", archive_existing_versions=True, **force
    ),
    "deleted with its version": lambda store, force: delete_version(store, "1", **force),
    "deleted with its model": lambda store, force: delete_model(store, **force),
    "renamed with its model": lambda store, force: rename(store, "n", **force),
}


class ProtectionSuite:
    """What protections refuse."""

    @pytest.fixture
    def held(self, store: TrackingStore) -> TrackingStore:
        """Return a store with two versions, of which the first is champion and in production."""
        make_registered_model(store)
        for _ in range(2):
            make_version(store)
        set_alias(store, "champion", "1")
        move(store, "1", "Production")
        return store

    @pytest.mark.parametrize("scope", [{"name": "m"}, {"pattern": "m*"}])
    @pytest.mark.parametrize("way", ALIAS_MOVES)
    def test_a_protected_alias(self, held: TrackingStore, way: str, scope: dict[str, Any]) -> None:
        add_rule(held, alias="champion", **scope)
        before = changes(held), get_registered_model(held)
        with refused(
            "PERMISSION_DENIED",
            "the alias 'champion' is protected",
            "force=True",
            "--force",
            "MLflow's clients cannot",
        ):
            ALIAS_MOVES[way](held, {})
        assert (changes(held), get_registered_model(held)) == before
        with refused("INVALID_PARAMETER_VALUE", "reason"):
            ALIAS_MOVES[way](held, {"force": True})
        with refused("INVALID_PARAMETER_VALUE", "reason"):
            ALIAS_MOVES[way](held, {"force": True, "reason": " "})

        ALIAS_MOVES[way](held, FORCE)

        newest = changes(held, "n" if way.startswith("renamed") else "m")[0]
        assert newest.is_forced
        assert "the alias 'champion' is protected" in (newest.overridden or "")
        assert newest.reason == "an emergency"

    @pytest.mark.parametrize("way", STAGE_MOVES)
    def test_a_protected_stage(self, held: TrackingStore, way: str) -> None:
        add_rule(held, stage="Production")
        before = changes(held)
        with refused("PERMISSION_DENIED", "the stage 'Production' is protected"):
            STAGE_MOVES[way](held, {})
        assert changes(held) == before

        STAGE_MOVES[way](held, FORCE)

        assert changes(held, "n" if way.startswith("renamed") else "m")[0].is_forced

    def test_the_version_that_enters_may_be_there_already(self, held: TrackingStore) -> None:
        move(held, "2", "Production")
        add_rule(held, stage="Production")
        move(held, "2", "Production")
        with refused("PERMISSION_DENIED", "Production"):
            move(held, "2", "Production", archive_existing_versions=True)
        assert get_version(held, "1").current_stage == "Production"

    def test_all_else_stays_free(self, held: TrackingStore) -> None:
        add_rule(held, alias="champion")
        add_rule(held, stage="Production")
        add_rule(held, pattern="other*", alias="challenger")
        set_alias(held, "champion", "1")
        set_alias(held, "challenger", "1")
        delete_alias(held, "challenger")
        move(held, "1", "Production")
        move(held, "2", "Staging", archive_existing_versions=True)
        delete_version(held, "2")
        make_version(held)

        assert not any(one.is_forced for one in changes(held))

    def test_force_where_nothing_refuses_is_no_force(self, held: TrackingStore) -> None:
        set_alias(held, "champion", "2", **FORCE)
        move(held, "2", "Staging", **FORCE)
        delete_alias(held, "champion", **FORCE)
        add_rule(held, alias="other")
        set_alias(held, "champion", "2", **FORCE)
        assert not any(one.is_forced for one in changes(held))
        assert changes(held)[0].reason == "an emergency"

    def test_a_protection_that_is_lifted(self, held: TrackingStore) -> None:
        add_rule(held, alias="champion")
        add_rule(held, pattern="*", alias="champion")
        delete_rule(held, alias="champion")
        with refused("PERMISSION_DENIED"):
            set_alias(held, "champion", "2")
        delete_rule(held, pattern="*", alias="champion")
        set_alias(held, "champion", "2")

    def test_a_name_under_which_an_alias_would_be_protected(self, held: TrackingStore) -> None:
        add_rule(held, pattern="prod-*", alias="champion")
        with refused("PERMISSION_DENIED", "the alias 'champion' is protected"):
            rename(held, "prod-m")
        delete_alias(held, "champion")
        rename(held, "prod-m")

    def test_a_model_with_rules_of_its_own_is_not_made_anew_without(
        self, store: TrackingStore
    ) -> None:
        make_registered_model(store)
        add_rule(store, alias="champion")
        add_rule(store, TagGate("t"), alias="champion")
        with refused("PERMISSION_DENIED", "is protected", "tag t", "deleted with the model"):
            delete_model(store)
        delete_model(store, **FORCE)

    def test_of_two_movers_one_is_told_also_where_both_may_force(self, held: TrackingStore) -> None:
        add_rule(held, alias="champion")
        make_version(held)

        def try_to_move(version: str) -> str:
            try:
                set_alias(held, "champion", version, expected="1", **FORCE)
            except HeadraceError as error:
                return error.error_code
            return "won"

        with ThreadPoolExecutor(2) as pool:
            told = list(pool.map(try_to_move, ["2", "3"]))

        assert sorted(told) == ["RESOURCE_CONFLICT", "won"]
        winner = ["2", "3"][told.index("won")]
        assert get_registered_model(held).aliases == {"champion": winner}
        with refused("RESOURCE_CONFLICT", "as expected"):
            set_alias(held, "champion", "1", expected="1")


class GateSuite:
    """What gates refuse."""

    def test_a_metric_against_a_number(self, store: TrackingStore) -> None:
        make_versions(store, 0.8, 0.9, 0.95, None)
        add_rule(store, MetricGate("accuracy", ">=", 0.9), alias="champion")
        with refused(
            "PERMISSION_DENIED",
            "the alias 'champion' asks for accuracy >= 0.9: version 1 has 0.8",
        ):
            set_alias(store, "champion", "1")
        for version in ("2", "3"):
            set_alias(store, "champion", version)
        with refused("PERMISSION_DENIED", "version 4 has no metric 'accuracy'"):
            set_alias(store, "champion", "4")
        set_alias(store, "other", "1")
        delete_alias(store, "champion")

    @pytest.mark.parametrize(
        ("comparison", "passing"), [(">=", "23"), (">", "3"), ("<=", "12"), ("<", "1")]
    )
    def test_comparisons(self, store: TrackingStore, comparison: str, passing: str) -> None:
        make_versions(store, 0.25, 0.5, 0.75, float("nan"))
        add_rule(store, MetricGate("accuracy", comparison, 0.5), alias="a")
        found = [version for version in "1234" if check(store, version, alias="a").passes]
        assert "".join(found) == passing

    def test_the_last_value_counts(self, store: TrackingStore) -> None:
        make_versions(store, None)
        run_id = get_version(store, "1").run_id or ""
        for step, value in ((2, 0.5), (1, 0.75)):
            log(store, run_id, "accuracy", value, step=step)
        add_rule(store, MetricGate("accuracy", "<", 0.6), alias="a")
        set_alias(store, "a", "1")

    def test_the_metric_of_its_own_logged_model_comes_first(self, store: TrackingStore) -> None:
        make_registered_model(store)
        run_id = make_run(store)
        log(store, run_id, "loss", 2.0)
        for value in (0.75, 0.5):
            model_id = make_model(store, source_run_id=run_id)
            log(store, run_id, "accuracy", value, model_id=model_id)
            make_version(store, source=f"models:/{model_id}", model_id=model_id)
        add_rule(store, MetricGate("accuracy", ">", 0.6), alias="a")
        add_rule(store, MetricGate("loss", "<", 3), alias="a")

        set_alias(store, "a", "1")

        with refused("PERMISSION_DENIED", "version 2 has 0.5"):
            set_alias(store, "a", "2")

    def test_a_version_without_a_run(self, store: TrackingStore) -> None:
        make_registered_model(store)
        make_version(store)
        make_version(store, run_id="f" * 32)
        add_rule(store, MetricGate("accuracy", ">=", 0.9), alias="a")
        with refused("PERMISSION_DENIED", "version 1 comes from no run"):
            set_alias(store, "a", "1")
        with refused("PERMISSION_DENIED", "f" * 32, "not in this store"):
            set_alias(store, "a", "2")

    def test_a_metric_against_the_version_that_is_replaced(self, store: TrackingStore) -> None:
        make_versions(store, 0.5, 0.75, 0.625, 0.5, None)
        add_rule(store, MetricGate("accuracy", ">="), alias="a")
        set_alias(store, "a", "1")
        set_alias(store, "a", "2")
        with refused(
            "PERMISSION_DENIED",
            "accuracy >= current: version 3 has 0.625, and version 2, which it replaces, 0.75",
        ):
            set_alias(store, "a", "3")
        delete_rule(store, MetricGate("accuracy", ">="), alias="a")
        add_rule(store, MetricGate("accuracy", ">=", offset=-0.125), alias="a")
        with refused("PERMISSION_DENIED", "accuracy >= current - 0.125"):
            set_alias(store, "a", "4")
        set_alias(store, "a", "3")
        with refused("PERMISSION_DENIED", "version 5 has no metric"):
            set_alias(store, "a", "5")

    def test_a_replaced_version_without_the_metric(self, store: TrackingStore) -> None:
        make_versions(store, None, 0.5, float("nan"))
        set_alias(store, "a", "1")
        set_alias(store, "b", "3")
        for alias in ("a", "b", "c"):
            add_rule(store, MetricGate("accuracy", ">="), alias=alias)
        with refused("PERMISSION_DENIED", "nothing to compare", "version 1 has no metric"):
            set_alias(store, "a", "2")
        with refused("PERMISSION_DENIED", "version 3, which it replaces, nan"):
            set_alias(store, "b", "2")
        with refused("PERMISSION_DENIED", "version 3 has nan"):
            set_alias(store, "c", "3")
        set_alias(store, "c", "2")

    def test_of_a_stage_the_newest_version_is_replaced(self, store: TrackingStore) -> None:
        make_versions(store, 0.75, 0.5, 0.625, 0.25)
        for version in ("1", "2"):
            move(store, version, "Production")
        add_rule(store, MetricGate("accuracy", ">"), stage="production")
        move(store, "2", "Production")
        with refused("PERMISSION_DENIED", "version 2, which it replaces, 0.5"):
            move(store, "4", "Production")
        move(store, "3", "Production")
        move(store, "3", "Archived")
        move(store, "2", "None")

    def test_required_tags(self, store: TrackingStore) -> None:
        make_registered_model(store)
        make_version(store, tags=[ModelVersionTag("owner", "ann")])
        make_version(store, tags=[ModelVersionTag("approved", "no")])
        add_rule(store, TagGate("owner"), alias="a")
        add_rule(store, TagGate("approved", "yes"), alias="a")
        with refused("PERMISSION_DENIED", "tag approved=yes: version 1 has no tag 'approved'"):
            set_alias(store, "a", "1")
        with refused(
            "PERMISSION_DENIED",
            "tag owner: version 2 has no tag 'owner'",
            "tag approved=yes: version 2 has approved=no",
        ):
            set_alias(store, "a", "2")
        request = api.SetModelVersionTag(name="m", version="1", key="approved", value="yes")
        store.set_model_version_tag(request)
        set_alias(store, "a", "1")

    def test_content_that_nobody_has_verified(self, store: TrackingStore) -> None:
        make_registered_model(store)
        make_version(store)
        add_rule(store, ContentGate(), alias="a")
        assert [one.condition for one in list_rules(store)] == [ContentGate()]
        with refused(
            "PERMISSION_DENIED",
            "asks for verified content: the content of version 1 is unverified",
            "headrace models verify",
        ):
            set_alias(store, "a", "1")
        set_alias(store, "a", "1", **FORCE)
        assert "verified content" in (changes(store)[0].overridden or "")

    def test_each_refusal_is_told_and_force_passes_all(self, store: TrackingStore) -> None:
        make_versions(store, 0.5)
        add_rule(store, alias="a")
        add_rule(store, MetricGate("accuracy", ">=", 0.9), pattern="*", alias="a")
        add_rule(store, TagGate("owner"), alias="a")
        add_rule(store, MetricGate("accuracy", ">=", 0.25), alias="a")
        parts = (
            "the alias 'a' is protected: every move of it must be forced",
            "accuracy >= 0.9: version 1 has 0.5",
            "tag owner: version 1 has no tag 'owner'",
        )
        with refused("PERMISSION_DENIED", *parts):
            set_alias(store, "a", "1")

        set_alias(store, "a", "1", **FORCE)

        newest = changes(store)[0]
        assert (newest.kind, newest.reason) == ("alias", "an emergency")
        assert all(part in (newest.overridden or "") for part in parts)
        assert "0.25" not in (newest.overridden or "")

    def test_versions_that_are_archived_pass_the_gates_of_that_stage(
        self, store: TrackingStore
    ) -> None:
        make_registered_model(store)
        for _ in range(2):
            make_version(store)
        move(store, "1", "Production")
        add_rule(store, TagGate("why"), stage="Archived")
        with refused("PERMISSION_DENIED", "the stage 'Archived' asks for tag why: version 1"):
            move(store, "2", "Production", archive_existing_versions=True)
        assert get_version(store, "2").current_stage == "None"
        move(store, "2", "Production")

    def test_a_name_that_a_gate_is_for(self, store: TrackingStore) -> None:
        make_versions(store, 0.5)
        add_rule(store, MetricGate("accuracy", ">=", 0.9), alias="a")
        set_alias(store, "a", "1", **FORCE)
        move(store, "1", "Staging")
        rename(store, "n")
        store.rename_registered_model(api.RenameRegisteredModel(name="n", new_name="m"))
        add_rule(store, MetricGate("accuracy", ">=", 0.75), pattern="prod-*", alias="a")
        add_rule(store, TagGate("owner"), pattern="prod-*", stage="Staging")
        with refused("PERMISSION_DENIED", "accuracy >= 0.75: version 1 has 0.5", "owner"):
            rename(store, "prod-m")
        rename(store, "prod-m", **FORCE)

    def test_a_check_tells_and_moves_nothing(self, store: TrackingStore) -> None:
        make_versions(store, 0.5, 0.75)
        add_rule(store, MetricGate("accuracy", ">=", 0.75), alias="a")
        add_rule(store, TagGate("owner"), alias="a")
        add_rule(store, stage="Production")
        before = changes(store)

        found = check(store, "2", alias="a")
        assert not found.passes
        assert [(one.passes, one.found) for one in found.findings] == [
            (True, "version 2 has 0.75"),
            (False, "version 2 has no tag 'owner'"),
        ]
        assert [one.rule for one in found.findings] == list_rules(store)[:2]
        [protection] = check(store, "1", stage="PRODUCTION").findings
        assert (protection.passes, protection.rule.stage) == (False, "Production")
        assert check(store, "1", stage="Staging") == rules.ModelMoveCheck(True, [])
        assert changes(store) == before

        move(store, "1", "Production", **FORCE)
        assert check(store, "1", stage="Production").passes
        archiving = check(store, "1", stage="Staging", archive_existing_versions=True)
        assert not archiving.passes
        with refused("RESOURCE_DOES_NOT_EXIST", "version=9"):
            check(store, "9", alias="a")
        with refused("INVALID_PARAMETER_VALUE", "one of alias and stage"):
            check(store, "1")
        with refused("INVALID_PARAMETER_VALUE", "Staging"):
            check(store, "1", stage="Live")
