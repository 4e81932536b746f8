"""Builds the graphs of kernels for tests and compares their direct execution with the reference."""

from collections.abc import Sequence
from random import Random

from machine.graph.builder import Kernel
from machine.graph.execute import execute
from machine.graph.operation import Graph
from machine.model import Machine, load_machine
from problems.knobs import KnobValue
from problems.problem import Memories, Problem, Shape, check_shape

TAKEHOME = load_machine("takehome")
NO_KNOBS: dict[str, KnobValue] = {}


def default_knobs(problem: Problem, shape: Shape, machine: Machine = TAKEHOME) -> dict[str, KnobValue]:
    return {knob.name: knob.default for knob in problem.knobs(shape, "all", machine)}


def random_knobs(random: Random, problem: Problem, shape: Shape, machine: Machine = TAKEHOME) -> dict[str, KnobValue]:
    return {knob.name: knob.sample(random) for knob in problem.knobs(shape, "all", machine)}


def build(
    problem: Problem, given: Shape, changed: dict[str, KnobValue] = NO_KNOBS, machine: Machine = TAKEHOME
) -> Graph:
    shape = check_shape(problem, given)
    kernel = Kernel(machine, problem.memory_words(shape))
    problem.build(kernel, shape, "all", {**default_knobs(problem, shape, machine), **changed})
    return kernel.graph()


def count(graph: Graph, *names: str) -> int:
    return sum(operation.name in names for operation in graph.operations)


def random_choice(random: Random, graph: Graph) -> list[int]:
    return [random.randrange(len(operation.implementations)) for operation in graph.operations]


def assert_executes(
    problem: Problem, given: Shape, graph: Graph, memories: Memories, choice: Sequence[int] | None = None
) -> None:
    """Outputs as in the reference, and every other word of memory as it was."""
    expected = problem.reference(check_shape(problem, given), memories)
    for memory, final in zip(memories, expected, strict=True):
        assert execute(graph, memory.tolist(), choice) == final.tolist()
