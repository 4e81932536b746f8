"""Where rules apply in an e-graph, and what they put there."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from machine.opcodes import ARITHMETIC
from rewriting import facts as known
from rewriting.egraph import EGraph
from rewriting.expressions import CONDITIONS_ONLY, Apply, Expression, Name, Number, evaluate, is_constant, names
from rewriting.facts import Facts
from rewriting.operator_names import AFFINE, AND
from rewriting.rule import Rule
from rewriting.terms import SELECT

Binding = dict[str, int]
"""Classes by name, words by name where the name is a constant's."""

_DEEPEST_TABLE = 5

_COMMUTATIVE = frozenset("+*^&|") | {"=="}


@dataclass(frozen=True)
class Match:
    """A rule applies to a node."""

    rule: Rule
    node: int
    binding: Binding


class Matcher:
    """Finds and applies rules; each rule once to a node and binding."""

    def __init__(self, egraph: EGraph, rules: Sequence[Rule]) -> None:
        self._egraph = egraph
        self._by_operator: dict[str, list[Rule]] = {}
        for rule in rules:
            assert isinstance(rule.left, Apply)
            self._by_operator.setdefault(rule.left.op, []).append(rule)
        self._done: set[tuple[str, int, tuple[tuple[str, int], ...]]] = set()

    def matches(self, classes: Iterator[int]) -> Iterator[Match]:
        """Where rules apply to nodes of these classes."""
        for number in classes:
            for node in self._egraph.members(number):
                for rule in self._by_operator.get(self._egraph.nodes[node].op, ()):
                    for binding in self._match_node(rule.left, node, {}):
                        key = rule.name, node, tuple(sorted(binding.items()))
                        if key not in self._done and self._holds(rule, binding):
                            self._done.add(key)
                            yield Match(rule, node, binding)

    def apply(self, match: Match) -> None:
        """Put the right side of a rule into the class of what its left side matched.

        There is none to put where one of its constants divides by 0.
        """
        try:
            right = self._build(match.rule.right, match.binding, match.rule.name)
        except ZeroDivisionError:
            return
        self._egraph.union(match.node, right, match.rule.name)

    # Left sides

    def _match(self, pattern: Expression, number: int, binding: Binding) -> Iterator[Binding]:
        """Bindings that make the pattern a class; a pattern of constants is the word it is worth."""
        if isinstance(pattern, Name) and not pattern.is_constant:
            bound = binding.get(pattern.name)
            if bound is None:
                yield {**binding, pattern.name: self._egraph.find(number)}
            elif self._egraph.find(bound) == self._egraph.find(number):
                yield binding
        elif is_constant(pattern):
            value = self._egraph.value(number)
            if value is not None:
                yield from _match_word(pattern, value, binding)
        else:
            assert isinstance(pattern, Apply)
            for node in self._egraph.members(number):
                if self._egraph.nodes[node].op == pattern.op:
                    yield from self._match_node(pattern, node, binding)

    def _match_node(self, pattern: Expression, node: int, binding: Binding) -> Iterator[Binding]:
        assert isinstance(pattern, Apply)
        _, args, data = self._egraph.nodes[node]
        if pattern.op == AFFINE:
            factor, inner, addend = pattern.args
            assert isinstance(data, tuple)
            for first in _match_word(factor, data[0], binding):
                for second in _match_word(addend, data[1], first):
                    yield from self._match(inner, args[0], second)
            return
        yield from self._match_all(pattern.args, args, binding)
        if pattern.op in _COMMUTATIVE and args[0] != args[1]:
            yield from self._match_all(pattern.args, args[::-1], binding)

    def _match_all(self, patterns: Sequence[Expression], classes: Sequence[int], binding: Binding) -> Iterator[Binding]:
        if not patterns:
            yield binding
            return
        for first in self._match(patterns[0], classes[0], binding):
            yield from self._match_all(patterns[1:], classes[1:], first)

    # Conditions

    def _holds(self, rule: Rule, binding: Binding) -> bool:
        if not all(self._is_table(binding[name], _DEEPEST_TABLE) for name in rule.uniform):
            return False
        return rule.when is None or self._surely(rule.when, binding)

    def _is_table(self, number: int, depth: int) -> bool:
        """Whether a class is uniform, or a choice between such, and so on to a depth."""
        if self._egraph.uniform(number):
            return True
        return depth > 0 and any(
            node.op == SELECT and self._is_table(node.args[1], depth - 1) and self._is_table(node.args[2], depth - 1)
            for node in (self._egraph.nodes[member] for member in self._egraph.members(number))
        )

    def _surely(self, condition: Expression, binding: Binding) -> bool:
        """Whether a condition follows from what is known: whether it is a word that is not 0."""
        if is_constant(condition):
            return bool(_worth(condition, binding))
        if isinstance(condition, Apply) and condition.op == AND:
            return all(self._surely(part, binding) for part in condition.args)
        if isinstance(condition, Apply) and condition.op in CONDITIONS_ONLY:
            return _compared(condition.op, *(self._facts(arg, binding) for arg in condition.args))
        return self._facts(condition, binding).low > 0

    def _facts(self, expression: Expression, binding: Binding) -> Facts:
        match expression:
            case Number(value):
                return known.exactly(value)
            case Name(name):
                return known.exactly(binding[name]) if expression.is_constant else self._egraph.facts(binding[name])
            case Apply(op, args) if op in ARITHMETIC:
                return known.binary(op, self._facts(args[0], binding), self._facts(args[1], binding))
            case Apply(op, args) if op == SELECT:
                condition, a, b = (self._facts(arg, binding) for arg in args)
                return known.select(condition, a, b)
            case _:
                return known.ANYTHING

    # Right sides

    def _build(self, expression: Expression, binding: Binding, reason: str) -> int:
        if isinstance(expression, Name) and not expression.is_constant:
            return binding[expression.name]
        if is_constant(expression):
            return self._egraph.constant(evaluate(expression, binding), reason)
        assert isinstance(expression, Apply)
        if expression.op == AFFINE:
            factor, inner, addend = expression.args
            built = self._build(inner, binding, reason)
            return self._egraph.affine(evaluate(factor, binding), built, evaluate(addend, binding), reason)
        args = tuple(self._build(arg, binding, reason) for arg in expression.args)
        return self._egraph.add(expression.op, args, None, reason)


def _compared(op: str, a: Facts, b: Facts) -> bool:
    """Whether what is known of two words decides a comparison that is no opcode."""
    match op:
        case "<=":
            return a.high <= b.low
        case ">":
            return a.low > b.high
        case ">=":
            return a.low >= b.high
        case "!=":
            return known.binary("==", a, b).value == 0
        case _:
            raise ValueError(f"unknown comparison {op}")


def _match_word(pattern: Expression, word: int, binding: Binding) -> Iterator[Binding]:
    """A constant's name takes the word; any other expression must be worth it, its names being bound."""
    if isinstance(pattern, Name):
        if binding.get(pattern.name, word) == word:
            yield {**binding, pattern.name: word}
    elif _bound(pattern, binding) and _worth(pattern, binding) == word:
        yield binding


def _worth(expression: Expression, binding: Binding) -> int | None:
    """The word that an expression of constants is; ``None`` where it divides by 0."""
    try:
        return evaluate(expression, binding)
    except ZeroDivisionError:
        return None


def _bound(expression: Expression, binding: Mapping[str, int]) -> bool:
    return all(name.name in binding for name in names(expression))
