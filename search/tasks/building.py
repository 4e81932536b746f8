"""From a task and knobs to a prepared graph."""

from machine.graph.builder import Kernel
from machine.graph.operation import Graph
from problems.knobs import KnobSettings
from problems.rules import require_rules
from search.analysis.prepared_graph import PreparedGraph, prepare
from search.tasks.task import Task


def build_graph(task: Task, knobs: KnobSettings) -> Graph:
    """Build the task's graph with these knobs.

    Raises:
        RuleError: the knobs break a rule of the problem.
        GraphError: the problem builds a graph that is none.
    """
    require_rules(task.problem.rules(task.shape, task.category, task.machine), knobs)
    kernel = Kernel(task.machine, task.problem.memory_words(task.shape))
    task.problem.build(kernel, task.shape, task.category, knobs)
    return kernel.graph()


def build_prepared(task: Task, knobs: KnobSettings) -> PreparedGraph:
    """Build the task's graph with these knobs and prepare it.

    Raises:
        GraphError: the problem builds a graph that is none.
    """
    return prepare(build_graph(task, knobs))
