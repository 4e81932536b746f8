"""Whether a task's graph is rewritten is a setting like others; the recipe makes the very graph again."""

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from machine.errors import GraphError, UserError
from machine.graph.operation import Graph
from machine.model import Machine, load_machine
from problems.kernels.hash_vectors import HashVectors
from problems.knobs import ChoiceKnob, Knob, KnobValue
from problems.problem import Shape
from rewriting.aim import AIMS
from rewriting.recipe import Recipe
from rewriting.rewrite import Rewritten
from search.analysis.prepared_graph import PreparedGraph
from search.errors import WrongOutputError
from search.tasks import recipes
from search.tasks.building import build_graph, build_plain, build_prepared
from search.tasks.recipes import find_recipe, require_same
from search.tasks.rewriting_knob import OFF, REWRITE, declared_knobs
from search.tasks.task import Task, resolve_task

TAKEHOME = load_machine("takehome")
TASK, NAME = resolve_task("tree_hash_plain", "height=1,rounds=2,batch=8", None, TAKEHOME)


@pytest.fixture(autouse=True)
def cache(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Iterator[None]:
    """A cache folder of this test's own."""
    monkeypatch.setattr(recipes, "cache_folder", lambda: tmp_path)
    yield


def prepared(task: Task = TASK, **knobs: KnobValue) -> PreparedGraph:
    return build_prepared(task, knobs)


def test_no_problem_has_a_knob_of_that_name() -> None:
    class Own(HashVectors):
        """A problem with a knob that every search has."""

        def knobs(self, shape: Shape, category: str, machine: Machine) -> tuple[Knob, ...]:
            return (ChoiceKnob(REWRITE, "a", "", ("a", "b")),)

    with pytest.raises(UserError, match="has a knob 'rewrite', as every search has: give it another name"):
        declared_knobs(Task(Own(), {"vectors": 1}, "all", TAKEHOME))


def test_a_graph_is_left_as_it_is_built_unless_the_knob_says_otherwise() -> None:
    plain = build_plain(TASK, {})
    assert prepared().graph == prepared(rewrite=OFF).graph == plain
    assert prepared().recipe is None


@pytest.mark.parametrize("aim", ["cycles", "work", "depth"])
def test_a_rewritten_graph_needs_less_and_its_recipe_makes_it_again(aim: str) -> None:
    plain, found = prepared(), prepared(rewrite=aim)
    assert found.recipe is not None
    assert found.flat.operations < plain.flat.operations
    assert build_prepared(TASK, {REWRITE: aim}, found.recipe).graph == found.graph == build_graph(TASK, {REWRITE: aim})


def test_a_recipe_is_found_once(monkeypatch: pytest.MonkeyPatch) -> None:
    first = prepared(rewrite="depth")
    monkeypatch.setattr(recipes, "rewrite", lambda *_: pytest.fail("found again"))
    assert prepared(rewrite="depth").recipe == first.recipe


def test_a_damaged_cache_counts_as_none(tmp_path: Path) -> None:
    first = prepared(rewrite="depth")
    (file,) = list(tmp_path.glob("recipe-*.json"))
    file.write_text("{", encoding="utf-8")
    assert prepared(rewrite="depth").recipe == first.recipe


def test_that_nothing_was_found_is_remembered_too() -> None:
    task, _ = resolve_task("matrix_product", "", None, TAKEHOME)
    assert prepared(task, rewrite="work").recipe is None
    assert prepared(task, rewrite="work").graph == build_plain(task, {})


def test_a_recipe_for_another_graph_is_refused() -> None:
    recipe = prepared(rewrite="depth").recipe
    other, _ = resolve_task("tree_hash_plain", "height=1,rounds=3,batch=8", None, TAKEHOME)
    with pytest.raises(GraphError, match="for another graph"):
        build_prepared(other, {REWRITE: "depth"}, recipe)


def test_what_does_not_compute_the_same_is_no_recipe(monkeypatch: pytest.MonkeyPatch) -> None:
    """Were a rule wrong, execution would say so before anything is scheduled."""
    graph, right = build_plain(TASK, {}), recipes.rewrite

    def wrong(*arguments: object) -> Rewritten:
        found = right(*arguments)
        operations = found.after.graph.operations
        return replace(found, after=replace(found.after, graph=replace(found.after.graph, operations=operations[:-1])))

    monkeypatch.setattr(recipes, "rewrite", wrong)
    with pytest.raises(WrongOutputError, match="does not compute what the given one does"):
        find_recipe(TASK, graph, AIMS["depth"])


def test_graphs_are_compared_on_inputs() -> None:
    graph = build_plain(TASK, {})
    require_same(TASK, graph, graph, 2, 0)
    less: Graph = replace(graph, operations=graph.operations[:-1])
    with pytest.raises(WrongOutputError):
        require_same(TASK, graph, less, 2, 0)


def test_every_task_has_the_knob() -> None:
    knob = declared_knobs(TASK)[-1]
    assert (knob.name, knob.default) == (REWRITE, OFF)
    assert knob.range == "|".join([OFF, *AIMS])


def test_recipes_can_be_keys() -> None:
    recipe = prepared(rewrite="depth").recipe
    assert isinstance(recipe, Recipe)
    assert hash(recipe) == hash(replace(recipe))
