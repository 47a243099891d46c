"""Search of experiments: filters, order, pages, view types, bad input."""

from __future__ import annotations

from typing import Any

from tests.compat.differences import NO_KEY, UNREAD, wider
from tests.compat.exchange import OPTIONS, Exchange, Scenario, get, post
from tests.compat.scenarios.beginnings import tag, unseen

SEARCH = "experiments/search"
MINE = "name LIKE '$unique%'"


def _make(name: str, *tags: dict[str, str]) -> Exchange:
    variable = name.lower().replace(" ", "_")
    body = {"name": f"$unique {name}", "tags": list(tags)}
    return post("experiments/create", body, save={variable: "experiment_id"})


def _names(body: Any) -> Any:
    """Reduce an answer to the names in their order and whether a further page exists."""
    names = [e["name"].partition(" ")[2] for e in body.get("experiments", [])]
    return {"names": names, "more": "next_page_token" in body, "fields": sorted(body)}


def _same_names(body: Any) -> Any:
    """Reduce an answer to the set of names, where the order is the server's own."""
    return sorted(_names(body)["names"])


def _search(filter_string: str | None = None, **fields: Any) -> Exchange:
    options = {name: fields.pop(name) for name in OPTIONS if name in fields}
    body: dict[str, Any] = {"max_results": 100} | fields
    body["filter"] = MINE if filter_string is None else f"{MINE} AND {filter_string}"
    return post(SEARCH, body, **({"view": _names} | options))


_FIVE = [
    _make("Alpha", tag("team", "red"), tag("stage one", "x")),
    _make("beta", tag("team", "Red")),
    _make("Gamma", tag("team", "blue"), tag("note", "50%_off")),
    _make("delta"),
    _make("epsilon", tag("team", "")),
]

SCENARIOS = [
    Scenario(
        "whole answer",
        [
            _make("one", tag("a", "1")),
            _search(view=None),
            _search("name = 'nothing'", view=None),
            get(SEARCH, {"max_results": 10, "filter": MINE}),
            get(
                SEARCH,
                {"max_results": 10, "filter": MINE, "order_by": ["name ASC", "creation_time"]},
            ),
        ],
    ),
    Scenario(
        "filters on name",
        [
            *_FIVE,
            _search("name = '$unique Alpha'"),
            _search("name = '$unique alpha'"),
            _search("name != '$unique Alpha'", view=_same_names),
            _search("name LIKE '%ALPHA'"),
            _search("name ILIKE '%ALPHA'"),
            _search("name ILIKE '%ta'", view=_same_names),
            _search("attribute.name = '$unique beta'"),
            _search("attributes.name = '$unique beta'"),
            _search("attr.name = '$unique beta'"),
            _search("`name` = '$unique beta'"),
            _search('name = "$unique beta"'),
            _search("name = '$unique beta' and name LIKE '%a'"),
            _search("NAME = '$unique beta'", label="upper case field"),
            _search(
                "name IN ('$unique beta', '$unique delta')",
                order_by=["name"],
                ours=wider({"names": ["beta", "delta"], "more": False, "fields": ["experiments"]}),
            ),
            _search("name = ''"),
        ],
    ),
    Scenario(
        "filters on tags",
        [
            *_FIVE,
            _search("tags.team = 'red'"),
            _search("tag.team = 'red'"),
            _search("tags.team != 'red'", view=_same_names),
            _search("tags.team LIKE 'R%'", view=_same_names),
            _search("tags.team ILIKE 'R%'", view=_same_names),
            _search("tags.team = ''"),
            _search("tags.`stage one` = 'x'"),
            _search("tags.\"stage one\" = 'x'"),
            _search("tags.note LIKE '50!%!_off'"),
            _search("tags.note LIKE '50\\%\\_off'"),
            _search("tags.nothing = 'x'"),
            _search("tags.team IS NULL", view=_same_names),
            _search("tags.team IS NOT NULL", view=_same_names),
            _search(
                "tags.team IN ('red', 'blue')",
                order_by=["name"],
                ours=wider({"names": ["Alpha", "Gamma"], "more": False, "fields": ["experiments"]}),
            ),
            _search("tags.team = 'red' AND tags.`stage one` = 'x'"),
        ],
    ),
    Scenario(
        "filters on time and id",
        [
            *_FIVE,
            _search("creation_time > 0", view=_same_names),
            _search("creation_time < 1000"),
            _search("creation_time >= 1000 AND last_update_time > 1000", view=_same_names),
            _search("last_update_time <= 1000"),
            _search("creation_time = 5"),
            _search("creation_time != 5", view=_same_names),
            _search("creation_time > '5'"),
            _search("creation_time LIKE '5'"),
            _search("creation_time > 5.5"),
            _search("last_update_time > abc"),
            _search("experiment_id = '$alpha'"),
            _search("lifecycle_stage = 'active'"),
            _search("artifact_location LIKE '%'"),
        ],
    ),
    Scenario(
        "bad filters",
        [
            post(SEARCH, {"max_results": 5, "filter": "name"}),
            post(SEARCH, {"max_results": 5, "filter": "name ="}),
            post(SEARCH, {"max_results": 5, "filter": "= 'a'"}),
            post(SEARCH, {"max_results": 5, "filter": "name = a"}),
            post(SEARCH, {"max_results": 5, "filter": "name = 5"}),
            post(
                SEARCH,
                {"max_results": 5, "filter": "name = 'a' OR name = 'b'"},
                ours=wider({}),
            ),
            post(SEARCH, {"max_results": 5, "filter": "name > 'a'"}),
            post(SEARCH, {"max_results": 5, "filter": "name = 'unterminated"}),
            post(SEARCH, {"max_results": 5, "filter": "no_such_field = 'a'"}),
            post(SEARCH, {"max_results": 5, "filter": "params.a = 'a'"}),
            post(SEARCH, {"max_results": 5, "filter": "metrics.a > 1"}),
            post(SEARCH, {"max_results": 5, "filter": "tags.a > 'a'"}),
            post(SEARCH, {"max_results": 5, "filter": "tags.a = 5"}),
            post(SEARCH, {"max_results": 5, "filter": "name = 'a' AND"}),
            post(SEARCH, {"max_results": 5, "filter": "AND name = 'a'"}),
            post(SEARCH, {"max_results": 5, "filter": "name = 'a'; DROP TABLE experiments"}),
            post(SEARCH, {"max_results": 5, "filter": "((("}),
            post(SEARCH, {"max_results": 5, "filter": "'a' = name"}),
            post(SEARCH, {"max_results": 5, "filter": 5}),
            post(SEARCH, {"max_results": 5, "filter": ["name = 'a'"]}),
            post(
                SEARCH,
                {"max_results": 5, "filter": "   "},
                view=lambda b: len(b["experiments"]) > 0,
            ),
            post(SEARCH, {"max_results": 5, "filter": "tags. = 'a'"}, ours=NO_KEY),
            post(SEARCH, {"max_results": 5, "filter": "(name = 'a')"}, ours=wider({})),
        ],
    ),
    Scenario(
        "order",
        [
            *_FIVE,
            _search(order_by=["name"]),
            _search(order_by=["name ASC"]),
            _search(order_by=["name DESC"]),
            _search(order_by=["name desc"]),
            _search(order_by=["experiment_id"]),
            _search(order_by=["experiment_id DESC"]),
            _search(order_by=["attribute.name DESC"]),
            _search(order_by=["`name` DESC"]),
            _search(order_by=["creation_time DESC", "name"], view=_same_names),
            _search(order_by=["last_update_time ASC"], view=_same_names),
            _search(order_by=["name", "name DESC"]),
            _search(order_by=["lifecycle_stage"]),
            _search(order_by=["tags.team"]),
            _search(order_by=["name SIDEWAYS"]),
            _search(order_by=["name ASC DESC"]),
            _search(order_by=["no_such_field"]),
            _search(order_by=[""]),
            _search(order_by=["name, experiment_id"]),
            _search(order_by="name", view=unseen, label="text for a list"),
            _search(order_by=[5], view=unseen, label="number for a text", ours=UNREAD),
            _search(order_by=["experiment_id ASC; DROP TABLE experiments"]),
        ],
    ),
    Scenario(
        "pages",
        [
            *_FIVE,
            _search(max_results=2, order_by=["name"], save={"token": "next_page_token"}),
            _search(
                max_results=2,
                order_by=["name"],
                page_token="$token",
                save={"token": "next_page_token"},
            ),
            _search(max_results=2, order_by=["name"], page_token="$token", label="last page"),
            _search(max_results=5, order_by=["name"], label="exactly full page"),
            _search(max_results=4, order_by=["name"], label="one left"),
            _search(max_results=2, page_token="not base64!", exact=True),
            _search(max_results=2, page_token="bm90IGpzb24="),
            _search(max_results=2, order_by=["name"], page_token=""),
            _search(max_results=2, page_token=5),
        ],
    ),
    Scenario(
        "max_results",
        [
            post(SEARCH, {}, exact=True),
            post(SEARCH, {"max_results": 0}, exact=True),
            post(SEARCH, {"max_results": -1}),
            post(SEARCH, {"max_results": 50000, "filter": MINE}),
            post(SEARCH, {"max_results": 50001}),
            post(SEARCH, {"max_results": "3", "filter": MINE}),
            post(SEARCH, {"max_results": "three"}),
            post(SEARCH, {"max_results": 2.0, "filter": MINE}),
            post(SEARCH, {"max_results": 2.5, "filter": MINE}),
            post(SEARCH, {"max_results": True, "filter": MINE}),
            post(SEARCH, {"max_results": None, "filter": MINE}),
            get(SEARCH, {"max_results": "0"}),
            get(SEARCH, {"max_results": "x"}),
            get(SEARCH, {"filter": MINE}),
            get(SEARCH, headers={"Content-Type": "application/json"}),
        ],
    ),
    Scenario(
        "view types",
        [
            _make("kept"),
            _make("gone"),
            post("experiments/delete", {"experiment_id": "$gone"}),
            _search(order_by=["name"]),
            _search(order_by=["name"], view_type=1),
            _search(order_by=["name"], view_type="ACTIVE_ONLY"),
            _search(order_by=["name"], view_type=2),
            _search(order_by=["name"], view_type="DELETED_ONLY"),
            _search(order_by=["name"], view_type=3),
            _search(order_by=["name"], view_type="ALL"),
            _search(order_by=["name"], view_type="1"),
            _search(view_type=0, view=unseen, label="view 0", ours=UNREAD),
            _search(view_type=9, view=unseen, label="view 9", ours=UNREAD),
            _search(view_type="SOME", view=unseen, label="unknown view", ours=UNREAD),
            _search(view_type="all", view=unseen, label="small letters"),
            get(
                SEARCH,
                {"max_results": 9, "filter": MINE, "view_type": "ALL", "order_by": "name"},
                view=_names,
            ),
            get(
                SEARCH,
                {"max_results": 9, "filter": MINE, "view_type": "3", "order_by": "name"},
                view=_names,
            ),
        ],
    ),
]
