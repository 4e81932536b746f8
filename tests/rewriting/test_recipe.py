"""A recipe makes the same graph again, without rules; what is no recipe, or is for another graph, is refused."""

import json

import pytest

from machine.errors import GraphError, UserError
from machine.graph.operation import Graph
from machine.model import load_machine
from rewriting.aim import AIMS
from rewriting.operator_names import INPUT, LANE, PACK
from rewriting.proposing import Effort
from rewriting.recipe import Recipe, digest_of, recipe_from_json, replay
from rewriting.rewrite import rewrite
from rewriting.rule import load_rules
from rewriting.saturation import Limits
from rewriting.term_text import format_term, parse_term
from rewriting.terms import Region, Term, TermGraph, TermTable
from tests.rewriting import newcomers
from tests.rewriting.test_round_trip import build

TAKEHOME = load_machine("takehome")
QUICK = Effort(Limits(nodes=1500), extraction_work=0.1, iterations=1)


@pytest.fixture(scope="module")
def plain() -> Graph:
    return build("tree_hash_plain", {"height": 1, "rounds": 2, "batch": 16})


def recipe_for(graph: Graph, aim: str) -> tuple[Recipe, Graph]:
    found = rewrite(graph, load_rules(), AIMS[aim], QUICK)
    assert found.recipe is not None
    return found.recipe, found.after.graph


@pytest.mark.parametrize("aim", AIMS)
def test_each_point_between_work_and_depth_is_made_again_from_text(plain: Graph, aim: str) -> None:
    recipe, after = recipe_for(plain, aim)
    read = recipe_from_json(json.loads(json.dumps(recipe.to_json())))
    assert read == recipe
    assert replay(plain, read) == after


def test_the_same_choice_is_made_again(plain: Graph) -> None:
    assert recipe_for(plain, "cycles")[0] == recipe_for(plain, "cycles")[0]


def test_a_table_changed_in_place_is_part_of_a_recipe() -> None:
    graph = build("tree_hash_plain", {"height": 3, "rounds": 5, "batch": 64})
    effort = Effort(Limits(nodes=3000), extraction_work=0.3, iterations=1)
    found = rewrite(graph, load_rules(), AIMS["work"], effort, [range(22, 150)])
    assert found.recipe is not None
    assert replay(graph, recipe_from_json(found.recipe.to_json())) == found.after.graph


def test_it_names_the_rules_that_made_it(plain: Graph) -> None:
    recipe, _ = recipe_for(plain, "work")
    assert "sums in normal form" in dict(recipe.rules)


def test_it_names_the_limits_that_were_met(plain: Graph) -> None:
    limited = Effort(Limits(nodes=150), extraction_work=0.1, iterations=1)
    found = rewrite(plain, load_rules(), AIMS["work"], limited).recipe
    assert found is not None
    assert [limit for limit, _ in found.limits] == ["node limit"]
    assert recipe_from_json(found.to_json()) == found
    enough = rewrite(plain, load_rules(), AIMS["work"], Effort(extraction_work=0.1, iterations=1)).recipe
    assert enough is not None
    assert enough.limits == ()
    assert "limits" not in enough.to_json()


def test_a_recipe_is_for_one_graph(plain: Graph) -> None:
    recipe, _ = recipe_for(plain, "work")
    other = newcomers.build(TAKEHOME, newcomers.KERNELS["saxpy"])
    with pytest.raises(GraphError, match="for another graph"):
        replay(other, recipe)


@pytest.mark.parametrize(
    "damage",
    [
        {"terms": ["+ 7 8"]},
        {"terms": ["input 100000"]},
        {"roots": []},
        {"parts": "0"},
        {"parts": "5-9"},
        {"template": 17},
    ],
    ids=str,
)
def test_a_damaged_recipe_makes_no_graph(plain: Graph, damage: dict[str, object]) -> None:
    data = recipe_for(plain, "work")[0].to_json()
    data["replacements"][-1].update(damage)
    with pytest.raises(GraphError):
        replay(plain, recipe_from_json(data))


@pytest.mark.parametrize(
    "line", ["const", "const x", "+ a b", "load 3", "load 3 1:2", "load 3 0:7..9 ^2", "+ -1 2", ""]
)
def test_what_is_no_term_is_refused(line: str) -> None:
    with pytest.raises(UserError, match="is no term"):
        parse_term(line)


@pytest.mark.parametrize(
    ("line", "term"),
    [
        ("input 3", Term(INPUT, (), 3)),
        ("pack 1 2", Term(PACK, (1, 2))),
        ("opcode:input 1 2", Term("input", (1, 2))),
        ("opcode:pack 1 2", Term("pack", (1, 2))),
        ("leaf 1 2", Term("leaf", (1, 2))),
    ],
)
def test_an_opcode_with_the_name_of_what_is_none_is_marked_in_files(line: str, term: Term) -> None:
    assert parse_term(line) == term
    assert format_term(term) == line


def test_the_digest_of_terms_is_the_one_that_recipes_on_the_board_hold() -> None:
    table = TermTable()
    vector = table.add("vload", (table.constant(0),), Region(0, 0, 8))
    table.add(PACK, (table.add(LANE, (vector,), 1), table.constant(5)))
    assert digest_of(TermGraph(TAKEHOME, 8, table, (), {})).startswith("526e6e21a0c30dda")


@pytest.mark.parametrize(
    "term",
    [
        Term("const", (), 0xFFFF_FFFF),
        Term(INPUT, (), 12),
        Term(PACK, (1, 2)),
        Term("input", (1,)),
        Term("pack", (1, 2)),
        Term("multiply_add", (1, 2, 3)),
        Term("load", (4,), Region(2, 7, 2054, (("^", 0xB55A_4F09),))),
    ],
    ids=str,
)
def test_terms_are_read_as_they_are_written(term: Term) -> None:
    assert parse_term(format_term(term)) == term
