"""Choices are checked against trying all of them."""

from itertools import product
from random import Random

import pytest

from machine.model import load_machine
from rewriting.components import strong_components
from rewriting.egraph import EGraph
from rewriting.extraction import extract
from rewriting.greedy import used_classes
from rewriting.node_costs import Costs
from rewriting.rule import load_rules
from rewriting.saturation import Limits, saturate

TAKEHOME = load_machine("takehome")
PRICES = {"alu": 1 / 96, "valu": 1 / 12, "load": 1 / 4, "flow": 1 / 2, "store": 0.0}
MOST_CHOICES = 200_000


def random_egraph(random: Random) -> tuple[EGraph, list[int]]:
    egraph = EGraph()
    values = [egraph.input(0, uniform=False), egraph.input(1, uniform=False)]
    for _ in range(random.randint(2, 5)):
        a = random.choice(values)
        b = random.choice(values) if random.random() < 0.5 else egraph.constant(random.choice((1, 2, 3, 8)))
        values.append(egraph.add(random.choice("+-^&"), (a, b)))
    saturate(egraph, load_rules(), Limits(nodes=60))
    return egraph, values[-2:]


def least_cost(egraph: EGraph, roots: list[int], costs: Costs) -> float | None:
    """Of all acyclic choices; ``None`` where there are too many."""
    options = {}
    pending = [egraph.find(root) for root in roots]
    while pending:
        number = pending.pop()
        if number not in options:
            options[number] = [c for c in costs.candidates(egraph, number) if number not in c.args]
            pending += [arg for candidate in options[number] for arg in candidate.args]
    count = 1
    for own in options.values():
        count *= len(own)
        if count > MOST_CHOICES:
            return None
    best = float("inf")
    for chosen in product(*options.values()):
        choice = dict(zip(options, chosen, strict=True))
        used = used_classes([egraph.find(root) for root in roots], choice)
        components = strong_components({n: set(choice[n].args) for n in used})
        if len(set(components.values())) == len(used):
            best = min(best, sum(choice[n].cost for n in used))
    return best


@pytest.mark.parametrize("seed", range(40))
def test_the_cheapest_choice_is_found(seed: int) -> None:
    egraph, roots = random_egraph(Random(seed))
    costs = Costs(TAKEHOME, PRICES, 4)
    wanted = least_cost(egraph, roots, costs)
    found = extract(egraph, roots, costs, 5.0)
    assert found.optimal
    if wanted is not None:
        assert found.cost == pytest.approx(wanted, abs=1e-3)


def test_strong_components() -> None:
    components = strong_components({1: {2}, 2: {3}, 3: {1, 4}, 4: {5}, 5: set(), 6: {6}})
    assert components[1] == components[2] == components[3]
    assert len(set(components.values())) == 4


@pytest.mark.parametrize("seed", range(20))
def test_what_every_choice_needs_bounds_its_cost_where_there_is_no_time_to_solve(seed: int) -> None:
    egraph, roots = random_egraph(Random(seed))
    found = extract(egraph, roots, Costs(TAKEHOME, PRICES, 4), work=0.0)
    assert 0 < found.bound <= found.cost + 1e-9
