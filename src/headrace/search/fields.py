"""What can be searched: one table of fields per noun. A new field is one row here."""

from __future__ import annotations

from collections.abc import Mapping

from msgspec import Struct

from headrace.search.excerpts import shorten
from headrace.search.lexer import Source, Token, TokenKind, unquote
from headrace.search.tree import Entity, Field, Kind


class Attribute(Struct, frozen=True):
    """An attribute of a noun.

    Attributes:
        name: Canonical name.
        kind: What values it has.
        aliases: Other names that filters use.
        order_aliases: Those of the aliases that ``order_by`` takes too.

    """

    name: str
    kind: Kind
    aliases: tuple[str, ...] = ()
    order_aliases: tuple[str, ...] = ()


class TieBreak(Struct, frozen=True):
    """An attribute that decides between equals, unless the order names it itself."""

    name: str
    ascending: bool


class Noun(Struct, frozen=True):
    """Something that can be searched for.

    Attributes:
        name: Name of one of them.
        attributes: Its attributes by canonical name.
        entities: What may stand before the dot, and what it means.
        sortable: Entities that ``order_by`` takes.
        default_order: The order where nobody asks for one.
        tie_breaks: What is appended to every order; the last one is unique, or `identity` is.
        bare_values: Whether texts may stand without quotes, as MLflow allows for logged models.
        whole_numbers: Whether numeric attributes refuse fractions, as MLflow does for experiments.
        metric_is_last: Whether a metric without a function means its last value; for logged models
            a filter asks whether any of its points fits.
        identity: The attributes that tell one from another, where one attribute is not enough.

    """

    name: str
    attributes: Mapping[str, Attribute]
    entities: Mapping[str, Entity]
    sortable: frozenset[Entity]
    default_order: tuple[TieBreak, ...]
    tie_breaks: tuple[TieBreak, ...]
    bare_values: bool = False
    whole_numbers: bool = False
    metric_is_last: bool = False
    identity: frozenset[str] = frozenset()

    @property
    def unique(self) -> frozenset[str]:
        """The attributes that no two of them share together."""
        return self.identity or frozenset({self.tie_breaks[-1].name})

    def field(self, source: Source, token: Token, *, ordering: bool = False) -> Field:
        """Return the field that a token names.

        Args:
            source: The text, for the error.
            token: A path, a name or a word; a text in double quotes names an attribute.
            ordering: Whether the field is one to order by.

        Raises:
            InvalidParameterValue: If the noun has no such field.

        """
        entity, key = self._split(source, token)
        if entity is Entity.ATTRIBUTE:
            return self._attribute(source, token, key, ordering)
        if entity is Entity.DATASET and key not in DATASET_FIELDS:
            raise source.error(
                f"Invalid dataset key '{shorten(key)}' specified. Valid keys are "
                f"{list(DATASET_FIELDS)}",
                token.position,
            )
        if ordering and entity not in self.sortable:
            raise source.error(
                f"Invalid order_by entity: {entity.value}. A search for {self.name}s can be "
                f"ordered by {' or '.join(sorted(e.value for e in self.sortable))}",
                token.position,
            )
        return Field(entity, key, Kind.NUMBER if entity is Entity.METRIC else Kind.TEXT)

    def _split(self, source: Source, token: Token) -> tuple[Entity, str]:
        if token.kind is not TokenKind.PATH:
            return Entity.ATTRIBUTE, unquote(token.text)
        before, _, after = _cut(token.text)
        entity = self.entities.get(before)
        if entity is None:
            raise source.error(
                f"Invalid entity type '{shorten(before)}'. Valid values are {list(self.entities)}",
                token.position,
            )
        return entity, after

    def _attribute(self, source: Source, token: Token, key: str, ordering: bool) -> Field:
        for attribute in self.attributes.values():
            aliases = attribute.order_aliases if ordering else attribute.aliases
            if key == attribute.name or key in aliases:
                return Field(Entity.ATTRIBUTE, attribute.name, attribute.kind)
        allowed = self.sortable if ordering else frozenset(self.entities.values())
        of_own = [f"{name}.KEY" for name in _OF_OWN if self.entities.get(name) in allowed]
        hint = f"; keys of your own are written {', '.join(of_own)}" if of_own else ""
        raise source.error(
            f"Invalid attribute key '{shorten(key)}' specified. Valid keys are "
            f"{list(self.attributes)}{hint}",
            token.position,
        )


def _cut(path: str) -> tuple[str, str, str]:
    """Split ``entity.key`` at its first dot outside of backticks, and take the quotes away."""
    dot = path.index(".", path.index("`", 1)) if path.startswith("`") else path.index(".")
    return unquote(path[:dot]), ".", unquote(path[dot + 1 :])


def _table(*attributes: Attribute) -> Mapping[str, Attribute]:
    return {attribute.name: attribute for attribute in attributes}


DATASET_FIELDS = ("name", "digest", "context")

# What stands before a key that users chose.
_OF_OWN = ("metrics", "params", "tags")

_TAGS = {"tag": Entity.TAG, "tags": Entity.TAG}
_METRICS = {"metric": Entity.METRIC, "metrics": Entity.METRIC}
_PARAMS = dict.fromkeys(("parameter", "parameters", "param", "params"), Entity.PARAM)
_ATTRIBUTES = dict.fromkeys(("attribute", "attributes", "attr", "run"), Entity.ATTRIBUTE)
_DATASETS = {"dataset": Entity.DATASET, "datasets": Entity.DATASET}

RUN = Noun(
    name="run",
    attributes=_table(
        Attribute("run_id", Kind.TEXT, aliases=("Run ID", "run id")),
        Attribute("run_name", Kind.TEXT, aliases=("run name", "Run name", "Run Name")),
        Attribute("user_id", Kind.TEXT),
        Attribute("status", Kind.TEXT),
        Attribute(
            "start_time",
            Kind.NUMBER,
            aliases=("created", "Created"),
            order_aliases=("created", "Created"),
        ),
        Attribute("end_time", Kind.NUMBER),
        Attribute("artifact_uri", Kind.TEXT),
    ),
    entities=_METRICS | _PARAMS | _TAGS | _ATTRIBUTES | _DATASETS,
    sortable=frozenset({Entity.ATTRIBUTE, Entity.METRIC, Entity.PARAM, Entity.TAG}),
    default_order=(),
    tie_breaks=(TieBreak("start_time", False), TieBreak("run_id", True)),
    metric_is_last=True,
)

EXPERIMENT = Noun(
    name="experiment",
    attributes=_table(
        Attribute("experiment_id", Kind.ID),
        Attribute("name", Kind.TEXT),
        Attribute("creation_time", Kind.NUMBER),
        Attribute("last_update_time", Kind.NUMBER),
    ),
    entities={"attribute": Entity.ATTRIBUTE} | _TAGS,
    sortable=frozenset({Entity.ATTRIBUTE}),
    default_order=(TieBreak("creation_time", False), TieBreak("experiment_id", True)),
    tie_breaks=(TieBreak("experiment_id", False),),
    whole_numbers=True,
)

_CREATED = ("creation_time", "creation_timestamp_ms")
_UPDATED = ("last_updated_time", "last_updated_timestamp_ms")

LOGGED_MODEL = Noun(
    name="logged model",
    attributes=_table(
        Attribute("model_id", Kind.TEXT),
        Attribute("experiment_id", Kind.ID),
        Attribute("name", Kind.TEXT),
        Attribute("model_type", Kind.TEXT),
        Attribute("source_run_id", Kind.TEXT),
        Attribute("status", Kind.STATUS),
        Attribute("status_message", Kind.TEXT),
        Attribute("artifact_location", Kind.TEXT),
        Attribute("creation_timestamp", Kind.NUMBER, aliases=_CREATED, order_aliases=_CREATED),
        Attribute("last_updated_timestamp", Kind.NUMBER, aliases=_UPDATED, order_aliases=_UPDATED),
    ),
    entities={
        "attributes": Entity.ATTRIBUTE,
        "metrics": Entity.METRIC,
        "params": Entity.PARAM,
        "tags": Entity.TAG,
    },
    sortable=frozenset({Entity.ATTRIBUTE, Entity.METRIC}),
    default_order=(),
    tie_breaks=(TieBreak("creation_timestamp", False), TieBreak("model_id", True)),
    bare_values=True,
)

_MADE = ("creation_time",)
_CHANGED = ("last_updated_time", "timestamp")

REGISTERED_MODEL = Noun(
    name="registered model",
    attributes=_table(
        Attribute("name", Kind.TEXT),
        Attribute("creation_timestamp", Kind.NUMBER, aliases=_MADE, order_aliases=_MADE),
        Attribute("last_updated_timestamp", Kind.NUMBER, aliases=_CHANGED, order_aliases=_CHANGED),
        Attribute("user_id", Kind.TEXT),
        Attribute("description", Kind.TEXT),
    ),
    entities={"attribute": Entity.ATTRIBUTE} | _TAGS,
    sortable=frozenset({Entity.ATTRIBUTE}),
    default_order=(),
    tie_breaks=(TieBreak("name", True),),
    whole_numbers=True,
)

MODEL_VERSION = Noun(
    name="model version",
    attributes=_table(
        Attribute("name", Kind.TEXT),
        Attribute("version_number", Kind.NUMBER, aliases=("version",), order_aliases=("version",)),
        Attribute("run_id", Kind.TEXT),
        Attribute("source_path", Kind.TEXT, aliases=("source",)),
        Attribute("model_id", Kind.TEXT),
        Attribute("creation_timestamp", Kind.NUMBER, aliases=_MADE, order_aliases=_MADE),
        Attribute("last_updated_timestamp", Kind.NUMBER, aliases=_CHANGED, order_aliases=_CHANGED),
        Attribute("user_id", Kind.TEXT),
        Attribute("description", Kind.TEXT),
    ),
    entities={"attribute": Entity.ATTRIBUTE} | _TAGS | _DATASETS,
    sortable=frozenset({Entity.ATTRIBUTE}),
    default_order=(TieBreak("last_updated_timestamp", False),),
    tie_breaks=(TieBreak("name", True), TieBreak("version_number", False)),
    whole_numbers=True,
    identity=frozenset({"name", "version_number"}),
)
