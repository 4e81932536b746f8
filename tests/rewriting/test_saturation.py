"""What saturation finds in small terms, and how it ends."""

import pytest

from machine.errors import GraphError
from machine.model import load_machine
from problems.tree_hash.reference import HASH_STAGES
from rewriting.egraph import EGraph
from rewriting.extraction import Extraction, extract
from rewriting.node_costs import Costs
from rewriting.operator_names import INPUT
from rewriting.rule import Source, load_rules, make_rule
from rewriting.saturation import Limits, Outcome, saturate
from rewriting.terms import Region
from rewriting.word_samples import check_egraph

TAKEHOME = load_machine("takehome")
RULES = load_rules()
EVEN = {"alu": 1 / 96, "valu": 1 / 12, "load": 1 / 4, "flow": 1 / 2, "store": 0.0}
MANY_COPIES = 1000


def cheapest(egraph: EGraph, root: int, depth_slack: int | None = None) -> Extraction:
    return extract(egraph, [root], Costs(TAKEHOME, EVEN, MANY_COPIES), 10.0, depth_slack)


def vector_operations(egraph: EGraph, extraction: Extraction) -> list[str]:
    chosen = extraction.choice.items()
    return sorted(c.op for number, c in chosen if not egraph.uniform(number) and c.op != INPUT)


def emit_hash(egraph: EGraph, word: int) -> int:
    for op1, constant, op2, op3, shift in HASH_STAGES:
        a = egraph.add(op1, (word, egraph.constant(constant)))
        b = egraph.add(op3, (word, egraph.constant(shift)))
        word = egraph.add(op2, (a, b))
    return word


def test_the_hash_of_18_operations_takes_11() -> None:
    egraph = EGraph()
    root = emit_hash(egraph, egraph.input(0, uniform=False))
    saturation = saturate(egraph, RULES, Limits())
    check_egraph(egraph)
    found = cheapest(egraph, root)
    assert saturation.outcome is Outcome.SATURATED
    assert vector_operations(egraph, found) == [">>"] * 2 + ["^"] * 5 + ["multiply_add"] * 4
    assert found.optimal


def test_a_constant_goes_to_where_it_is_free() -> None:
    """The constant of one hash goes into a node that the next one reads: ten operations each."""
    egraph = EGraph()
    word, node = egraph.input(0, uniform=False), egraph.input(1, uniform=True)
    met = egraph.add("^", (emit_hash(egraph, word), node))
    root = emit_hash(egraph, met)
    saturate(egraph, RULES, Limits())
    check_egraph(egraph)
    assert len(vector_operations(egraph, cheapest(egraph, root))) == 11 + 1 + 10


def test_the_table_takes_the_constant_of_what_is_loaded() -> None:
    egraph = EGraph()
    address = egraph.add("+", (egraph.add("&", (egraph.input(0, False), egraph.constant(63))), egraph.constant(8)))
    loaded = egraph.add("load", (address,), Region(0, 0, 1000))
    root = egraph.add("^", (loaded, egraph.constant(0xB55A4F09)))
    asked = []
    saturate(egraph, RULES, Limits(), lambda region: bool(asked.append(region)) or True)
    check_egraph(egraph)
    found = cheapest(egraph, root)
    assert asked[0] == Region(0, 8, 72)
    assert found.tables == (Region(0, 8, 72, (("^", 0xB55A4F09),)),)
    assert vector_operations(egraph, found) == ["&", "+", "load"]


def test_a_load_from_a_few_words_is_a_choice() -> None:
    egraph = EGraph()
    bit = egraph.add("%", (egraph.input(0, uniform=False), egraph.constant(2)))
    root = egraph.add("load", (egraph.add("+", (bit, egraph.constant(7))),), Region(0, 0, 20))
    saturate(egraph, RULES, Limits())
    operations = vector_operations(egraph, cheapest(egraph, root))
    assert operations in (["&", "multiply_add"], ["%", "multiply_add"])


def test_a_load_is_no_choice_where_one_address_is_out_of_range() -> None:
    egraph = EGraph()
    bit = egraph.add("&", (egraph.input(0, uniform=False), egraph.constant(1)))
    egraph.add("load", (egraph.add("*", (bit, egraph.constant(9))),), Region(0, 0, 5))
    saturate(egraph, RULES, Limits())
    assert [egraph.nodes[n].op for c in egraph.classes() for n in egraph.members(c)].count("load") == 1


def test_parity_is_had_early_where_depth_counts() -> None:
    egraph = EGraph()
    z = egraph.input(0, uniform=False)
    t = egraph.add("multiply_add", (z, egraph.constant(9), egraph.constant(5)))
    mixed = egraph.add("^", (t, egraph.add(">>", (t, egraph.constant(16)))))
    root = egraph.add("&", (mixed, egraph.constant(1)))
    saturate(egraph, RULES, Limits())
    assert cheapest(egraph, root, depth_slack=0).depth == 2
    assert cheapest(egraph, root).cost <= cheapest(egraph, root, depth_slack=0).cost


def test_sums_of_many_words_take_horners_scheme() -> None:
    egraph = EGraph()
    total = egraph.constant(40)
    bits = [egraph.add("&", (egraph.input(n, uniform=False), egraph.constant(1))) for n in range(4)]
    for bit in bits:
        total = egraph.add("-", (egraph.add("*", (total, egraph.constant(2))), bit))
    saturation = saturate(egraph, RULES, Limits())
    check_egraph(egraph)
    assert saturation.outcome is Outcome.SATURATED
    assert len(vector_operations(egraph, cheapest(egraph, total))) == 4 + 4


def test_sums_of_top_bits_end() -> None:
    """Twice 2^31 is 0: that factor is its own negative, and there is no sign to take out."""
    egraph = EGraph()
    top = [egraph.add("<<", (egraph.input(n, uniform=False), egraph.constant(31))) for n in range(2)]
    root = egraph.add("+", (top[0], egraph.add("+", (top[1], egraph.constant(1)))))
    assert saturate(egraph, RULES, Limits()).outcome is Outcome.SATURATED
    check_egraph(egraph)
    assert len(vector_operations(egraph, cheapest(egraph, root))) == 2


def test_limits_are_outcomes_and_leave_a_sound_egraph() -> None:
    egraph = EGraph()
    root = emit_hash(egraph, egraph.input(0, uniform=False))
    assert saturate(egraph, RULES, Limits(nodes=45)).outcome is Outcome.NODE_LIMIT
    check_egraph(egraph)
    assert cheapest(egraph, root).choice
    egraph = EGraph()
    emit_hash(egraph, egraph.input(0, uniform=False))
    assert saturate(egraph, RULES, Limits(seconds=0.0)).outcome is Outcome.TIME_LIMIT


def test_a_wrong_rule_does_not_get_past_the_samples() -> None:
    egraph = EGraph()
    egraph.add("&", (egraph.add(">>", (egraph.input(0, False), egraph.constant(3))), egraph.constant(7)))
    wrong = make_rule("wrong", Source("(x >> K) & C", "x & C"))
    saturate(egraph, [wrong], Limits())
    with pytest.raises(GraphError, match="differs"):
        check_egraph(egraph)


def test_a_machine_without_multiply_add_multiplies_and_adds() -> None:
    egraph = EGraph()
    x = egraph.input(0, uniform=False)
    shifted = egraph.add("<<", (x, egraph.constant(12)))
    root = egraph.add("+", (egraph.add("+", (x, egraph.constant(5))), shifted))
    saturate(egraph, RULES, Limits())
    assert vector_operations(egraph, cheapest(egraph, root)) == ["multiply_add"]
    apart = [c.op for c in Costs(TAKEHOME, EVEN, 1).candidates(egraph, root)]
    assert "+" in apart
