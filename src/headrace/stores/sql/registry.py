"""The registry on a SQL database: one mixin of calls for each noun, and the searches."""

from __future__ import annotations

from headrace.api import limits
from headrace.api import registry as api
from headrace.entities import ViewType
from headrace.entities.tag_names import IS_PROMPT
from headrace.errors import InvalidParameterValue
from headrace.search.fields import MODEL_VERSION, REGISTERED_MODEL, Noun
from headrace.search.ordering import parse_order_by
from headrace.search.paging import decode_token, encode_token, take_fingerprint
from headrace.search.parser import parse_filter
from headrace.search.tree import And, Comparison, Entity, Node, Not, Operator, Or
from headrace.stores.sql.engine import Transaction
from headrace.stores.sql.guards import ModelMoveCalls
from headrace.stores.sql.lineage import LineageCalls
from headrace.stores.sql.model_aliases import ModelAliasCalls
from headrace.stores.sql.model_versions import ModelVersionCalls
from headrace.stores.sql.registered_models import RegisteredModelCalls
from headrace.stores.sql.registry_changes import RegistryChangeCalls
from headrace.stores.sql.registry_reads import load_registered_models, load_versions
from headrace.stores.sql.registry_rules import RegistryRuleCalls
from headrace.stores.sql.search import SearchCalls
from headrace.stores.sql.version_contents import VersionContentCalls

# Values, and whether the comparison is negated: the two ways to ask for what is no prompt.
_NO_PROMPT = ((("true",), True), (("false",), False))


class RegistryCalls(
    RegisteredModelCalls,
    ModelVersionCalls,
    ModelAliasCalls,
    RegistryChangeCalls,
    RegistryRuleCalls,
    ModelMoveCalls,
    LineageCalls,
    VersionContentCalls,
    SearchCalls,
):
    """All of the registry; see `headrace.stores.base.RegistryStore`."""

    def search_registered_models(
        self, request: api.SearchRegisteredModels
    ) -> api.RegisteredModelsPage:
        """Return a page of registered models."""
        limit = _limit(
            request.max_results,
            limits.DEFAULT_REGISTERED_MODELS_PER_PAGE,
            limits.MAX_REGISTERED_MODELS_PER_PAGE,
        )
        with self._database.read() as tx:
            ids, token = self._find_page(tx, REGISTERED_MODEL, request, limit)
            models = load_registered_models(tx, self._statements, self._locations, ids)
        return api.RegisteredModelsPage(models, token)

    def search_model_versions(self, request: api.SearchModelVersions) -> api.ModelVersionsPage:
        """Return a page of versions."""
        most = limits.MAX_MODEL_VERSIONS_PER_PAGE
        limit = _limit(request.max_results, most, most)
        with self._database.read() as tx:
            ids, token = self._find_page(tx, MODEL_VERSION, request, limit)
            versions = load_versions(tx, self._statements, self._locations, ids)
        return api.ModelVersionsPage(versions, token)

    def _find_page(
        self,
        tx: Transaction,
        noun: Noun,
        request: api.SearchRegisteredModels | api.SearchModelVersions,
        limit: int,
    ) -> tuple[list[int], str | None]:
        """Return the row ids of a page, and the token after it."""
        tree = _that_are_no_prompts(parse_filter(request.filter, noun))
        order = parse_order_by(request.order_by, noun)
        fingerprint = take_fingerprint(noun.name, request.filter or "", request.order_by)
        last = decode_token(request.page_token, fingerprint, order)
        search = self._search(noun, tree, order, view=ViewType.ALL, last=last)
        ids, end = search.find(tx, limit)
        return ids, None if end is None else encode_token(fingerprint, end)


def _that_are_no_prompts(node: Node | None) -> Node | None:
    """Return a filter that asks in MLflow's way for what is no prompt as what it means.

    Its clients add ``tags.`mlflow.prompt.is_prompt` != 'true'`` to every search for models, and
    mean those without the tag too.
    """
    if isinstance(node, (And, Or)):
        operands = [_that_are_no_prompts(operand) for operand in node.operands]
        return type(node)(tuple(operand for operand in operands if operand is not None))
    if isinstance(node, Comparison) and node.field.key == IS_PROMPT:
        is_equal = node.field.entity is Entity.TAG and node.operator is Operator.EQUAL
        if is_equal and (node.values, node.negated) in _NO_PROMPT:
            return Not(Comparison(node.field, Operator.EQUAL, ("true",)))
    return node


def _limit(given: int | None, default: int, most: int) -> int:
    limit = default if given is None else given
    if limit < 1:
        raise InvalidParameterValue(
            f"Invalid value for max_results. It must be a positive integer, but got {limit}"
        )
    if limit > most:
        raise InvalidParameterValue(
            f"Invalid value {limit} for parameter 'max_results' supplied. It must be at most {most}"
        )
    return limit
