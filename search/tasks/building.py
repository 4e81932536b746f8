"""From a task and knobs to a prepared graph."""

from dataclasses import replace
from functools import lru_cache

from machine.graph.builder import Kernel
from machine.graph.operation import Graph
from problems.knobs import KnobSettings, KnobValue
from problems.rules import require_rules
from rewriting.recipe import Recipe, replay
from search.analysis.prepared_graph import PreparedGraph, prepare
from search.processes.garbage import collector_paused
from search.tasks.recipes import find_recipe
from search.tasks.rewriting_knob import aim_of, of_problem
from search.tasks.task import Task, TaskName


def build_plain(task: Task, knobs: KnobSettings) -> Graph:
    """The task's graph with these knobs, as the problem builds it.

    Raises:
        RuleError: the knobs break a rule of the problem.
        GraphError: the problem builds a graph that is none.
    """
    require_rules(task.problem.rules(task.shape, task.category, task.machine), knobs)
    kernel = Kernel(task.machine, task.problem.memory_words(task.shape))
    task.problem.build(kernel, task.shape, task.category, of_problem(knobs))
    return kernel.graph()


@collector_paused()
def build_graph(task: Task, knobs: KnobSettings) -> Graph:
    """The task's graph with these knobs, rewritten if they say so.

    Raises:
        GraphError: the problem builds a graph that is none.
    """
    return _rewritten(task, knobs, None)[0]


@collector_paused()
def build_prepared(task: Task, knobs: KnobSettings, recipe: Recipe | None = None) -> PreparedGraph:
    """The task's graph with these knobs, rewritten if they say so, and prepared.

    Args:
        task: the task.
        knobs: give its graph.
        recipe: by which it is rewritten; where not given, one is found if the knobs say that it is rewritten.

    Raises:
        GraphError: the problem builds a graph that is none, or the recipe is for another.
    """
    graph, used = _rewritten(task, knobs, recipe)
    return replace(prepare(graph), recipe=used)


def prepared_again(
    name: TaskName, knobs: tuple[tuple[str, KnobValue], ...], recipe: Recipe | None = None
) -> PreparedGraph:
    """As :func:`build_prepared`, kept from one call to the next: what a worker asks for."""
    return _prepared_once(name, name.load().problem.digest(), knobs, recipe)


@lru_cache(maxsize=2)
def _prepared_once(
    name: TaskName, digest: str, knobs: tuple[tuple[str, KnobValue], ...], recipe: Recipe | None
) -> PreparedGraph:
    """The graph of the problem as it is: an edited kernel has another ``digest``."""
    return build_prepared(name.load(), dict(knobs), recipe)


def _rewritten(task: Task, knobs: KnobSettings, recipe: Recipe | None) -> tuple[Graph, Recipe | None]:
    """The graph, and the recipe that it was rewritten by."""
    graph, aim = build_plain(task, knobs), aim_of(knobs)
    if recipe is None and aim is not None:
        recipe = find_recipe(task, graph, aim)
    return (graph, None) if recipe is None else (replay(graph, recipe), recipe)
