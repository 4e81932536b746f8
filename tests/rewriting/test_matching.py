"""Rules apply where their conditions are known to hold, and nowhere else."""

import pytest

from rewriting.egraph import EGraph
from rewriting.expressions import parse
from rewriting.matching import Matcher
from rewriting.meanings import Meaning
from rewriting.rule import Source, make_rule


def applies(when: str, low: int, mask: int) -> bool:
    """Whether a rule with this condition applies to ``x + 5``, where ``x`` is ``low`` and unknown bits of ``mask``."""
    egraph = EGraph()
    unknown = egraph.add("&", (egraph.input(0, uniform=False), egraph.constant(mask)))
    egraph.add("+", (egraph.add("|", (unknown, egraph.constant(low))), egraph.constant(5)))
    egraph.rebuild()
    rule = make_rule("under a condition", Source("x + C", "C + x", when))
    return any(True for _ in Matcher(egraph, [rule]).matches(egraph.classes()))


@pytest.mark.parametrize(
    ("when", "low", "mask", "known"),
    [
        ("x & 1", 1, 6, True),
        ("x & 1", 2, 1, False),
        ("x", 2, 1, True),
        ("x", 0, 3, False),
        ("C", 0, 3, True),
        ("x - C", 8, 3, True),
        ("x - C", 4, 3, False),
        ("select(x & 1, 1, 0)", 1, 6, True),
        ("select(x & 1, 1, 0)", 2, 1, False),
        ("(x < 4) == 1", 0, 3, True),
        ("(x < 4) == 1", 0, 7, False),
        ("(x & 1) == 1", 1, 6, True),
        ("(x & 1) == 1", 2, 1, False),
        ("x != 3", 4, 3, True),
        ("x != 3", 0, 3, False),
        ("x < 4", 0, 3, True),
        ("x < 4", 0, 7, False),
        ("x <= 3", 0, 3, True),
        ("x <= 2", 0, 3, False),
        ("x > 3", 4, 3, True),
        ("x > 4", 4, 3, False),
        ("x >= 4", 4, 3, True),
        ("x >= 5", 4, 3, False),
        ("x >= 4 and x & 4 and C < 6", 4, 3, True),
        ("x >= 4 and x & 1", 4, 3, False),
    ],
)
def test_a_condition_holds_where_it_is_known_not_to_be_0(when: str, low: int, mask: int, known: bool) -> None:
    assert applies(when, low, mask) is known


@pytest.mark.parametrize(
    ("left", "right", "when"),
    [
        ("x & C", "x & (C // (C - 12) * 0 + C)", ""),
        ("(x & C) + 12 % (C - 12)", "x & C", ""),
        ("x & C", "C & x", "C // (C - 12) == 0"),
        ("x & C", "affine(1 + 0 * (C % (C - 12)), x & C, 0)", ""),
    ],
)
def test_a_rule_does_not_apply_where_its_constants_divide_by_0(left: str, right: str, when: str) -> None:
    egraph = EGraph()
    masked = egraph.add("&", (egraph.input(0, uniform=False), egraph.constant(12)))
    egraph.add("+", (masked, egraph.constant(7)))
    egraph.rebuild()
    matcher = Matcher(egraph, [make_rule("by 0", Source(left, right, when))])
    for match in list(matcher.matches(egraph.classes())):
        matcher.apply(match)
    assert not egraph.unions


def test_an_opcode_of_constants_is_computed_beforehand() -> None:
    egraph = EGraph()
    total = egraph.add("+", (egraph.input(0, uniform=False), egraph.constant(7)))
    apart = Meaning("apart", ("a", "b"), parse("a - b"))
    rule = make_rule("apart", Source("x + apart(10, 3)", "x - apart(3, 10)"), None, [apart])
    matcher = Matcher(egraph, [rule])
    for match in list(matcher.matches(egraph.classes())):
        matcher.apply(match)
    egraph.rebuild()
    assert [egraph.nodes[node].op for node in egraph.members(total)] == ["+", "-"]
    assert rule.meanings == (apart,)
