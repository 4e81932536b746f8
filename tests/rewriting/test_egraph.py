"""Classes of equal terms: sharing, congruence, facts and explanations."""

import pytest

from rewriting.chain import explain
from rewriting.egraph import CONGRUENCE, EGraph, NodeLimitError


def test_equal_nodes_are_one_whatever_the_order_of_operands() -> None:
    egraph = EGraph()
    x, y = egraph.input(0, uniform=False), egraph.input(1, uniform=False)
    assert egraph.add("+", (x, y)) == egraph.add("+", (y, x))
    assert egraph.add("-", (x, y)) != egraph.add("-", (y, x))


def test_operands_that_become_equal_make_their_users_equal() -> None:
    egraph = EGraph()
    x, y, z = (egraph.input(n, uniform=False) for n in range(3))
    a = egraph.add("^", (egraph.add("+", (x, z)), z))
    b = egraph.add("^", (egraph.add("+", (y, z)), z))
    egraph.union(x, y, "given")
    egraph.rebuild()
    assert egraph.find(a) == egraph.find(b)
    assert {union.rule for union in egraph.unions} == {"given", CONGRUENCE}


def test_known_values_become_constants() -> None:
    egraph = EGraph()
    bit = egraph.add("&", (egraph.input(0, uniform=False), egraph.constant(1)))
    less = egraph.add("<", (bit, egraph.constant(2)))
    chosen = egraph.add("select", (less, egraph.constant(5), bit))
    egraph.rebuild()
    assert (egraph.value(less), egraph.value(chosen)) == (1, 5)
    assert [egraph.nodes[node].op for node in egraph.members(chosen)] == ["const"]
    assert egraph.uniform(chosen)


def test_uniform_is_what_depends_on_uniform_words_alone() -> None:
    egraph = EGraph()
    shared, own = egraph.input(0, uniform=True), egraph.input(1, uniform=False)
    assert egraph.uniform(egraph.add("+", (shared, egraph.constant(3))))
    assert not egraph.uniform(egraph.add("+", (shared, own)))


def test_an_explanation_names_the_rules_in_between() -> None:
    egraph = EGraph()
    a, b, c = (egraph.input(n, uniform=False) for n in range(3))
    egraph.union(a, b, "first")
    egraph.union(b, c, "second")
    egraph.rebuild()
    assert [union.rule for union in explain(egraph, a, c)] == ["first", "second"]
    with pytest.raises(ValueError, match="same class"):
        explain(egraph, a, egraph.input(3, uniform=False))


def test_contradictions_and_limits_are_errors() -> None:
    egraph = EGraph(limit=3)
    one, two = egraph.constant(1), egraph.constant(2)
    with pytest.raises(ValueError, match="contradict"):
        egraph.union(one, two, "wrong")
    egraph.constant(3)
    with pytest.raises(NodeLimitError):
        egraph.constant(4)
