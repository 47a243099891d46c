"""``headrace models lineage``: what a model came from, and what came from it, as a tree."""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING

import click

from headrace.amounts import count
from headrace.cli.named_models import parse_version, with_client
from headrace.cli.options import as_json
from headrace.cli.output import Branch, print_json, print_tree
from headrace.entities import (
    Lineage,
    LineageCut,
    LineageEdge,
    LineageKind,
    LineageNode,
    LineageRelation,
)
from headrace.errors import InvalidParameterValue

if TYPE_CHECKING:
    from headrace.client.mlflow_client import MlflowClient

_KINDS = {
    LineageKind.DATASET: "data set",
    LineageKind.RUN: "run",
    LineageKind.LOGGED_MODEL: "logged model",
    LineageKind.MODEL_VERSION: "version",
}

# What a neighbour is to the node above it: upstream of it, downstream of it, and one that is cut.
_WORDS = {
    LineageRelation.USED: ("used", "used by", "data set", "run"),
    LineageRelation.READ: ("used", "used by", "logged model", "run"),
    LineageRelation.NESTED: ("child of", "parent of", "parent", "child run"),
    LineageRelation.LOGGED: ("logged by", "logged", "run", "logged model"),
    LineageRelation.REGISTERED: ("registered from", "registered as", "origin", "version"),
    LineageRelation.COPIED: ("copy of", "copied to", "original", "copied version"),
}


@click.command()
@click.argument("model", metavar="NAME/VERSION|NAME@ALIAS|MODEL_ID")
@click.option(
    "--max-nodes",
    type=click.IntRange(1, 2_000),
    default=200,
    show_default=True,
    help="How much to show at most, what is nearest first.",
)
@as_json
@with_client
def lineage(client: MlflowClient, model: str, max_nodes: int, as_json: bool) -> None:
    """Show what a version or a logged model came from, and what came from it."""
    from headrace.client.model_lookup import find_version
    from headrace.client.registry import get_registry_store

    named = parse_version(model)
    if named is None:
        raise InvalidParameterValue(
            f"{model!r} names no version: write {model}/latest, {model}/3 or {model}@ALIAS."
        )
    if named.model_id:
        found = client.get_lineage(LineageKind.LOGGED_MODEL, named.model_id, max_nodes=max_nodes)
    else:
        store = get_registry_store(client.tracking_uri, client.registry_uri)
        version = find_version(store, named)
        id = f"{version.name}/{version.version}"
        found = client.get_lineage(LineageKind.MODEL_VERSION, id, max_nodes=max_nodes)
    if as_json:
        print_json(found)
    else:
        _print(found)


def _print(found: Lineage) -> None:
    click.echo(_describe(found.nodes[0]))
    for title, downstream in (("Came from", False), ("Led to", True)):
        branches = _branches(found, 0, {0}, downstream=downstream)
        if branches:
            click.echo()
            print_tree(title, branches)


def _branches(found: Lineage, position: int, shown: set[int], *, downstream: bool) -> list[Branch]:
    """Return what stands below a node; what stands elsewhere already is not gone through again."""
    branches: list[Branch] = []
    edges: dict[str, list[LineageEdge]] = defaultdict(list)
    for edge in found.edges:
        if position == (edge.source if downstream else edge.target):
            edges[edge.relation].append(edge)
    for relation, mine in edges.items():
        for edge in mine:
            other = edge.target if downstream else edge.source
            word = _WORDS[LineageRelation(relation)][downstream]
            text = f"{word} {_describe(found.nodes[other])}"
            if edge.detail:
                text += f" ({_detail(edge)})"
            if other in shown:
                branches.append((f"{text}, see above", []))
                continue
            shown.add(other)
            branches.append((text, _branches(found, other, shown, downstream=downstream)))
    branches += [
        (_more(cut), [])
        for cut in found.cuts
        if cut.node == position and cut.downstream is downstream
    ]
    return branches


def _more(cut: LineageCut) -> str:
    return count(cut.count, f"more {_WORDS[LineageRelation(cut.relation)][2 + cut.downstream]}")


def _detail(edge: LineageEdge) -> str:
    return f"step {edge.detail}" if edge.relation == LineageRelation.LOGGED else edge.detail or ""


def _describe(node: LineageNode) -> str:
    name = f"{node.name}/{node.version}" if node.version else node.name
    if node.digest:
        name += f" {node.digest}"
    facts = [f"@{alias}" for alias in node.aliases]
    if node.stage and node.stage != "None":
        facts.append(node.stage)
    if node.id != node.name and node.kind in (LineageKind.RUN, LineageKind.LOGGED_MODEL):
        facts.append(node.id)
    if node.state != "active":
        facts.append(f"({node.state})")
    return " ".join([_KINDS[LineageKind(node.kind)], name, *facts])
