"""Recipes: what it takes to make a rewritten graph again, without rules, e-graphs or solvers.

A recipe is for one graph, which it knows by a digest of its terms.  It holds what takes the place of each template, so
that the same graph comes of it whatever rules and solvers of later versions would choose, and the rules that made it.
"""

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from machine.errors import GraphError, UserError
from machine.graph.operation import Graph
from rewriting.graph_assembly import assemble
from rewriting.operator_names import spelled
from rewriting.reading import read_terms
from rewriting.replacement import Replacement
from rewriting.templates import find_templates
from rewriting.term_text import format_term, parse_term
from rewriting.terms import TermGraph
from rewriting.writing import write_graph


@dataclass(frozen=True)
class Recipe:
    """From one graph to an equal one.

    Attributes:
        given: the digest of the terms of the graph that it is for.
        rules: those by which both are equal, and how often each had a part in it.
        replacements: what takes the place of which parts.
        limits: that saturations met, and for how many templates; without them the graph might be better.
    """

    given: str
    rules: tuple[tuple[str, int], ...]
    replacements: tuple[Replacement, ...]
    limits: tuple[tuple[str, int], ...] = ()

    def to_json(self) -> dict[str, Any]:
        """The recipe as plain data."""
        return {
            "given": self.given,
            "rules": [list(rule) for rule in self.rules],
            "replacements": [_replacement_to_json(each) for each in self.replacements],
            **({"limits": [list(limit) for limit in self.limits]} if self.limits else {}),
        }


def recipe_from_json(data: Mapping[str, Any]) -> Recipe:
    """Read what :meth:`Recipe.to_json` gave.

    Raises:
        UserError: it is no recipe.
    """
    try:
        rules, limits = (
            tuple((str(name), int(count)) for name, count in pairs) for pairs in (data["rules"], data.get("limits", ()))
        )
        return Recipe(str(data["given"]), rules, tuple(map(_replacement_from_json, data["replacements"])), limits)
    except (AttributeError, KeyError, TypeError, ValueError) as error:
        raise UserError(f"not the recipe of a rewritten graph: {error}") from None


def replay(graph: Graph, recipe: Recipe) -> Graph:
    """The graph that a recipe makes of the one it is for.

    Raises:
        GraphError: it is for another graph, or what it says makes none.
    """
    terms = read_terms(graph)
    if digest_of(terms) != recipe.given:
        raise GraphError("the recipe is for another graph than the one that is built")
    try:
        return write_graph(assemble(terms, find_templates(terms), recipe.replacements))
    except (IndexError, KeyError, ValueError, AssertionError) as error:
        raise GraphError(f"the recipe makes no graph: {type(error).__name__} {error}") from error


def digest_of(terms: TermGraph) -> str:
    """SHA-256 of what decides what a recipe makes of a graph: its terms and stores, and where they are."""
    digest = hashlib.sha256(f"{terms.machine.digest} {terms.memory_words}".encode())
    spelled_terms = [term._replace(op=spelled(term.op)) for term in terms.table.terms]
    for what in (spelled_terms, terms.stores, sorted(terms.places.items())):
        digest.update(repr(list(what)).encode())
    if terms.landings:
        digest.update(repr(sorted(terms.landings.items())).encode())
    return digest.hexdigest()


def _replacement_to_json(replacement: Replacement) -> dict[str, Any]:
    return {
        "template": replacement.template,
        "parts": _format_numbers(replacement.parts),
        "terms": [format_term(term) for term in replacement.terms],
        "roots": list(replacement.roots),
        "kept": [number for pair in replacement.kept for number in pair],
        "alternatives": {
            str(place): [format_term(term) for term in others] for place, others in replacement.alternatives
        },
    }


def _replacement_from_json(data: Mapping[str, Any]) -> Replacement:
    kept = data["kept"]
    return Replacement(
        int(data["template"]),
        _parse_numbers(data["parts"]),
        tuple(map(parse_term, data["terms"])),
        tuple(map(int, data["roots"])),
        tuple((int(old), int(new)) for old, new in zip(kept[::2], kept[1::2], strict=True)),
        tuple((int(place), tuple(map(parse_term, others))) for place, others in data["alternatives"].items()),
    )


def _format_numbers(numbers: Sequence[int]) -> str:
    """Ascending numbers, as ``0-3,5``."""
    spans: list[list[int]] = []
    for number in numbers:
        if spans and spans[-1][1] == number - 1:
            spans[-1][1] = number
        else:
            spans.append([number, number])
    return ",".join(str(first) if first == last else f"{first}-{last}" for first, last in spans)


def _parse_numbers(text: str) -> tuple[int, ...]:
    numbers: list[int] = []
    for span in text.split(","):
        first, _, last = span.partition("-")
        if int(last or first) - int(first) > 1_000_000:
            raise ValueError(f"{text[:80]!r} names too many parts")
        numbers += range(int(first), int(last or first) + 1)
    return tuple(numbers)
