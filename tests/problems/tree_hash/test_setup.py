"""Constants: loaded, or sums of what the header holds."""

from dataclasses import replace

from machine.graph.builder import Kernel
from machine.graph.execute import execute
from machine.graph.operation import Graph, MemoryRange, Operation
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


def slots(graph: Graph, name: str) -> int:
    return sum(run.count for each in graph.operations if each.name == name for run in each.implementations[0].runs)


def test_a_shared_setup_takes_fewer_constants_and_leaves_spare_words_of_records_alone() -> None:
    knobs = default_knobs(SHAPE, "values") | {"record.3": "folded", "record.5": "folded", "record.7": "natural"}
    full, shared = (build(SHAPE, "values", knobs | {"setup": kind}) for kind in ("full", "shared"))
    assert slots(full, "constant") - slots(shared, "constant") >= 20
    # Records of level 3 have no pointers: a word each of eight.
    assert slots(full, "records") - slots(shared, "records") == 8


def test_a_machine_whose_scratch_starts_with_anything_writes_spare_words() -> None:
    knobs = default_knobs(SHAPE, "values") | {"record.3": "folded", "record.5": "folded", "setup": "shared"}
    dirty = replace(TAKEHOME, scratch_starts_zero=False)
    zero, anything = (build(SHAPE, "values", knobs, machine) for machine in (TAKEHOME, dirty))
    assert slots(anything, "records") - slots(zero, "records") == 8


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
