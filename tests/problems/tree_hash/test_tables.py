from machine.graph.builder import Kernel
from machine.graph.flat import flatten
from machine.graph.operation import Graph
from problems.tree_hash import TreeHash
from problems.tree_hash.layout import Layout
from problems.tree_hash.plan import make_plan
from problems.tree_hash.reference import HASH_STAGES
from problems.tree_hash.setup import Setup
from problems.tree_hash.tables import ENCODING, Tables
from tests.problems.tree_hash.kernels import TAKEHOME, build, default_knobs

PROBLEM = TreeHash()
SHAPE = {"height": 6, "rounds": 8, "batch": 16}
LAYOUT = Layout.of(SHAPE)


def tables() -> tuple[Kernel, Tables]:
    kernel = Kernel(TAKEHOME, LAYOUT.memory_words)
    knobs = {**default_knobs(SHAPE, "values"), "encode": 5, "setup": "plain"}
    plan = make_plan(LAYOUT, TAKEHOME, knobs, with_indices=False)
    return kernel, Tables(kernel, plan, Setup(kernel, plan))


def count(graph: Graph, name: str) -> int:
    return sum(operation.name == name for operation in graph.operations)


def test_encoding_is_the_constant_of_the_last_stage_and_odd() -> None:
    assert HASH_STAGES[-1][1] == ENCODING
    assert ENCODING % 2 == 1


def test_nodes_are_loaded_and_encoded_once_a_vector_at_a_time() -> None:
    kernel, found = tables()
    for _ in range(2):
        for level in range(5):
            for number in range(2**level):
                found.node(level, number)
    assert (count(kernel.graph(), "vload"), count(kernel.graph(), "^")) == (4, 4)


def test_every_node_has_a_word_of_its_own() -> None:
    _, found = tables()
    words = {found.node(level, number).scalar for level in range(6) for number in range(2**level)}
    assert len(words) == 63


def test_the_root_comes_as_it_is_and_encoded() -> None:
    kernel, found = tables()
    plain = found.root(encoded=False)
    assert count(kernel.graph(), "^") == 0
    assert found.root(encoded=True) == found.node(0, 0) != plain


def test_differences_are_made_once() -> None:
    kernel, found = tables()
    assert found.difference(2, 0, 1) == found.difference(2, 0, 1) != found.difference(2, 1, 0)
    assert count(kernel.graph(), "-") == 2


def test_levels_of_whole_vectors_below_the_limit_are_encoded_in_memory() -> None:
    def encoded(levels: int) -> list[bool]:
        plan = make_plan(LAYOUT, TAKEHOME, {**default_knobs(SHAPE, "values"), "encode": levels}, with_indices=False)
        return [plan.is_encoded_in_memory(level) for level in range(7)]

    assert encoded(5) == [False] * 3 + [True] * 2 + [False] * 2
    assert not any(encoded(0))


def test_a_level_is_encoded_in_memory_once_word_for_word() -> None:
    kernel, found = tables()
    for _ in range(2):
        found.encode_in_memory(4)
    flat = flatten(kernel.graph())
    stored = [words for words in flat.slot_memory.tolist() if words in ([22, 30], [30, 38])]
    assert count(kernel.graph(), "vstore") == 2
    assert stored.count([22, 30]) == stored.count([30, 38]) == 2  # a load and a store each


def test_a_level_that_is_selected_and_gathered_is_encoded_once() -> None:
    graph = build(SHAPE, "values", {**default_knobs(SHAPE, "values"), "setup": "plain", "select.0.3": "first:1"})
    flat = flatten(graph)
    loads_of_level_3 = [words for words in flat.slot_memory.tolist() if words == [14, 22]]
    assert len(loads_of_level_3) == 2 + 8  # a load and a store of the vector, and the lanes of a gather
