"""Proofs of rules for all words of 32 bits: by normal form in the ring of words, else by the solver Z3."""

import time
from dataclasses import dataclass, replace
from typing import Any

from machine.errors import MissingLibraryError
from rewriting import operator_names
from rewriting.expressions import Apply, Expression, Name, Number, names
from rewriting.meanings import by_name, expanded
from rewriting.ring import equal_by_ring
from rewriting.rule import Proof, Rule

_RING = "ring normal form"
_RING_VERSION = "1"


@dataclass(frozen=True, slots=True)
class Refuted:
    """A rule is not proven: the words for which it is false, or that time ran out (no words)."""

    rule: Rule
    words: dict[str, int]

    @property
    def reason(self) -> str:
        """Why, in words."""
        if not self.words:
            return "not decided in time"
        return "false for " + ", ".join(f"{name} = {word:#x}" for name, word in sorted(self.words.items()))


def prove(rule: Rule, seconds: float = 20.0) -> Rule | Refuted:
    """The rule with its proof, or why there is none.

    Raises:
        MissingLibraryError: the solver is not installed.
    """
    start = time.perf_counter()
    left, right = (expanded(side, by_name(rule.meanings)) for side in (rule.left, rule.right))
    if equal_by_ring(left, right):
        return replace(rule, proof=Proof(_RING, _RING_VERSION, time.perf_counter() - start))
    z3 = _solver()
    words = {name.name: z3.BitVec(name.name, 32) for name in names(rule.left)}
    solver = z3.Solver()
    solver.set("timeout", int(seconds * 1000))
    solver.set("ctrl_c", False)  # or Z3 takes Ctrl-C to be for itself, and nobody else learns of it
    if rule.when is not None:
        solver.add(_word(z3, rule.when, words) != 0)
    solver.add(_word(z3, left, words) != _word(z3, right, words))
    answer = solver.check()
    if answer == z3.unsat:
        return replace(rule, proof=Proof("z3", z3.get_version_string(), time.perf_counter() - start))
    if answer == z3.unknown:
        return Refuted(rule, {})
    model = solver.model()
    return Refuted(rule, {name: model.eval(word, model_completion=True).as_long() for name, word in words.items()})


def _solver() -> Any:
    try:
        import z3  # noqa: PLC0415  (only proofs need it)
    except ImportError:
        raise MissingLibraryError("proofs need Z3", "prove") from None
    return z3


def _word(z3: Any, expression: Expression, words: dict[str, Any]) -> Any:
    match expression:
        case Number(value):
            return z3.BitVecVal(value, 32)
        case Name(name):
            return words[name]
        case Apply(op, args):
            return _apply(z3, op, [_word(z3, arg, words) for arg in args])


def _apply(z3: Any, op: str, a: list[Any]) -> Any:
    zero, one = z3.BitVecVal(0, 32), z3.BitVecVal(1, 32)
    match op:
        case "+":
            return a[0] + a[1]
        case "-":
            return a[0] - a[1]
        case "*":
            return a[0] * a[1]
        case "//":
            return z3.UDiv(a[0], a[1])
        case "%":
            return z3.URem(a[0], a[1])
        case "cdiv":
            wide = [z3.ZeroExt(2, operand) for operand in a]
            return z3.Extract(31, 0, z3.UDiv(wide[0] + wide[1] - 1, wide[1]))
        case "^":
            return a[0] ^ a[1]
        case "&":
            return a[0] & a[1]
        case "|":
            return a[0] | a[1]
        case "<<":
            return a[0] << a[1]
        case ">>":
            return z3.LShR(a[0], a[1])
        case "multiply_add" | operator_names.AFFINE:
            return a[0] * a[1] + a[2]
        case "select":
            return z3.If(a[0] != 0, a[1], a[2])
        case operator_names.LOG2:
            found = zero
            for bit in range(1, 32):
                found = z3.If(z3.UGE(a[0], z3.BitVecVal(1 << bit, 32)), z3.BitVecVal(bit, 32), found)
            return found
        case operator_names.AND:
            return z3.If(z3.And(*[operand != 0 for operand in a]), one, zero)
        case _:
            return z3.If(_comparison(z3, op, a), one, zero)


def _comparison(z3: Any, op: str, a: list[Any]) -> Any:
    match op:
        case "<":
            return z3.ULT(a[0], a[1])
        case "<=":
            return z3.ULE(a[0], a[1])
        case ">":
            return z3.UGT(a[0], a[1])
        case ">=":
            return z3.UGE(a[0], a[1])
        case "==":
            return a[0] == a[1]
        case "!=":
            return a[0] != a[1]
        case _:
            raise ValueError(f"unknown operator {op}")
