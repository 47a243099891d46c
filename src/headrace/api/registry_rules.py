"""Headrace's own calls on rules of the registry: protections and gates.

Who makes or deletes a rule needs the role admin, since a rule that its subjects may lift is none. A
move that rules refuse is forced by whoever may write, with a reason, and the history tells.
"""

from __future__ import annotations

from typing import Any

from msgspec import Struct

from headrace.api.endpoint import HEADRACE, Empty, Endpoint, Permission
from headrace.api.registry import Change
from headrace.api.tracking import Request
from headrace.entities import Condition, RegistryRule, RuleFinding


class RuleChange(Change, kw_only=True):
    """Base of the requests that name one rule, by all that it says.

    Attributes:
        condition: Its condition.
        name: The registered model; or else
        pattern: the names of registered models, where ``*`` stands for any characters.
        alias: The alias at which it stands; or else
        stage: the stage, any but ``None``.

    """

    condition: Condition
    name: str | None = None
    pattern: str | None = None
    alias: str | None = None
    stage: str | None = None


class AddRegistryRule(RuleChange):
    """Add a rule, such as a protection, to an alias or a stage; one that is there is fine."""


class RegistryRuleAnswer(Struct):
    """One rule."""

    rule: RegistryRule


class DeleteRegistryRule(RuleChange):
    """Delete a rule."""


class ListRegistryRules(Request):
    """List rules, the oldest first.

    Attributes:
        name: All rules of this registered model, those of patterns that it fits included, in one
            page.
        max_results: Size of a page, 1000 if it is not given, which is also the most.
        page_token: Where to go on.

    """

    name: str | None = None
    max_results: int | None = None
    page_token: str | None = None


class RegistryRules(Struct, omit_defaults=True):
    """A page of rules."""

    rules: list[RegistryRule] = []
    next_page_token: str | None = None


class CheckModelMove(Request):
    """Tell what the rules say of a move, without making it.

    Attributes:
        name: The registered model.
        version: The version that would move.
        alias: The alias that would name it; or else
        stage: the stage that it would get into.
        archive_existing_versions: Whether that stage's other versions would be archived.

    """

    name: str
    version: str
    alias: str | None = None
    stage: str | None = None
    archive_existing_versions: bool = False


class ModelMoveCheck(Struct):
    """What the rules say of a move.

    Attributes:
        passes: Whether it would be made without force.
        findings: What each rule says.

    """

    passes: bool
    findings: list[RuleFinding]


# --- the table -----------------------------------------------------------------------------------

_RULES = HEADRACE + "/registry/rules"

ADD_REGISTRY_RULE = Endpoint(
    "add_registry_rule", "POST", _RULES, AddRegistryRule, RegistryRuleAnswer, Permission.ADMIN
)
DELETE_REGISTRY_RULE = Endpoint(
    "delete_registry_rule", "DELETE", _RULES, DeleteRegistryRule, Empty, Permission.ADMIN
)
LIST_REGISTRY_RULES = Endpoint(
    "list_registry_rules", "GET", _RULES, ListRegistryRules, RegistryRules, Permission.READ
)
CHECK_MODEL_MOVE = Endpoint(
    "check_model_move",
    "GET",
    HEADRACE + "/registry/check-move",
    CheckModelMove,
    ModelMoveCheck,
    Permission.READ,
)

ENDPOINTS: tuple[Endpoint[Any, Any], ...] = tuple(
    value for value in globals().copy().values() if isinstance(value, Endpoint)
)
