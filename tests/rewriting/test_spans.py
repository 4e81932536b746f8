"""Graphs that are shallow within a span of each chain, and cheap before and after it."""

from dataclasses import dataclass
from functools import cache
from random import Random

import pytest

from machine.model import load_machine
from rewriting.aim import AIMS, WHOLE
from rewriting.extraction import Extraction, extract
from rewriting.greedy import depths, used_classes
from rewriting.node_costs import Costs
from rewriting.proposing import Effort
from rewriting.reading import read_terms
from rewriting.rewrite import Rewritten, candidates, rewrite
from rewriting.rule import load_rules
from rewriting.saturation import Limits
from rewriting.spans import within
from rewriting.template_saturation import Saturated, saturate_templates
from rewriting.work import measure
from tests.rewriting.random_kernels import KernelWriter, random_memory
from tests.rewriting.test_rewrite import assert_same, distinct
from tests.rewriting.test_round_trip import build

TAKEHOME = load_machine("takehome")
RULES = load_rules()
LIMITS = Limits(nodes=1500, seconds=120.0)
QUICK = Effort(LIMITS, extraction_work=0.1, iterations=1)
OUTPUTS = range(48, 96)
PRICES = {"alu": 1 / 96, "valu": 1 / 12, "load": 1 / 4, "flow": 1 / 2, "store": 0.0}
SPANNING = {name: aim for name, aim in AIMS.items() if aim.span != WHOLE}
SPANS = [aim.span for aim in SPANNING.values()] + [(0.3, 0.6)]
ROUNDING = 1e-4


@dataclass(frozen=True)
class Chosen:
    """The choices for a template: of least depth, and so within a span of that alone, by the span."""

    saturated: Saturated
    roots: list[int]
    shallow: Extraction
    spanning: dict[tuple[float, float], Extraction]


def choose(saturated: Saturated) -> Chosen:
    egraph, costs = saturated.egraph, Costs(TAKEHOME, PRICES, len(saturated.template.parts))
    roots = [egraph.find(saturated.nodes[root]) for root in saturated.template.roots]
    shallow = extract(egraph, roots, costs, 0.1, depth_slack=0)
    spanning = {}
    for span in SPANS:
        kept = within(shallow.choice, roots, span)
        spanning[span] = extract(egraph, roots, costs, 0.1, None, shallow.tables, [shallow.choice], kept)
    return Chosen(saturated, roots, shallow, spanning)


@cache
def random_choices(seed: int) -> list[Chosen]:
    random = Random(seed)
    graph = KernelWriter(random, TAKEHOME).graph(random.randint(6, 14))
    return [choose(one) for one in saturate_templates(read_terms(graph), RULES, LIMITS, [OUTPUTS])]


@pytest.mark.parametrize("seed", range(20))
def test_a_span_is_what_is_ready_in_that_part_of_the_cycles(seed: int) -> None:
    for each in random_choices(seed):
        choice, ready = each.shallow.choice, depths(each.shallow.choice)
        used, length = used_classes(each.roots, choice), each.shallow.depth
        low, high = (within(choice, each.roots, span) for span in ((0.0, 0.5), (0.5, 1.0)))
        assert low.keys() | high.keys() == {number for number in used if ready[number] > 0}
        assert all(0 < ready[number] <= length / 2 for number in low)
        assert all(length / 2 < ready[number] <= length for number in high)
        assert within(choice, each.roots, WHOLE).items() <= choice.items()


@pytest.mark.parametrize("seed", range(20))
def test_within_the_span_it_is_the_choice_of_least_depth(seed: int) -> None:
    for each in random_choices(seed):
        for span, found in each.spanning.items():
            kept = within(each.shallow.choice, each.roots, span)
            used = used_classes(each.roots, found.choice)
            assert all(found.choice[number].node == kept[number].node for number in kept.keys() & used)
            if span[1] == 1:
                assert kept.keys() <= used


@pytest.mark.parametrize("seed", range(20))
def test_it_costs_no_more_than_the_choice_of_least_depth_and_is_no_shallower(seed: int) -> None:
    for each in random_choices(seed):
        for found in each.spanning.values():
            assert found.bound - ROUNDING <= found.cost <= each.shallow.cost + ROUNDING
            assert found.depth >= each.shallow.depth


def check_same(seed: int, name: str, memories: int) -> None:
    random = Random(seed)
    graph = KernelWriter(random, TAKEHOME).graph(random.randint(3, 14))
    for written in distinct(candidates(measure(graph), RULES, SPANNING[name], QUICK, [OUTPUTS])):
        for _ in range(memories):
            assert_same(random, graph, written, random_memory(random), OUTPUTS)


@pytest.mark.parametrize("name", SPANNING)
@pytest.mark.parametrize("seed", range(8))
def test_graphs_compute_the_same(seed: int, name: str) -> None:
    check_same(seed, name, 3)


@pytest.mark.slow
@pytest.mark.parametrize("name", SPANNING)
def test_many_graphs_compute_the_same(name: str) -> None:
    for seed in range(1000, 1050):
        check_same(seed, name, 2)


CHAIN = {"height": 1, "rounds": 4, "batch": 32}
"""A chain of four rounds in each stream."""


def rewritten(aim: str) -> Rewritten:
    return rewrite(build("tree_hash_plain", CHAIN), RULES, AIMS[aim], QUICK)


@pytest.fixture(scope="module")
def by_aim() -> dict[str, Rewritten]:
    return {name: rewritten(name) for name in ("work", "depth", *SPANNING)}


@pytest.mark.parametrize("name", SPANNING)
def test_the_depth_of_a_chain_lies_between_the_extremes(by_aim: dict[str, Rewritten], name: str) -> None:
    assert by_aim["depth"].after.depth < by_aim[name].after.depth < by_aim["work"].after.depth


def test_the_same_setting_gives_the_same_graph(by_aim: dict[str, Rewritten]) -> None:
    assert rewritten("depth@last50%").after.graph == by_aim["depth@last50%"].after.graph


def test_each_value_gives_a_graph_of_its_own(by_aim: dict[str, Rewritten]) -> None:
    recipes = {found.recipe.replacements for found in by_aim.values() if found.recipe is not None}
    assert len(recipes) == len(by_aim)


def test_both_parts_change_the_same_tables_in_place() -> None:
    """A table that is changed for one part alone would be read changed by the other."""
    graph = build("tree_hash_plain", {"height": 3, "rounds": 5, "batch": 64})
    effort, outputs, random = Effort(Limits(nodes=3000), extraction_work=0.1, iterations=1), range(22, 150), Random(0)
    for found in candidates(measure(graph), RULES, SPANNING["depth@last50%"], effort, [outputs]):
        assert any(template.extraction.tables for template in found.templates)
        memory = [random.randrange(2**32) for _ in range(graph.memory_words)]
        assert_same(random, graph, found.after.graph, memory, outputs)
