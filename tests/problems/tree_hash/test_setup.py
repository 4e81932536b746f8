"""Constants: loaded, or sums of what the header holds."""

from machine.graph.builder import Kernel
from machine.graph.execute import execute
from machine.graph.operation import MemoryRange, Operation
from problems.tree_hash.layout import Layout
from problems.tree_hash.plan import make_plan
from problems.tree_hash.setup import Setup
from tests.problems.tree_hash.kernels import PROBLEM, TAKEHOME, build, default_knobs

SHAPE = {"height": 10, "rounds": 16, "batch": 256}


def constants(setup: str) -> list[Operation]:
    graph = build(SHAPE, "values", default_knobs(SHAPE, "values") | {"setup": setup})
    return [operation for operation in graph.operations if operation.name == "constant"]


def made(kind: str) -> tuple[Kernel, Setup]:
    kernel = Kernel(TAKEHOME, PROBLEM.memory_words(SHAPE))
    knobs = default_knobs(SHAPE, "values") | {"setup": kind}
    return kernel, Setup(kernel, make_plan(Layout.of(SHAPE), TAKEHOME, knobs, with_indices=False))


def only_loaded(kind: str) -> int:
    return sum(all(each.name != "sum" for each in operation.implementations) for operation in constants(kind))


def test_fewer_constants_can_only_be_loaded() -> None:
    plain, lean, full = (only_loaded(kind) for kind in ("plain", "lean", "full"))
    assert full < lean < plain
    assert plain == len(constants("plain"))


def test_a_full_setup_reads_the_header_and_adds_for_every_constant() -> None:
    kernel, setup = made("full")
    assert kernel.constant(SHAPE["rounds"]) == setup.word(SHAPE["rounds"])
    wanted = [9, 19, 33, 2054 + 64]
    words = [kernel.constant(value) for value in wanted]
    ways = {each.implementations[0].runs[0].operands[0]: each.implementations for each in kernel.graph().operations}
    assert all(ways[word][-1].name == "sum" for word in words)
    for place, word in enumerate(words):
        kernel.store(setup.word(place), word, MemoryRange(place, place + 1))
    graph = kernel.graph()
    memory = PROBLEM.inputs(SHAPE, 1, 0)[0].tolist()
    final = execute(graph, memory, [len(operation.implementations) - 1 for operation in graph.operations])
    assert list(final[: len(wanted)]) == wanted
