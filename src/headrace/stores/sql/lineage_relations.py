"""Who is whose neighbour in the graph of lineage, in SQL: one SELECT for each relation and way.

Each answers (what is known, what was found, detail, rank, age), names of two parts, for as many
known things as are bound: as row ids, or as ids where things may be named that this store does not
have. `neighbors_statement` numbers the found ones of each known one, the greatest rank and age
first, counts them, and takes a few.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NamedTuple

from headrace.entities import LineageKind, LineageRelation
from headrace.entities.tag_names import DATASET_CONTEXT
from headrace.stores.sql.indexed import INDEXED_CHARACTERS
from headrace.stores.sql.run_reads import MODEL_INPUT, MODEL_OUTPUT

DATASET, RUN, LOGGED_MODEL, MODEL_VERSION = LineageKind

# What is bound: row ids of the known things, their ids, or the keys of the tag with the parent.
ROWS, IDS, PARENT_KEYS = "rows", "ids", "parent keys"

# Runs that led to something come first, deleted ones last.
_RUN_RANK = (
    "CASE WHEN EXISTS (SELECT 1 FROM model_versions AS x WHERE x.run_id = r.uuid) THEN 3 "
    "WHEN EXISTS (SELECT 1 FROM run_models AS x "
    f"WHERE x.run_id = r.id AND x.direction = {MODEL_OUTPUT}) THEN 2 "
    "WHEN r.deleted_at IS NULL THEN 1 ELSE 0 END"
)
_MODEL_RANK = (
    "CASE WHEN EXISTS (SELECT 1 FROM model_versions AS x WHERE x.logged_model_id = {id}) "
    "THEN 1 ELSE 0 END"
)
# A copy has the run and the logged model of its original, and comes from that, if it is there.
_IS_NO_COPY = "NOT EXISTS (SELECT 1 FROM model_versions AS o WHERE o.id = v.copied_from)"
# A version of a logged model comes from its run by way of that.
_HAS_NO_MODEL = (
    "NOT EXISTS (SELECT 1 FROM logged_models AS l "
    "WHERE l.uuid = v.logged_model_id AND l.source_run_id = v.run_id)"
)
_VERSION = "v.name, CAST(v.version AS TEXT)"

_DATASET_INPUTS = (
    "FROM dataset_inputs AS i JOIN datasets AS d ON d.id = i.dataset_id "
    "JOIN runs AS r ON r.id = i.run_id "
    "LEFT JOIN dataset_input_tags AS t ON t.input_id = i.id "
    f"AND t.key = '{DATASET_CONTEXT}' "
)
# What a run says that it made, and what says that a run made it.
_OUTPUTS = (
    f"FROM run_models AS m JOIN runs AS r ON r.id = m.run_id AND m.direction = {MODEL_OUTPUT} "
)
_MADE = "FROM logged_models AS l WHERE l.source_run_id <> '' AND NOT EXISTS (SELECT 1 "
_MADE += _OUTPUTS + "WHERE m.model_id = l.uuid AND r.uuid = l.source_run_id) "
_MODEL_INPUTS = (
    f"FROM run_models AS m JOIN runs AS r ON r.id = m.run_id AND m.direction = {MODEL_INPUT} "
)
_NO_TEXT = "CAST(NULL AS TEXT)"


class Way(NamedTuple):
    """The way from things of one kind to their neighbours of another one.

    Attributes:
        relation: What they have to do with each other.
        known: The kind of what is known.
        found: The kind of what is found.
        downstream: Whether what is found came from what is known.
        select: The SELECT, with ``{in_list}`` for the dialect's comparison with a bound list.
        binds: Which lists it binds.

    """

    relation: LineageRelation
    known: LineageKind
    found: LineageKind
    downstream: bool
    select: str
    binds: tuple[str, ...]


_R = LineageRelation

WAYS: Sequence[Way] = (
    Way(
        _R.USED,
        DATASET,
        RUN,
        True,
        f"SELECT d.name, d.digest, r.uuid, '', t.value, {_RUN_RANK}, r.id {_DATASET_INPUTS}"
        "WHERE i.dataset_id {in_list}",
        (ROWS,),
    ),
    Way(
        _R.USED,
        RUN,
        DATASET,
        False,
        f"SELECT r.uuid, '', d.name, d.digest, t.value, 0, -i.id {_DATASET_INPUTS}"
        "WHERE i.run_id {in_list}",
        (ROWS,),
    ),
    Way(
        _R.LOGGED,
        RUN,
        LOGGED_MODEL,
        True,
        "SELECT r.uuid, '', m.model_id, '', CAST(m.step AS TEXT), "
        f"{_MODEL_RANK.format(id='m.model_id')}, m.step {_OUTPUTS}"
        "WHERE m.run_id {in_list} UNION ALL "
        f"SELECT l.source_run_id, '', l.uuid, '', {_NO_TEXT}, "
        f"{_MODEL_RANK.format(id='l.uuid')}, 0 {_MADE}"
        "AND l.source_run_id {in_list}",
        (ROWS, IDS),
    ),
    Way(
        _R.LOGGED,
        LOGGED_MODEL,
        RUN,
        False,
        "SELECT m.model_id, '', r.uuid, '', CAST(m.step AS TEXT), 0, -r.id "
        f"{_OUTPUTS}"
        "WHERE m.model_id {in_list} UNION ALL "
        f"SELECT l.uuid, '', l.source_run_id, '', {_NO_TEXT}, 1, 0 {_MADE}"
        "AND l.uuid {in_list}",
        (IDS, IDS),
    ),
    Way(
        _R.READ,
        LOGGED_MODEL,
        RUN,
        True,
        f"SELECT m.model_id, '', r.uuid, '', {_NO_TEXT}, {_RUN_RANK}, r.id {_MODEL_INPUTS}"
        "WHERE m.model_id {in_list}",
        (IDS,),
    ),
    Way(
        _R.READ,
        RUN,
        LOGGED_MODEL,
        False,
        f"SELECT r.uuid, '', m.model_id, '', {_NO_TEXT}, 0, 0 {_MODEL_INPUTS}"
        "WHERE m.run_id {in_list}",
        (ROWS,),
    ),
    Way(
        _R.NESTED,
        RUN,
        RUN,
        True,
        f"SELECT t.value, '', r.uuid, '', {_NO_TEXT}, {_RUN_RANK}, r.id "
        "FROM run_tags AS t JOIN runs AS r ON r.id = t.run_id WHERE t.key_id {in_list} "
        f"AND substr(t.value, 1, {INDEXED_CHARACTERS}) "
        "{in_list}",
        (PARENT_KEYS, IDS),
    ),
    Way(
        _R.NESTED,
        RUN,
        RUN,
        False,
        f"SELECT r.uuid, '', t.value, '', {_NO_TEXT}, 0, 0 "
        "FROM run_tags AS t JOIN runs AS r ON r.id = t.run_id "
        "WHERE t.run_id {in_list} AND t.key_id {in_list} AND t.value <> ''",
        (ROWS, PARENT_KEYS),
    ),
    Way(
        _R.REGISTERED,
        LOGGED_MODEL,
        MODEL_VERSION,
        True,
        f"SELECT v.logged_model_id, '', {_VERSION}, {_NO_TEXT}, 0, v.id "
        "FROM model_versions AS v WHERE v.logged_model_id {in_list} "
        f"AND {_IS_NO_COPY}",
        (IDS,),
    ),
    Way(
        _R.REGISTERED,
        MODEL_VERSION,
        LOGGED_MODEL,
        False,
        f"SELECT {_VERSION}, v.logged_model_id, '', {_NO_TEXT}, 0, 0 "
        "FROM model_versions AS v WHERE v.id {in_list} "
        f"AND v.logged_model_id <> '' AND {_IS_NO_COPY}",
        (ROWS,),
    ),
    Way(
        _R.REGISTERED,
        RUN,
        MODEL_VERSION,
        True,
        f"SELECT v.run_id, '', {_VERSION}, {_NO_TEXT}, 0, v.id "
        "FROM model_versions AS v WHERE v.run_id {in_list} "
        f"AND {_HAS_NO_MODEL} AND {_IS_NO_COPY}",
        (IDS,),
    ),
    Way(
        _R.REGISTERED,
        MODEL_VERSION,
        RUN,
        False,
        f"SELECT {_VERSION}, v.run_id, '', {_NO_TEXT}, 0, 0 "
        "FROM model_versions AS v WHERE v.id {in_list} "
        f"AND v.run_id <> '' AND {_HAS_NO_MODEL} AND {_IS_NO_COPY}",
        (ROWS,),
    ),
    Way(
        _R.COPIED,
        MODEL_VERSION,
        MODEL_VERSION,
        True,
        f"SELECT o.name, CAST(o.version AS TEXT), {_VERSION}, {_NO_TEXT}, 0, v.id "
        "FROM model_versions AS o JOIN model_versions AS v ON v.copied_from = o.id "
        "WHERE o.id {in_list}",
        (ROWS,),
    ),
    Way(
        _R.COPIED,
        MODEL_VERSION,
        MODEL_VERSION,
        False,
        f"SELECT {_VERSION}, o.name, CAST(o.version AS TEXT), {_NO_TEXT}, 0, 0 "
        "FROM model_versions AS v JOIN model_versions AS o ON o.id = v.copied_from "
        "WHERE v.id {in_list}",
        (ROWS,),
    ),
)


def neighbors_statement(way: Way, statements: Any) -> str:
    """Return the statement of a way.

    It binds the lists of `Way.binds`, then how many neighbours of each known thing are passed over
    and up to which number they come; it answers (known, known, found, found, detail, total).
    """
    columns = "known, known_part, found, found_part, detail"
    # The names of the columns are those of the first SELECT, which reads nothing.
    named = (
        "SELECT '' AS known, '' AS known_part, '' AS found, '' AS found_part, "
        f"{_NO_TEXT} AS detail, 0 AS rank, 0 AS age WHERE 1 = 0 UNION ALL "
    )
    select = named + way.select.format(in_list=statements.IN_LIST)
    return (
        f"SELECT {columns}, total FROM (SELECT {columns}, "
        "ROW_NUMBER() OVER (PARTITION BY known, known_part "
        "ORDER BY rank DESC, age DESC, found, found_part) AS n, "
        f"COUNT(*) OVER (PARTITION BY known, known_part) AS total FROM ({select}) AS found_ones"
        ") AS numbered WHERE n > ? AND n <= ? ORDER BY n"
    )
