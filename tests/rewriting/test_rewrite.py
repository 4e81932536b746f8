"""Rewritten graphs compute the same, need less, and say why they are equal."""

from collections.abc import Iterable
from random import Random

import pytest

from machine.graph.execute import execute
from machine.graph.operation import Graph
from machine.model import load_machine
from rewriting.aim import AIMS
from rewriting.proposing import Effort
from rewriting.rewrite import Rewritten, candidates, rewrite
from rewriting.rule import load_rules
from rewriting.saturation import Limits, Outcome
from rewriting.work import measure
from tests.generators import EDGE_WORDS
from tests.machine.graph.graphs import GraphWriter, random_choice
from tests.machine.graph.graphs import random_memory as any_memory
from tests.rewriting import newcomers
from tests.rewriting.random_kernels import KernelWriter, random_memory
from tests.rewriting.test_round_trip import build

TAKEHOME = load_machine("takehome")
RULES = load_rules()
QUICK = Effort(Limits(nodes=1500, seconds=5.0), extraction_work=0.2, iterations=1)
OUTPUTS = [range(48, 96)]


def assert_same(random: Random, graph: Graph, written: Graph, memory: list[int], outputs: range) -> None:
    found, wanted = execute(written, memory, random_choice(random, written)), execute(graph, memory)
    assert found[outputs.start : outputs.stop] == wanted[outputs.start : outputs.stop]


def check_kernel(seed: int) -> None:
    """Each graph among the candidates, better or not, on three inputs and any implementations."""
    random = Random(seed)
    graph = KernelWriter(random, TAKEHOME).graph(random.randint(3, 14))
    for written in distinct(candidates(measure(graph), RULES, AIMS["cycles"], QUICK, OUTPUTS)):
        for _ in range(3):
            assert_same(random, graph, written, random_memory(random), range(48, 96))


def distinct(found: Iterable[Rewritten]) -> list[Graph]:
    """The graphs of candidates, which choose the same terms again and again, once each."""
    return list({each.recipe.replacements: each.after.graph for each in found if each.recipe is not None}.values())


@pytest.mark.parametrize("seed", range(80))
def test_random_kernels(seed: int) -> None:
    check_kernel(seed)


@pytest.mark.slow
@pytest.mark.parametrize("part", range(20))
def test_many_random_kernels(part: int) -> None:
    for seed in range(1000 + 96 * part, 1000 + 96 * (part + 1)):
        check_kernel(seed)


@pytest.mark.parametrize("seed", range(40))
def test_graphs_that_alias_memory_and_write_buffers_again(seed: int) -> None:
    random = Random(seed)
    graph = GraphWriter(random, TAKEHOME).graph(25)
    for written in distinct(candidates(measure(graph), RULES, AIMS["work"], QUICK)):
        assert_same(random, graph, written, any_memory(random), range(0, 64))


def vector_work(graph: Graph) -> int:
    """Operations that a plain count has: those on vectors, loads and stores apart."""
    return sum(op.name not in ("vload", "vstore", "constant", "broadcast", "load") for op in graph.operations)


@pytest.fixture(scope="module")
def rewritten() -> dict[str, tuple[Graph, Graph]]:
    found = {}
    for name, emit in newcomers.KERNELS.items():
        graph = newcomers.build(TAKEHOME, emit)
        after = rewrite(graph, RULES, AIMS["work"], QUICK, [newcomers.OUTPUT]).after.graph
        found[name] = graph, after
    return found


@pytest.mark.parametrize("name", newcomers.KERNELS)
def test_kernels_of_newcomers_compute_the_same_and_get_no_longer(
    name: str, rewritten: dict[str, tuple[Graph, Graph]]
) -> None:
    random = Random(name)
    graph, after = rewritten[name]
    for _ in range(4):
        memory = [random.choice(EDGE_WORDS) if random.random() < 0.3 else random.randrange(2**32) for _ in range(256)]
        assert_same(random, graph, after, memory, newcomers.OUTPUT)
    assert measure(after).work.cycles <= measure(graph).work.cycles


def test_at_least_a_third_of_them_get_shorter(rewritten: dict[str, tuple[Graph, Graph]]) -> None:
    shorter = [name for name, (graph, after) in rewritten.items() if vector_work(after) < vector_work(graph)]
    assert len(shorter) * 3 >= len(rewritten), shorter
    assert {"saxpy", "linear_congruence", "polynomial_by_powers"} <= set(shorter)


def test_a_graph_that_explodes_ends_in_the_best_so_far() -> None:
    graph = build("tree_hash_plain", {"height": 2, "rounds": 4, "batch": 8})
    tight = Effort(Limits(nodes=250, seconds=5.0), extraction_work=0.2, iterations=1)
    for found in candidates(measure(graph), RULES, AIMS["cycles"], tight):
        assert Outcome.NODE_LIMIT in {template.saturation.outcome for template in found.templates}
        assert found.after.depth < found.before.depth


def test_the_plain_kernel_comes_down_to_its_least_depth() -> None:
    graph = build("tree_hash_plain", {"height": 2, "rounds": 6, "batch": 16})
    assert rewrite(graph, RULES, AIMS["depth"], QUICK).after.depth <= 56


def test_copies_of_both_kinds_change_the_same_tables_in_place() -> None:
    """A table that the copies of least depth change would be read changed by those of least work."""
    graph, random = build("tree_hash_plain", {"height": 6, "rounds": 7, "batch": 64}), Random(0)
    effort, outputs = Effort(Limits(nodes=3000), extraction_work=0.05, iterations=1), range(134, 262)
    for found in candidates(measure(graph), RULES, AIMS["depth:50%"], effort, [outputs]):
        assert all(template.extraction.tables for template in found.templates)
        memory = [random.randrange(2**32) for _ in range(graph.memory_words)]
        assert_same(random, graph, found.after.graph, memory, outputs)
